"""The book's own Sphinx extension: recordings made when a build starts, players on any page.

In Markdown, a fence named ``{recording}`` with the name of a recording shows its player, with
the fence's content, if any, as the caption.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lstmblues import recordings
from lstmblues.errors import BluesError
from lstmblues.player import markup
from lstmblues.recordings import FOLDER

_log = logging.getLogger(__name__)


class RecordingDirective(SphinxDirective):
    """Show the player of the recording that the argument names."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the player, as raw HTML."""
        name = self.arguments[0]
        if name not in recordings.RECORDINGS:
            return [self.state.document.reporter.error(f"there is no recording {name!r}")]
        caption = " ".join(self.content) or recordings.RECORDINGS[name].caption
        top = "/".join([".."] * self.env.docname.count("/")) or "."
        return [nodes.raw("", markup(name, caption, top), format="html")]


def make_recordings(app: Sphinx) -> None:
    """Make every recording of the book that is not there yet."""
    folder = Path(app.srcdir) / FOLDER
    for name in recordings.RECORDINGS:
        try:
            recordings.write(recordings.piece(name), folder, name)
        except BluesError as error:
            _log.warning("recording %s cannot be made: %s", name, error)


def setup(app: Sphinx) -> dict:
    """Register the directive, and the making of recordings, with Sphinx."""
    app.add_directive("recording", RecordingDirective)
    app.connect("builder-inited", make_recordings)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
