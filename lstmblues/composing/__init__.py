"""Composition (chapters 8 and 12): a network plays by itself; its pieces are judged and measured.

``compose``: free running. ``judge``: right chords, new and copied bars. ``measures``: all measures
of a piece. ``place``: whether its bars fit their place in the form. ``passages``: where it falls
into place, copies, plays more freely, repeats a motif. ``chance_melodies`` and
``transition_table`` compose without a network, for comparison. May import ``music`` and
``network``.
"""
