"""Random forms and pieces for the property tests: any chords, rests, lengths, not only blues."""

from hypothesis import strategies as st

from lstmblues.music.form import CHORD_OCTAVE, MELODY_OCTAVE, STEPS_PER_BAR, Chord, Form
from lstmblues.music.piece import Piece

chord_sets = st.frozensets(st.sampled_from(CHORD_OCTAVE), max_size=5)
melody_notes = st.none() | st.sampled_from(MELODY_OCTAVE)


@st.composite
def forms(draw):
    vocabulary = draw(st.lists(chord_sets.filter(bool), min_size=1, max_size=4, unique=True))
    chords = [
        Chord(f"chord{number}", tuple(sorted(pitches))) for number, pitches in enumerate(vocabulary)
    ]
    bar = st.sampled_from((1, 2, 4)).flatmap(
        lambda count: st.tuples(*[st.sampled_from(chords)] * count)
    )
    return Form("random", tuple(draw(st.lists(bar, min_size=1, max_size=5))))


@st.composite
def pieces(draw, longest=3):
    """Up to ``longest`` bars; steps are often equal to the one before, as in real music."""
    form = draw(forms())
    bars = draw(st.integers(1, longest))
    chords, melody = [], []
    for _ in range(bars * STEPS_PER_BAR):
        chords.append(draw(st.just(chords[-1]) | chord_sets) if chords else draw(chord_sets))
        melody.append(draw(st.just(melody[-1]) | melody_notes) if melody else draw(melody_notes))
    return Piece(form, tuple(chords), tuple(melody))
