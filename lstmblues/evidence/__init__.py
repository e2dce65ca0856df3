"""What is behind the book's claims: a room a chapter, and what all rooms share.

No room imports another: ``inside`` (chapter "A clock of eight cells"), ``memory`` ("Does it take
memory?"), ``novelty`` ("Is it new, and is it still the blues?") and ``page_of_2002`` ("The
listening room"). ``sweep``, ``plans`` and ``resumable`` serve them all: many seeds, settings to
compare, long work that goes on where it stopped.

May import ``music``, ``network``, ``training`` and ``composing``.
"""
