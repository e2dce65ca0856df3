"""The network of 2002 (chapters 4 and 5): topology, one step, weights on disk, learning rule.

``lstm`` and ``truncated_gradient`` are written to be read; ``compiled`` does the same, to be run.
May import ``music``.
"""
