import time
from dataclasses import replace

import numpy as np
import pytest
from networks import difference

import lstmblues
from lstmblues.music.encoding import chord_cycle, encode_batch
from lstmblues.music.form import Form
from lstmblues.music.melody import Melodies, read_notes
from lstmblues.music.piece import CHORUSES_OF_A_RECORDING
from lstmblues.network.topology import BLUES, CHORDS
from lstmblues.training import experiments
from lstmblues.training.experiments import (
    learn_blues,
    learn_chords,
    levelled_off,
    stages_of_training,
)
from lstmblues.training.network_learner import NetworkLearner, initial_network
from lstmblues.training.settings import Settings

FORM = Form.parse("cadence", "C G7", {"C": "C3 E3 G3", "G7": "D3 F3 G3 B3"})
QUICK = Settings(learning_rate=5e-3, melody_learning_rate=5e-3, most_steps=400_000)


def cadence_melodies() -> Melodies:
    """Two places of two segments, half a bar each: four choruses of one bar."""
    places = ((read_notes("C G"), read_notes("G C")), (read_notes("F D"), read_notes("D F")))
    return Melodies(FORM, read_notes("C D F G c"), places)


EVERY_CHORUS = np.arange(len(cadence_melodies()))


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([], False),
        ([1.0] * 7, False),  # too short to say
        ([1.0] * 8, True),
        ([1.0] * 4 + [0.98] * 4, False),  # still falling, by 2 %
        ([1.0] * 4 + [0.995] * 4, True),  # by half a per cent only
        ([1.0] * 4 + [1.5] * 4, True),  # rising
        ([9.0] * 50 + [1.0] * 8, True),  # what was long ago does not count
        ([1.0] * 4 + [0.5, 0.5, 0.5, 99.0], False),  # a burst is no levelling
        ([1.0, 1.0, 1.0, 0.1] + [1.0] * 4, True),  # nor a dip a fall
        ([1.0] * 44 + [0.5] * 4, False),  # the last window counts, and not all since the first
        ([1.0] * 4 + [0.99] * 4, False),  # by just a hundredth
    ],
)
def test_levelled_off(losses, expected):
    assert levelled_off(losses, window=4, gain=0.01) is expected


def test_chords_are_learned_the_same_way_twice():
    seen = []
    result = learn_chords(FORM, 0, QUICK, watch=seen.append)
    assert result.learned and 0 < result.steps < QUICK.most_steps
    assert seen == result.history
    again = learn_chords(FORM, 0, QUICK)
    assert again.steps == result.steps and difference(again.network, result.network) == 0
    other = learn_chords(FORM, 1, QUICK)
    assert difference(other.network, result.network) > 0


def test_a_network_that_learned_plays_the_form_by_itself():
    result = learn_chords(FORM, 0, QUICK)
    chorus = chord_cycle(FORM)
    played = [chorus[0]]
    for _ in range(CHORUSES_OF_A_RECORDING * FORM.steps):
        played.append(result.network.run(np.array(played))[-1] > 0.5)
    assert (np.array(played[:-1]) == np.tile(chorus, (CHORUSES_OF_A_RECORDING, 1))).all()
    assert (played[-1] == chorus[0]).all()


def test_progress_and_header_tell_what_happened():
    result = learn_chords(FORM, 0, QUICK)
    steps = [progress.steps for progress in result.history]
    assert steps == sorted(set(steps)) and steps[-1] == result.steps
    last = result.history[-1]
    assert last.chords_learned and last.melody_loss is None
    assert last.chord_loss < 0.5 * result.history[0].chord_loss
    assert not any(progress.chords_learned for progress in result.history[:-1])
    assert last.most_steps == QUICK.most_steps
    header = result.network.header
    assert header["algorithm"] == "2002" and header["form"] == "cadence" and header["seed"] == 0
    assert header["learned"] is True and header["steps"] == result.steps
    assert header["settings"]["learning_rate"] == QUICK.learning_rate


