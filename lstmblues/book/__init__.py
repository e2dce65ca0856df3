"""What the built book is made of: its recordings, their players, its Sphinx extensions.

``recordings`` and ``compositions`` say what is to be heard; ``player_data``, ``spoken``,
``player_files`` and ``player`` bring it to a page. May import ``music``, ``network``, ``training``
and ``composing``.
"""
