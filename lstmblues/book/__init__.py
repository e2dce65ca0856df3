"""What the built book is made of: its recordings, their players, its Sphinx extensions.

``recordings`` and ``compositions`` say what is to be heard. ``player_data``, ``spoken``,
``player_files`` and ``player`` show a recording on a page. ``sphinx_players``, ``launch_links`` and
``built_pages`` are the Sphinx extensions. May import ``music``, ``network``, ``training`` and
``composing``.
"""
