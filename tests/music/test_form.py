from dataclasses import replace

import pretty_midi
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lstmblues.errors import BluesError
from lstmblues.music.form import (
    CHORD_OCTAVE,
    MELODY_OCTAVE,
    MOST_BARS,
    STEPS_PER_BAR,
    Chord,
    Form,
    load_form,
    note_name,
    pitch,
)

# The form as MIDI pitches, written down by hand from TR figure 2 (bar 6: the diminished chord).
C, F7, A7, G7 = (48, 52, 55), (48, 51, 53, 57), (49, 52, 55, 57), (50, 53, 55, 59)
BLUES = [
    *[[C], [F7], [C], [(50, 53, 55, 58), C]],
    *[[F7], [(48, 51, 54, 57)], [C], [(52, 55, 59), A7]],
    *[[(48, 50, 53, 57)], [G7], [C, A7], [(50, 53, 57), G7]],
]
SYMBOLS = "C | F7 | C | Gm7 C | F7 | Cdim | C | Em A7 | Dm7 | G7 | C A7 | Dm G7"


def test_the_octaves_hold_12_chord_notes_and_13_melody_notes_and_never_overlap():
    assert [note_name(number) for number in CHORD_OCTAVE] == (
        ["C3", "Db3", "D3", "Eb3", "E3", "F3", "Gb3", "G3", "Ab3", "A3", "Bb3", "B3"]
    )
    assert (note_name(MELODY_OCTAVE[0]), note_name(MELODY_OCTAVE[-1])) == ("C4", "C5")
    assert (len(CHORD_OCTAVE), len(MELODY_OCTAVE)) == (12, 13)
    assert not set(CHORD_OCTAVE) & set(MELODY_OCTAVE)


def test_the_twelve_bars_have_the_papers_notes_and_symbols():
    form = load_form()
    assert form.name == "bebop blues"
    assert [[chord.pitches for chord in bar] for bar in form.bars] == BLUES
    assert " | ".join(" ".join(chord.symbol for chord in bar) for bar in form.bars) == SYMBOLS


def test_a_chorus_has_96_steps_and_a_chord_at_every_one():
    form = load_form()
    assert form.steps == 96
    assert len(form.chord_at) == 96
    assert [form.chord_at[step].symbol for step in (0, 7, 8, 27, 28, 95)] == (
        ["C", "C", "F7", "Gm7", "C", "G7"]
    )


def test_chords_are_struck_on_bar_lines_and_in_the_middle_of_split_bars():
    assert load_form().changes == (
        *(0, 8, 16, 24, 28, 32, 40, 48, 56, 60),
        *(64, 72, 80, 84, 88, 92),
    )


def test_the_printed_variant_differs_in_bar_6_alone():
    form, printed = load_form(), load_form("printed")
    assert [chord.pitches for chord in printed.bars[5]] == [(48, 50, 54, 57)]
    assert [bar for number, bar in enumerate(printed.bars) if number != 5] == (
        [bar for number, bar in enumerate(form.bars) if number != 5]
    )
    assert printed.name != form.name


def test_what_a_network_hears_of_a_form_is_its_notes():
    written = {"C": "C3 E3 G3", "D7": "C3 D3 F#3"}
    form = Form.parse("one", "C | D7 C", written)
    assert form.notes == "C3 E3 G3 | C3 D3 Gb3, C3 E3 G3"
    assert replace(form, name="other").notes == form.notes
    assert load_form("printed").notes != load_form().notes


def test_symbols_are_found_by_notes():
    form = load_form()
    assert form.symbol_of({55, 48, 52}) == "C"
    assert form.symbol_of([48, 51, 54, 57]) == "Cdim"
    assert form.symbol_of({48, 52}) is None
    assert form.symbol_of(()) is None


@pytest.mark.parametrize(
    ("name", "number"),
    [("C4", 60), ("Bb3", 58), ("C#3", 49), ("Cb4", 59), ("C-1", 0), ("G9", 127)],
)
def test_note_names_are_read(name, number):
    assert pitch(name) == number


def test_note_names_are_spelt_with_flats_and_come_back():
    assert [note_name(number) for number in (61, 63, 66, 68, 70)] == (
        ["Db4", "Eb4", "Gb4", "Ab4", "Bb4"]
    )
    assert [pitch(note_name(number)) for number in range(128)] == list(range(128))


def test_notes_are_spelt_as_pretty_midi_spells_them_but_for_flats():
    flats = {"C#": "Db", "D#": "Eb", "F#": "Gb", "G#": "Ab", "A#": "Bb"}
    for number in range(128):
        theirs = pretty_midi.note_number_to_name(number)
        octave = theirs.lstrip("ABCDEFG#")
        letter = theirs.removesuffix(octave)
        assert note_name(number) == flats.get(letter, letter) + octave
        assert pitch(theirs) == number


@example("b-1")
@example("B#+4")
@example("Cb10000000000")
@given(st.text("ACGHbcg#b+-019 ", max_size=5))
@settings(derandomize=True, max_examples=2000, deadline=None)
def test_names_are_read_and_refused_as_pretty_midi_does(name):
    try:
        theirs = pretty_midi.note_name_to_number(name)
    except ValueError:
        theirs = None
    try:
        ours = pitch(name)
    except BluesError:
        assert theirs not in range(128)
    else:
        assert ours == theirs


@pytest.mark.parametrize("name", ["", "C", "H4", "4C", "C##4", "E4 ", "E4\n", "♭4", "C٤", "B!3"])
def test_what_is_not_a_note_is_refused(name):
    with pytest.raises(BluesError, match="is not a note"):
        pitch(name)


@pytest.mark.parametrize("name", ["G#9", "C-2", "C44"])
def test_notes_beyond_midi_are_refused(name):
    with pytest.raises(BluesError, match="outside the MIDI range"):
        pitch(name)


