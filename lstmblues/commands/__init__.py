"""The commands of ``cli``, a module each.

``add_arguments`` says what a command takes, and ``run`` does it, with what was given.
"""
