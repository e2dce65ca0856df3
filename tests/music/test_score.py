import base64
import io
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pretty_midi
import pytest
import verovio
from hypothesis import given, settings
from strategies import pieces

from lstmblues.errors import BluesError
from lstmblues.music.form import Form, load_form
from lstmblues.music.melody import load_melodies
from lstmblues.music.notes import held_notes
from lstmblues.music.piece import Piece, join
from lstmblues.music.score import chord_symbol, to_mei, to_svg

MELODIES = load_melodies(load_form())
FIRST = MELODIES.printed_choruses()[0]
MEI, SVG = "{http://www.music-encoding.org/ns/mei}", "{http://www.w3.org/2000/svg}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
NO_CHORDS = (frozenset(),) * 8


def bars(piece):
    """What stands in every bar of the score, in order: MEI elements."""
    return list(ElementTree.fromstring(to_mei(piece)).iter(f"{MEI}measure"))


def written(bar):
    """A bar's notes and rests, in a short hand: name, printed accidental, duration."""
    signs = []
    for element in bar.iter():
        kind = element.tag.removeprefix(MEI)
        if kind == "note":
            signs.append(f"{element.get('pname')}{element.get('accid', '')}{element.get('dur')}")
        elif kind in ("rest", "mRest", "beam"):
            signs.append(kind + element.get("dur", ""))
    return " ".join(signs)


def symbols(bar):
    return [(float(harm.get("tstamp")), harm.text) for harm in bar.iter(f"{MEI}harm")]


def svg_texts(svg, kind):
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return ["".join(group.itertext()) for group in groups if kind in group.get("class", "").split()]


def test_the_first_printed_chorus_is_written_as_printed():
    score = bars(FIRST)
    assert len(score) == 12
    assert written(score[0]) == "g4 bf4 f4 c4"
    assert written(score[3]) == "c4 bf4 g4 b4"  # the flat holds until the bar line
    assert written(score[4]) == "f4 gf4 gn4 bf4"  # and is taken back where it must be
    assert written(score[11]) == "d4 d4 g4 g4"
    assert symbols(score[0]) == [(1, "C")]
    assert symbols(score[3]) == [(1, "Gm7"), (3, "C")]
    assert symbols(score[5]) == [(1, "Cdim")]


def test_the_image_shows_every_note_symbol_and_bar():
    svg = to_svg(FIRST)
    assert [text.strip() for text in svg_texts(svg, "harm")] == (
        ["C", "F7", "C", "Gm7", "C", "F7", "Cdim", "C", "Em", "A7"]
        + ["Dm7", "G7", "C", "A7", "Dm", "G7"]
    )
    identities = re.findall(r'id="(note-\d+)" class="note"', svg)
    assert identities == [f"note-{step}" for step in range(0, 96, 2)]
    assert svg.count('class="measure"') == 12
    assert [text.strip() for text in svg_texts(svg, "mNum")] == ["5", "9"]


def test_eighth_notes_rests_and_beams():
    form = Form.parse("three bars", "C | C | C", {"C": "C3"})
    melody = (
        *(60, 62, 64, 64, None, 65, 65, None),
        *(None, None, 66, 67, 67, 67, 67, 68),
        *(None,) * 8,
    )
    score = bars(Piece(form, NO_CHORDS * 3, melody))
    assert written(score[0]) == "beam c8 d8 e4 rest8 f8 f8 rest8"
    assert written(score[1]) == "rest4 beam gf8 gn8 g4 beam g8 af8"
    assert written(score[2]) == "mRest"


def test_chords_that_the_form_does_not_know_are_named_by_their_notes():
    form = load_form()
    assert chord_symbol(form, {50, 53, 55, 58}) == "Gm7"
    assert chord_symbol(form, {48, 51, 54}) == "(C E♭ G♭)"
    assert chord_symbol(form, ()) == "N.C."
    other = Form.parse("x", "Bb C#m7b5", {"Bb": "Bb3", "C#m7b5": "C#3"})
    assert [chord_symbol(other, {pitch}) for pitch in (58, 49)] == ["B♭", "C♯m7♭5"]


def test_a_chord_that_changes_off_the_form_is_marked_where_it_changes():
    form = Form.parse("two bars", "C | C", {"C": "C3 E3 G3"})
    right, wrong = frozenset({48, 52, 55}), frozenset({49})
    chords = (right,) * 3 + (wrong,) * 2 + (frozenset(),) * 3 + (right,) * 8
    score = bars(Piece(form, chords, (60,) * 16))
    assert symbols(score[0]) == [(1, "C"), (2.5, "(D♭)"), (3.5, "N.C.")]
    assert symbols(score[1]) == [(1, "C")]


def test_choruses_begin_on_a_new_line_and_end_with_a_double_bar():
    form = Form.parse("five bars", "C | C | C | C | C", {"C": "C3"})
    piece = Piece.over(form, [60] * 8 * 11)
    score = bars(piece)
    assert [bar.get("right") for bar in score] == (
        [None] * 4 + ["dbl"] + [None] * 4 + ["dbl"] + ["end"]
    )
    # Lines begin with bars 1, 5 (four bars a line), 6, 10 and 11, and repeat the chord there.
    section = ElementTree.fromstring(to_mei(piece)).find(f".//{MEI}section")
    tags = [element.tag.removeprefix(MEI) for element in section]
    starts = [tags[:place].count("measure") + 1 for place, tag in enumerate(tags) if tag == "sb"]
    assert starts == [1, 5, 6, 10, 11]
    assert [number for number, bar in enumerate(score, 1) if symbols(bar)] == starts
    labels = [text.strip() for text in svg_texts(to_svg(piece), "reh")]
    assert labels == ["Chorus 1", "Chorus 2", "Chorus 3"]
    assert svg_texts(to_svg(Piece.over(form, [60] * 40)), "reh") == []


