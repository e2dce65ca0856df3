"""The network of experiment 2 while it learns, to be heard (chapter "A clock of eight cells")."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lstmblues.compose import compose
from lstmblues.compositions import EARLY, FINISHED
from lstmblues.files import DATA
from lstmblues.melody import Melodies
from lstmblues.network import Network
from lstmblues.piece import Piece
from lstmblues.topology import BLUES
from lstmblues.weights import load

CHORUSES = 2
"""How many choruses each stage plays: the second shows whether the first was luck."""


@dataclass(frozen=True)
class Stage:
    """A network at a moment of its training: the file of its weights, and what is heard of it."""

    weights: Path
    heard: str

    @property
    def network(self) -> Network:
        """The network as it was."""
        return load(self.weights, BLUES)

    @property
    def steps(self) -> int:
        """After how many training steps that was."""
        return self.network.header["steps"]

    @property
    def caption(self) -> str:
        """What a player says of it."""
        return f"After {self.steps:,} steps: {self.heard}."

    def play(self, melodies: Melodies) -> Piece:
        """Return what the network played then, from the first note of a training chorus."""
        return compose(self.network, melodies, CHORUSES).piece


STAGES = (
    Stage(DATA / "blues-stage-1.npz", "noise"),
    Stage(DATA / "blues-stage-2.npz", "one chord, for ever"),
    Stage(DATA / "blues-stage-3.npz", "first changes of chord"),
    Stage(DATA / "blues-stage-4.npz", "nearly the form, out of place"),
    Stage(DATA / "blues-stage-5.npz", "the form"),
    Stage(EARLY, "the form, and most of the melody"),
    Stage(FINISHED, "the form and the melody"),
)
"""One training run, from its first pass to its end; all by the same seed."""


def slider(show: Callable[[Stage], None]):
    """Return a slider over ``STAGES`` for a live notebook, which calls ``show`` with the stage.

    What ``show`` displays appears below it. A built page shows no sliders: there, use
    ``player.choice``.
    """
    import ipywidgets  # which only a live notebook needs

    options = [(f"{stage.steps:,} steps", stage) for stage in STAGES]
    chosen = ipywidgets.SelectionSlider(
        options=options, description="after", continuous_update=False
    )
    return ipywidgets.interactive(show, stage=chosen)
