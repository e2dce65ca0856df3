"""The network of 2002, to be run: compiled with Numba, and exact to the last bit.

``learner`` is what others call, and ``kernels`` holds its loops. They are made of ``blocks`` (what
memory blocks do in a step), ``layers`` (net inputs, errors, changes of weights), ``vectors``
(arithmetic on eight numbers at a time) and ``constants`` (sizes, known when a loop is compiled). A
first reading can leave this folder out: ``lstm`` and ``truncated_gradient`` compute the same.
"""
