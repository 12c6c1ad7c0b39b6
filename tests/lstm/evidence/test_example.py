"""What is worked by hand comes out by hand: the printed values, put into the equations with a calculator's precision."""

import numpy as np
import pytest

from reportgen.evidence import Evidence
from reportgen.lstm.run import Run
from tests.lstm.test_interventions import numpy_lstm


def value(evidence: Evidence, name: str) -> float:
    one, *others = evidence[f"example.{name}"].values
    assert all(other == one for other in others)  # whichever network is asked
    return float(one)


def test_one_timestep_of_the_cell_can_be_redone(small_run: Run, small_evidence: Evidence) -> None:
    at = {
        name: round(value(small_evidence, name), 3)
        for name in ("before", "f", "i", "g", "o", "kept", "poured", "c", "level", "h")
    }
    assert at["kept"] == pytest.approx(at["f"] * at["before"], abs=2e-3)
    assert at["poured"] == pytest.approx(at["i"] * at["g"], abs=2e-3)
    assert at["c"] == pytest.approx(at["kept"] + at["poured"], abs=2e-3)
    assert at["h"] == pytest.approx(at["o"] * np.tanh(at["c"]), abs=2e-3)
    assert at["level"] == pytest.approx(np.tanh(at["c"]), abs=2e-3)
    # And it is what network 1 did to the wave of the median period.
    period = small_run.probes.period
    probe = int(np.argsort(period, kind="stable")[64])
    unit, t = (int(value(small_evidence, name)) - 1 for name in ("unit", "timestep"))
    trace = numpy_lstm(small_run.networks[0].trained.weights, small_run.probes.x[[probe]])
    for name in ("f", "i", "g", "o", "c", "h"):
        assert value(small_evidence, name) == pytest.approx(trace[name][0, t, unit], abs=1e-4)
    assert value(small_evidence, "before") == pytest.approx(trace["c"][0, t - 1, unit], abs=1e-4)
    inflow = np.abs(trace["i"] * trace["g"])[0, 50:, unit]
    assert inflow[t - 50] == pytest.approx(np.sort(inflow)[len(inflow) // 2], abs=1e-4)


def test_one_neuron_of_the_forget_gate_can_be_redone(small_run: Run, small_evidence: Evidence) -> None:
    terms = [round(value(small_evidence, name), 3) for name in ("term_x", "term_1", "term_2", "term_3", "rest", "bias")]
    total = round(value(small_evidence, "sum"), 3)
    assert sum(terms) == pytest.approx(total, abs=4e-3)
    assert 1 / (1 + np.exp(-total)) == pytest.approx(value(small_evidence, "gate"), abs=1e-3)
    assert value(small_evidence, "gate") == pytest.approx(value(small_evidence, "f"), abs=1e-5)
    for name in "x123":
        product = value(small_evidence, f"{'x' if name == 'x' else f'h_{name}'}") * value(
            small_evidence, f"weight_{name}"
        )
        assert value(small_evidence, f"term_{name}") == pytest.approx(product, abs=1e-6)
    unit, weights = int(value(small_evidence, "unit")) - 1, small_run.networks[0].trained.weights.gate("f")
    sizes = [abs(value(small_evidence, f"term_{rank}")) for rank in (1, 2, 3)]
    assert sizes == sorted(sizes, reverse=True)
    for rank in (1, 2, 3):
        source = int(value(small_evidence, f"from_{rank}")) - 1
        assert value(small_evidence, f"weight_{rank}") == pytest.approx(float(weights.recurrent_kernel[source, unit]))


def test_units_that_turn_between_trough_and_crest_are_counted(small_run: Run, small_evidence: Evidence) -> None:
    probes = small_run.probes
    probe = int(np.argsort(probes.period, kind="stable")[64])
    last = np.arange(100)[100 - round(probes.period[probe]) :]
    clean = np.sin(probes.phase[probe])
    crest, trough = last[np.argmax(clean[last])], last[np.argmin(clean[last])]
    c = numpy_lstm(small_run.networks[0].trained.weights, probes.x[[probe]])["c"][0]
    assert value(small_evidence, "turned") == sum(c[crest] * c[trough] < 0)
    distances = [abs(float(one - other)) for one, other in zip(c[crest], c[trough], strict=True)]
    most = distances.index(max(distances))
    assert value(small_evidence, "turned_most") == most + 1
    assert value(small_evidence, "turned_from") == pytest.approx(c[trough, most], abs=1e-4)
    assert value(small_evidence, "turned_to") == pytest.approx(c[crest, most], abs=1e-4)
