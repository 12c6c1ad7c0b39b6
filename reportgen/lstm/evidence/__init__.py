"""What is measured on networks: one file for each theme of the essay."""

from collections.abc import Iterator
from dataclasses import replace

from threadpoolctl import threadpool_limits

from reportgen.evidence import Evidence, Measured, gather
from reportgen.lstm.evidence import choice, example, flow, gates, plain, recall, snapshot, task
from reportgen.lstm.run import WORLDS, Network, Run, in_world
from reportgen.pool import Task, carry_out_tasks, cores

CASE = ("network", "networks")
FAMILIES = (task, flow, snapshot, gates)
ONCE = (choice, example, plain, recall)
"""What is measured on a network and not in its worlds."""


def measure(run: Run) -> Evidence:
    """Return the evidence of a run; every measurement is taken on every network, and in every world in which it makes sense."""
    first = replace(
        run, networks=run.networks[:1], exported=b""
    )  # the worked example is of this one, in the evidence of each
    tasks: dict[int, Task] = {
        number: (measure_network, (first, number, network)) for number, network in enumerate(run.networks, 1)
    }
    processes = min(len(tasks) // 2, cores())
    if processes > 1:
        measured = carry_out_tasks(tasks, lambda *_: {}, lambda _: None, processes=processes)
    else:  # to start them takes as long as they save
        measured = {number: function(*arguments) for number, (function, arguments) in tasks.items()}
    return gather(CASE, WORLDS, (iter(measured[number]) for number in tasks))


def measure_network(run: Run, number: int, network: Network) -> list[Measured]:
    """Return everything that is measured on one network of a run, counted from 1; on one thread, so that no bit depends on the cores."""
    with threadpool_limits(1, user_api="blas"):
        return list(_measure(run, number, network))


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
