"""``python -m lstmblues``: see ``commands.cli``."""

import sys

from lstmblues.commands.cli import main

sys.exit(main())
