"""What a training run can choose, and the choices of the book (chapters 6 and 7)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated

from msgspec import Meta

from lstmblues.schema import Count, check_fields, checked_field

Rate = Annotated[float, Meta(ge=0, le=1000)]
Bias = Annotated[float, Meta(ge=-1000, le=1000)]
Biases = Annotated[tuple[Bias, ...], Meta(min_length=4, max_length=64)]
Steps = Annotated[int, Meta(ge=1, le=10**12)]
Choruses = Annotated[int, Meta(ge=1, le=1000)]


@dataclass(frozen=True)
class Settings:
    """Everything that a training run can choose.

    TR and IC print learning rate 0.00001 and momentum 0.9; negative biases for all gates, IC's
    being -0.1 to -0.7; and resets after "gross errors". Our learning rates are larger. Our forget
    gates start open (positive, as in Gers et al. 2000). Every pass of ours starts cold, so that the
    cold start with which the test begins is practised.

    Args:
        learning_rate: of the chords.
        melody_learning_rate: of the melody.
        melody_settling_rate: of the melody, from when its error has levelled off.
        momentum: which share of its last change a weight goes on with, from 0 to below 1.
        gross_errors_before_reset: after so many steps with a wrong chord the network is reset;
            0 means never.
        choruses_a_pass: how long a pass is until the chords are learned.
        choruses_a_melody_pass: how long a pass is from then on.
        cold_passes: whether every pass starts cold. If not, the music has no end: only the first
            pass and a reset start cold, as in the papers.
        chords_rest: whether the chords, once they are learned, stop learning while the melody goes
            on. If not, both learn to the end.
        initial_weights: the largest size of a first weight, biases of gates and outputs apart.
        input_gate_biases: one a block, for the four blocks of each group.
        forget_gate_biases: the same.
        output_gate_biases: the same.
        output_bias: of all output units.
        standardised_inputs: whether every input has mean 0 and deviation 1; if not, it is 0 or 1.
        most_steps: training gives up if the chords are not learned by then.
        most_melody_steps: it also gives up if the melody has not levelled off in so many more.

    Raises:
        BluesError: for values that make no sense, such as a momentum of 1 or more.
    """

    learning_rate: Rate = 5e-4
    melody_learning_rate: Rate = 2e-3
    melody_settling_rate: Rate = 1e-4
    momentum: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    gross_errors_before_reset: Count = 15
    choruses_a_pass: Choruses = 2
    choruses_a_melody_pass: Choruses = 14
    cold_passes: bool = True
    chords_rest: bool = True
    initial_weights: Rate = 0.1
    input_gate_biases: Biases = (-0.1, -0.3, -0.5, -0.7)
    forget_gate_biases: Biases = (0.1, 0.3, 0.5, 0.7)
    output_gate_biases: Biases = (-0.1, -0.3, -0.5, -0.7)
    output_bias: Bias = 0.5
    standardised_inputs: bool = True
    most_steps: Steps = 3_000_000
    most_melody_steps: Steps = 6_000_000

    def __post_init__(self):
        check_fields(self, "setting")

    def as_json(self) -> dict:
        """Return the settings by name, as they come back from a JSON file."""
        return json.loads(json.dumps(asdict(self)))


def with_changes(changes: Mapping[str, object]) -> Settings:
    """Return the book's settings with some fields changed, by name.

    Values may be text: numbers as in Python, lists of biases with commas, ``"-0.5,-1,-1.5,-2"``.
    Raises ``BluesError`` for a name that is no setting, and for a value of the wrong kind.
    """
    values = {
        name: value.split(",") if isinstance(value, str) and name.endswith("biases") else value
        for name, value in changes.items()
    }
    return replace(
        Settings(),
        **{
            name: checked_field(
                Settings, name, value, "setting", lax=isinstance(changes[name], str)
            )
            for name, value in values.items()
        },
    )
