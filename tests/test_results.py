"""`results.npz`: what comes back is what went in, or the file is refused; and what makes kept results stale."""

import dataclasses
import io
import json
import pickle
import platform
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reportgen import results
from reportgen.evidence import Evidence, Measured, gather
from reportgen.lstm.run import Held, Lessons, Network, Run, State, Trace, Weights, to_arrays
from reportgen.lstm.signals import Sequences
from reportgen.results import Results, Unusable, pack, unpack
from reportgen.lstm.settings import Experiment

B, T, U = 2, 3, 2
EXPERIMENT = Experiment(networks=2, units=U)


def run() -> Run:
    """Return a run of random numbers: nothing that reads or writes it knows better."""
    rng = np.random.default_rng(5)

    def floats(*shape: int) -> Any:
        return rng.normal(size=shape).astype(np.float32)

    def weights() -> Weights:
        return Weights(floats(1, 4 * U), floats(U, 4 * U), floats(4 * U), floats(U, 1), floats(1))

    def state() -> State:
        shapes = {"y": (B, T), "h0": (B, U), "c0": (B, U)}
        trace = Trace(**{field.name: floats(*shapes.get(field.name, (B, T, U))) for field in dataclasses.fields(Trace)})
        return State(weights(), trace, floats(2, B, U, U))

    def network() -> Network:
        return Network(
            untrained=state(),
            trained=state(),
            chrono=state(),
            held=Held(weights(), weights(), weights()),
            loss=floats(4),
            chrono_loss=floats(4),
            lifted=floats(4, B, T, U),
            gradient=weights(),
            resumed=floats(B, 1),
            lessons=Lessons(floats(4, 1, T, U), floats(1, T), floats(1, T), floats(1, T)),
        )

    networks = (network(), network())
    return Run(
        EXPERIMENT,
        Sequences(floats(B, T), floats(B, T), floats(B, T), floats(B)),
        networks,
        b"PK\x03\x04 any bytes \x00\xff",
    )


def evidence() -> Evidence:
    def measure(network: int) -> Iterator[Measured]:
        yield Measured("flow.age", 0.1 + network, "the mean age of the content", "steps", "“By hand”.", source="doi:1")
        lags = np.array([1.0, 2.0, 4.0])
        yield Measured(
            "flow.curve", np.array([1 / 3, 2e-7, -5.0]) * network, "the decay", "%", "By hand.", {"lag": lags}
        )

    return gather(measure(network) for network in (1, 2))


