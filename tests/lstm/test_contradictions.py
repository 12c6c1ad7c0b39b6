"""What kept evidence cannot say of one run: nothing true is refused, and no number that is said twice can be altered once."""

import dataclasses
from collections.abc import Mapping

import pytest

from reportgen.evidence import Evidence
from reportgen.lstm.contradictions import contradictions
from reportgen.lstm.run import Run
from reportgen.lstm.settings import Experiment

TIED = [
    "flow.direct_at_lag",
    "flow.detour_at_lag",
    "flow.full_at_lag",
    "flow.direct_spectral_at_lag",
    "flow.detour_spectral_at_lag",
    "flow.full_spectral_at_lag",
    "flow.time_constant",
    "flow.time_constant_max",
    "flow.overtaken",
    "flow.overtaken_spectral",
    "task.free_run_error_10",
    "task.free_run_error_end",
    "snapshot.recovery",
    "snapshot.phase_unexplained",
    "snapshot.frequency_unexplained",
    "gates.locked_least",
    "gates.together_most",
    "gates.moved_least",
    "gates.gradient_least",
    "gates.lifted_error",
    "task.units",
    "task.epochs",
    "task.timesteps",
]
"""What is said once more elsewhere: in a curve, by the settings, or of each gate."""

IMPOSSIBLE: Mapping[str, float] = {
    "flow.old_share": 140,
    "snapshot.plane_share": -3,
    "snapshot.phase_r2": 1.2,
    "task.error": -0.1,
    "gates.cost_f_mean": -2,
    "untrained.task.error": -1e-9,
    "chrono.snapshot.frequency_r2": 3,
    "recall.r2_chrono": 1.1,
    "flow.net": 1e9,
}


def altered(evidence: Evidence, name: str, cases: tuple[float, ...]) -> Evidence:
    measurement = evidence.measurements[name]
    assert len(cases) == len(measurement.cases)
    assert cases != measurement.cases
    other = dataclasses.replace(measurement, cases=cases)
    return dataclasses.replace(evidence, measurements={**evidence.measurements, name: other})


@pytest.fixture
def experiment(small_run: Run) -> Experiment:
    return small_run.experiment


def test_what_was_measured_does_not_contradict_itself(experiment: Experiment, small_evidence: Evidence) -> None:
    assert list(contradictions(experiment, small_evidence)) == []


@pytest.mark.parametrize("name", TIED)
@pytest.mark.parametrize("world", ["", "untrained.", "chrono."])
def test_what_is_said_twice_cannot_be_altered_once(
    experiment: Experiment, small_evidence: Evidence, world: str, name: str
) -> None:
    if world + name not in small_evidence.measurements:
        assert world  # of the main world all of them were measured
        return
    *before, last = small_evidence.measurements[world + name].cases
    found = list(contradictions(experiment, altered(small_evidence, world + name, (*before, last * 1.01 + 0.001))))
    assert found
    assert any(name in told for told in found)


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_no_network_can_give_is_refused(experiment: Experiment, small_evidence: Evidence, name: str) -> None:
    cases = (IMPOSSIBLE[name],) * small_evidence.count
    assert any(name in told for told in contradictions(experiment, altered(small_evidence, name, cases)))


def test_a_network_more_or_less_is_refused(experiment: Experiment, small_evidence: Evidence) -> None:
    more = dataclasses.replace(experiment, networks=experiment.networks + 1)
    assert list(contradictions(more, small_evidence)) == [
        f"it is of {experiment.networks} networks, and {experiment.networks + 1} were trained"
    ]
