"""What the explorer is given comes back to the bit, keeps within its budget, and says the same each time."""

import base64
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from reportgen.evidence import Floats
from reportgen.lstm.evidence.example import measure_network, median_probe
from reportgen.lstm.exploring import MOST_BYTES, MOST_RECORDED, explorer_data
from reportgen.lstm.interventions import Held, forward, read_out, run_freely
from reportgen.lstm.plots.flow import AGES
from reportgen.lstm.run import WORLDS, Run, Trace, Weights
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import probe_sequences
from tests.lstm.test_packing import random_run

EXPLORER = Path(__file__).parents[2] / "reportgen" / "lstm" / "explorer"
ORACLE = Path(__file__).parents[1] / "web" / "oracle.json"
"""What NumPy computes on a small network, for the tests of the explorer's own equations; this module writes it when run as a program."""


def floats(text: str) -> Floats:
    return np.frombuffer(base64.b64decode(text, validate=True), "<f4")


def small_random_run(**settings: Any) -> Run:
    return random_run(Experiment(**settings), b"")


def test_weights_and_recorded_traces_come_back_to_the_bit() -> None:
    run = small_random_run(networks=2, units=3, timesteps=60)
    data = json.loads(explorer_data(run))

    assert [network["number"] for network in data["networks"]] == [1, 2]
    for network, embedded in zip(run.networks, data["networks"], strict=True):
        assert list(embedded["worlds"]) == list(WORLDS)
        for world, state in network.states.items():
            weights = state.weights
            parts = np.split(floats(embedded["worlds"][world]["weights"]), np.cumsum([12, 36, 12, 3]))
            np.testing.assert_array_equal(parts[0].reshape(1, 12), weights.kernel)
            np.testing.assert_array_equal(parts[1].reshape(3, 12), weights.recurrent_kernel)
            np.testing.assert_array_equal(parts[2], weights.bias)
            np.testing.assert_array_equal(parts[3].reshape(3, 1), weights.readout_kernel)
            np.testing.assert_array_equal(parts[4], weights.readout_bias)
            for name, recorded in embedded["worlds"][world]["recorded"].items():
                trace = getattr(state.trace, name)[median_probe(run)]
                np.testing.assert_array_equal(floats(recorded).reshape(-1, 3), trace[:: data["stride"]])


def test_the_held_out_wave_and_the_settings_are_those_of_the_run() -> None:
    run = small_random_run(networks=1, units=2, timesteps=70, period_min=9, period_max=30, noise=0.25, seed=3)
    data = json.loads(explorer_data(run))

    for name in ("x", "target", "phase"):
        np.testing.assert_array_equal(floats(data["probe"][name]), getattr(run.probes, name)[median_probe(run)])
    assert data["probe"]["period"] == run.probes.period[median_probe(run)]
    assert (data["units"], data["timesteps"], data["warm_up"], data["seed"]) == (2, 70, 35, 3)
    assert (data["period"], data["noise"], data["case_count"]) == ([9, 30], 0.25, 1)
    assert list(data["worlds"]) == list(WORLDS)