def test_a_run_that_does_not_learn_says_so():
    result = learn_chords(FORM, 0, replace(QUICK, learning_rate=0.0, most_steps=500))
    assert not result.learned and result.network.header["learned"] is False
    assert 500 <= result.steps < 500 + QUICK.choruses_a_pass * FORM.steps
    start = initial_network(CHORDS, result.network.standardisation, 0, QUICK)
    assert difference(result.network, start) == 0


def test_inputs_are_standardised_unless_the_settings_say_not():
    few = replace(QUICK, most_steps=100)
    chorus = chord_cycle(FORM)
    heard = learn_chords(FORM, 0, few).network.standardisation.apply(chorus)
    np.testing.assert_allclose(heard.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(heard.std(axis=0)[chorus.std(axis=0) > 0], 1)
    plain = learn_chords(FORM, 0, replace(few, standardised_inputs=False))
    np.testing.assert_array_equal(plain.network.standardisation.apply(chorus), chorus)


def test_without_gross_errors_before_reset_every_step_is_heard():
    few = replace(QUICK, most_steps=400, gross_errors_before_reset=0)
    offered = few.choruses_a_pass * FORM.steps
    steps = [progress.steps for progress in learn_chords(FORM, 0, few).history]
    assert steps == list(range(offered, steps[-1] + 1, offered))
    with_resets = learn_chords(FORM, 0, replace(few, gross_errors_before_reset=1)).history
    assert with_resets[0].steps < offered


def test_the_tests_of_a_run_say_when_cycles_first_came_right():
    endless = replace(QUICK, cold_passes=False, gross_errors_before_reset=3)
    watched = []
    result = learn_chords(FORM, 0, endless, watch=watched.append)
    chorus = chord_cycle(FORM)

    def cycles_right(network):
        played = [chorus[0]]
        for step in range(CHORUSES_OF_A_RECORDING * FORM.steps):
            played.append(network.run(np.array(played))[-1] > 0.5)
            if (played[-1] != chorus[(step + 1) % FORM.steps]).any():
                return step // FORM.steps
        return CHORUSES_OF_A_RECORDING

    first = result.tests.first_right
    assert list(first) == sorted(first) and first[5] == (result.steps, CHORUSES_OF_A_RECORDING)
    for cycles, (steps, played) in first.items():
        again = learn_chords(FORM, 0, replace(endless, most_steps=steps))
        assert again.steps == steps and cycles_right(again.network) == played >= cycles
    earlier = [progress.steps for progress in watched if progress.steps < first[1][0]]
    before = learn_chords(FORM, 0, replace(endless, most_steps=earlier[-1]))
    assert cycles_right(before.network) == 0


def test_only_music_without_end_is_asked_for_playing_on_warm():
    never = replace(QUICK, cold_passes=False, gross_errors_before_reset=0, most_steps=30_000)
    warm = learn_chords(FORM, 0, never).tests.warm_steps
    assert warm is not None and warm <= 30_000
    assert learn_chords(FORM, 0, QUICK).tests.warm_steps is None


def test_chords_and_melody_are_learned_the_same_way_twice():
    melodies = cadence_melodies()
    result = learn_blues(melodies, 0, QUICK, numbers=EVERY_CHORUS)
    again = learn_blues(melodies, 0, QUICK, numbers=EVERY_CHORUS)
    assert again.steps == result.steps and difference(again.network, result.network) == 0
    assert result.learned and result.history[-1].chords_learned
    melody = [progress.melody_loss for progress in result.history]
    assert melody[-1] < 0.5 * melody[0]
    # Once the chords are learned, their weights rest while the melody's go on.
    resting = next(progress for progress in result.history if progress.chords_learned)
    assert resting.steps < result.steps
    assert result.history[-1].most_steps == resting.steps + QUICK.most_melody_steps


def test_chords_rest_once_they_are_learned_unless_the_settings_say_not():
    melodies, at_learning = cadence_melodies(), []

    def keep(progress):
        if progress.chords_learned and not at_learning:
            at_learning.append(progress.snapshot().weights["chords"])

    resting = learn_blues(melodies, 0, QUICK, watch=keep, numbers=EVERY_CHORUS)
    going_on = learn_blues(melodies, 0, replace(QUICK, chords_rest=False), numbers=EVERY_CHORUS)
    for kind, matrix in at_learning[0].items():
        assert np.array_equal(resting.network.weights["chords"][kind], matrix)
        assert not np.array_equal(going_on.network.weights["chords"][kind], matrix)
    assert (resting.tests.asked_again, resting.tests.right_again) == (0, 0)
    passes = sum(progress.chords_learned for progress in going_on.history) - 1
    assert 0 < going_on.tests.right_again <= going_on.tests.asked_again == passes


def test_the_melody_learns_at_a_large_rate_and_settles_at_a_small_one(monkeypatch):
    rates, lengths = [], []
    learn_pass = NetworkLearner.learn_pass

    def watch(learner, array, chorus_steps):
        rates.append(learner.rates["melody"] if "chords" in learner.resting else None)
        lengths.append(len(array) // chorus_steps)
        return learn_pass(learner, array, chorus_steps)

    monkeypatch.setattr(NetworkLearner, "learn_pass", watch)
    assert learn_blues(cadence_melodies(), 0, QUICK, numbers=EVERY_CHORUS).learned
    changes = [rate for rate, before in zip(rates, [0, *rates], strict=False) if rate != before]
    assert changes == [None, QUICK.melody_learning_rate, QUICK.melody_settling_rate]
    expected = {True: QUICK.choruses_a_pass, False: QUICK.choruses_a_melody_pass}
    assert all(n == expected[rate is None] for n, rate in zip(lengths, rates, strict=True))


def test_at_a_settling_rate_that_is_no_other_the_melody_levels_off_once():
    settings = replace(QUICK, melody_settling_rate=QUICK.melody_learning_rate)
    result = learn_blues(cadence_melodies(), 0, settings, numbers=EVERY_CHORUS)
    losses = [progress.melody_loss for progress in result.history if progress.chords_learned][1:]
    assert result.learned and levelled_off(losses)
    assert not any(levelled_off(losses[:passes]) for passes in range(len(losses)))


def test_a_melody_that_does_not_level_off_in_time_is_not_learned():
    short = replace(QUICK, most_melody_steps=500)
    result = learn_blues(cadence_melodies(), 0, short, numbers=EVERY_CHORUS)
    assert not result.learned and result.history[-1].chords_learned
    assert result.history[-1].most_steps <= result.steps


def test_only_the_choruses_asked_for_are_heard(monkeypatch):
    melodies, heard = cadence_melodies(), []
    learn_pass = NetworkLearner.learn_pass

    def watch(learner, array, chorus_steps):
        heard.append(array.copy())
        return learn_pass(learner, array, chorus_steps)

    monkeypatch.setattr(NetworkLearner, "learn_pass", watch)
    few = replace(QUICK, most_steps=300)
    learn_blues(melodies, 0, few, numbers=np.array([1, 2]))
    allowed = encode_batch([melodies.chorus(number) for number in (1, 2)])
    for array in heard:
        choruses = array[:-1].reshape(few.choruses_a_pass, FORM.steps, -1)
        assert all((chorus == allowed).all(axis=(1, 2)).any() for chorus in choruses)
        assert (array[-1] == allowed[:, 0]).all(axis=1).any()
    drawn = np.concatenate([array[:-1] for array in heard]).reshape(-1, FORM.steps, BLUES.units)
    assert all((drawn == chorus).all(axis=(1, 2)).any() for chorus in allowed)


def test_stages_lie_apart_and_end_with_the_finished_network(monkeypatch):
    melodies = cadence_melodies()
    monkeypatch.setattr(experiments, "Settings", lambda: QUICK)
    whole = learn_blues(melodies, 0, QUICK, numbers=melodies.split()[0])
    resting_at = next(p.steps for p in whole.history if p.chords_learned)
    heard = whole.steps - resting_at
    # So far apart that a pass ends just there.
    since = [p.steps - resting_at for p in whole.history]
    apart = next(steps for steps in since if steps >= heard // 3)
    monkeypatch.setattr(experiments, "STAGE_STEPS", apart)
    stages = stages_of_training(melodies, 0)
    assert [(steps, finished) for steps, finished, _ in stages] == [
        (apart, False),
        (2 * apart, False),
        *([(3 * apart, False)] if heard >= 3 * apart else []),
        (heard, True),
    ]
    assert difference(stages[-1][2], whole.network) == 0
    # A stage is the network after the first pass that reaches it.
    due = next(p.steps for p in whole.history if p.steps - resting_at >= apart)
    then = replace(QUICK, most_melody_steps=due - resting_at)
    stopped = learn_blues(melodies, 0, then, numbers=melodies.split()[0])
    assert stopped.steps == due and difference(stages[0][2], stopped.network) == 0


def test_a_network_that_never_learns_its_chords_has_no_stages(monkeypatch):
    monkeypatch.setattr(experiments, "Settings", lambda: replace(QUICK, most_steps=1))
    assert stages_of_training(cadence_melodies(), 0) == []


def test_the_error_has_to_stay_level_for_400_passes_and_within_a_hundredth():
    level = [1.0] * 799
    assert not levelled_off(level) and levelled_off([1.0, *level])
    assert levelled_off([1.0] * 400 + [0.995] * 400)
    assert not levelled_off([1.0] * 400 + [0.98] * 400)


def test_the_header_of_both_experiments_names_the_seed():
    few = replace(QUICK, most_steps=50)
    melodies = cadence_melodies()
    assert learn_chords(FORM, 7, few).network.header["seed"] == 7
    assert learn_blues(melodies, 7, few, numbers=EVERY_CHORUS).network.header["seed"] == 7


def test_right_tests_are_counted_after_the_chords_were_learned(monkeypatch):
    answers = iter([CHORUSES_OF_A_RECORDING, *([0, CHORUSES_OF_A_RECORDING, 3] * 10_000)])
    run = experiments._Run
    monkeypatch.setattr(run, "_choruses_right", lambda self, warm=False: next(answers))
    settings = replace(QUICK, chords_rest=False, most_melody_steps=2_000)
    tests = learn_blues(cadence_melodies(), 0, settings, numbers=EVERY_CHORUS).tests
    assert tests.asked_again > 6
    assert tests.right_again == sum(number % 3 == 1 for number in range(tests.asked_again))


def test_a_result_tells_its_seconds_and_the_versions_that_made_it():
    started = time.perf_counter()
    result = learn_chords(FORM, 0, replace(QUICK, most_steps=100))
    assert 0 < result.seconds < time.perf_counter() - started
    versions = {"lstmblues": lstmblues.__version__, "numpy": np.__version__}
    assert result.network.header["versions"] == versions


def test_gross_errors_are_steps_with_some_wrong_output():
    few = replace(QUICK, most_steps=3_000, gross_errors_before_reset=0)
    chorus = chord_cycle(FORM).astype(float)
    run = learn_chords(FORM, 0, few)
    learner = NetworkLearner(initial_network(CHORDS, run.network.standardisation, 0, few), few)
    lesson = np.concatenate([np.tile(chorus, (few.choruses_a_pass, 1)), chorus[:1]])
    wrong = [learner.learn_pass(lesson, FORM.steps)["chords"].wrong_outputs for _ in run.history]
    assert [p.gross_errors for p in run.history] == [int((each > 0).sum()) for each in wrong]
    assert {0, 1, 2} <= set(np.concatenate(wrong).tolist())


def test_a_network_is_asked_warm_where_a_chorus_ends_and_until_it_can(monkeypatch):
    run, asked = experiments._Run, []

    def answer(self, warm=False):
        lesson = self._lessons["chords"]
        if warm:
            asked.append((self.learner.steps, lesson.positions[-1] == len(lesson.cold) - 1))
        return CHORUSES_OF_A_RECORDING if warm and self.learner.steps > 300 else 0

    monkeypatch.setattr(run, "_choruses_right", answer)
    endless = replace(QUICK, cold_passes=False, gross_errors_before_reset=2, most_steps=2_000)
    tests = learn_chords(FORM, 0, endless).tests
    assert all(at_the_end for _, at_the_end in asked)
    *before, (steps, _) = asked
    assert tests.warm_steps == steps > 300
    assert all(each <= 300 for each, _ in before)
