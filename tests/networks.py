"""Random networks and music for the tests of network and learning, and how weights are compared."""

import numpy as np

from lstmblues.music.encoding import Standardisation
from lstmblues.network.lstm import Network
from lstmblues.network.topology import Topology

KINDS = ("cell", "input_gate", "forget_gate", "output_gate", "output")


def random_network(topology: Topology, seed: int = 0, reach: float = 0.5) -> Network:
    """A network with weights drawn up to ``reach``, and inputs that are shifted and scaled."""
    generator = np.random.default_rng(seed)
    weights = {
        group.name: {
            kind: generator.uniform(-reach, reach, shape)
            for kind, shape in topology.shapes(group).items()
        }
        for group in topology.groups
    }
    shift = generator.uniform(0.0, 1.0, topology.units)
    scale = generator.uniform(0.5, 2.0, topology.units)
    return Network(topology, weights, Standardisation(shift, scale))


def random_steps(topology: Topology, steps: int, seed: int = 0) -> np.ndarray:
    """On/off inputs (steps, units), about a third of them on."""
    chances = np.random.default_rng(seed).random((steps, topology.units))
    return (chances < 1 / 3).astype(float)


def copy(network: Network) -> Network:
    """The same network, whose weights can be changed without changing these."""
    weights = {
        name: {kind: matrix.copy() for kind, matrix in matrices.items()}
        for name, matrices in network.weights.items()
    }
    return Network(network.topology, weights, network.standardisation)


def difference(one: Network, other: Network) -> float:
    """The largest difference between two networks' weights."""
    return max(
        float(np.abs(matrix - other.weights[name][kind]).max())
        for name, matrices in one.weights.items()
        for kind, matrix in matrices.items()
    )
