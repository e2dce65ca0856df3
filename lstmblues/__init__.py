"""LSTM Blues: the helper package of the book.

Data flows one way: ``form`` and ``melody`` make a ``Piece``, ``encoding`` turns it into what the
network sees, ``network`` runs, ``learn2002`` learns, ``compose`` plays, ``judge`` measures, and
``midi``, ``sound``, ``score``, ``plots`` and ``player`` show the result to the outside world.
"""

__version__ = "0.1.0"
