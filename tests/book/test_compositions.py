"""The four compositions show what the page of 2002 says they show."""

import numpy as np
import pytest

from lstmblues.book import compositions, recordings
from lstmblues.book.compositions import chosen
from lstmblues.composing.judge import melody_distance, right_steps
from lstmblues.evidence.page_of_2002.criteria import (
    drifts_and_returns,
    falls_into_place,
    repeats_a_motif,
    stays_closer,
    traits,
)
from lstmblues.evidence.page_of_2002.search import SEARCH, candidates_of, pick
from lstmblues.files import RESULTS
from lstmblues.music.form import STEPS_PER_BAR
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.training.experiments import learn_blues
from lstmblues.training.settings import Settings
from lstmblues.training.trained import trained

MELODIES = recordings.MELODIES


@pytest.fixture(scope="module")
def pieces():
    return {number: compositions.composition(number, MELODIES) for number in (1, 2, 3, 4)}


@pytest.fixture(scope="module")
def found(pieces):
    return {number: traits(piece, MELODIES) for number, piece in pieces.items()}


def moments(number: int, piece) -> dict[int, str]:
    own = recordings.RECORDINGS[f"composition-{number}"].moments(piece)
    assert [moment.step for moment in own] == sorted(moment.step for moment in own)
    return {moment.step: moment.text for moment in own}


def test_the_early_network_is_the_finished_one_before_it_had_finished():
    early, finished = trained("blues-early").header, trained("blues").header
    assert early["seed"] == finished["seed"]
    assert early["steps"] < finished["steps"]
    assert early["learned"] is False and finished["learned"] is True
    same = {"most_melody_steps": chosen()[1].melody_steps}
    assert early["settings"] == finished["settings"] | same


def test_the_early_network_is_trained_again_to_the_last_bit():
    header = trained("blues-early").header
    settings = Settings(most_melody_steps=header["settings"]["most_melody_steps"])
    result = learn_blues(MELODIES, header["seed"], settings, numbers=MELODIES.split()[0])
    for group, matrices in trained("blues-early").weights.items():
        for kind, matrix in matrices.items():
            assert np.array_equal(result.network.weights[group][kind], matrix)


def test_pieces_have_the_traits_for_which_they_were_chosen(pieces, found):
    candidates = candidates_of(SEARCH.load(RESULTS / "compositions.jsonl"))
    picked = pick(candidates, trained("blues").header["seed"])
    assert found == {number: how.traits for number, how in picked.items()}
    assert {piece.choruses for piece in pieces.values()} == {CHORUSES_OF_A_RECORDING}


def test_each_meets_its_criterion(found):
    assert falls_into_place(found[1])
    assert drifts_and_returns(found[2])
    assert repeats_a_motif(found[3])
    assert stays_closer(found[4], [found[1], found[2], found[3]])


def test_composition_1_is_wrong_until_its_moment_and_right_from_there(pieces):
    piece, right = pieces[1], right_steps(pieces[1])
    start, settled, *compared = moments(1, piece)
    assert start == 0
    assert right[settled:].all() and not right[settled - 1]
    for chorus in compared:
        assert chorus % piece.form.steps == 0 and chorus > settled


@pytest.mark.parametrize("number", [2, 4])
def test_passages_are_pointed_out_where_they_are(number, pieces):
    distance = melody_distance(pieces[number], MELODIES)
    assert right_steps(pieces[number]).all()
    for step, text in moments(number, pieces[number]).items():
        bars = int(text.split()[-2])
        passage = distance[step // STEPS_PER_BAR :][:bars]
        assert len(passage) == bars
        if text.startswith("copies"):
            assert (passage == 0).all()
        else:
            assert text.startswith("more freely") and (passage > 0).all()


def test_the_motif_is_played_at_every_moment_that_says_so(pieces, found):
    melody, places = pieces[3].melody, moments(3, pieces[3])
    motifs = [step for step, text in places.items() if "motif" in text]
    length = found[3].motif_steps
    phrases = {melody[step : step + length] for step in motifs}
    assert len(phrases) == 1
    assert len(motifs) == found[3].motif_times >= 2
    assert any("freely" in places[step] for step in places if step < motifs[0])
    (phrase,) = phrases
    assert not MELODIES.has_stretches(phrase).any()
