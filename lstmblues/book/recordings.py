"""Every recording of the book: what it is, and how it is made (chapter 8, "Composition")."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from lstmblues.book import compositions
from lstmblues.book.player_files import Files, write
from lstmblues.composing import chance_melodies
from lstmblues.composing.compose import compose, play
from lstmblues.errors import BluesError
from lstmblues.music.form import CHORD_OCTAVE, MELODY_OCTAVE, STEPS_PER_BAR, Form, load_form
from lstmblues.music.melody import hold, load_melodies
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING, Moment, Piece, join
from lstmblues.network.lstm import Network
from lstmblues.processes import in_parallel
from lstmblues.training.trained import STAGES, trained

FOLDER = Path("_static") / "recordings"
"""Where players look for recordings, from the top of the book."""

MELODIES = load_melodies(load_form())
FORM = MELODIES.form

SILENT_BLOCK = 3
"""The block, counted from 1, without which experiment 1's network is to be heard (chapter 10)."""

CHANCE_CHORUSES = 3
"""So long are the melodies that a walk and a transition table make (chapter 12)."""

SWUNG_CHORUSES = 6
"""So much of composition 3 is also played with a swing: its motif, and the motif's return."""

STAGE_CHORUSES = 2
"""How many choruses each stage of training plays: the second shows whether the first was luck."""

STAGES_HEARD = {
    "blues-stage-1": "noise",
    "blues-stage-2": "one chord, for ever",
    "blues-stage-3": "first changes of chord",
    "blues-stage-4": "nearly the form, out of place",
    "blues-stage-5": "the form",
    "blues-early": "the form, and most of the melody",
    "blues": "the form and the melody",
}
"""What is heard of every stage of ``trained.STAGES`` (chapter 10)."""


@dataclass(frozen=True)
class Recording:
    """A piece of the book, and how its player shows it.

    ``name`` is that of its files. ``text`` is its caption; ``{steps:,}`` in it stands for how many
    steps its network had learned, as the header of the weights says. ``make`` makes the piece, and
    ``moments`` finds in it what to listen to. ``swing`` plays it swung (``midi.to_midi``).
    ``network`` returns the network that composed it, from first step to last.
    """

    name: str
    text: str
    make: Callable[[], Piece]
    moments: Callable[[Piece], tuple[Moment, ...]] = lambda piece: ()
    swing: bool = False
    network: Callable[[], Network] | None = None

    @property
    def caption(self) -> str:
        """The caption of the player."""
        # Networks are loaded here, and not when the recordings are listed, which may be in vain.
        return self.text if self.network is None else self.text.format(**self.network().header)


def tonics() -> Piece:
    """Return one chorus of the form with every chord's letter name as melody."""
    return _with_tonics(FORM)


def printed_tonics() -> Piece:
    """Return the same with bar 6 as the papers print it."""
    return _with_tonics(load_form("printed"))


def _with_tonics(form: Form) -> Piece:
    """Return one chorus of ``form`` with every chord's letter name as melody."""
    up_an_octave = MELODY_OCTAVE[0] - CHORD_OCTAVE[0]
    return Piece.over(form, [chord.root + up_an_octave for chord in form.chord_at])


def scale() -> Piece:
    """Return the scale upwards in quarter notes, alone, up to a whole bar."""
    notes = hold(MELODIES.scale)
    rests = -len(notes) % STEPS_PER_BAR
    melody = notes + (None,) * rests
    return Piece(FORM, (frozenset(),) * len(melody), melody)


def printed_choruses() -> Piece:
    """Return the six choruses that TR figure 8.1 prints, in its order."""
    return join(MELODIES.printed_choruses())


def silenced_network() -> Network:
    """Return the network of experiment 1 with the output gate of ``SILENT_BLOCK`` shut."""
    return trained("chords").with_gate_shut("chords", SILENT_BLOCK - 1)


def chords_alone(network: Network) -> Piece:
    """Return two choruses of chords, played by a network of experiment 1."""
    return play(network, FORM, MELODIES.chorus(0), choruses=2).piece


def composition(choruses: int = CHORUSES_OF_A_RECORDING, temperature: float = 1.0) -> Piece:
    """Return a composition by the network of experiment 2; see ``compose.compose``."""
    return compose(trained("blues"), MELODIES, choruses, seed=1, temperature=temperature).piece


def learning(stage: str) -> Piece:
    """Return what a stage of training, one of ``trained.STAGES``, plays from a training chorus."""
    return compose(trained(stage), MELODIES, STAGE_CHORUSES).piece


def swung() -> Piece:
    """Return the choruses of composition 3 that are also played with a swing."""
    whole = compositions.composition(3, MELODIES)
    return join([whole.chorus(number) for number in range(SWUNG_CHORUSES)])


