"""A network by itself is the one that it is among others; an architecture is what its name says."""

from collections.abc import Iterator
from functools import cache

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reportgen.evidence import Evidence, Floats
from reportgen.lstm import STUDY, alone, training
from reportgen.lstm.alone import measure_case
from reportgen.lstm.evidence import measure
from reportgen.lstm.experiment import carry_out
from reportgen.lstm.kernel import GRU, forward
from reportgen.lstm.run import RecurrentWeights, Run
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import probe_sequences, training_sequences

SMALL = Experiment(networks=2, units=4, epochs=2, sequences=64, timesteps=60, batch_size=16)


@pytest.fixture(autouse=True, scope="module")
def started() -> Iterator[None]:
    """Take TensorFlow as other tests have started it in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alone, "start_worker", lambda: None)
        yield


@pytest.fixture(scope="module")
def run() -> Run:
    return carry_out(SMALL, lambda _: None)


@pytest.fixture(scope="module")
def among(run: Run) -> Evidence:
    return measure(run)


@cache
def error(variant: str, number: int = 2) -> float:
    value: float = measure_case(SMALL, number, variant)["task.error"].cases[0]
    return value


def test_a_network_by_itself_has_the_bits_that_it_has_among_others(among: Evidence) -> None:
    alone = measure_case(SMALL, 2, "")
    assert alone.count == 1
    scalars = {name for name, each in among.measurements.items() if each.is_scalar}
    # The worked example, and the unit whose gates are followed, are of the first network of a report.
    of_first = {name for name in scalars if name.startswith(("example.", "gates.opens_", "gates.closes_"))}
    assert {name for name, each in alone.measurements.items() if each.is_scalar} == scalars
    other = [name for name in scalars - of_first if alone[name].cases[0] != among[name].cases[1]]
    assert other == []


def test_variants_that_a_report_trains_as_well_are_the_same_networks(among: Evidence) -> None:
    own = among["task.error"].cases[1]
    for gate in "ifo":
        assert error(f"held_{gate}") / own == pytest.approx(among[f"gates.retrained_{gate}"].cases[1], rel=1e-4)
    assert error("reseeded") / own == pytest.approx(among["gates.reseeded"].cases[1], rel=1e-4)
    assert error("plain") == pytest.approx(among["plain.error"].cases[1], rel=1e-4)


def test_every_variant_learns_something_of_its_own_and_twice_the_same() -> None:
    errors = {variant: error(variant) for variant in STUDY.variants}
    assert len(set(errors.values())) == len(STUDY.variants)
    zero = float(np.mean(probe_sequences(SMALL).target[:, SMALL.warm_up :] ** 2))
    assert all(0 < each < 1.5 * zero for each in errors.values()), errors
    for variant in ("coupled", "gru"):
        assert measure_case(SMALL, 2, variant)["task.error"].cases[0] == errors[variant]


def test_a_gru_begins_as_keras_has_it() -> None:
    units = training.gru_units(SMALL.units)
    theirs = training._model_drawn(keras.layers.GRU, units, training._seeds(SMALL, 1))
    ours, there = training.gru_weights(SMALL, 1)
    x = probe_sequences(SMALL).x
    matrix, readout = training._kernels(training._in_one(ours), 4 * units, units)
    assert_allclose(
        forward(GRU, x[..., None], matrix, readout).y[:, : len(x)].T,
        theirs.predict(x[..., None], verbose=0)[..., 0],
        atol=1e-5,
    )
    # What a GRU has no weights for is none, and stays none while training.
    trained, _ = training._fit(GRU, SMALL, 1, ours, data(), lambda *_: None, there)
    for name, array in vars(trained).items():
        own, mask = getattr(ours, name), getattr(there, name)
        assert_array_equal(array[mask == 0], 0)
        assert np.all(array[mask == 1] != own[mask == 1])


def data() -> tuple[Floats, Floats]:
    sequences = training_sequences(SMALL, 1)
    return sequences.x, sequences.target


def test_architectures_have_as_many_parameters_as_can_be_had() -> None:
    for units in (1, 4, 16, 64):
        lstm, v = 4 * units**2 + 9 * units + 1, training.gru_units(units)
        assert 3 * v * v + 8 * v + 1 <= lstm < 3 * (v + 1) ** 2 + 8 * (v + 1) + 1
        _, there = training.gru_weights(Experiment(units=units), 1)
        assert sum(int(array.sum()) for array in vars(there).values()) == 3 * v * v + 8 * v + 1


def test_a_variant_without_a_gate_keeps_the_start_of_the_others() -> None:
    start = training.initial_weights(SMALL, 1)
    for gates in training.GATES_OF.values():
        lean = training._with_gates(start, gates)
        assert isinstance(lean, RecurrentWeights)
        for place, gate in enumerate(gates):
            own = slice(place * SMALL.units, (place + 1) * SMALL.units)
            assert_array_equal(lean.kernel[:, own], start.gate(gate).kernel)
            assert_array_equal(lean.recurrent_kernel[:, own], start.gate(gate).recurrent_kernel)
            assert_array_equal(lean.bias[own], start.gate(gate).bias)
