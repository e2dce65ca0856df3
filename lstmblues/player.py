"""A player for a piece of music, on a page or in a live notebook (chapter 1, "The twelve bars").

Players point to files, which are generated and never stored in a page or a notebook.
"""

import hashlib
import html
import os
from pathlib import Path

from IPython.display import HTML

from lstmblues import recordings
from lstmblues.errors import BluesError
from lstmblues.midi import to_midi
from lstmblues.piece import Piece
from lstmblues.recordings import FOLDER

_LIVE = "live-"


def markup(name: str, caption: str, top: str) -> str:
    """Return the HTML of a player; ``top`` leads from the page to the top of the book."""
    source = html.escape(f"{top}/{FOLDER.as_posix()}/{name}")
    # Nothing is loaded before play is pressed.
    return (
        f'<figure class="recording"><audio controls preload="none" src="{source}.mp3"></audio>'
        f"<figcaption>{html.escape(caption)} "
        f'<a href="{source}.mid" download>MIDI</a> <a href="{source}.mp3" download>MP3</a>'
        "</figcaption></figure>"
    )


def listen(music: str | Piece, caption: str | None = None) -> HTML:
    """Return a player for the notebook: of a recording of the book by name, or of any piece.

    Files are made if they are not there yet, in the book's ``_static/recordings``. Raises
    ``BluesError`` for a name that is none of ``recordings.RECORDINGS``, or outside a clone.
    """
    top = _top_of_the_book()
    if isinstance(music, Piece):
        # Music made live is named by its content, so that no file is ever the wrong one.
        name = _LIVE + hashlib.sha256(to_midi(music)).hexdigest()[:12]
        recordings.write(music, top / FOLDER, name)
        caption = caption or f"{music.bars} bars over the {music.form.name}."
    else:
        name = music
        recordings.write(recordings.piece(name), top / FOLDER, name)
        caption = caption or recordings.RECORDINGS[name].caption
    return HTML(markup(name, caption, Path(os.path.relpath(top)).as_posix()))


def _top_of_the_book() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "_toc.yml").is_file():
            return folder
    raise BluesError("players need a clone of the book: start the notebook from within it")
