"""The trained networks are what their commands make."""

from itertools import pairwise

import numpy as np
import pytest

from lstmblues.errors import BluesError
from lstmblues.files import NETWORKS
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.training.experiments import learn_blues
from lstmblues.training.settings import Settings
from lstmblues.training.trained import STAGES, TRAINED, trained

MELODIES = load_melodies(load_form())
RUN = [trained(stage) for stage in STAGES]


def test_a_name_that_is_none_is_refused():
    with pytest.raises(
        BluesError, match="no trained network 'waltz'; there are chords, blues-stage-1"
    ):
        trained("waltz")


def test_every_weights_file_has_a_name():
    assert sorted(TRAINED) == sorted(path.stem for path in NETWORKS.glob("*.npz"))


def test_every_call_gives_a_copy_of_its_own():
    one, other = trained("chords"), trained("chords")
    one.weights["chords"]["cell"][:] = 0.0
    assert other.weights["chords"]["cell"].any()


def test_stages_are_of_one_run_and_in_order():
    seed = trained("blues").header["seed"]
    assert {stage.header["seed"] for stage in RUN} == {seed}
    assert all(before.header["steps"] < after.header["steps"] for before, after in pairwise(RUN))
    assert RUN[-1].header["learned"] is True


@pytest.mark.parametrize("stage", STAGES[:5])
def test_a_stage_is_reached_again_to_the_last_bit(stage):
    network = trained(stage)
    header = network.header
    limits = {name: header["settings"][name] for name in ("most_steps", "most_melody_steps")}
    again = learn_blues(MELODIES, header["seed"], Settings(**limits), numbers=MELODIES.split()[0])
    assert again.steps == header["steps"]
    for group, matrices in network.weights.items():
        for kind, matrix in matrices.items():
            assert np.array_equal(again.network.weights[group][kind], matrix)


def test_a_file_with_another_network_under_a_name_is_refused(monkeypatch, tmp_path):
    (tmp_path / "chords.npz").write_bytes((NETWORKS / "blues.npz").read_bytes())
    monkeypatch.setattr("lstmblues.training.trained.NETWORKS", tmp_path)
    with pytest.raises(BluesError, match="holds a blues network; needed is a chords network"):
        trained("chords")
