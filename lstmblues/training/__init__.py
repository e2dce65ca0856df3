"""Training both experiments of 2002 (chapters 6 and 7), and the networks that came of it.

``settings``: all that a run can choose. ``experiments``: both runs. ``runs``: what is known of one.
``teaching``: the loop that teaches the chords. ``network_learner``: a network while it learns.
``surprisal``: how many bits a network needs for a melody that it hears. ``trained``: the book's
networks by name. May import ``music`` and ``network``.
"""