@pytest.fixture(scope="module")
def packed() -> bytes:
    return pack(run(), evidence())


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Return everything that can be read in a dataclass, by dotted name, arrays with their shape and type."""
    if dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif isinstance(value, tuple):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        return {key: leaf for inner, child in value.items() for key, leaf in flat(child, f"{name}.{inner}").items()}
    if isinstance(value, np.ndarray):
        return {name: (value.shape, str(value.dtype), value.tobytes())}
    return {name: value}


def everything(kept: Results) -> dict[str, Any]:
    return flat(dataclasses.replace(kept, content=b""), "results") | flat(kept.run(), "run")


def test_round_trip(packed: bytes) -> None:
    kept = unpack(packed)

    assert kept.experiment == EXPERIMENT
    assert flat(kept.run()) == flat(run())
    assert flat(kept.evidence) == flat(evidence())
    assert kept.exported == run().exported
    assert kept.run_fingerprint == results.run_fingerprint(EXPERIMENT)
    assert kept.evidence_fingerprint == results.evidence_fingerprint(EXPERIMENT)


def test_what_is_read_is_read_only(packed: bytes) -> None:
    kept = unpack(packed)
    run = kept.run()

    arrays = [array for part in (run.probes, *run.networks) for array in to_arrays(part, "").values()]
    assert len(arrays) == len(flat(run.probes)) + len(flat(run.networks))
    for array in [*arrays, kept.evidence["flow.age"].values]:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_truncated_file_is_refused(packed: bytes) -> None:
    for length in [0, 1, 3, 22, *range(100, len(packed), len(packed) // 40), len(packed) - 22, len(packed) - 1]:
        with pytest.raises(Unusable) as caught:
            unpack(packed[:length])
        assert len(str(caught.value).splitlines()) == 1


def test_a_flipped_bit_is_refused_or_changes_nothing(packed: bytes) -> None:
    """Anywhere, and then in the archive's directory, which no checksum covers."""
    whole = everything(unpack(packed))
    directory = packed.index(b"PK\x01\x02")
    rng = random.Random(3)
    anywhere = [rng.randrange(len(packed) * 8) for _ in range(200)]
    first_entry = range(directory * 8, (directory + 46) * 8)  # every bit of one fixed-size header
    end = range((len(packed) - 22) * 8, len(packed) * 8)
    refused = 0
    for bit in [*anywhere, *first_entry, *end]:
        damaged = bytearray(packed)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            read = everything(unpack(bytes(damaged)))
        except Unusable:
            refused += 1
        else:
            assert read == whole, f"bit {bit % 8} of byte {bit // 8}"
    assert refused > len(anywhere) / 2


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def as_array(value: object) -> Any:
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        b"\x93NUMPY",
        npz(),
        npz(x=np.zeros(3)),
        npz(about=np.zeros(3), exported=np.zeros(1)),
        npz(about=as_array([]), exported=np.zeros(1)),
        npz(about=as_array(None), exported=np.zeros(1)),
        npz(about=as_array({}), exported=np.zeros(1)),
        npz(about=as_array({"experiment": {"seed": -1}}), exported=np.zeros(1)),
        npz(about=as_array([[]] * 3)[:0], exported=np.zeros(1)),
        npz(about=np.frombuffer(b"[" * 100_000, np.uint8), exported=np.zeros(1)),
        zipped(about=b"no array", exported=b""),
    ],
)
def test_a_foreign_file_is_refused(content: bytes) -> None:
    with pytest.raises(Unusable, match="is no results file"):
        unpack(content)


class Touch:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.path,)


def test_a_pickle_inside_is_never_loaded(tmp_path: Path, packed: bytes) -> None:
    trap = np.array([Touch(tmp_path / "loaded")], dtype=object)
    pickle.loads(pickle.dumps(trap))  # the trap works
    assert (tmp_path / "loaded").exists()
    (tmp_path / "loaded").unlink()

    for content in (npz(about=trap, exported=trap), npz(about=as_array({}), exported=trap)):
        with pytest.raises(Unusable):
            unpack(content)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive, zipfile.ZipFile(io.BytesIO(npz(x=trap))) as bad:
        entries = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        entries["networks.2.loss"] = bad.read("x.npy")
    with pytest.raises((Unusable, ValueError)):  # refused when it is read, or when the run is asked for
        unpack(zipped(**entries)).run()

    assert not (tmp_path / "loaded").exists()


def test_each_digest_is_that_of_its_arrays(packed: bytes) -> None:
    one = run()

    def replaced(value: Any, path: list[str], array: Any) -> Any:
        inner = replaced(getattr(value, path[0]), path[1:], array) if path else array
        return dataclasses.replace(value, **{path[0]: inner}) if path else inner

    def changed_with(network: int, path: str, array: Any) -> set[str]:
        networks = list(one.networks)
        networks[network] = replaced(networks[network], path.split("."), array)
        other = unpack(pack(dataclasses.replace(one, networks=tuple(networks)), evidence())).digests
        assert other.keys() == digests.keys()
        return {name for name in digests if other[name] != digests[name]}

    digests = unpack(packed).digests
    nudged = one.networks[1].trained.weights.bias.copy()
    nudged[3] = np.nextafter(nudged[3], np.float32(9))

    assert list(digests) == ["data", *(f"network {n}, {kind}" for n in (1, 2) for kind in ("weights", "trace"))]
    assert unpack(pack(one, evidence())).digests == digests
    for path in ("trained.weights.bias", "untrained.weights.bias"):
        assert changed_with(1, path, nudged) == {"network 2, weights"}
    assert changed_with(0, "chrono.trace.c", one.networks[0].chrono.trace.c + 1) == {"network 1, trace"}
    assert changed_with(1, "gradient.bias", nudged) == set()


FINGERPRINTS = (results.run_fingerprint, results.evidence_fingerprint, results.figures_fingerprint)