RECORDINGS = {
    recording.name: recording
    for recording in (
        Recording("twelve-bars", "The twelve bars, with each chord's letter name on top.", tonics),
        Recording("twelve-bars-printed", "The same, bar 6 as the papers print it.", printed_tonics),
        Recording("scale", "The blues scale.", scale),
        Recording(
            "random-notes",
            "Random notes from the scale over the chords.",
            partial(chance_melodies.random_notes, MELODIES, CHORUSES_OF_A_RECORDING),
        ),
        Recording(
            "training-set",
            "Fourteen choruses of the training set; one or two bars change at a time.",
            partial(chance_melodies.training_walk, MELODIES, CHORUSES_OF_A_RECORDING),
        ),
        Recording(
            "random-walk",
            "A random walk on the scale over the chords.",
            partial(chance_melodies.random_walk, MELODIES, CHANCE_CHORUSES),
        ),
        Recording(
            "transition-table",
            "A transition table of third order over the chords.",
            partial(chance_melodies.compose, MELODIES, MELODIES.split()[0], CHANCE_CHORUSES),
        ),
        Recording(
            "table-with-chords",
            "A transition table of second order that hears the chords.",
            partial(
                chance_melodies.compose,
                MELODIES,
                MELODIES.split()[0],
                CHANCE_CHORUSES,
                order=chance_melodies.ORDER_WITH_CHORDS,
                hears_chords=True,
            ),
        ),
        Recording("printed-choruses", "The six choruses that TR prints.", printed_choruses),
        Recording(
            "chords",
            "Experiment 1: the network plays the chords.",
            lambda: chords_alone(trained("chords")),
            network=partial(trained, "chords"),
        ),
        Recording(
            "composition",
            "Fourteen choruses composed by the network.",
            composition,
            lambda piece: compositions.drifting(piece, MELODIES),
            network=partial(trained, "blues"),
        ),
        Recording(
            "composition-1",
            "Composition 1: it fails at first, and falls into place.",
            lambda: compositions.composition(1, MELODIES),
            compositions.falling_into_place,
            network=partial(trained, "blues-early"),
        ),
        Recording(
            "composition-2",
            "Composition 2: from reproduction to freer playing, and back.",
            lambda: compositions.composition(2, MELODIES),
            lambda piece: compositions.drifting(piece, MELODIES),
            network=partial(trained, "blues-early"),
        ),
        Recording(
            "composition-3",
            "Composition 3: a motif that was never taught returns.",
            lambda: compositions.composition(3, MELODIES),
            lambda piece: compositions.repeating(piece, MELODIES),
            network=partial(trained, "blues-early"),
        ),
        Recording(
            "composition-4",
            "Composition 4: the same network, trained longer.",
            lambda: compositions.composition(4, MELODIES),
            lambda piece: compositions.drifting(piece, MELODIES),
            network=partial(trained, "blues"),
        ),
        Recording(
            "composition-3-swung",
            f"The first {SWUNG_CHORUSES} choruses of composition 3, with a light swing.",
            swung,
            lambda piece: compositions.repeating(piece, MELODIES),
            swing=True,
            network=partial(trained, "blues-early"),
        ),
        Recording(
            "composition-cautious",
            "Two choruses at temperature 0.5.",
            lambda: composition(choruses=2, temperature=0.5),
            network=partial(trained, "blues"),
        ),
        Recording(
            "composition-bold",
            "Two choruses at temperature 2.",
            lambda: composition(choruses=2, temperature=2.0),
            network=partial(trained, "blues"),
        ),
        Recording(
            "chords-silenced",
            f"Experiment 1 without block {SILENT_BLOCK}.",
            lambda: chords_alone(silenced_network()),
            network=silenced_network,
        ),
        *(
            Recording(
                f"learning-{number}",
                f"After {{steps:,}} steps: {STAGES_HEARD[stage]}.",
                partial(learning, stage),
                network=partial(trained, stage),
            )
            for number, stage in enumerate(STAGES, start=1)
        ),
    )
}


@cache
def piece(name: str) -> Piece:
    """Return the piece of the recording called ``name``; raise ``BluesError`` if there is none."""
    if name not in RECORDINGS:
        raise BluesError(f"there is no recording {name!r}; there are {', '.join(RECORDINGS)}")
    return RECORDINGS[name].make()


@cache
def network(name: str) -> Network | None:
    """Return the network that composed the recording called ``name``, if a network did."""
    make = RECORDINGS[name].network
    return None if make is None else make()


def make(name: str, folder: Path) -> Files:
    """Make the files of the recording called ``name`` in ``folder``, if they are not there yet.

    Raises ``BluesError`` for an unknown name, and as ``player_files.write`` does.
    """
    return write(piece(name), folder, name, RECORDINGS[name].swing, network(name))


def make_all(folder: Path) -> Iterator[str]:
    """Make every recording of the book, on all cores; yield the name of each when it is there.

    Raises ``BluesError`` as ``make`` does.
    """
    # The longest first, so that no core is left alone with it at the end.
    names = sorted(RECORDINGS, key=lambda name: -len(piece(name)))
    for files in in_parallel(make, [(name, folder) for name in names], in_order=False):
        yield files.name
