"""Every claim of the essay can fail: for each, a run that was computed, and in which it is false."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from reportgen.claims.language import Test
from reportgen.cli.templates import bundled_templates
from reportgen.evidence import Evidence
from reportgen.lstm.evidence import flow, measure, task
from reportgen.lstm.interventions import forward
from reportgen.lstm.run import GATES, Network, Run, State, Weights
from reportgen.lstm.training import gradient, record
from reportgen.prose.render import claim_tests

Change = Callable[[Network, Run], Network]


def like_new(network: Network, run: Run) -> Network:
    """Give the network before training out as trained; what was held while training, and the other start, too."""
    start = network.untrained
    held = dataclasses.replace(network.held, **dict.fromkeys("ifgo", start.weights))
    return dataclasses.replace(network, trained=start, held=held, reseeded=start.weights)


def with_weights(network: Network, run: Run, weights: Weights) -> Network:
    return dataclasses.replace(network, trained=record(weights, run.probes.x, run.experiment.warm_up))


def columns(weights: Weights, gate: str) -> slice:
    return slice(GATES.index(gate) * weights.units, (GATES.index(gate) + 1) * weights.units)


def forget_gate_open(network: Network, run: Run) -> Network:
    """Keep everything: the forget gate's inputs cut, its bias where the logistic function is one."""
    weights = network.trained.weights
    own = columns(weights, "f")
    kernel, recurrent, bias = weights.kernel.copy(), weights.recurrent_kernel.copy(), weights.bias.copy()
    kernel[:, own], recurrent[:, own], bias[own] = 0, 0, 30
    changed = dataclasses.replace(weights, kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    return with_weights(network, run, changed)


def no_recurrent_weights(network: Network, run: Run) -> Network:
    """Leave the channel as the only path from one timestep to the next, before training and after."""

    def cut(state: State) -> State:
        alone = dataclasses.replace(state.weights, recurrent_kernel=np.zeros_like(state.weights.recurrent_kernel))
        return record(alone, run.probes.x, run.experiment.warm_up)

    return dataclasses.replace(network, trained=cut(network.trained), untrained=cut(network.untrained))


def gates_constant(network: Network, run: Run) -> Network:
    weights = network.trained.weights
    kernel, recurrent = np.zeros_like(weights.kernel), np.zeros_like(weights.recurrent_kernel)
    return with_weights(network, run, dataclasses.replace(weights, kernel=kernel, recurrent_kernel=recurrent))


def gates_swapped(network: Network, run: Run) -> Network:
    """Record the forget gate as the candidate and the candidate as the forget gate."""
    trace = network.trained.trace
    swapped = dataclasses.replace(trace, f=trace.g, g=trace.f)
    return dataclasses.replace(network, trained=dataclasses.replace(network.trained, trace=swapped))


def another_cell_state(network: Network, run: Run) -> Network:
    """Put the cell state of the chrono-initialised network beside the gates of this one."""
    trace = dataclasses.replace(network.trained.trace, c=network.chrono.trace.c)
    return dataclasses.replace(network, trained=dataclasses.replace(network.trained, trace=trace))


def chrono_exchanged(network: Network, run: Run) -> Network:
    return dataclasses.replace(network, trained=network.chrono, chrono=network.trained)


def resumed_from_c_alone(network: Network, run: Run) -> Network:
    cut, trace = run.experiment.warm_up, network.trained.trace
    resumed = forward(network.trained.weights, run.probes.x[:, cut:], np.zeros_like(trace.h[:, 0]), trace.c[:, cut - 1])
    return dataclasses.replace(network, resumed=resumed.y)


def answers_from_the_window(network: Network, run: Run) -> Network:
    """Hand in what the student of the last samples answered as that of the hidden state."""
    lessons = network.lessons
    return dataclasses.replace(network, lessons=dataclasses.replace(lessons, away_state=lessons.away_window))


def recall_from_keras_start(network: Network, run: Run) -> Network:
    """Give out the network that was trained to recall from Keras's start as the one from chrono initialisation."""
    recall = dataclasses.replace(network.recall, chrono=network.recall.default)
    return dataclasses.replace(network, recall=recall)


def trained_as_untrained(network: Network, run: Run) -> Network:
    """Give the trained network out as that before training, too."""
    return dataclasses.replace(network, untrained=network.trained)


def read_out_cut(network: Network, run: Run) -> Network:
    """Let no error reach the gates: the read-out's weights zero when the gradient is taken."""
    start = network.untrained.weights
    cut = dataclasses.replace(start, readout_kernel=np.zeros_like(start.readout_kernel))
    return dataclasses.replace(network, gradient=gradient(cut, run.probes))


def one_unit(network: Network, run: Run) -> Network:
    """Keep the first unit alone."""

    def first(weights: Weights) -> Weights:
        own = [gate * weights.units for gate in range(4)]
        return Weights(
            weights.kernel[:, own],
            weights.recurrent_kernel[:1, own],
            weights.bias[own],
            weights.readout_kernel[:1],
            weights.readout_bias,
        )

    def state(of: State) -> State:
        return record(first(of.weights), run.probes.x, run.experiment.warm_up)

    return dataclasses.replace(
        network,
        untrained=state(network.untrained),
        trained=state(network.trained),
        chrono=state(network.chrono),
        means=dataclasses.replace(network.means, **{gate: getattr(network.means, gate)[:1] for gate in "ifgo"}),
        held=dataclasses.replace(network.held, **{gate: first(getattr(network.held, gate)) for gate in "ifgo"}),
        reseeded=first(network.reseeded),
        recall=dataclasses.replace(
            network.recall, default=first(network.recall.default), chrono=first(network.recall.chrono)
        ),
        lifted=network.lifted[..., :1],
        gradient=first(network.gradient),
    )


CHANGES: Mapping[str, Change] = {
    change.__name__: change
    for change in (
        like_new, forget_gate_open, no_recurrent_weights, gates_constant, gates_swapped, another_cell_state,
        chrono_exchanged, resumed_from_c_alone, answers_from_the_window, read_out_cut, one_unit,
        recall_from_keras_start, trained_as_untrained,
    )
}  # fmt: skip


COUNTEREXAMPLES = {
    "learned": "like_new",
    "bound": "waves that bend away from their past",
    "free_run": "like_new",
    "valves": "valves that do not close",
    "exact": "another_cell_state",
    "refilled": "forget_gate_open",
    "short": "forget_gate_open",
    "elsewhere": "no_recurrent_weights",
    "lengthened": "like_new",
    "plain": "like_new",
    "recalled": "recall_from_keras_start",
    "reservoir": "recall_from_keras_start",
    "chrono": "chrono_exchanged",
    "resume": "resumed_from_c_alone",
    "without_h": "no_recurrent_weights",
    "echo": "no_recurrent_weights",
    "sharper": "trained_as_untrained",
    "plane": "forget_gate_open",
    "orbit": "like_new",
    "transplant": "like_new",
    "carried": "like_new",
    "recovery": "chrono_exchanged",
    "net": "another_cell_state",
    "between": "another_cell_state",
    "steered": "no_recurrent_weights",
    "forget": "like_new",
    "input": "like_new",
    "output": "like_new",
    "candidate": "like_new",
    "lifted": "gates_swapped",
    "learns": "like_new",
    "functions": "gates_constant",
    "swings": "like_new",
    "few": "like_new",
    "needed": "like_new",
    "lifted_limit": "answers_from_the_window",
}
"""For each claim, what was done to a trained network, or to what it was shown, to make it false."""


class Pool:
    """Evidence by counterexample, measured when it is first asked for."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.measured: dict[str, Evidence] = {}

    def __getitem__(self, name: str) -> Evidence:
        if name not in self.measured:
            self.measured[name] = self.measure(name)
        return self.measured[name]

    def measure(self, name: str) -> Evidence:
        if name == "as it is":
            return measure(self.run)
        if name == "valves that do not close":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(flow, "forward", leaky)
                return measure(self.run)
        if name == "waves that bend away from their past":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(task, "fitted_sinusoid", lambda x, _, start: -x[:, start:])
                return measure(self.run)
        networks = tuple(CHANGES[name](network, self.run) for network in self.run.networks)
        return measure(dataclasses.replace(self.run, networks=networks))


def leaky(weights: Weights, x: Any, h: Any = None, c: Any = None, hold: Any = None) -> Any:
    """Run with valves that reach no further than a logistic function of two."""
    hold = {gate: {1.0: 0.88, 0.0: 0.12}[value] for gate, value in (hold or {}).items()}
    return forward(weights, x, h, c, hold)


@pytest.fixture(scope="module")
def pool(small_run: Run) -> Pool:
    return Pool(dataclasses.replace(small_run, networks=small_run.networks[:1]))


@pytest.fixture(scope="module")
def claims(small_evidence: Evidence) -> Mapping[str, tuple[Test, ...]]:
    return claim_tests(bundled_templates(), small_evidence)


def test_every_claim_has_its_counterexample(claims: Mapping[str, tuple[Test, ...]]) -> None:
    assert set(COUNTEREXAMPLES) == set(claims)


@pytest.mark.parametrize("name", COUNTEREXAMPLES)
def test_a_claim_is_false_of_its_counterexample(name: str, claims: Mapping[str, tuple[Test, ...]], pool: Pool) -> None:
    evidence = pool[COUNTEREXAMPLES[name]]
    assert all(np.all(np.isfinite(values)) for values in claims[name][0].values(evidence).values())
    assert not all(claims[name][0].judge(evidence) or ()), claims[name][0].values(evidence)


@pytest.mark.parametrize("name", COUNTEREXAMPLES)
def test_what_is_said_otherwise_can_be_false_too(name: str, claims: Mapping[str, tuple[Test, ...]], pool: Pool) -> None:
    for otherwise in claims[name][1:]:
        assert any(
            not all(otherwise.judge(pool[candidate]) or ())
            for candidate in ("as it is", COUNTEREXAMPLES[name], *CHANGES)
        ), otherwise