def fingerprints(experiment: Experiment = EXPERIMENT) -> tuple[str, ...]:
    return tuple(fingerprint(experiment) for fingerprint in FINGERPRINTS)


def changed(before: tuple[str, ...], after: tuple[str, ...]) -> list[str]:
    return [
        function.__name__.removesuffix("_fingerprint")
        for function, old, new in zip(FINGERPRINTS, before, after, strict=True)
        if old != new
    ]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the package's source that the fingerprints are taken of."""
    copy = tmp_path / "reportgen"
    shutil.copytree(results.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(results, "PACKAGE", copy)
    return copy


def test_fingerprints_are_stable_and_distinct(package: Path) -> None:
    assert fingerprints() == fingerprints()
    assert len(set(fingerprints())) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2}, {"networks": 3}, {"units": 3}, {"epochs": 21}, {"sequences": 2049}, {"timesteps": 101}, {"batch_size": 33},
        {"learning_rate": 0.021}, {"period_min": 15.5}, {"period_max": 50.5}, {"noise": 0.11},
    ],
    ids=str,
)  # fmt: skip
def test_any_setting_of_the_experiment_changes_all_fingerprints(change: dict[str, Any]) -> None:
    assert changed(fingerprints(), fingerprints(dataclasses.replace(EXPERIMENT, **change))) == [
        "run",
        "evidence",
        "figures",
    ]


def test_an_array_that_says_it_is_larger_than_any_memory_makes_a_file_unusable() -> None:
    stream = io.BytesIO()
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000,), }"
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("about", "exported"):
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(Unusable):
        unpack(stream.getvalue())


def test_a_file_that_would_unpack_to_too_much_is_not_unpacked() -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, about=np.zeros(results.MOST_BYTES, np.uint8), exported=np.zeros(1, np.uint8))
    with pytest.raises(Unusable, match="holds too much"):
        unpack(stream.getvalue())


@pytest.mark.parametrize(
    ("file", "stale"),
    [
        ("lstm/training.py", ["run", "evidence", "figures"]),
        ("lstm/signals.py", ["run", "evidence", "figures"]),
        ("settings.py", ["run", "evidence", "figures"]),
        ("lstm/evidence/flow.py", ["run", "evidence", "figures"]),
        ("evidence.py", ["evidence", "figures"]),
        ("drawing.py", ["figures"]),
        ("prose/render.py", []),
        ("word/document.py", []),
        ("pipeline.py", []),
        ("cli/__init__.py", []),
    ],
)
def test_a_changed_source_file_makes_stale_what_comes_from_it(package: Path, file: str, stale: list[str]) -> None:
    before = fingerprints()
    path = package / file
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    assert changed(before, fingerprints()) == stale


def test_a_new_and_a_renamed_source_file_count_and_the_time_of_a_file_does_not(package: Path) -> None:
    before = fingerprints()
    for file in package.rglob("*.py"):
        file.touch()
    assert fingerprints() == before

    (package / "evidence" / "more.py").touch()
    more = fingerprints()
    assert changed(before, more) == ["evidence", "figures"]
    (package / "evidence" / "more.py").rename(package / "evidence" / "other.py")
    assert changed(more, fingerprints()) == ["evidence", "figures"]


@pytest.mark.parametrize(
    ("name", "stale"),
    [
        ("tensorflow", ["run", "evidence", "figures"]),
        ("keras", ["run", "evidence", "figures"]),
        ("numpy", ["run", "evidence", "figures"]),
        ("matplotlib", ["figures"]),
        ("python-docx", []),
    ],
)
def test_another_version_of_a_package_makes_stale_what_comes_from_it(
    monkeypatch: pytest.MonkeyPatch, name: str, stale: list[str]
) -> None:
    before = fingerprints()
    monkeypatch.setattr("reportgen.results.version", lambda package: "0.0" if package == name else version(package))

    assert changed(before, fingerprints()) == stale


def test_another_python_or_processor_makes_the_run_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprints()
    for name in ("python_version", "machine"):
        with monkeypatch.context() as patch:
            patch.setattr(platform, name, lambda: "other")
            assert changed(before, fingerprints()) == ["run", "evidence", "figures"]
