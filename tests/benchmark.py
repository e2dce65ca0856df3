"""How long a step of learning takes, beside its twins and a lower bound: `make benchmark`.

Prints microseconds a step, on one thread and in double precision, as medians of rounds in which
all take turns: so they can be compared with one another, though the machine's speed drifts.
"""

import statistics
import time
from collections.abc import Callable

import numba
import numpy as np
import torch

from lstmblues.music.encoding import Standardisation, encode_choruses
from lstmblues.music.form import load_form
from lstmblues.music.melody import load_melodies
from lstmblues.network.compiled.learner import GroupLearner
from lstmblues.network.compiled.vectors import VECTOR_SIZE, broadcast, fma, load, store, total
from lstmblues.network.lstm import Network
from lstmblues.network.topology import BLUES, CHORDS, Topology
from lstmblues.network.truncated_gradient import ReadableLearner
from lstmblues.training.network_learner import NetworkLearner, initial_network
from lstmblues.training.settings import Settings

ROUNDS, CHORUSES = 15, 50
LAST = 3 * VECTOR_SIZE  # of four vectors, so that `n & LAST` goes round and costs next to nothing
SETTINGS = Settings(gross_errors_before_reset=0, choruses_a_pass=CHORUSES)


@numba.njit(error_model="numpy")
def touch(memory, output, sources, weights, partials_of_a_kind, steps):
    """Touch what a step of learning touches, as often, with as many multiply-adds: no more.

    Nothing depends on anything, and no sigmoid is taken: no order of the same arithmetic on the
    same arrays can be faster, short of leaving some out.

    Args:
        memory: of a group (``kernels``), flat.
        output: of a group, flat.
        sources: (4 * VECTOR_SIZE,), any numbers.
        weights: how many numbers of ``memory`` are weights.
        partials_of_a_kind: how many of them are partial derivatives by one kind of weight.
        steps: how many steps to take.
    """
    factor, small = broadcast(0.9), broadcast(1e-9)
    # Four sums, in turn: a single first would have to wait for itself.
    first = second = third = fourth = broadcast(0.0)
    outputs, partials = output.size // 2, 2 * weights
    for _ in range(steps):
        for n in range(0, weights, 4 * VECTOR_SIZE):  # net inputs of cells and gates
            source = load(sources, n & LAST)
            first = fma(load(memory, n), source, first)
            second = fma(load(memory, n + VECTOR_SIZE), source, second)
            third = fma(load(memory, n + 2 * VECTOR_SIZE), source, third)
            fourth = fma(load(memory, n + 3 * VECTOR_SIZE), source, fourth)
        for n in range(0, outputs, 3 * VECTOR_SIZE):  # outputs, and errors back to cells
            first = fma(load(output, n), small, first)
            second = fma(load(output, n + VECTOR_SIZE), small, second)
            third = fma(load(output, n + 2 * VECTOR_SIZE), small, third)
            fourth = fma(load(output, n), factor, fourth)
        for n in range(0, outputs, VECTOR_SIZE):
            change = fma(factor, load(output, outputs + n), small * load(sources, n & LAST))
            store(output, outputs + n, change)
            store(output, n, load(output, n) + change)
        for n in range(partials, partials + 3 * partials_of_a_kind, 2 * VECTOR_SIZE):
            partial = fma(factor, load(memory, n), small * load(sources, n & LAST))
            store(memory, n, partial)
            first = fma(small, partial, first)
            partial = fma(factor, load(memory, n + VECTOR_SIZE), small * load(sources, n & LAST))
            store(memory, n + VECTOR_SIZE, partial)
            second = fma(small, partial, second)
        for n in range(0, weights, VECTOR_SIZE):
            change = factor * load(memory, weights + n)
            store(memory, weights + n, change)
            store(memory, n, load(memory, n) + change)
    return total(first + second) + total(third + fourth)


