"""Plots of pieces, gates and states (chapter 1 and on).

``plots`` has the look that all share, ``gate_sheets`` and ``portraits`` show what a network does,
``choruses`` computes averages over choruses, and ``axes`` draws what stands around a picture. May
import ``music``, ``network``, ``training`` and ``composing``.
"""
