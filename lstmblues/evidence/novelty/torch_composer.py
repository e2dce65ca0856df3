"""Networks of today learn the whole blues, and compose.

Chapter "Is it new, and is it still the blues?" introduces them.

One layer of PyTorch's own hears chords and melody together, and predicts both: the chords by
logistic outputs, the melody's note by a softmax. Nothing keeps the melody from the chords, as the
topology of 2002 does. A second kind, ``SplitComposer``, has that topology: two layers. The tools
are those of ``torch_training``: Adam, back-propagation through whole passes from a cold start,
clipped gradients.
"""

from collections.abc import Callable

import numpy as np
import torch

from lstmblues.composing.compose import draw_note
from lstmblues.errors import BluesError
from lstmblues.evidence.torch_tools import LARGEST_GRADIENT, one_thread
from lstmblues.music.encoding import (
    CHORD_UNITS,
    MELODY_UNITS,
    UNITS,
    Standardisation,
    decode,
    encode,
    encode_choruses,
)
from lstmblues.music.form import STEPS_PER_BEAT
from lstmblues.music.melody import Melodies
from lstmblues.music.piece import Piece
from lstmblues.training.experiments import levelled_off
from lstmblues.training.settings import Settings

LAYERS = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
"""The kinds of network, by PyTorch's layers."""
SIZE = 64
"""Hidden units: enough for every kind to learn the chords (chapter "Does it take memory?")."""
SPLIT_SIZE = 40
"""Hidden units of each layer of a ``SplitComposer``: an LSTM has about as many weights then."""
RATES = (0.01, 0.001)
"""Learning rates: the second, to settle, once the error has levelled off at the first."""
PASSES_AT_ONCE = 16
"""So many passes, of ``Settings.choruses_a_pass`` choruses each, make one change of the weights."""
WINDOW = 100
"""The error has levelled off if it is no lower over so many changes than over those before."""
MOST_CHANGES = 3000
"""Training gives up if the error has not levelled off after so many changes at one rate."""


class Composer(torch.nn.Module):
    """A network of one kind with ``SIZE`` hidden units, untrained.

    ``kind`` is one of ``LAYERS``; ``standardisation`` is of all 25 units; ``seed`` decides the
    first weights. Raises ``BluesError`` for a kind that there is not.
    """

    def __init__(self, kind: str, standardisation: Standardisation, seed: int):
        super().__init__()
        if kind not in LAYERS:
            raise BluesError(f"there is no composer {kind!r}; choose from {', '.join(LAYERS)}")
        self.standardisation = standardisation
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.layer = LAYERS[kind](UNITS, SIZE, batch_first=True)
            self.output = torch.nn.Linear(SIZE + UNITS, UNITS)

    def forward(self, heard: np.ndarray, state=None) -> tuple[torch.Tensor, object]:
        """Return what enters the outputs, (passes, steps, 25), and the state after the last step.

        ``heard`` (passes, steps, 25) is on or off. As in all networks of this book, the outputs
        read the hidden units and the inputs.
        """
        inputs = torch.tensor(self.standardisation.apply(heard), dtype=torch.float32)
        hidden, state = self.layer(inputs, state)
        return self.output(torch.cat([hidden, inputs], dim=2)), state

    def loss(self, passes: np.ndarray) -> torch.Tensor:
        """Return what predicting ``passes`` (passes, steps, 25) costs: nats a step."""
        sums, _ = self(passes[:, :-1])
        targets = torch.tensor(passes[:, 1:], dtype=torch.float32)
        chords = torch.nn.functional.binary_cross_entropy_with_logits(
            sums[..., CHORD_UNITS], targets[..., CHORD_UNITS], reduction="sum"
        )
        melody = torch.nn.functional.cross_entropy(
            sums[..., MELODY_UNITS].flatten(0, 1),
            targets[..., MELODY_UNITS].argmax(dim=2).flatten(),
            reduction="sum",
        )
        return (chords + melody) / targets[..., 0].numel()


