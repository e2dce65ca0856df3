"""Music as data: forms, melodies, pieces, and their encoding as numbers (chapters 1 to 3).

``form``, ``melody`` and ``piece`` say what is played, ``encoding`` turns it into what a network
hears, ``notes`` into held notes. ``midi``, ``score`` and ``sound`` write it; ``read_midi`` reads
files. Imports ``errors`` and ``files`` alone, and neither Numba nor PyTorch.
"""
