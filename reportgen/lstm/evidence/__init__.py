"""What is measured on networks: one file for each theme of the essay."""

from collections.abc import Iterator
from dataclasses import replace

from reportgen.evidence import Evidence, Measured, gather
from reportgen.lstm.evidence import choice, example, flow, gates, plain, recall, snapshot, task
from reportgen.lstm.run import WORLDS, Network, Run, in_world

CASE = ("network", "networks")
FAMILIES = (task, flow, snapshot, gates)
ONCE = (choice, example, plain, recall)
"""What is measured on a network and not in its worlds."""


def measure(run: Run) -> Evidence:
    """Return the evidence of a run; every measurement is taken on every network, and in every world in which it makes sense."""
    return gather(CASE, WORLDS, (_measure(run, number, network) for number, network in enumerate(run.networks, 1)))


def _measure(run: Run, number: int, network: Network) -> Iterator[Measured]:
    for once in ONCE:
        for measured in once.measure_network(run, number, network):
            yield replace(measured, settings=once.SETTINGS)
    for family in FAMILIES:
        for measured in family.measure_network(run, number, network):
            yield replace(measured, settings=family.SETTINGS)
        for world, state in network.states.items():
            for measured in family.measure_state(run, number, state):
                yield replace(measured, name=in_world(world, measured.name), settings=family.SETTINGS)
