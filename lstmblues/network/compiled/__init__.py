"""The network of 2002, to be run: compiled with Numba, and exact to the last bit.

``learner`` is what others call; ``kernels`` holds its inner loops, ``vectors`` the arithmetic on
eight numbers at a time. A first reading can leave this folder out: ``lstm`` and
``truncated_gradient`` compute the same.
"""
