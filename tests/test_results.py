"""`results.npz`: what comes back is what went in, or the file is refused; and what makes kept results stale.

The study here throws dice, and nobody who reads or writes its results knows better.
"""

import dataclasses
import hashlib
import io
import json
import pickle
import platform
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from msgspec import Meta
from numpy.typing import NDArray

from reportgen import results
from reportgen.evidence import Evidence, Measured, gather
from reportgen.results import Results, Unusable, fingerprint, pack, surroundings, unpack
from reportgen.settings import validate
from reportgen.study import Cost, Product, Study

Array = NDArray[Any]

PRODUCTS: tuple[Product, ...] = ("run", "evidence", "figures")


@dataclass(frozen=True)
class Dice:
    """How often what dice are thrown."""

    seed: Annotated[int, Meta(ge=0, le=1000)] = 1
    dice: Annotated[int, Meta(ge=1, le=10)] = 2
    weight: Annotated[float, Meta(ge=0, le=1)] = 0.5

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class Throws:
    """What was thrown, (dice, throws), and the sum so far, which is not kept but computed again."""

    thrown: Array
    sums: Array
    note: bytes


DICE = Dice()
WORLDS = {"fair": "", "loaded": "with loaded dice"}


def throw(dice: Dice) -> Throws:
    thrown = np.random.default_rng(dice.seed).normal(size=(dice.dice, 40)).astype(np.float32)
    return Throws(thrown, np.cumsum(thrown, axis=1), b"PK\x03\x04 any bytes \x00\xff")


def measure(run: Throws) -> Evidence:
    def measured(number: int) -> Iterator[Measured]:
        yield Measured("throw.mean", 0.1 + number, "the mean throw", "pips", "“By hand”.", source="doi:1")
        lags = np.array([1.0, 2.0, 4.0])
        curve = np.array([1 / 3, 2e-7, -5.0]) * number
        yield Measured("loaded.throw.curve", curve, "the decay", "%", "By hand.", {"lag": lags}, settings=("seed",))
        yield Measured("throw.dice", 2, "dice", "", "as given", given=True)
        yield Measured("throw.table", 1.5, "the table", "m", "by hand", everywhere=True)

    return gather(("die", "dice"), WORLDS, (measured(number) for number in range(1, len(run.thrown) + 1)))


def keep(run: Throws) -> Mapping[str, Array]:
    return {"thrown": run.thrown, "note": np.frombuffer(run.note, np.uint8)}


def again(dice: Dice, arrays: Mapping[str, Array]) -> Throws:
    thrown = arrays["thrown"]
    if len(thrown) != dice.dice:
        raise ValueError("so many dice were not thrown")
    return Throws(thrown, np.cumsum(thrown, axis=1), arrays["note"].tobytes())


def digests(run: Throws) -> Mapping[str, str]:
    return {name: hashlib.sha256(getattr(run, name).tobytes()).hexdigest() for name in ("thrown", "sums")}


def no_drawing(*_: Any) -> Any:
    raise AssertionError("nothing here is drawn")


STUDY: Study[Dice, Throws] = Study(
    name="dice",
    case=("die", "dice"),
    settings=Dice,
    carry_out=lambda dice, tell: throw(dice),
    measure=measure,
    pack=keep,
    unpack=again,
    digests=digests,
    cost=lambda dice: Cost(0, 0),
    figures=(),
    draw=no_drawing,
    sources={},
    packages={"run": ("numpy", "lxml"), "figures": ("matplotlib",)},
    files=lambda run: {"note.txt": run.note, "empty": b""},
)


@pytest.fixture(scope="module")
def packed() -> bytes:
    return pack(STUDY, DICE, throw(DICE), measure(throw(DICE)))


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
    read = {field.name: getattr(kept, field.name) for field in dataclasses.fields(kept)}
    return flat({name: value for name, value in read.items() if name not in ("study", "content")}) | flat(
        kept.run(), "run"
    )


def test_round_trip(packed: bytes) -> None:
    kept, run = unpack(STUDY, packed), throw(DICE)

    assert kept.study is STUDY
    assert kept.experiment == DICE
    assert flat(kept.run()) == flat(run)
    assert flat(kept.evidence) == flat(measure(run))
    assert kept.files == {"note.txt": run.note, "empty": b""}
    assert kept.digests == digests(run)
    assert kept.surroundings == surroundings(STUDY)
    assert kept.run_fingerprint == fingerprint(STUDY, DICE, "run")
    assert kept.evidence_fingerprint == fingerprint(STUDY, DICE, "evidence")


def test_the_same_results_give_what_compares_equal(packed: bytes) -> None:
    assert everything(unpack(STUDY, pack(STUDY, DICE, throw(DICE), measure(throw(DICE))))) == everything(
        unpack(STUDY, packed)
    )


