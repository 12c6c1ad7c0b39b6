"""`results.npz`: what must be kept of a run, and its evidence, so that the next build need not repeat them. Nothing in it is executed."""

import hashlib
import io
import json
import os
import platform
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import msgspec

from reportgen.evidence import Evidence, evidence_from_table, evidence_to_table
from reportgen.study import Product, Study

MOST_BYTES = 32 * 2**20  # of what is read at once: the evidence, some hundred kilobytes
_ABOUT, _EXPLORED, _FILE, _RUN, _NPY = (
    "about.json",
    "explored.json",
    "files/",
    "run/",
    ".npy",
)  # entries of the archive, and what their names begin and end with
_PRODUCTS: tuple[Product, ...] = ("run", "evidence", "figures")


def drawn_from(study: Study[Any, Any], experiment: Any, evidence: Evidence) -> str:
    """Return the SHA-256 of all that the figures come from: as of their source, and of the evidence itself."""
    told = msgspec.json.encode(evidence_to_table(evidence))
    return hashlib.sha256(fingerprint(study, experiment, "figures").encode() + told).hexdigest()


def fingerprint(study: Study[Any, Any], experiment: Any, product: Product) -> str:
    """Return the SHA-256 of all that a product comes from: settings, source, package versions, processor, and the products before."""
    before = _PRODUCTS[: _PRODUCTS.index(product) + 1]
    parts = [
        study.name,
        json.dumps(asdict(experiment)),
        platform.python_version(),
        platform.machine(),
        *(f"{name} {version(name)}" for each in before for name in study.packages.get(each, ())),
        *(source for each in before for place in study.sources.get(each, ()) for source in _sources(place)),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def source_fingerprint(study: Study[Any, Any]) -> str:
    """Return the SHA-256 of what the evidence of a study comes from besides its settings: as `fingerprint`, for the default ones."""
    return fingerprint(study, study.settings(), "evidence")


def _sources(place: Path) -> list[str]:
    files = sorted(place.glob("*.py")) if place.is_dir() else [place]
    return [f"{file.name}\0{file.read_text(encoding='utf-8')}" for file in files]


_TUNING = ("TF_ENABLE_ONEDNN_OPTS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def surroundings(study: Study[Any, Any]) -> dict[str, str]:
    """Return what the bits of a measurement may depend on besides the settings; nothing that says whose machine it is."""
    packages = study.packages.get("run", ())
    return {
        **{name: version(name) for name in packages},
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **({"processor": _processor()} if "numpy" in packages else {}),
        "cores": str(os.cpu_count()),
        **{name: os.environ[name] for name in _TUNING if name in os.environ},
    }


def _processor() -> str:
    import numpy as np  # noqa: PLC0415 - a rebuild does without

    return " ".join(np.show_config(mode="dicts")["SIMD Extensions"]["found"])


@dataclass(frozen=True)
class Results:
    """What a results file holds; the run is read from it when asked for, since most rebuilds need only the evidence."""

    study: Study[Any, Any]
    experiment: Any
    run_fingerprint: str
    evidence_fingerprint: str
    digests: Mapping[str, str]
    surroundings: Mapping[str, str]
    evidence: Evidence
    files: Mapping[str, bytes]  # what stands beside the report for other programs, by name
    explored: bytes  # what the scripts of a page run
    content: bytes

    def run(self) -> Any:
        """Return the run. Raises Unusable where it is not the one that was kept, whatever became of the file or the machine."""
        try:
            with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
                arrays = {
                    name.removeprefix(_RUN).removesuffix(_NPY): _array(archive.read(name))
                    for name in archive.namelist()
                    if name.startswith(_RUN)
                }
            run = self.study.unpack(self.experiment, arrays)
            digests = dict(self.study.digests(run))
        except DAMAGE as error:
            raise Unusable(f"is damaged ({type(error).__name__})") from None
        if digests != dict(self.digests):
            raise Unusable("is damaged, or does not give the same bits here")
        return run


def _array(content: bytes) -> Any:
    import numpy as np  # noqa: PLC0415 - as above, and a run need not have arrays

    return np.load(io.BytesIO(content), allow_pickle=False)


def _write_array(entry: IO[bytes], array: Any) -> None:
    import numpy as np  # noqa: PLC0415 - as above

    np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)


def _is_plain(name: str) -> bool:
    """Return whether a name is that of a file, and no path to another folder on any system."""
    return name not in ("", ".", "..") and not set(name) & set("/\\:\0")


class Unusable(Exception):  # noqa: N818 - says what the file is
    """A results file that is truncated, altered, or no results file; its text says which."""


def pack(study: Study[Any, Any], experiment: Any, run: Any, evidence: Evidence) -> bytes:
    """Return the bytes of the results file of a run and its evidence."""
    files, explored = study.files(run), study.explored(run)
    arrays = study.pack(run)
    about = {
        "study": study.name,
        "experiment": asdict(experiment),
        "run_fingerprint": fingerprint(study, experiment, "run"),
        "evidence_fingerprint": fingerprint(study, experiment, "evidence"),
        "digests": dict(study.digests(run)),
        "surroundings": surroundings(study),
        "evidence": evidence_to_table(evidence),
        "entries": sorted(
            [_ABOUT, _EXPLORED, *(f"{_FILE}{name}" for name in files), *(f"{_RUN}{name}{_NPY}" for name in arrays)]
        ),
    }
    about["bound"] = bound(about, files, explored)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_ABOUT, msgspec.json.encode(about))
        archive.writestr(_EXPLORED, explored)
        for name, content in files.items():
            archive.writestr(f"{_FILE}{name}", content)
        for name, array in arrays.items():
            with archive.open(f"{_RUN}{name}{_NPY}", "w", force_zip64=True) as entry:
                _write_array(entry, array)
    return buffer.getvalue()


