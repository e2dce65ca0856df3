"""Training both experiments of 2002 (chapters 6 and 7), and the networks that came of it.

``settings``: all that a run can choose. ``experiments``: how a run goes; ``teaching``: its first
part, until a model plays the chords by itself; ``network_learner``: the network meanwhile.
``surprisal``: what hearing a melody costs a network. ``trained``: the book's networks by name. May
import ``music`` and ``network``.
"""
