"""LSTM Blues: the helper package of the book.

It has eight subpackages, its wings. Four follow the steps of the book: ``music`` (with the
encoding), ``network``, ``training`` and ``composing``. The others are ``evidence``, ``figures``,
``book`` and ``commands``. A wing imports only wings of a lower level. The levels are: music;
network; training and composing; evidence, figures and book; commands.
"""

__version__ = "0.1.0"
