"""Plots of pieces, gates and states (chapters 9 and 10).

``choruses`` averages choruses in numbers, ``axes`` draws what stands around a picture. May import
``music``, ``network``, ``training`` and ``composing``.
"""
