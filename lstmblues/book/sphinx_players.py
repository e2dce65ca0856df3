"""The book's own Sphinx extension: recordings made when a build starts, players on any page.

In Markdown, a fence named ``{recording}`` with the name of a recording shows its player, with
the fence's content, if any, as the caption.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from tqdm import tqdm

from lstmblues.book import recordings
from lstmblues.book.player import markup
from lstmblues.book.recordings import FOLDER, RECORDINGS
from lstmblues.errors import BluesError

_log = logging.getLogger(__name__)


class RecordingDirective(SphinxDirective):
    """Show the player of the recording that the argument names."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the player, as raw HTML."""
        name = self.arguments[0]
        if name not in RECORDINGS:
            return [self.state.document.reporter.error(f"there is no recording {name!r}")]
        recording = RECORDINGS[name]
        caption = " ".join(self.content) or recording.caption
        top = "/".join([".."] * self.env.docname.count("/")) or "."
        files = recordings.make(name, Path(self.env.srcdir) / FOLDER)
        moments = recording.moments(recordings.piece(name))
        player = markup(files, caption, top, moments, recording.swing)
        return [nodes.raw("", player, format="html")]


def leave_to_players(app: Sphinx, config: Config) -> None:
    """Take what a player loads when it is asked out of what every page loads."""
    # Jupyter Book lists all scripts and sheets that it finds in _static, at whatever depth.
    players = ("player.", "gates.", f"{FOLDER.name}/")
    for files in ("html_css_files", "html_js_files"):
        config[files] = [name for name in config[files] if not name.startswith(players)]


def make_recordings(app: Sphinx) -> None:
    """Make every recording of the book that is not there yet."""
    try:
        made = recordings.make_all(Path(app.srcdir) / FOLDER)
        # A bar for whoever waits at a terminal, as a quiet build says nothing else.
        for _ in tqdm(made, total=len(recordings.RECORDINGS), desc="recording", disable=None):
            pass
    except BluesError as error:
        _log.warning("the recordings cannot be made: %s", error)


def setup(app: Sphinx) -> dict:
    """Register the directive, and the making of recordings, with Sphinx."""
    app.add_directive("recording", RecordingDirective)
    app.connect("config-inited", leave_to_players)
    app.connect("builder-inited", make_recordings)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
