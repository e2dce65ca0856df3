import numpy as np
import pytest
from chord_model_checks import check_playing_in_pieces, check_stopping

from lstmblues.composing.compose import play
from lstmblues.evidence.memory.chord_models import ChordSide, faultless_choruses
from lstmblues.music.encoding import CHORD_UNITS, chord_cycle, encode
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.training.trained import trained

FORM = load_form()
CYCLE = chord_cycle(FORM)


class Clock:
    """A model that goes round a cycle by counting, and errs at one step."""

    def __init__(self, errs_at=None):
        self.errs_at = errs_at

    def cold(self):
        return np.zeros(1)

    def play(self, memory, heard, steps, expected=None):
        count, played = int(memory[0]), []
        for _ in range(steps):
            count += 1
            wrong = count == self.errs_at
            played.append(CYCLE[count % len(CYCLE)] ^ wrong)
            if expected is not None and wrong:
                break
        return np.array(played), np.array([float(count)])


@pytest.mark.parametrize("name", ["chords", "blues"])
def test_the_chord_side_plays_what_the_network_to_be_read_plays(name):
    network = trained(name)
    model = ChordSide(network)
    played, _ = model.play(model.cold(), CYCLE[0], 2 * len(CYCLE) - 1)
    piece = play(network, FORM, load_melodies(FORM).chorus(0), choruses=2, primer_notes=1).piece
    assert (played == encode(piece)[1:, CHORD_UNITS]).all()


def test_the_chord_side_is_a_chord_model():
    model = ChordSide(trained("chords"))
    check_playing_in_pieces(model, CYCLE[0])
    check_stopping(model, CYCLE[0])


@pytest.mark.parametrize(
    ("errs_at", "choruses"), [(1, 0), (96, 0), (97, 1), (192, 1), (5 * 96, 4), (None, 5)]
)
def test_faultless_choruses_by_hand(errs_at, choruses):
    assert faultless_choruses(Clock(errs_at), CYCLE, 5) == choruses
