"""Hostile results files, where a build looks for those of the last one: pickles, bombs, and what is no results file."""

import io
import json
import os
import pickle
import random
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reportgen.evidence import evidence_to_table
from reportgen.lstm import STUDY
from reportgen.results import bound, fingerprint
from tests.hostile import templates
from tests.hostile.documents import packed
from tests.hostile.inputs import Kind, damage, drawn, listed
from tests.hostile.settings import put as put_settings

FILE = Path("build/results.npz")


class _Evil:
    """What a pickle of it does when it is read."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, ("evil",)


def put(data: bytes) -> None:
    """Write settings that are right, and the results file."""
    put_settings("")
    FILE.write_bytes(data)


def _array(content: bytes, shape: str | None = None, kind: str = "|u1") -> bytes:
    """Return an array of bytes as NumPy writes it, whatever it says of its shape."""
    header = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape or f'({len(content)},)'}, }}"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + content


def _with_about(about: bytes, file: bytes = b"") -> bytes:
    return packed({"about.json": about, "files/model.keras": file})


def _pickled() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, about=np.array([_Evil()], dtype=object))
    return stream.getvalue()


def _with_run(array: bytes) -> bytes:
    return _whole("run/probes.x.npy", array)


def _whole(name: str, content: bytes) -> bytes:
    """Return results that hold in everything but one entry."""
    study = STUDY
    experiment = study.settings()
    about: dict[str, Any] = {
        "study": study.name,
        "experiment": asdict(experiment),
        "run_fingerprint": fingerprint(study, experiment, "run"),
        "evidence_fingerprint": "",
        "digests": {},
        "surroundings": {},
        "evidence": evidence_to_table(templates._results().evidence),
        "entries": sorted(["about.json", "explored.json", name]),
    }
    about["bound"] = bound(about, {name.removeprefix("files/"): content} if name.startswith("files/") else {}, b"")
    return packed({"about.json": json.dumps(about).encode(), "explored.json": b"", name: content})


_FILES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "a pickle": lambda: pickle.dumps(_Evil()),
    "pickles in an archive": _pickled,
    "a pickle for an array": lambda: _with_run(pickle.dumps(_Evil())),
    "an array of another shape": lambda: _with_run(_array(b"{}", "(10**9,)")),
    "an array of a trillion": lambda: _with_run(_array(b"{}", "(1000000000000,)")),
    "an array of minus one": lambda: _with_run(_array(b"{}", "(-1,)")),
    "an array of a number too long to read": lambda: _with_run(_array(b"{}", f"({'9' * 9000},)")),
    "a header of brackets": lambda: _with_run(_array(b"{}", "(" * 5000 + ")" * 5000)),
    "a header that calls": lambda: _with_run(_array(b"{}", "__import__('os').mkdir('evil')")),
    "texts in texts": lambda: _with_about(b"[" * 200_000),
    "a number too long to read": lambda: _with_about(b"9" * 5000),
    "a list": lambda: _with_about(b"[]"),
    "a million units": lambda: _with_about(
        b'{"entries": ["about.json", "files/model.keras"], "study": "lstm", "experiment": {"units": 1000000}}'
    ),
    "evidence in brackets": lambda: _with_about(
        b'{"entries": ["about.json", "files/model.keras"], "study": "lstm", "experiment": {}, "run_fingerprint": "",'
        b' "evidence_fingerprint": "", "digests": {}, "surroundings": {}, "evidence": ' + b"[" * 900 + b"]" * 900 + b"}"
    ),
    "a bomb": lambda: _with_about(b" " * 250_000_000),
    "a bomb in a file beside the report": lambda: _with_about(b"{}", bytes(250_000_000)),
    "entries without number": lambda: packed({f"{number}.npy": b"" for number in range(60_000)}),
    "a path": lambda: packed({"../evil.npy": _array(b""), "about.json": b"{}"}),
    "a path of a file": lambda: _whole("files/../../evil", b"evil"),
    "packed by LZMA": lambda: packed({"about.json": b"{}"}, zipfile.ZIP_LZMA),
}


def _no_file(make: Callable[[], object]) -> None:
    put_settings("")
    make()


def bytes_(draw: random.Random) -> None:
    """Change bytes."""
    put(
        damage(
            draw,
            _with_about(
                b'{"entries": ["about.json", "files/model.keras"], "study": "lstm", "experiment": {}, "evidence": {}}'
            ),
        )
    )


def _build(build: Callable[[], bytes]) -> None:
    put(build())


KINDS: list[Kind] = [
    listed("bombs and pickles", [partial(_build, build) for build in _FILES.values()]),
    listed(
        "no file",
        [
            partial(_no_file, make)
            for make in (
                FILE.mkdir,
                partial(os.mkfifo, FILE),
                partial(FILE.symlink_to, "/dev/zero"),
                partial(FILE.symlink_to, FILE.name),
            )
        ],
    ),
    drawn("bytes changed", bytes_, 20, 100),
]