def bound(about: Mapping[str, Any], files: Mapping[str, bytes], explored: bytes) -> str:
    """Return one SHA-256 of evidence, settings, digests of the run and what stands beside it: none of them goes with another build's."""
    said = {name: about[name] for name in sorted(about) if name != "bound"}
    known = sorted({**files, _EXPLORED: explored}.items())
    beside = [f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in known]
    return hashlib.sha256(b"\0".join([msgspec.json.encode(said), *(each.encode() for each in beside)])).hexdigest()


def unpack(study: Study[Any, Any], content: bytes) -> Results:
    """Return the results in the bytes of a results file. Raises Unusable where what it reads is not what was written.

    Evidence, settings, digests of the run and files beside it must belong together, and the evidence must not contradict itself. The
    run is the bulk of the file; its checksums are compared when it is read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.namelist()
            read = [_ABOUT, _EXPLORED, *(name for name in entries if name.startswith(_FILE))]
            if sum(archive.getinfo(name).file_size for name in read) > MOST_BYTES:
                raise Unusable("is no results file of this program (it holds too much)")
            if any(not _is_plain(name.removeprefix(_FILE)) for name in read):
                raise Unusable("is no results file of this program (it names a file elsewhere)")
            about = msgspec.json.decode(archive.read(_ABOUT))
            explored = archive.read(_EXPLORED)
            files = {name.removeprefix(_FILE): archive.read(name) for name in entries if name.startswith(_FILE)}
        if sorted(entries) != about["entries"]:
            raise Unusable("is damaged (its directory is not what was written)")
        if about["study"] != study.name:
            raise Unusable(f"is of another study, {about['study']!r}")
        if about["bound"] != bound(about, files, explored):
            raise Unusable("was altered (its evidence is not that of its run)")
        experiment, evidence = study.settings(**about["experiment"]), evidence_from_table(about["evidence"])
        for contradiction in study.contradictions(experiment, evidence):
            raise Unusable(f"was altered ({contradiction})")
        return Results(
            study=study,
            experiment=experiment,
            run_fingerprint=about["run_fingerprint"],
            evidence_fingerprint=about["evidence_fingerprint"],
            digests=about["digests"],
            surroundings=about["surroundings"],
            evidence=evidence,
            files=files,
            explored=explored,
            content=content,
        )
    except DAMAGE as error:
        raise Unusable(f"is no results file of this program, or only part of one ({type(error).__name__})") from None


DAMAGE = (
    msgspec.MsgspecError,
    zipfile.BadZipFile,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    zlib.error,
    SyntaxError,  # an array's header is Python's own text, and is read before any checksum is compared
    tokenize.TokenError,
    MemoryError,  # where an array says that it is larger than any
)
"""What zipfile, NumPy, msgspec and a study's settings raise for a file in which some bytes are not what was written."""