def test_a_form_of_any_length_and_key_can_be_written():
    form = Form.parse("vamp", "| Fm | Bb7 Eb |", {"Fm": "C3 F3 Ab3", "Bb7": "D3", "Eb": "Eb3 G3"})
    assert form.steps == 16
    assert form.changes == (0, 8, 12)
    assert [chord.symbol for chord in form.chord_at] == ["Fm"] * 8 + ["Bb7"] * 4 + ["Eb"] * 4


@pytest.mark.parametrize(
    ("symbol", "notes", "message"),
    [
        ("C", "E3 C3", "lowest first"),
        ("C", "C3 C3", "different notes"),
        ("C", "", "needs different notes"),
        ("C", "C3 C4", "C4 of chord C is outside the chord octave C3 to B3"),
        ("C", "B2 C3", "B2 of chord C is outside"),
    ],
)
def test_chords_that_fit_no_octave_are_refused(symbol, notes, message):
    with pytest.raises(BluesError, match=message):
        Chord.parse(symbol, notes)


@pytest.mark.parametrize(
    ("symbol", "root"),
    [("C", 48), ("Gm7", 55), ("Bb", 58), ("A7", 57), ("C#m7b5", 49), ("Cb", 59), ("B#", 48)],
)
def test_the_root_of_a_chord_is_its_letter_name(symbol, root):
    assert Chord(symbol, (50,)).root == root


def test_a_symbol_without_a_letter_name_has_no_root():
    with pytest.raises(BluesError, match="'IV7' does not begin with a letter name"):
        Chord("IV7", (50,)).root  # noqa: B018


@pytest.mark.parametrize(
    ("bars", "message"),
    [
        ("C C C", "bar 1 .* has 3 chords; a bar of 8 steps is shared equally"),
        ("C | | C", "bar 2 .* has 0 chords"),
        ("", "bar 1 .* has 0 chords"),
        ("C | Am", "bar 2 .* has the chord 'Am', which has no notes; known are C"),
    ],
)
def test_bars_that_make_no_form_are_refused(bars, message):
    with pytest.raises(BluesError, match=message):
        Form.parse("bad", bars, {"C": "C3 E3 G3"})
    with pytest.raises(BluesError, match="has 0 bars; give 1 to 64"):
        Form("empty", ())
    long = Form.parse("long", " | ".join(["C"] * MOST_BARS), {"C": "C3"})
    assert len(long.bars) == 64
    with pytest.raises(BluesError, match="has 65 bars; give 1 to 64"):
        Form("longer", (*long.bars, long.bars[0]))


def test_one_bar_may_hold_up_to_a_chord_a_step():
    chord = Chord.parse("C", "C3")
    assert Form("busy", ((chord,) * STEPS_PER_BAR,)).changes == tuple(range(8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "x"', "states no form: it lacks bars"),
        ("bars = [", "is not a TOML file"),
        ('name = "x"\nbars = 3\nchords = {C = "C3"}', "states no form: bars: needed is text, not"),
        ('name = "x"\nbars = "C"\nchords = {C = 3}', r"chords \(an entry\): needed is text, not"),
        ('name = "x"\nbars = "C"\nchords = {C = "X3"}', "states no form: 'X3' is not a note"),
        ('name = ""\nbars = "C"\nchords = {C = "C3"}', "name: needed is text of length >= 1"),
        (
            'name = "x"\nbars = "C"\nchords = {C = "C3"}\nmeter = "3/4"',
            "there is no 'meter'; there are name, bars, chords, variants",
        ),
        ('name = "x"\nbars = "C"\nchords = {C = "C3"}\nvariants.v = 3', "variants .* a table"),
        ('name = "x"\nbars = "' + "C |" * 5000 + '"\nchords = {C = "C3"}', "length <= 10000"),
        ("a = " + "[" * 100_000, "is not a TOML file"),
        ("a = " + "9" * 5000, "is not a TOML file"),
    ],
)
def test_files_that_state_no_form_are_refused(tmp_path, text, message):
    path = tmp_path / "form.toml"
    path.write_text(text)
    with pytest.raises(BluesError, match=message):
        load_form(path=path)


def test_a_byte_order_mark_is_no_part_of_a_form(tmp_path):
    path = tmp_path / "form.toml"
    path.write_text('name = "x"\nbars = "C"\nchords = {C = "C3"}', encoding="utf-8-sig")
    assert load_form(path=path).name == "x"


def test_an_unknown_variant_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(BluesError, match="no variant 'minor'; it has printed"):
        load_form("minor")
    path = tmp_path / "form.toml"
    plain = 'name = "x"\nbars = "C"\nchords = {C = "C3", F = "F3"}\n'
    path.write_text(plain)
    with pytest.raises(BluesError, match="no variant 'minor'; it has none"):
        load_form("minor", path)
    path.write_text(plain + 'variants.one = {C = "E3"}\nvariants.two = {F = "G3"}\n')
    with pytest.raises(BluesError, match="no variant 'minor'; it has one, two"):
        load_form("minor", path)
    with pytest.raises(BluesError, match=r"cannot read .*missing\.toml"):
        load_form(path=tmp_path / "missing.toml")


def test_a_chord_without_notes_is_told_with_those_that_have_some():
    with pytest.raises(BluesError, match="known are none$"):
        Form.parse("bad", "C", {})
    with pytest.raises(BluesError, match="known are C, F$"):
        Form.parse("bad", "G", {"C": "C3", "F": "F3"})


def test_bar_lines_are_taken_off_the_ends_and_nothing_else():
    form = Form.parse("odd", "|X|C|X|", {"X": "D3", "C": "C3"})
    assert [bar[0].symbol for bar in form.bars] == ["X", "C", "X"]