@pytest.mark.filterwarnings("ignore:Tempo, Key or Time signature")  # of verovio's own MIDI
@given(pieces())
@settings(derandomize=True, max_examples=40, deadline=None)
def test_verovio_plays_the_score_as_the_melody(piece):
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(to_mei(piece))
    played = pretty_midi.PrettyMIDI(io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    notes = [note for track in played.instruments for note in track.notes]
    seconds = 60 / 120 / 2
    heard = [(note.pitch, note.start / seconds, note.end / seconds) for note in notes]
    expected = [(note.pitch, note.onset, note.end) for note in held_notes(piece)[0]]
    assert len(heard) == len(expected)
    for one, other in zip(sorted(heard, key=lambda note: note[1]), expected, strict=True):
        assert one == pytest.approx(other, abs=0.05)


@given(pieces())
@settings(derandomize=True, max_examples=15, deadline=None)
def test_any_piece_is_engraved_with_its_notes_marked(piece):
    svg = to_svg(piece)
    ElementTree.fromstring(svg)
    identities = set(re.findall(r'id="note-(\d+)"', svg))
    assert identities == {str(note.onset) for note in held_notes(piece)[0]}


def test_the_image_refers_to_nothing_outside_itself():
    flats = Form.parse("flats", "Bb", {"Bb": "Bb3"})
    for piece in (FIRST, Piece.over(flats, [70] * 8)):
        svg = to_svg(piece, "A title")
        namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
        assert set(re.findall(r"[a-z]+://[^\s\"'<>)]+", svg)) == namespaces
        assert all(link.startswith("data:") for link in re.findall(r"url\(([^)]*)", svg))
        assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)', svg))
        assert "<script" not in svg
        assert "@import" not in svg


def test_a_title_stands_above_and_is_escaped():
    title = 'Chorus <1> & "2" ♭'
    assert title in "".join(ElementTree.fromstring(to_svg(FIRST, title)).itertext())
    assert svg_texts(to_svg(FIRST), "pgHead") == []
    assert svg_texts(to_svg(FIRST, title), "pgHead") != []
    with pytest.raises(BluesError, match="control character; use plain text"):
        to_svg(FIRST, "a\x00b")


def test_the_image_states_its_size_and_grows_with_the_piece():
    def size(piece):
        root = ElementTree.fromstring(to_svg(piece))
        width, height = root.get("width"), root.get("height")
        assert root.get("viewBox") == f"0 0 {width} {height}"
        return int(width), int(height)

    long = join([MELODIES.chorus(number) for number in range(14)])
    (width, height), (same_width, long_height) = size(FIRST), size(long)
    assert width == same_width
    assert 12 * height < long_height < 16 * height
    assert len(to_svg(FIRST)) < 50_000
    assert len(to_svg(long)) < 500_000
    # The image states its size, and the drawing inside it does not.
    assert re.findall(r'viewBox="[^"]*" (width)', to_svg(FIRST)) == ["width"]
    assert to_svg(FIRST).count("viewBox") > 1


def test_a_page_of_music_by_hand():
    form = Form.parse("one bar", "C", {"C": "C3 E3 G3"})
    page = (
        '<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.0">'
        "<meiHead><fileDesc><titleStmt><title>{title}</title></titleStmt></fileDesc></meiHead>"
        '<music><body><mdiv><score><scoreDef meter.count="4" meter.unit="4"><staffGrp>'
        '<staffDef n="1" lines="5" clef.shape="G" clef.line="2" /></staffGrp></scoreDef><section>'
        '<sb /><measure n="1" right="dbl"><staff n="1"><layer n="1"><mRest /></layer></staff>'
        '<reh staff="1" tstamp="1">Chorus 1</reh><harm staff="1" tstamp="1">C</harm></measure>'
        '<sb /><measure n="2" right="end"><staff n="1"><layer n="1">'
        '<note xml:id="note-8" pname="c" oct="4" dur="4" accid.ges="n" />'
        '<rest dur="4" /><rest dur="4" /><rest dur="4" /></layer></staff>'
        '<reh staff="1" tstamp="1">Chorus 2</reh><harm staff="1" tstamp="1">C</harm></measure>'
        "</section></score></mdiv></body></music></mei>"
    )
    piece = Piece.over(form, [None] * 8 + [60, 60] + [None] * 6)
    assert to_mei(piece, "Two bars") == page.format(title="Two bars")
    assert to_mei(piece) == page.replace("<title>{title}</title>", "<title />")


def test_every_run_gives_the_same_image_and_logs_nothing():
    program = (
        "from lstmblues.music import form, melody, score;"
        "piece = melody.load_melodies(form.load_form()).printed_choruses()[0];"
        "print(score.to_svg(piece), end='')"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert run.stdout.decode() == to_svg(FIRST)
    assert run.stderr == b""


def test_a_score_can_be_engraved_in_any_thread():
    """The callbacks of a widget in a live notebook run in a thread of their own."""
    piece = load_melodies(load_form()).chorus(0)
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(to_svg, piece).result() == to_svg(piece)
