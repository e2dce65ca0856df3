"""What every ``ChordModel`` has to do, whatever it is made of."""

import numpy as np


def check_playing_in_pieces(model, heard, pieces=(1, 20, 29)):
    """To play in pieces is to play at once, and changes no argument; return what is played."""
    at_once, memory_after = model.play(model.cold(), heard, sum(pieces))
    memory, heard, played = model.cold(), heard.copy(), []
    for steps in pieces:
        before = memory.copy(), heard.copy()
        piece, following = model.play(memory, heard, steps)
        assert (memory == before[0]).all() and (heard == before[1]).all()
        memory, heard = following, piece[-1] if steps else heard
        played.append(piece)
    assert (np.concatenate(played) == at_once).all()
    assert (memory == memory_after).all() and memory.dtype == float
    return at_once


def check_stopping(model, heard, steps=40, wrong=30):
    """It stops after the first step that is not expected, and remembers what it then does."""
    expected, _ = model.play(model.cold(), heard, steps)
    assert len(model.play(model.cold(), heard, steps, expected)[0]) == steps
    expected[wrong, -1] ^= True
    played, memory = model.play(model.cold(), heard, steps, expected)
    assert len(played) == wrong + 1 and played[wrong, -1] != expected[wrong, -1]
    assert (memory == model.play(model.cold(), heard, wrong + 1)[1]).all()
    # What is expected goes round.
    assert len(model.play(model.cold(), heard, steps, ~played[:1])[0]) == 1
