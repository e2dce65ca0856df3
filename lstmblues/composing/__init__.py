"""Composition (chapter 8): a network plays by itself, and its pieces are judged and measured.

``chance_melodies`` and ``transition_table`` compose without a network, for comparison. May import
``music`` and ``network``.
"""
