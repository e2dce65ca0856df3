import numpy as np
import pytest

from lstmblues.training.teaching import Attempt, ChordLearner, teach_chords

PASS = 10


class Clockwork(ChordLearner):
    """Models each of which learns the chords in the pass that is its own."""

    def __init__(self, *passes):
        self.passes, self.heard, self.kept = list(passes), 0, []

    def learn_pass(self):
        self.heard += 1
        return PASS

    def learned(self):
        return [self.heard == own for own in self.passes]

    def model(self, place):
        return self.passes[place], self.heard

    def keep(self, places):
        self.kept.append(places.tolist())
        self.passes = [self.passes[place] for place in places]


def test_each_model_stops_when_it_has_learned_and_attempts_are_in_the_order_of_the_seeds():
    learner, seen = Clockwork(3, 1, 5, 3), []
    attempts = teach_chords(learner, [7, 8, 9, 7], 1000, lambda *each: seen.append(each))
    assert attempts == [
        Attempt(7, True, 30, (3, 3)),
        Attempt(8, True, 10, (1, 1)),
        Attempt(9, True, 50, (5, 5)),
        Attempt(7, True, 30, (3, 3)),
    ]
    assert learner.kept == [[0, 2, 3], [1], []]
    assert seen == [(10, 3), (20, 3), (30, 1), (40, 1), (50, 0)]
    assert learner.heard == 5


@pytest.mark.parametrize(("most_steps", "passes"), [(1, 1), (19, 2), (20, 2), (21, 3)])
def test_those_that_are_left_give_up_after_the_pass_that_reaches_most_steps(most_steps, passes):
    attempts = teach_chords(Clockwork(9, 1), range(2), most_steps)
    assert attempts == [
        Attempt(0, False, passes * PASS, (9, passes)),
        Attempt(1, True, PASS, (1, 1)),
    ]


def test_a_model_that_learns_in_the_last_pass_has_learned():
    assert teach_chords(Clockwork(2), [0], 20)[0].learned


def test_a_hopeless_learner_gives_up_but_keeps_what_it_has_learned():
    learner = Clockwork(3, 2)
    learner.hopeless = False

    def watch(steps, learning):
        learner.hopeless = learner.heard == 2

    assert teach_chords(learner, [0, 1], 1000, watch) == [
        Attempt(0, False, 20, (3, 2)),
        Attempt(1, True, 20, (2, 2)),
    ]


def test_what_has_learned_is_left_before_anyone_is_told():
    learner, seen = Clockwork(1, 4), []
    teach_chords(learner, [0, 1], 1000, lambda *_: seen.append(len(learner.passes)))
    assert seen == [1, 1, 1, 0]


def test_without_seeds_there_is_nothing_to_teach():
    learner = Clockwork()
    assert teach_chords(learner, [], 1000) == []
    assert learner.heard == 0


def test_a_lone_learner_need_not_say_how_to_go_on_without_some():
    class Lone(ChordLearner):
        def learn_pass(self):
            return PASS

        def learned(self):
            return np.array([True])

        def model(self, place):
            return "it"

    assert teach_chords(Lone(), [4], 1000) == [Attempt(4, True, PASS, "it")]
