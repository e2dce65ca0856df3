"""What runs of music without end could play, and when (chapter 6, "Chords").

The runs are results of ``sweep.run`` with ``cold_passes`` false, asked while they learned.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from lstmblues.evidence.intervals import bootstrap_share
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING

CYCLES = ("1", "2", "3", "5")
"""So many right cycles in a row were looked for, as ``training.experiments.RIGHT_CYCLES``."""


def could_go_on(runs: Sequence[dict]) -> tuple[float, int]:
    """Return when networks could first play fourteen choruses, cold or warm, and how many could.

    Cold is from a cold start, warm going on from where the music has brought them. The first number
    is the median of steps over all of ``runs``; a run that never could counts as infinity.
    """
    steps = [
        min(
            run["steps"] if run["learned"] else np.inf,
            np.inf if run["warm_steps"] is None else run["warm_steps"],
        )
        for run in runs
    ]
    return float(np.median(steps)), int(np.isfinite(steps).sum())


def went_on(runs: Sequence[dict], cycles: str) -> dict[int, list[bool]]:
    """Return whether networks that first played ``cycles`` right would have gone on to fourteen.

    ``cycles`` is one of ``CYCLES``. The result has one list a seed, with one entry for each of
    ``runs`` that ever played so many from a cold start: it is tested as it was then.
    """
    found = defaultdict(list)
    for run in runs:
        if cycles in run["first_right"]:
            _, choruses = run["first_right"][cycles]
            found[run["seed"]].append(choruses == CHORUSES_OF_A_RECORDING)
    return dict(found)


def share_going_on(runs: Sequence[dict], cycles: str) -> tuple[float, float, float]:
    """Return the share of ``went_on``, a mean over seeds, and its interval (``bootstrap_share``).

    Runs of one seed are not independent, so a seed counts once.
    """
    return bootstrap_share(np.array([np.mean(each) for each in went_on(runs, cycles).values()]))
