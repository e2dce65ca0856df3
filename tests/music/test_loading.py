import subprocess
import sys

from paths import ROOT

HEAVY = {"numba", "llvmlite", "torch"}
MODULES = sorted(path.stem for path in (ROOT / "lstmblues" / "music").glob("[!_]*.py"))


def loaded_with(*modules: str) -> set[str]:
    """All that a fresh interpreter has loaded when it has imported these modules."""
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    return set(subprocess.check_output(command, text=True, cwd=ROOT, timeout=120).split())


def test_music_needs_neither_compiled_loops_nor_pytorch():
    names = {f"lstmblues.music.{module}" for module in MODULES}
    loaded = loaded_with(*names)
    assert names <= loaded and len(names) > 5
    assert not HEAVY & loaded


def test_form_and_notes_need_no_midi_library():
    loaded = loaded_with(
        "lstmblues.music.form", "lstmblues.music.notes", "lstmblues.music.encoding"
    )
    assert not {"pretty_midi", "mido"} & loaded
