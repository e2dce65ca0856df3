"""Where tests find what lies around the package."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The top of the clone."""
