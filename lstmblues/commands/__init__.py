"""The command line: ``cli``, and a module for each command.

In each, ``add_arguments`` says what the command takes, and ``run`` executes it. ``run`` returns
what is printed: an object for JSON, or a sentence. ``arguments`` and ``studies`` hold what several
commands share.

What takes long to load is imported in ``run``, so that ``--help`` is answered at once. May import
all other wings.
"""