def lower_bound(network: Network, steps: int) -> None:
    """Run ``touch`` for every group of ``network``."""
    for group in network.topology.groups:
        learner = GroupLearner.pack(network, group)
        sizes, sources = learner.sizes, np.zeros(4 * VECTOR_SIZE)
        weights = sizes.blocks * sizes.units * sizes.width
        partials_of_a_kind = sizes.cells * sizes.width
        memory, output = learner.memory.reshape(-1), learner.output.reshape(-1)
        touch(memory, output, sources, weights, partials_of_a_kind, steps)


def with_autograd(network: Network, heard: np.ndarray, targets: np.ndarray) -> None:
    """Learn from a chorus with PyTorch: run it, let errors go back once, change the weights."""
    weights = {
        name: {kind: torch.tensor(matrix, requires_grad=True) for kind, matrix in matrices.items()}
        for name, matrices in network.weights.items()
    }
    optimiser = torch.optim.SGD(
        [matrix for matrices in weights.values() for matrix in matrices.values()],
        lr=1e-4,
        momentum=SETTINGS.momentum,
    )
    groups, one = network.topology.groups, torch.ones(1, dtype=torch.float64)
    state = {group.name: torch.zeros(group.cells, dtype=torch.float64) for group in groups}
    shown, error = dict(state), 0.0
    for row, target in zip(torch.tensor(heard), torch.tensor(targets), strict=True):
        now = {}
        for group in groups:
            own, name = weights[group.name], group.name
            u = torch.cat(
                [row[group.units], *(shown[other].detach() for other in group.hears), one]
            )
            gates = torch.sigmoid(
                torch.cat([own["input_gate"], own["forget_gate"], own["output_gate"]]) @ u
            )
            i, f, o = gates.reshape(3, -1).repeat_interleave(group.cells_per_block, dim=1)
            state[name] = f * state[name] + i * 2 * torch.tanh(own["cell"] @ u / 2)
            now[name] = o * torch.tanh(state[name] / 2)
            net = own["output"] @ torch.cat([now[name], row[group.units], one])
            error = error + torch.nn.functional.binary_cross_entropy_with_logits(
                net, target[group.units], reduction="sum"
            )
        shown = now
    error.backward()
    optimiser.step()


def contestants(topology: Topology) -> dict[str, tuple[Callable[[], None], int]]:
    """Return who learns the blues how: by name, a function to run and how many steps it takes."""
    form = load_form()
    arrays = encode_choruses(load_melodies(form), np.arange(CHORUSES + 1))[..., : topology.units]
    array = arrays.reshape(-1, topology.units)[: CHORUSES * form.steps + 1]
    network = initial_network(topology, Standardisation.fit(arrays), 0, SETTINGS)
    compiled = NetworkLearner(network, SETTINGS)
    readable = ReadableLearner(compiled.network(), SETTINGS.learning_rate, SETTINGS.momentum)
    heard = network.standardisation.apply(array)

    def read() -> None:
        for row, target in zip(array[: form.steps], array[1 : form.steps + 1], strict=True):
            readable.step(row, target)

    many = CHORUSES * form.steps
    return {
        "compiled": (lambda: compiled.learn_pass(array, form.steps), many),
        "NumPy twin": (read, form.steps),
        "PyTorch autograd": (
            lambda: with_autograd(network, heard[: form.steps], array[1 : form.steps + 1]),
            form.steps,
        ),
        "lower bound": (lambda: lower_bound(network, many), many),
    }


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    for topology, title in ((CHORDS, "experiment 1"), (BLUES, "experiment 2")):
        runs = contestants(topology)
        for run, _ in runs.values():
            run()  # compile, and warm up
        times = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, (run, steps) in runs.items():
                started = time.perf_counter()
                run()
                times[name].append((time.perf_counter() - started) / steps * 1e6)
        bound = statistics.median(times["lower bound"])
        print(f"{title}: microseconds a step (least to most), and how many times the bound")
        for name, found in times.items():
            median = statistics.median(found)
            reach = f"({min(found):.2f} to {max(found):.2f})"
            print(f"  {name:18}{median:9.2f}  {reach:24}{median / bound:9.1f}")


if __name__ == "__main__":
    main()
