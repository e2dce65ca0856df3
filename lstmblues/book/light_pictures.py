"""Make the pictures in executed notebooks a third as large (``make notebooks`` calls this).

A plot has few colours. So its PNG is as good with a palette of 256, and takes a third of the bytes.
"""

import base64
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from lstmblues.files import write_whole

COLOURS = 256
"""The most colours that a PNG with a palette can have."""


def lighten(notebook: dict) -> int:
    """Give every PNG in the outputs of ``notebook`` a palette; return how many had none."""
    changed = 0
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
                if picture.mode != "P":
                    data["image/png"] = _with_palette(picture)
                    changed += 1
    return changed


def _with_palette(picture: Image.Image) -> str:
    """A picture as a PNG with a palette, on white, in base64."""
    white = Image.new("RGBA", picture.size, "white")
    opaque = Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")
    content = io.BytesIO()
    opaque.quantize(COLOURS, dither=Image.Dither.NONE).save(content, "PNG", optimize=True)
    return base64.b64encode(content.getvalue()).decode("ascii") + "\n"


def main(paths: Iterable[str]) -> None:
    """Lighten the notebooks at ``paths``; those without anything to do are left as they are."""
    for path in map(Path, paths):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if lighten(notebook):
            text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            write_whole(path, text.encode("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
