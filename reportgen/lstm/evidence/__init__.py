"""What was found: named measurements, one value per network, each with its unit and method."""

from itertools import chain

from reportgen.lstm.evidence import flow, gates, snapshot, task
from reportgen.evidence import Evidence, gather
from reportgen.lstm.run import Run

FAMILIES = (task, flow, snapshot, gates)


def measure(run: Run) -> Evidence:
    """Return the evidence of a run; every measurement is taken on every network."""
    return gather(
        chain.from_iterable(family.measure(run, number, network) for family in FAMILIES)
        for number, network in enumerate(run.networks, 1)
    )
