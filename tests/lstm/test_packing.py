"""What is kept of a run: enough to have it back to the bit, no damage that is not noticed, and little."""

import dataclasses
import io
import zipfile
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reportgen import results
from reportgen.evidence import Evidence
from reportgen.lstm import STUDY, packing
from reportgen.lstm.packing import digests, pack, unpack
from reportgen.lstm.run import (
    Lessons,
    Means,
    Network,
    PlainWeights,
    Recall,
    Run,
    State,
    Trace,
    TrainedHeld,
    Weights,
    to_arrays,
)
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import probe_sequences
from reportgen.lstm.tracing import trace_network
from reportgen.lstm.training import plain_units
from reportgen.results import Unusable

Array = NDArray[Any]

MOST_BYTES = 15_000_000
"""What the results of the default settings may take (issue 11); with the traces they took 90 MB."""


def bits(run: Run) -> dict[str, tuple[Any, ...]]:
    """Return every array of a run by name, with its shape and type, to the bit."""
    arrays = to_arrays(run.probes, "probes")
    for number, network in enumerate(run.networks, 1):
        arrays |= to_arrays(network, f"networks.{number}")
    return {name: (array.shape, str(array.dtype), array.tobytes()) for name, array in arrays.items()}


def entries_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def content(small_run: Run, small_evidence: Evidence) -> bytes:
    return results.pack(STUDY, small_run.experiment, small_run, small_evidence)


def test_what_is_kept_gives_the_run_back_to_the_bit(small_run: Run, content: bytes) -> None:
    """Through the file, and with what was left out recorded again."""
    kept = results.unpack(STUDY, content)
    assert kept.experiment == small_run.experiment

    again = kept.run()

    assert bits(again) == bits(small_run)
    assert (again.experiment, again.exported) == (small_run.experiment, small_run.exported)


def test_what_can_be_recorded_again_is_not_kept(small_run: Run) -> None:
    names = set(pack(small_run))

    assert not [name for name in names if ".trace." in name]
    assert {name for name in bits(small_run) if ".trace." not in name} | {"exported"} == names


def test_another_bit_in_any_array_that_is_kept_gives_other_digests(small_run: Run) -> None:
    """Whether or not what is recorded again with it is another as well; the exported file is no array, and carries a date."""
    kept, expected = pack(small_run), digests(small_run)
    assert digests(unpack(small_run.experiment, kept)) == expected
    unnoticed = []
    names = [name for name in kept if name.startswith(("probes.", "networks.2."))]
    for name in names:
        changed = kept[name].copy()
        changed.reshape(-1).view(np.uint8)[-changed.itemsize] ^= 1  # of the last number the last digit
        if digests(unpack(small_run.experiment, {**kept, name: changed})) == expected:
            unnoticed.append(name)
    assert len(names) > 40
    assert unnoticed == []


@pytest.mark.parametrize("name", ["probes.target", "networks.1.held.f.bias", "networks.2.chrono.jacobian"])
def test_a_file_with_another_array_is_refused_though_its_checksums_are_right(
    small_run: Run, content: bytes, name: str
) -> None:
    assert bits(results.unpack(STUDY, content).run()) == bits(small_run)
    entries = entries_of(content)
    array = np.load(io.BytesIO(entries[f"run/{name}.npy"]))
    array.flat[-1] = np.nextafter(array.flat[-1], np.float32(9))
    buffer = io.BytesIO()
    np.save(buffer, array)

    damaged = results.unpack(STUDY, zipped(entries | {f"run/{name}.npy": buffer.getvalue()}))

    with pytest.raises(Unusable, match=r"^is damaged, or does not give the same bits here$"):
        damaged.run()


def test_a_machine_that_records_other_bits_is_noticed(
    small_run: Run, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trace_otherwise(weights: Weights, x: Array) -> Trace:
        trace = trace_network(weights, x)
        y = trace.y.copy()
        y.flat[0] = np.nextafter(y.flat[0], np.float32(9))
        last = np.array_equal(weights.bias, small_run.networks[-1].chrono.weights.bias)
        return dataclasses.replace(trace, y=y) if last else trace

    monkeypatch.setattr(packing, "trace_network", trace_otherwise)
    with pytest.raises(Unusable, match=r"^is damaged, or does not give the same bits here$"):
        results.unpack(STUDY, content).run()


def random_run(settings: Experiment, exported: bytes) -> Run:
    """Return a run of random arrays, which nothing compresses, in the shapes that a trained one has."""
    rng, probes = np.random.default_rng(5), probe_sequences(settings)
    b, t, u = len(probes.x), settings.timesteps, settings.units

    def random(*shape: int) -> Array:
        return rng.normal(size=shape).astype(np.float32)

    def weights() -> Weights:
        return Weights(random(1, 4 * u), random(u, 4 * u), random(4 * u), random(u, 1), random(1))

    def plain() -> PlainWeights:
        v = plain_units(u)
        return PlainWeights(random(1, v), random(v, v), random(v), random(v, 1), random(1))

    def state() -> State:
        gates = {name: random(b, t, u) for name in "ifogch"}
        trace = Trace(**gates, y=random(b, t), h0=random(b, u), c0=random(b, u))
        return State(weights(), trace, random(41, 16, u, u))

    def network() -> Network:
        return Network(
            untrained=state(),
            trained=state(),
            chrono=state(),
            means=Means(*(random(u) for _ in range(4))),
            held=TrainedHeld(*(weights() for _ in range(4))),
            reseeded=weights(),
            plain=plain(),
            recall=Recall(weights(), weights(), plain()),
            loss=random(settings.epochs),
            chrono_loss=random(settings.epochs),
            lifted=random(4, 16, t, u),
            gradient=weights(),
            resumed=random(b, t - settings.warm_up),
            lessons=Lessons(*(random(b // 4, t - settings.warm_up) for _ in range(4))),
        )

    return Run(settings, probes, tuple(network() for _ in range(settings.networks)), exported)


def test_the_results_of_the_default_settings_are_small(small_run: Run, small_evidence: Evidence) -> None:
    """Random numbers are the worst case; the evidence is that of two networks, a hundredth of the whole."""
    shapes = {name: (shape, kind) for name, (shape, kind, _) in bits(small_run).items()}
    like_it = random_run(small_run.experiment, small_run.exported)
    assert {name: (shape, kind) for name, (shape, kind, _) in bits(like_it).items()} == shapes

    default = random_run(Experiment(), small_run.exported)
    kept = results.pack(STUDY, Experiment(), default, small_evidence)

    assert len(kept) <= MOST_BYTES
    assert sum(len(each[-1]) for each in bits(default).values()) > 5 * len(kept)
