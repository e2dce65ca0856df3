"""A player for a piece of music, on a page or in a live notebook (chapter 1, "The twelve bars").

Players point to files, which are generated and never stored in a page or a notebook. What stands
in the page plays by itself; ``_static/player.js`` makes more of it.
"""

import hashlib
import html
import json
import os
from collections.abc import Sequence
from pathlib import Path

from IPython.display import HTML

from lstmblues.book import recordings
from lstmblues.book.player_data import activations
from lstmblues.book.player_files import KILOBITS, Files, write
from lstmblues.book.recordings import FOLDER, make_all
from lstmblues.errors import BluesError
from lstmblues.music.midi import to_midi
from lstmblues.music.notes import seconds_at
from lstmblues.music.piece import Moment, Piece
from lstmblues.network.lstm import Network

_LIVE = "live-"

# A style sheet's address is resolved wherever the player stands, in JupyterLab too, which would
# resolve a script's too late. So the sheet brings the script, whose name differs in its ending.
_BRING_SCRIPT = (
    "if(!window.bluesPlayer){window.bluesPlayer=document.createElement('script');"
    r"bluesPlayer.src=this.href.replace(/\.css(?=$|\?)/,'.js');document.head.append(bluesPlayer)}"
)


def markup(
    files: Files, caption: str, top: str, moments: Sequence[Moment] = (), swing: bool = False
) -> str:
    """Return the HTML of a player.

    Args:
        files: what it plays; they lie in ``FOLDER`` of the book.
        caption: what stands over it, plain text.
        top: the path from the page to the top of the book.
        moments: places to listen to.
        swing: whether the music is played swung; that moves moments between two beats.

    Returns:
        A figure, which plays by itself; with the script that its style sheet brings, it does more.
    """
    top = html.escape(top)
    source = f"{top}/{FOLDER.as_posix()}/{html.escape(files.name)}"
    return "".join(
        (
            '<figure class="recording">',
            f'<link rel="stylesheet" href="{top}/_static/player.css" ',
            f'onload="{html.escape(_BRING_SCRIPT)}">',
            f"<figcaption>{html.escape(caption)}</figcaption>",
            f'<blues-player seconds="{files.seconds:g}">',
            # Nothing is loaded before play is pressed.
            f'<audio controls preload="none" src="{source}.mp3"></audio>',
            _moments(source, moments, swing),
            "</blues-player>",
            _downloads(source, files),
            "</figure>",
        )
    )


def _moments(source: str, moments: Sequence[Moment], swing: bool) -> str:
    """Return links into the sound, as media fragments: these work without a script as well."""
    items = []
    for moment in moments:
        seconds = float(seconds_at(moment.step, swing=swing))
        text, name = html.escape(moment.text), html.escape(f"{clock(seconds)}: {moment.text}")
        link = f'<a href="{source}.mp3#t={seconds:g}" aria-label="{name}">{clock(seconds)}</a>'
        items.append(f"<li>{link} {text}</li>")
    return f'<ul class="moments" slot="moments">{"".join(items)}</ul>' if items else ""


def _downloads(source: str, files: Files) -> str:
    """Return the length of the sound, and links to the files with their sizes."""
    kinds = {".mid": "MIDI"} | {
        ending: f"MP3 {kilobits} kbit/s" for ending, kilobits in KILOBITS.items()
    }
    links = [
        f'<a href="{source}{ending}" download>{kind}</a> {size(files.sizes[ending])}'
        for ending, kind in kinds.items()
    ]
    return f'<p class="downloads">{" · ".join([clock(files.seconds), *links])}</p>'


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds: ``1:04``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def size(count: int) -> str:
    """Return a number of bytes in the unit that suits it: ``22 kB``, ``5.4 MB``."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def listen(
    music: str | Piece,
    caption: str | None = None,
    swing: bool = False,
    moments: Sequence[Moment] = (),
    network: Network | None = None,
) -> HTML:
    """Return a player for the notebook: of a recording of the book by name, or of any piece.

    Files are made if they are not there yet, in the book's ``FOLDER``. A recording has its own
    swing, moments and network.

    Args:
        music: the name of a recording, or a piece.
        caption: what stands over the player; default: the recording's own, or the piece's length.
        swing: play the piece swung.
        moments: places to listen to in the piece.
        network: what composed the piece, if a network did, to look into.

    Returns:
        The player.

    Raises:
        BluesError: for a name that is none of ``recordings.RECORDINGS``, and outside a clone.
    """
    top = _top_of_the_book()
    folder = top / FOLDER
    if isinstance(music, Piece):
        # Music made live is named by its content, so that no file is ever the wrong one.
        did = "" if network is None else json.dumps(activations(music, network))
        content = to_midi(music, swing=swing) + did.encode()
        name = _LIVE + hashlib.sha256(content).hexdigest()[:12]
        caption = caption or f"{music.bars} bars over the {music.form.name}."
        files = write(music, folder, name, swing, network)
    else:
        piece = recordings.piece(music)  # which says so if there is none of that name
        recording, files = recordings.RECORDINGS[music], recordings.make(music, folder)
        caption = caption or recording.caption
        swing, moments = recording.swing, recording.moments(piece)
    page = Path(os.path.relpath(top)).as_posix()
    return HTML(markup(files, caption, page, moments, swing))


def choice(panes: Sequence[tuple[str, str]], legend: str) -> HTML:
    """Return buttons, of which each shows one pane: pairs of a button's text and a pane's HTML.

    The first is shown at the beginning. The buttons are a group of radio buttons, so that neither
    a script nor a live notebook is needed. ``legend`` says what they choose.
    """
    name = "choice-" + hashlib.sha256(repr(panes).encode()).hexdigest()[:12]
    options = "".join(
        f'<div class="option"><input type="radio" name="{name}" id="{name}-{number}"'
        f"{' checked' if number == 0 else ''}>"
        f'<label for="{name}-{number}">{html.escape(text)}</label>'
        f'<div class="pane">{pane}</div></div>'
        for number, (text, pane) in enumerate(panes)
    )
    return HTML(
        f'<fieldset class="choice"><legend>{html.escape(legend)}</legend>{options}</fieldset>'
    )


def make_recordings() -> None:
    """Make the recordings of the clone that the notebook runs in, so that ``listen`` is quick.

    Those that are there already are left. Raises ``BluesError`` outside a clone.
    """
    for _ in make_all(_top_of_the_book() / FOLDER):
        pass


def _top_of_the_book() -> Path:
    """Return the folder of the clone that the notebook runs in; raise ``BluesError`` outside."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "_toc.yml").is_file():
            return folder
    raise BluesError("players need a clone of the book: start the notebook from within it")
