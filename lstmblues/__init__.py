"""LSTM Blues: the helper package of the book.

The four steps of the book are four wings: ``music`` (with the encoding), ``network``, ``training``
and ``composing``. ``evidence``, ``figures``, ``book`` and ``commands`` stand beside them.
Imports go one way: music, network, training and composing, then evidence, figures and book, then
commands.
"""

__version__ = "0.1.0"
