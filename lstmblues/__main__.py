"""``python -m lstmblues``: see ``cli``."""

import sys

from lstmblues.cli import main

sys.exit(main())