def test_what_is_read_is_read_only(packed: bytes) -> None:
    for measurement in unpack(STUDY, packed).evidence.measurements.values():
        with pytest.raises(ValueError, match="read-only"):
            measurement.values[...] = 0


def test_what_the_study_leaves_out_is_not_in_the_file(packed: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert sorted(archive.namelist()) == [
            "about.json", "explored.json", "files/empty", "files/note.txt", "run/note.npy", "run/thrown.npy",
        ]  # fmt: skip


def test_a_run_that_is_not_what_it_was_is_refused(packed: bytes) -> None:
    """Another array in the file, whatever its checksum says, or a machine that computes other bits."""
    entries = entries_of(packed)
    nudged = throw(DICE).thrown.copy()
    nudged[1, 3] = np.nextafter(nudged[1, 3], np.float32(9))
    entries["run/thrown.npy"] = npy(nudged)

    def elsewhere(dice: Dice, arrays: Mapping[str, Array]) -> Throws:
        run = again(dice, arrays)
        return dataclasses.replace(run, sums=np.nextafter(run.sums, np.float32(9)))

    moved = dataclasses.replace(STUDY, unpack=elsewhere)
    for kept in (unpack(STUDY, zipped(entries)), unpack(moved, packed)):
        assert kept.evidence["throw.mean"].values[0] == 1.1  # which needs no run
        with pytest.raises(Unusable, match=r"^is damaged, or does not give the same bits here$"):
            kept.run()


@pytest.mark.parametrize("missing", ["run/thrown.npy", "run/note.npy"])
def test_a_run_of_which_an_array_is_missing_is_refused(packed: bytes, missing: str) -> None:
    entries = entries_of(packed)
    del entries[missing]
    with pytest.raises(Unusable, match="its directory is not what was written"):
        unpack(STUDY, zipped(entries))
    table = json.loads(entries["about.json"])
    table["entries"].remove(missing)
    with pytest.raises(Unusable, match=r"^was altered"):
        unpack(STUDY, zipped(entries | {"about.json": json.dumps(table).encode()}))

    def forgetful(run: Throws) -> Mapping[str, Array]:
        return {name: array for name, array in keep(run).items() if f"run/{name}.npy" != missing}

    forgotten = dataclasses.replace(STUDY, pack=forgetful)
    with pytest.raises(Unusable, match=r"^is damaged \(KeyError\)$"):
        unpack(STUDY, pack(forgotten, DICE, throw(DICE), measure(throw(DICE)))).run()


def leaves(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each text and number in a table."""
    if isinstance(value, (dict, list)):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(child, *path, key)
    else:
        yield path


def test_evidence_settings_and_files_that_are_not_those_of_the_run_are_refused(packed: bytes) -> None:
    """Anything in the table changed by hand, with the checksums of the archive right; and a file of another build beside it."""
    entries = entries_of(packed)
    table = json.loads(entries["about.json"])
    tried = 0
    for *path, last in leaves(table):
        altered = json.loads(entries["about.json"])
        inner = altered
        for key in path:
            inner = inner[key]
        old = inner[last]
        inner[last] = f"{old}9" if isinstance(old, str) else not old if isinstance(old, bool) else old + 1
        with pytest.raises(Unusable, match=r"^(was altered|is of another study|is damaged|is no results file)"):
            unpack(STUDY, zipped(entries | {"about.json": json.dumps(altered).encode()}))
        tried += 1
    assert tried > 60
    with pytest.raises(Unusable, match=r"^was altered \(its evidence is not that of its run\)$"):
        unpack(STUDY, zipped(entries | {"files/note.txt": b"of another build"}))


def test_evidence_that_contradicts_itself_is_refused_though_all_digests_are_right() -> None:
    def contradictions(dice: Dice, evidence: Evidence) -> Iterator[str]:
        if evidence.count != dice.dice:
            yield f"it is of {evidence.count} dice"

    careful = dataclasses.replace(STUDY, contradictions=contradictions)
    assert unpack(careful, pack(careful, DICE, throw(DICE), measure(throw(DICE)))).evidence.count == 2
    one = measure(throw(dataclasses.replace(DICE, dice=1)))
    with pytest.raises(Unusable, match=r"^was altered \(it is of 1 dice\)$"):
        unpack(careful, pack(careful, DICE, throw(DICE), one))


def test_figures_are_drawn_again_when_the_evidence_is_another() -> None:
    evidence = measure(throw(DICE))
    other = measure(throw(dataclasses.replace(DICE, dice=1)))
    assert results.drawn_from(STUDY, DICE, evidence) == results.drawn_from(STUDY, DICE, measure(throw(DICE)))
    assert results.drawn_from(STUDY, DICE, evidence) != results.drawn_from(STUDY, DICE, other)


def test_an_array_that_nobody_wrote_is_refused(packed: bytes) -> None:
    with pytest.raises(Unusable, match="its directory is not what was written"):
        unpack(STUDY, zipped(entries_of(packed) | {"files/run.sh": b"rm"}))


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..", "c:evil", "a\\evil"])
def test_a_file_that_would_be_written_elsewhere_is_refused(name: str) -> None:
    elsewhere = dataclasses.replace(STUDY, files=lambda _: {name: b"evil"})
    with pytest.raises(Unusable, match="it names a file elsewhere"):
        unpack(STUDY, pack(elsewhere, DICE, throw(DICE), measure(throw(DICE))))


def test_results_of_another_study_are_refused(packed: bytes) -> None:
    with pytest.raises(Unusable, match=r"^is of another study, 'dice'$"):
        unpack(dataclasses.replace(STUDY, name="cards"), packed)


def test_a_truncated_file_is_refused(packed: bytes) -> None:
    for length in [0, 1, 3, 22, *range(100, len(packed), len(packed) // 40), len(packed) - 22, len(packed) - 1]:
        with pytest.raises(Unusable) as caught:
            unpack(STUDY, packed[:length])
        assert len(str(caught.value).splitlines()) == 1


def test_a_flipped_bit_is_refused_or_changes_nothing(packed: bytes) -> None:
    """Anywhere, and then in the archive's directory, which no checksum covers."""
    whole = everything(unpack(STUDY, packed))
    directory = packed.index(b"PK\x01\x02")
    rng = random.Random(3)
    anywhere = [rng.randrange(len(packed) * 8) for _ in range(400)]
    first_entry = range(directory * 8, (directory + 46) * 8)  # every bit of one fixed-size header
    end = range((len(packed) - 22) * 8, len(packed) * 8)
    refused = 0
    for bit in [*anywhere, *first_entry, *end]:
        damaged = bytearray(packed)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            read = everything(unpack(STUDY, bytes(damaged)))
        except Unusable:
            refused += 1
        else:
            assert read == whole, f"bit {bit % 8} of byte {bit // 8}"
    assert refused > len(anywhere) / 2


@pytest.mark.filterwarnings("ignore:invalid escape sequence")  # NumPy reads a header as Python does
def test_an_array_whose_header_is_altered_is_refused_or_changes_nothing(packed: bytes) -> None:
    """NumPy reads a header before the checksum is compared, and as Python's own text: no character of it may end the program."""
    name = "run/thrown.npy"
    whole, entries = everything(unpack(STUDY, packed)), entries_of(packed)
    entry = entries[name]
    for place in range(entry.index(b"\n") + 1):
        for other in b" '{(,9\\#\n\x00\xff":
            entries[name] = entry[:place] + bytes([other]) + entry[place + 1 :]
            try:
                read = everything(unpack(STUDY, zipped(entries)))
            except Unusable:
                continue
            assert read == whole, (place, chr(other))


def npy(array: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def zipped(entries: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def about(table: object) -> bytes:
    return zipped({"about.json": json.dumps(table).encode()})


def entries_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        b"\x93NUMPY",
        npz(),
        npz(x=np.zeros(3)),
        npz(about=np.zeros(3)),
        about([]),
        about(None),
        about({}),
        about({"entries": ["about.json"], "study": "dice", "experiment": {"seed": -1}}),
        about({"entries": ["about.json"], "study": "dice", "experiment": {"cards": 52}}),
        about([[]]),
        zipped({"about.json": b"[" * 100_000}),
        zipped({"about.json": b"no table"}),
    ],
)
def test_a_foreign_file_is_refused(content: bytes) -> None:
    with pytest.raises(Unusable, match="is no results file"):
        unpack(STUDY, content)


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

    with pytest.raises(Unusable):
        unpack(STUDY, npz(**{"about.json": trap}))
    for name in ("about.json", "run/thrown.npy"):
        with pytest.raises(Unusable):  # refused when it is read, or when the run is asked for
            unpack(STUDY, zipped(entries_of(packed) | {name: entries_of(npz(x=trap))["x.npy"]})).run()

    assert not (tmp_path / "loaded").exists()


def test_an_array_that_says_it_is_larger_than_any_memory_makes_a_file_unusable(packed: bytes) -> None:
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000,), }"
    endless = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    for name in ("about.json", "run/thrown.npy"):
        with pytest.raises(Unusable):
            unpack(STUDY, zipped(entries_of(packed) | {name: endless})).run()