class SplitComposer(Composer):
    """A network of one kind with two layers of ``SPLIT_SIZE`` hidden units, wired as in 2002.

    The chords' layer hears the chords. The melody's hears the melody and, one step later, the
    hidden units of the chords' layer. Outputs read the layer and the inputs of their own side.
    Parameters and errors are those of ``Composer``.
    """

    def __init__(self, kind: str, standardisation: Standardisation, seed: int):
        super().__init__(kind, standardisation, seed)
        del self.layer, self.output
        chords, melody = (len(range(UNITS)[units]) for units in (CHORD_UNITS, MELODY_UNITS))
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.chord_layer = LAYERS[kind](chords, SPLIT_SIZE, batch_first=True)
            self.melody_layer = LAYERS[kind](melody + SPLIT_SIZE, SPLIT_SIZE, batch_first=True)
            self.chord_output = torch.nn.Linear(SPLIT_SIZE + chords, chords)
            self.melody_output = torch.nn.Linear(SPLIT_SIZE + melody, melody)

    def forward(self, heard: np.ndarray, state=None) -> tuple[torch.Tensor, object]:
        """Return what enters the outputs, and the state: see ``Composer.forward``."""
        inputs = torch.tensor(self.standardisation.apply(heard), dtype=torch.float32)
        chords, melody = inputs[..., CHORD_UNITS], inputs[..., MELODY_UNITS]
        chord_state, melody_state, before = state or (None, None, None)
        if before is None:
            before = torch.zeros(len(inputs), 1, SPLIT_SIZE)
        of_chords, chord_state = self.chord_layer(chords, chord_state)
        one_step_ago = torch.cat([before, of_chords[:, :-1]], dim=1)
        of_melody, melody_state = self.melody_layer(
            torch.cat([melody, one_step_ago], dim=2), melody_state
        )
        sums = (
            self.chord_output(torch.cat([of_chords, chords], dim=2)),
            self.melody_output(torch.cat([of_melody, melody], dim=2)),
        )
        return torch.cat(sums, dim=2), (chord_state, melody_state, of_chords[:, -1:])


def learn_blues_with_torch(
    kind: str,
    melodies: Melodies,
    seed: int,
    numbers: np.ndarray,
    most_changes: int = MOST_CHANGES,
    watch: Callable[[float, Composer], None] = lambda loss, composer: None,
    split: bool = False,
) -> tuple[Composer, bool]:
    """Train a composer to predict the next step of chords and melody together.

    Args:
        kind: one of ``LAYERS``.
        melodies: the choruses that there are.
        seed: decides the first weights, and which choruses are heard.
        numbers: of the choruses to learn from, (choruses,).
        most_changes: after so many changes of its weights at one rate, it goes on to the next.
        watch: called after every change of the weights with its loss, in nats a step, and with the
            composer.
        split: whether it is a ``SplitComposer``.

    Returns:
        The composer, and whether it learned: whether its error has levelled off
        (``experiments.levelled_off``) at all ``RATES``.

    Raises:
        BluesError: for a kind that there is not.
    """
    arrays = encode_choruses(melodies, numbers)
    composer = (SplitComposer if split else Composer)(kind, Standardisation.fit(arrays), seed)
    generator = np.random.default_rng([seed, len(numbers)])
    shape = PASSES_AT_ONCE, Settings.choruses_a_pass
    learned = True
    with one_thread():
        for rate in RATES:
            optimizer, losses = torch.optim.Adam(composer.parameters(), lr=rate), []
            while not levelled_off(losses, WINDOW) and len(losses) < most_changes:
                drawn = arrays[generator.integers(len(arrays), size=shape)]
                loss = composer.loss(drawn.reshape(PASSES_AT_ONCE, -1, UNITS))
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(composer.parameters(), LARGEST_GRADIENT)
                optimizer.step()
                losses.append(loss.item())
                watch(losses[-1], composer)
            learned = learned and levelled_off(losses, WINDOW)
    return composer, learned


def compose_with_torch(
    composer: Composer, melodies: Melodies, choruses: int, seed: int, temperature: float = 1.0
) -> Piece:
    """Let a composer play on from the first quarter note of a training chorus, as ``compose`` does.

    It hears its own outputs: chords on above 0.5, one melody note drawn (``compose.draw_note``).

    Args:
        composer: who plays.
        melodies: those that it was trained on; the chorus is one of ``melodies.split()[0]``.
        choruses: how long the piece is.
        seed: chooses the chorus, and every note.
        temperature: of the draws; 1 takes the composer's shares as they are.

    Returns:
        The piece, ``choruses`` choruses long.
    """
    form = melodies.form
    number = np.random.default_rng(seed).choice(melodies.split()[0])
    array = np.zeros((choruses * form.steps, UNITS))
    array[:STEPS_PER_BEAT] = encode(melodies.chorus(int(number)))[:STEPS_PER_BEAT]
    generator, state = np.random.default_rng(seed), None
    with torch.no_grad(), one_thread():
        for step in range(len(array) - 1):
            sums, state = composer(array[None, step : step + 1], state)
            if step + 1 < STEPS_PER_BEAT:
                continue
            sums = sums[0, 0].double()
            array[step + 1, CHORD_UNITS] = sums[CHORD_UNITS].numpy() > 0
            shares = sums[MELODY_UNITS].softmax(dim=0).numpy()
            note = draw_note(shares, generator.random(), temperature)
            array[step + 1, MELODY_UNITS.start + note] = 1.0
    return decode(array, form)
