"""What cells know, and which of them decide (chapter "A clock of eight cells").

``settled_chorus`` is what all begin from. ``probes`` read from cells, ``interventions`` change
them; ``tables`` holds what both say of one network, ``summary`` what they say of many.
"""
