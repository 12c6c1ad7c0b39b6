from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reportgen.lstm.run import Network, Run, Trace, Weights, from_arrays, to_arrays
from reportgen.lstm.signals import Sequences


def numbered(units: int) -> Weights:
    """Return weights whose every number names its place: the column, plus a thousand for each row."""
    columns = np.arange(4.0 * units)
    return Weights(
        columns[None], columns + 1000 * np.arange(units)[:, None], columns, np.arange(1.0 * units)[:, None], np.zeros(1)
    )


@pytest.mark.parametrize(("name", "first"), [("i", 0), ("f", 3), ("g", 6), ("o", 9)])
def test_a_gate_is_its_three_columns_in_keras_order(name: str, first: int) -> None:
    gate = numbered(3).gate(name)
    assert_array_equal(gate.kernel, [[first, first + 1, first + 2]])
    assert_array_equal(gate.recurrent_kernel, [[1000 * row + first + n for n in range(3)] for row in range(3)])
    assert_array_equal(gate.bias, [first, first + 1, first + 2])


def test_no_other_gate() -> None:
    assert numbered(3).units == 3
    with pytest.raises(ValueError, match="not in tuple"):
        numbered(3).gate("c")


def test_previous_states_are_one_timestep_late_and_begin_with_the_first_state() -> None:
    zeros = np.zeros((2, 4, 3))
    c, h = np.arange(24.0).reshape(2, 4, 3), -np.arange(24.0).reshape(2, 4, 3)
    trace = Trace(zeros, zeros, zeros, zeros, c, h, zeros[..., 0], h0=np.full((2, 3), 7.0), c0=np.full((2, 3), 9.0))
    for previous, state, first in ((trace.c_previous, c, 9), (trace.h_previous, h, 7)):
        assert previous.shape == (2, 4, 3)
        assert_array_equal(previous[:, 0], np.full((2, 3), first))
        for t in range(1, 4):
            assert_array_equal(previous[:, t], state[:, t - 1])


def flat(value: Any) -> list[Any]:
    return [inner for part in vars(value).values() for inner in (flat(part) if hasattr(part, "__dict__") else [part])]


def test_arrays_of_a_run_round_trip(small_run: Run) -> None:
    for kind, value in ((Network, small_run.networks[0]), (Sequences, small_run.probes)):
        arrays = {name: array.copy() for name, array in to_arrays(value, "some.thing").items()}
        assert len(arrays) == len(flat(value))
        assert all(name.startswith("some.thing.") for name in arrays)
        back = from_arrays(kind, arrays, "some.thing")
        assert type(back) is kind
        for array, original in zip(flat(back), flat(value), strict=True):
            assert array.dtype == original.dtype
            assert array.tobytes() == original.tobytes()


def test_arrays_of_a_run_are_read_only(small_run: Run) -> None:
    probes = from_arrays(Sequences, copies(small_run.probes), "some")
    networks = tuple(from_arrays(Network, copies(network), "some") for network in small_run.networks)
    assert all(array.flags.writeable for part in (probes, *networks) for array in flat(part))
    Run(small_run.experiment, probes, networks, b"")
    for array in (array for part in (probes, *networks, small_run.probes, *small_run.networks) for array in flat(part)):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def copies(value: Any) -> dict[str, Any]:
    return {name: array.copy() for name, array in to_arrays(value, "some").items()}


def test_names_are_dotted_paths(small_run: Run) -> None:
    network = small_run.networks[0]
    arrays = to_arrays(network, "network1")
    assert arrays["network1.trained.weights.kernel"] is network.trained.weights.kernel
    assert arrays["network1.untrained.trace.c0"] is network.untrained.trace.c0
    assert arrays["network1.held.o.bias"] is network.held.o.bias
    assert arrays["network1.lessons.away_state"] is network.lessons.away_state
    assert arrays["network1.loss"] is network.loss


def test_a_missing_array_is_an_error(small_run: Run) -> None:
    arrays = to_arrays(small_run.probes, "probes")
    del arrays["probes.phase"]
    with pytest.raises(KeyError, match=r"probes\.phase"):
        from_arrays(Sequences, {name: array.copy() for name, array in arrays.items()}, "probes")
