import json
import re

import numpy as np
import pytest
import soundfile

from lstmblues.book import player_files, recordings
from lstmblues.book.player_data import player_data
from lstmblues.book.player_files import ENDINGS, write
from lstmblues.book.recordings import make_all
from lstmblues.errors import BluesError
from lstmblues.music import midi, notes, sound
from lstmblues.music.read_midi import from_midi

FILES = ["scale-32.mp3", "scale.js", "scale.mid", "scale.mp3"]


def shown(folder, name):
    """What the script of a piece tells the player, read without a browser."""
    lines = (folder / f"{name}.js").read_text(encoding="ascii").splitlines()
    assert re.fullmatch("// [0-9a-f]{64}", lines[0])
    told = re.fullmatch(r'\(window\.bluesMusic \?\?= \{\}\)\["(.*?)"\] = (.*);', lines[1])
    assert (told[1], len(lines)) == (name, 2)
    return json.loads(told[2])


@pytest.fixture
def renderings(monkeypatch):
    """Render silence in no time, and keep account of it."""
    rendered = []

    def render(music, swing=False):
        rendered.append((music, swing))
        return np.zeros(sound.SAMPLE_RATE, dtype=np.float32)

    monkeypatch.setattr(player_files, "render", render)
    return rendered


@pytest.fixture
def scale():
    return recordings.piece("scale")


def test_a_piece_becomes_four_files(tmp_path, scale):
    folder = tmp_path / "new" / "folder"
    files = write(scale, folder, "scale")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert from_midi(folder / "scale.mid", recordings.FORM) == scale
    for ending in (".mp3", "-32.mp3"):
        samples, rate = soundfile.read(folder / f"scale{ending}")
        assert len(samples) / rate == pytest.approx(files.seconds, abs=0.1)
        assert np.abs(samples).max() > 0.5
    assert shown(folder, "scale") == json.loads(json.dumps(player_data(scale)))
    assert files.name == "scale"
    assert files.seconds == 6
    assert files.sizes == {e: (folder / f"scale{e}").stat().st_size for e in ENDINGS}
    assert files.sizes[".mp3"] == pytest.approx(4 * files.sizes["-32.mp3"], rel=0.02)


def test_nothing_is_rendered_twice(tmp_path, scale, renderings):
    first = write(scale, tmp_path, "scale")
    assert renderings == [(scale, False)]
    assert write(scale, tmp_path, "scale") == first
    assert len(renderings) == 1


def test_what_is_there_can_be_read_only(tmp_path, scale, renderings):
    first = write(scale, tmp_path, "scale")
    for path in (*tmp_path.iterdir(), tmp_path):
        path.chmod(0o555 if path == tmp_path else 0o444)
    try:
        assert write(scale, tmp_path, "scale") == first
        with pytest.raises(BluesError, match="cannot write .*scale.js: it is read-only"):
            write(scale, tmp_path, "scale", swing=True)
    finally:
        tmp_path.chmod(0o755)
    assert len(renderings) == 1  # what cannot be written is not rendered, either


@pytest.mark.parametrize("missing", FILES)
def test_a_missing_file_is_made_again(missing, tmp_path, scale, renderings):
    write(scale, tmp_path, "scale")
    before = (tmp_path / missing).read_bytes()
    (tmp_path / missing).unlink()
    write(scale, tmp_path, "scale")
    assert len(renderings) == 2
    assert (tmp_path / missing).read_bytes() == before


def test_other_music_takes_the_place_of_the_old(tmp_path, scale, renderings):
    write(scale, tmp_path, "music")
    other = recordings.MELODIES.chorus(0)
    write(other, tmp_path, "music")
    assert [music for music, _ in renderings] == [scale, other]
    assert from_midi(tmp_path / "music.mid", recordings.FORM) == other
    assert shown(tmp_path, "music")["steps"] == len(other)


def test_swing_makes_other_files(tmp_path, scale, renderings):
    for swing in (False, True, True):
        write(scale, tmp_path, "scale", swing)
    assert renderings == [(scale, False), (scale, True)]


def test_another_network_makes_other_files(tmp_path, renderings):
    music = recordings.MELODIES.chorus(0)
    for name in ("composition", "composition-1", "composition-1", "scale"):
        write(music, tmp_path, "music", network=recordings.network(name))
    assert len(renderings) == 3
    assert shown(tmp_path, "music")["activations"] is None


def test_another_sound_makes_other_files(tmp_path, scale, renderings, monkeypatch):
    write(scale, tmp_path, "scale")
    monkeypatch.setattr(player_files, "_sound_sources", lambda: b"a better piano")
    write(scale, tmp_path, "scale")
    assert len(renderings) == 2


def test_what_is_shown_makes_other_files(tmp_path, scale, renderings, monkeypatch):
    write(scale, tmp_path, "scale")
    monkeypatch.setattr("lstmblues.book.player_data.bar_text", lambda music, bar: "Another text.")
    write(scale, tmp_path, "scale")
    assert len(renderings) == 2


def test_the_sound_depends_on_the_modules_that_make_it():
    for module in (notes, midi, sound):
        assert open(module.__file__, "rb").read() in player_files._sound_sources()


def test_an_interruption_leaves_nothing_that_vouches(tmp_path, scale, renderings, monkeypatch):
    write(scale, tmp_path, "scale")
    (tmp_path / "scale.mid").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(player_files, "to_mp3", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write(scale, tmp_path, "scale")
    assert not (tmp_path / "scale.js").exists()
    write(scale, tmp_path, "scale")
    assert len(renderings) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


def test_a_folder_that_cannot_be_is_refused(tmp_path, scale):
    (tmp_path / "file").touch()
    with pytest.raises(BluesError, match="cannot make the folder"):
        write(scale, tmp_path / "file", "scale")


def test_all_recordings_are_made_the_longest_first(tmp_path, monkeypatch):
    made = []
    # One job, so that the next line reaches the work.
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    monkeypatch.setattr(
        recordings,
        "write",
        lambda *arguments: made.append(arguments) or player_files.Files(arguments[2], 1.0, {}),
    )
    assert set(make_all(tmp_path)) == set(recordings.RECORDINGS)
    for music, folder, name, swing, network in made:
        assert folder == tmp_path
        assert music == recordings.piece(name)
        assert swing == recordings.RECORDINGS[name].swing
        assert network is recordings.network(name)
    lengths = [len(music) for music, *_ in made]
    assert lengths == sorted(lengths, reverse=True)
