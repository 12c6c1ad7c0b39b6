"""One network by itself, carried out and measured; and networks of other architectures, for comparison."""

from collections.abc import Iterator
from functools import cache

from reportgen.evidence import Evidence, Measured, gather
from reportgen.lstm.evidence import CASE, measure_network, task
from reportgen.lstm.experiment import carry_out_network, start_worker
from reportgen.lstm.run import WORLDS, Run
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import Sequences, probe_sequences


def measure_case(experiment: Experiment, number: int, variant: str) -> Evidence:
    """Return everything that is measured on one network, counted from 1, or of a variant its held-out error alone.

    The same arguments give the same bits on the same machine, in whatever process and after whatever else. Raises TrainingDiverged.
    """
    _start_once()
    probes = probe_sequences(experiment)
    if variant:
        return gather(CASE, WORLDS, [_error(experiment, number, variant, probes)])
    network = carry_out_network(experiment, number)
    return gather(CASE, WORLDS, [iter(measure_network(Run(experiment, probes, (network,), b""), number, network))])


def _error(experiment: Experiment, number: int, variant: str, probes: Sequences) -> Iterator[Measured]:
    from reportgen.lstm import training  # noqa: PLC0415 - after TensorFlow was started as it must be

    y = training.variant_predictions(experiment, number, variant, probes.x)
    after = slice(experiment.warm_up, None)
    yield task.error(y[:, after], probes.target[:, after])


@cache
def _start_once() -> None:
    start_worker()