@pytest.mark.parametrize(
    "names", [("about.json", "explored.json"), ("about.json", "explored.json", "files/a", "files/b")], ids=len
)
def test_a_file_that_would_unpack_to_too_much_is_not_unpacked(names: tuple[str, ...]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, bytes(results.MOST_BYTES // len(names) + 1))
    assert len(stream.getvalue()) < results.MOST_BYTES / 100
    with pytest.raises(Unusable, match="holds too much"):
        unpack(STUDY, stream.getvalue())


def test_what_bits_may_depend_on_is_kept_and_nothing_says_whose_machine_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    found = surroundings(STUDY)
    assert found["numpy"] == version("numpy")
    assert found["lxml"] == version("lxml")
    assert found["OMP_NUM_THREADS"] == "3"
    assert set(found) == {"numpy", "lxml", "python", "platform", "processor", "cores", "OMP_NUM_THREADS"} | {
        name for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS") if name in found
    }
    assert not any(own in " ".join(found.values()) for own in (platform.node(), str(Path.home())))


def fingerprints(study: Study[Any, Any] = STUDY, dice: Dice = DICE) -> dict[Product, str]:
    return {product: fingerprint(study, dice, product) for product in PRODUCTS}


def changed(before: Mapping[Product, str], after: Mapping[Product, str]) -> list[Product]:
    return [product for product in PRODUCTS if before[product] != after[product]]


@pytest.fixture
def sourced(tmp_path: Path) -> tuple[Study[Any, Any], Path]:
    """Return the study with source files of its own, one of which each product comes from, and their folder."""
    for name in ("run.py", "measure/one.py", "measure/two.py", "draw.py", "measure/notes.txt", "other.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# {name}\n", encoding="utf-8")
    sources: dict[Product, list[Path]] = {
        "run": [tmp_path / "run.py"], "evidence": [tmp_path / "measure"], "figures": [tmp_path / "draw.py"],
    }  # fmt: skip
    return dataclasses.replace(STUDY, sources=sources), tmp_path


def test_fingerprints_are_stable_and_distinct(sourced: tuple[Study[Any, Any], Path]) -> None:
    study, _ = sourced
    assert fingerprints(study) == fingerprints(study)
    assert len(set(fingerprints(study).values())) == 3


@pytest.mark.parametrize("change", [{"seed": 2}, {"dice": 3}, {"weight": 0.25}], ids=str)
def test_any_setting_of_the_experiment_changes_all_fingerprints(change: dict[str, Any]) -> None:
    assert changed(fingerprints(), fingerprints(dice=dataclasses.replace(DICE, **change))) == list(PRODUCTS)


def test_another_study_has_other_fingerprints() -> None:
    assert changed(fingerprints(), fingerprints(dataclasses.replace(STUDY, name="cards"))) == list(PRODUCTS)


@pytest.mark.parametrize(
    ("file", "stale"),
    [
        ("run.py", ["run", "evidence", "figures"]),
        ("measure/two.py", ["evidence", "figures"]),
        ("draw.py", ["figures"]),
        ("other.py", []),
        ("measure/notes.txt", []),
    ],
)
def test_a_changed_source_file_makes_stale_what_comes_from_it(
    sourced: tuple[Study[Any, Any], Path], file: str, stale: list[Product]
) -> None:
    study, folder = sourced
    before = fingerprints(study)
    (folder / file).write_text("# another\n", encoding="utf-8")
    assert changed(before, fingerprints(study)) == stale


def test_a_new_and_a_renamed_source_file_count_and_the_time_of_a_file_does_not(
    sourced: tuple[Study[Any, Any], Path],
) -> None:
    study, folder = sourced
    before = fingerprints(study)
    for file in folder.rglob("*.py"):
        file.touch()
    assert fingerprints(study) == before

    (folder / "measure" / "more.py").touch()
    more = fingerprints(study)
    assert changed(before, more) == ["evidence", "figures"]
    (folder / "measure" / "more.py").rename(folder / "measure" / "other.py")
    assert changed(more, fingerprints(study)) == ["evidence", "figures"]


@pytest.mark.parametrize(
    ("name", "stale"),
    [
        ("numpy", ["run", "evidence", "figures"]),
        ("lxml", ["run", "evidence", "figures"]),
        ("matplotlib", ["figures"]),
        ("python-docx", []),
    ],
)
def test_another_version_of_a_package_makes_stale_what_comes_from_it(
    monkeypatch: pytest.MonkeyPatch, name: str, stale: list[Product]
) -> None:
    before = fingerprints()
    monkeypatch.setattr("reportgen.results.version", lambda package: "0.0" if package == name else version(package))
    assert changed(before, fingerprints()) == stale


def test_another_python_or_processor_makes_everything_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprints()
    for name in ("python_version", "machine"):
        with monkeypatch.context() as patch:
            patch.setattr(platform, name, lambda: "other")
            assert changed(before, fingerprints()) == list(PRODUCTS)