@pytest.mark.parametrize(("units", "timesteps"), [(1, 60), (16, 100), (7, 601), (64, 1000), (256, 60)])
def test_of_a_long_trace_no_more_timesteps_are_left_out_than_must_be(units: int, timesteps: int) -> None:
    run = small_random_run(networks=1, units=2, timesteps=60)
    state = run.networks[0].trained
    # Only what is read: a whole run of so many units takes seconds.
    experiment = Experiment(networks=1, units=units, timesteps=timesteps)
    probes = probe_sequences(experiment)
    array = np.zeros((len(probes.x), timesteps, units), np.float32)
    trace = Trace(*(array,) * 6, y=array[..., 0], h0=array[:, 0], c0=array[:, 0])
    state = dataclasses.replace(state, trace=trace)
    network = dataclasses.replace(run.networks[0], trained=state, untrained=state, chrono=state)
    data = json.loads(explorer_data(Run(experiment, probes, (network,), b"")))

    kept = len(floats(data["networks"][0]["worlds"]["trained"]["recorded"]["c"]))
    assert kept == -(-timesteps // data["stride"]) * units <= MOST_RECORDED
    if data["stride"] > 1:
        assert -(-timesteps // (data["stride"] - 1)) * units > MOST_RECORDED


def test_networks_are_embedded_in_order_while_they_fit() -> None:
    run = small_random_run(networks=1, units=48, timesteps=60)
    many = dataclasses.replace(run, networks=run.networks * 12)
    content = explorer_data(many)
    data = json.loads(content)

    found = [(network["number"], world) for network in data["networks"] for world in network["worlds"]]
    every = [(number, world) for number in range(1, 13) for world in WORLDS]
    assert 3 < len(found) < len(every)
    assert found == every[: len(found)]
    assert data["case_count"] == 12
    one = len(json.dumps(data["networks"][0]["worlds"]["trained"]))
    assert MOST_BYTES - 1.1 * one < len(content) <= MOST_BYTES


def test_the_first_network_is_embedded_whatever_its_size() -> None:
    run = small_random_run(networks=1, units=2, timesteps=60)
    huge = Weights(*(np.zeros(shape, np.float32) for shape in ((1, 1024), (256, 1024), (1024,), (256, 1), (1,))))
    state = dataclasses.replace(run.networks[0].trained, weights=huge)
    network = dataclasses.replace(run.networks[0], trained=state, untrained=state, chrono=state)
    data = json.loads(explorer_data(dataclasses.replace(run, networks=(network,))))

    assert [list(each["worlds"]) for each in data["networks"]] == [["trained"]]
    assert len(floats(data["networks"][0]["worlds"]["trained"]["weights"])) == 1024 * 258 + 257


def test_the_same_run_gives_the_same_bytes_and_nothing_that_ends_a_script() -> None:
    run = small_random_run(networks=2, units=3, timesteps=60)
    assert explorer_data(run) == explorer_data(dataclasses.replace(run))
    assert b"<" not in explorer_data(run)


def test_what_the_essay_works_out_by_hand_is_found_in_the_explorer() -> None:
    run = small_random_run(networks=1, units=5, timesteps=70, seed=4)
    data = json.loads(explorer_data(run))
    by_hand = {each.name: each.value for each in measure_network(run, 1, run.networks[0])}
    unit, t = data["example"]["unit"] - 1, data["example"]["t"] - 1
    assert (unit + 1, t + 1) == (by_hand["example.unit"], by_hand["example.timestep"])

    assert data["stride"] == 1
    assert floats(data["probe"]["x"])[t] == by_hand["example.x"]
    for name, recorded in data["networks"][0]["worlds"]["trained"]["recorded"].items():
        assert floats(recorded).reshape(-1, 5)[t, unit] == by_hand[f"example.{name}"]


def test_the_river_has_the_ages_and_the_colours_of_the_essays_figure() -> None:
    script = (EXPLORER / "model.js").read_text(encoding="utf-8")
    ages = re.search(r"export const AGES = (\[.*\]);", script)
    assert ages
    assert tuple(json.loads(ages[1])) == AGES

    light = (EXPLORER / "explorer.css").read_text(encoding="utf-8").split("@media")[0]
    shades = [mpl.colors.to_hex(mpl.colormaps["YlGnBu"](depth)) for depth in np.linspace(0.16, 0.95, len(AGES))]
    assert re.findall(r"--ex-age-\d: (#\w+);", light) == shades


def test_guided_steps_name_claims_of_the_templates_each_at_most_once() -> None:
    steps = json.loads((EXPLORER / "steps.json").read_text(encoding="utf-8"))
    templates = "".join(path.read_text(encoding="utf-8") for path in (EXPLORER.parents[2] / "templates").glob("*.j2"))
    claims = [claim for step in steps for claim in step["claims"]]

    assert 6 <= len(steps) <= 9
    assert len({step["id"] for step in steps}) == len(steps)
    assert len(set(claims)) == len(claims)
    for claim in claims:
        assert f"{{% claim {claim} if " in templates or f"{{% identity {claim} if " in templates
    assert all(step["claims"] and step["text"] and step["title"] for step in steps)
    assert all(isinstance(value, str) for step in steps for value in step["state"].values())


def oracle() -> dict[str, Any]:
    """Return a network, a wave and the traces that NumPy computes with them, in float64."""
    rng, units, timesteps = np.random.default_rng(12), 3, 14
    shapes = ((1, 4 * units), (units, 4 * units), (4 * units,), (units, 1), (1,))
    single = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    weights = Weights(*(part.astype(np.float64) for part in single))
    x = np.sin(np.arange(timesteps) / 2)[None] + rng.normal(0, 0.1, (1, timesteps))
    cut = 6

    def after(trace: Trace, hold: Held | None = None, sample: float | None = None) -> Trace:
        rest = x[:, cut:] if sample is None else np.full_like(x[:, cut:], sample)
        return forward(weights, rest, trace.h[:, cut - 1], trace.c[:, cut - 1], hold)

    calm = forward(weights, x)
    donor = forward(weights, x[:, ::-1].copy())
    free = run_freely(weights, calm.h[:, cut - 1], calm.c[:, cut - 1], timesteps - cut)
    traces = {
        "calm": calm,
        "f at one": after(calm, {"f": 1.0}),
        "i at its mean": after(calm, {"i": calm.i[0, 7:].mean(axis=0)}),
        "input cut": after(calm, sample=0.0),
        "output fed back": free,
        "donor put in": after(donor),
    }
    return {
        "units": units,
        "cut": cut,
        "weights": base64.b64encode(b"".join(part.astype("<f4").tobytes() for part in single)).decode(),
        "x": x[0].tolist(),
        "traces": {
            name: {each: getattr(trace, each)[0].ravel().tolist() for each in ("i", "f", "g", "o", "c", "h", "y")}
            for name, trace in traces.items()
        },
        "first": read_out(weights, calm.h[:, cut - 1]).tolist(),
    }


def test_the_oracle_of_the_explorers_equations_is_what_numpy_computes() -> None:
    kept, computed = json.loads(ORACLE.read_text(encoding="utf-8")), oracle()
    assert kept["weights"] == computed["weights"]
    assert kept["traces"].keys() == computed["traces"].keys()
    for name, trace in computed["traces"].items():
        for each, values in trace.items():
            np.testing.assert_allclose(kept["traces"][name][each], values, rtol=0, atol=1e-12)


if __name__ == "__main__":
    ORACLE.write_text(json.dumps(oracle()) + "\n", encoding="utf-8")
