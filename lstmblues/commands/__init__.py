"""The command line: ``cli``, and a module for each command.

In each, ``add_arguments`` says what the command takes, and ``run`` does it, with what was given.
May import all other wings.
"""
