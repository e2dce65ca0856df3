"""What is behind the book's claims: one folder, a room, for each of four chapters.

``inside`` (chapter 10, "A clock of eight cells"), ``memory`` (chapter 11, "Does it take memory?"),
``novelty`` (chapter 12, "Is it new, and is it still the blues?") and ``page_of_2002`` ("The
listening room"). No room imports another. What several of them, or several chapters, use stands
beside them: ``resumable`` (long work that goes on where it stopped, and its results), ``plans``
(settings to compare), ``sweep`` (many seeds), ``intervals`` (how sure a share is),
``torch_tools``. May import ``music``, ``network``, ``training`` and ``composing``.
"""
