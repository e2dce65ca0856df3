import base64
import io
import json

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from lstmblues.book.light_pictures import lighten, main
from lstmblues.figures import plots


def png(draw) -> str:
    figure, ax = plt.subplots(figsize=(5, 3), dpi=100)
    draw(ax)
    content = io.BytesIO()
    figure.savefig(content, format="png")
    plt.close(figure)
    return base64.b64encode(content.getvalue()).decode()


def notebook_with(*pictures) -> dict:
    outputs = [{"output_type": "display_data", "data": {"image/png": each}} for each in pictures]
    text = {"output_type": "stream", "name": "stdout", "text": ["12\n"]}
    cells = [{"cell_type": "markdown", "source": []}, {"cell_type": "code", "outputs": outputs}]
    return {"cells": [*cells, {"cell_type": "code", "outputs": [text]}]}


def pixels(picture: str) -> np.ndarray:
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    return np.asarray(image.convert("RGB"), dtype=int)


def test_pictures_look_the_same_and_take_half_the_bytes():
    noise = np.random.default_rng(0).random((12, 96))
    before = [
        png(lambda ax: ax.plot(np.sin(np.arange(200)), color=plots.BLUE)),
        png(lambda ax: ax.imshow(noise, cmap="cividis", aspect="auto")),
    ]
    notebook = notebook_with(*before)
    assert lighten(notebook) == 2
    for old, output in zip(before, notebook["cells"][1]["outputs"], strict=True):
        new = output["data"]["image/png"]
        assert len(new) < len(old)
        difference = np.abs(pixels(old) - pixels(new))
        assert difference.mean() < 1 and np.quantile(difference, 0.99) <= 8  # of 255
    assert lighten(notebook) == 0  # once is enough


def test_what_has_no_picture_is_left_alone(tmp_path):
    path = tmp_path / "chapter.ipynb"
    path.write_text(json.dumps(notebook_with()))
    before = path.read_bytes()
    main([str(path)])
    assert path.read_bytes() == before


def test_a_file_is_written_as_notebooks_are(tmp_path):
    path = tmp_path / "chapter.ipynb"
    path.write_text(json.dumps(notebook_with(png(lambda ax: ax.plot([1, 2])))))
    main([str(path)])
    text = path.read_text()
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
    assert lighten(json.loads(text)) == 0
