import numpy as np
import pytest

from lstmblues.book.exercises import Exercise

NUMBER = Exercise(0.55, {"You left out the bias.": 0.57}, tolerance=0.005)
ARRAY = Exercise(np.array([1.0, 2.0, 3.0]), {"These are in reverse.": [3, 2, 1]})
TEXT = Exercise("G7", {"That is the chord of bar 1.": "C"})


@pytest.mark.parametrize(
    ("exercise", "answer", "sentence"),
    [
        (NUMBER, None, "Put your answer between the brackets, and run this cell."),
        (NUMBER, 0.553, "Right."),
        (NUMBER, 0.57, "Not yet. You left out the bias."),
        (NUMBER, 2, "Not yet. It is too large."),
        (NUMBER, -1, "Not yet. It is too small, or not a number."),
        (NUMBER, float("nan"), "Not yet. It is too small, or not a number."),
        (NUMBER, "much", "Not yet. The answer is a number."),
        (NUMBER, [0.55, 0.55], "Not yet. The answer has shape (); yours has shape (2,)."),
        (ARRAY, [1, 2, 3], "Right."),
        (ARRAY, [3, 2, 1], "Not yet. These are in reverse."),
        (ARRAY, [1, 2, 4], "Not yet. 1 of its 3 numbers are wrong, the first at 2."),
        (ARRAY, [1, 2], "Not yet. The answer has shape (3,); yours has shape (2,)."),
        (ARRAY, "C", "Not yet. The answer is 3 numbers."),
        (ARRAY, [[1], [2, 3]], "Not yet. The answer is 3 numbers."),
        (TEXT, " g7. ", "Right."),
        (TEXT, "C", "Not yet. That is the chord of bar 1."),
        (TEXT, "F", "Not yet. It is another word."),
        (TEXT, 7, "Not yet. The answer is a text."),
    ],
)
def test_an_answer_gets_a_sentence(exercise, answer, sentence):
    assert exercise.check(answer) == sentence


def test_a_table_names_the_place_of_its_first_fault():
    table = Exercise(np.zeros((2, 3)))
    wrong = np.zeros((2, 3))
    wrong[1, 2] = wrong[1, 0] = 5
    assert table.check(wrong) == "Not yet. 2 of its 6 numbers are wrong, the first at (1, 0)."
