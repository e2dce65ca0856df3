"""``python -m lstmblues``: see ``commands.cli``."""

from lstmblues.commands.cli import run

run()
