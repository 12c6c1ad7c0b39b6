"""`results.npz`: a run and its evidence, kept so that the next build need not repeat them. Nothing in it is executed when read."""

import hashlib
import io
import json
import os
import platform
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from reportgen.evidence import Evidence, evidence_from_json, evidence_to_json
from reportgen.lstm.run import Network, Run, from_arrays, to_arrays
from reportgen.lstm.signals import Floats, Sequences
from reportgen.settings import Experiment

PACKAGE = Path(__file__).parent
MOST_BYTES = 32 * 2**20  # of what is read at once: the evidence and the exported network, some hundred kilobytes


def run_fingerprint(experiment: Experiment) -> str:
    """Return the SHA-256 of all that a run comes from: settings, the source of `experiment`, package versions, processor."""
    return _fingerprint(
        json.dumps(asdict(experiment)),
        *(f"{name} {version(name)}" for name in ("tensorflow", "keras", "numpy")),
        platform.python_version(),
        platform.machine(),
        *_sources(PACKAGE / "lstm", PACKAGE / "settings.py"),
    )


_TUNING = ("TF_ENABLE_ONEDNN_OPTS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def surroundings() -> dict[str, str]:
    """Return what the bits of a measurement may depend on besides the settings; nothing that says whose machine it is."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        **{name: version(name) for name in ("tensorflow", "keras", "numpy")},
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": " ".join(simd["found"]),
        "cores": str(os.cpu_count()),
        **{name: os.environ[name] for name in _TUNING if name in os.environ},
    }


def evidence_fingerprint(experiment: Experiment) -> str:
    """Return the SHA-256 of all that the evidence comes from: the run, and the source of `evidence`."""
    return _fingerprint(run_fingerprint(experiment), *_sources(PACKAGE / "lstm" / "evidence", PACKAGE / "evidence.py"))


def figures_fingerprint(experiment: Experiment) -> str:
    """Return the SHA-256 of all that the figures come from: the evidence, the source of `plots`, and Matplotlib."""
    return _fingerprint(
        evidence_fingerprint(experiment), f"matplotlib {version('matplotlib')}", *_sources(PACKAGE / "lstm" / "plots", PACKAGE / "drawing.py", PACKAGE / "picture.py")
    )


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _sources(*places: Path) -> list[str]:
    files = [file for place in places for file in (sorted(place.glob("*.py")) if place.is_dir() else [place])]
    return [f"{file.name}\0{file.read_text(encoding='utf-8')}" for file in files]


@dataclass(frozen=True)
class Results:
    """What a results file holds; the run is read from it when asked for, since most rebuilds need only the evidence."""

    experiment: Experiment
    run_fingerprint: str
    evidence_fingerprint: str
    digests: Mapping[str, str]
    surroundings: Mapping[str, str]
    evidence: Evidence
    exported: bytes
    content: bytes

    def run(self) -> Run:
        """Return the run, its arrays read-only. Raises Unusable where any byte of it is not what was written."""
        try:
            with np.load(io.BytesIO(self.content), allow_pickle=False) as arrays:
                networks = tuple(
                    from_arrays(Network, arrays, f"networks.{number}")
                    for number in range(1, self.experiment.networks + 1)
                )
                return Run(self.experiment, from_arrays(Sequences, arrays, "probes"), networks, self.exported)
        except _DAMAGE as error:
            raise Unusable(f"is damaged ({type(error).__name__})") from None


class Unusable(Exception):  # noqa: N818 - says what the file is
    """A results file that is truncated, altered, or no results file; its text says which."""


def pack(run: Run, evidence: Evidence) -> bytes:
    """Return the bytes of the results file of a run and its evidence."""
    arrays = to_arrays(run.probes, "probes")
    for number, network in enumerate(run.networks, 1):
        arrays |= to_arrays(network, f"networks.{number}")
    about = {
        "experiment": asdict(run.experiment),
        "run_fingerprint": run_fingerprint(run.experiment),
        "evidence_fingerprint": evidence_fingerprint(run.experiment),
        "digests": array_digests(run),
        "surroundings": surroundings(),
        "evidence": evidence_to_json(evidence),
        "entries": sorted(f"{name}.npy" for name in (*arrays, "about", "exported")),
    }
    buffer = io.BytesIO()
    np.savez(
        buffer,
        allow_pickle=False,
        about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        exported=np.frombuffer(run.exported, np.uint8),
        **arrays,
    )
    return buffer.getvalue()


def unpack(content: bytes) -> Results:
    """Return the results in the bytes of a results file. Raises Unusable where what it reads is not what was written.

    The run is the bulk of the file; its checksums are compared when it is read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.namelist()
            if any(archive.getinfo(name).file_size > MOST_BYTES for name in ("about.npy", "exported.npy")):
                raise Unusable("is no results file of this program (it holds too much)")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            exported = arrays["exported"].tobytes()
            if sorted(entries) != about["entries"]:
                raise Unusable("is damaged (its directory is not what was written)")
        return Results(
            experiment=Experiment(**about["experiment"]),
            run_fingerprint=about["run_fingerprint"],
            evidence_fingerprint=about["evidence_fingerprint"],
            digests=about["digests"],
            surroundings=about["surroundings"],
            evidence=evidence_from_json(about["evidence"]),
            exported=exported,
            content=content,
        )
    except _DAMAGE as error:
        raise Unusable(f"is no results file of this program, or only part of one ({type(error).__name__})") from None


_DAMAGE = (
    zipfile.BadZipFile,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    zlib.error,
    MemoryError,  # where an array says that it is larger than any
)
"""What zipfile, NumPy, json and Experiment raise for a file in which some bytes are not what was written."""


def array_digests(run: Run) -> dict[str, str]:
    """Return the SHA-256 of the data, and of each network's weights and traces: of the arrays, not of a file that carries a date."""
    digests = {"data": _digest(to_arrays(run.probes, ""))}
    for number, network in enumerate(run.networks, 1):
        arrays = to_arrays(network, "")
        for kind in ("weights", "trace"):
            digests[f"network {number}, {kind}"] = _digest({n: a for n, a in arrays.items() if f".{kind}." in n})
    return digests


def _digest(arrays: Mapping[str, Floats]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
