"""Hostile results files, where a build looks for those of the last one: pickles, bombs, and what is no results file."""

import io
import os
import pickle
import random
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

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


def _with_about(about: bytes, exported: bytes = b"") -> bytes:
    return packed({"about.npy": _array(about), "exported.npy": _array(exported)})


def _pickled() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, about=np.array([_Evil()], dtype=object), exported=np.array([_Evil()], dtype=object))
    return stream.getvalue()


_FILES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "a pickle": lambda: pickle.dumps(_Evil()),
    "pickles in an archive": _pickled,
    "a pickle for an array": lambda: packed({"about.npy": pickle.dumps(_Evil()), "exported.npy": _array(b"")}),
    "an array of another shape": lambda: packed({"about.npy": _array(b"{}", "(10**9,)"), "exported.npy": _array(b"")}),
    "an array of a trillion": lambda: packed(
        {"about.npy": _array(b"{}", "(1000000000000,)"), "exported.npy": _array(b"")}
    ),
    "an array of minus one": lambda: packed({"about.npy": _array(b"{}", "(-1,)"), "exported.npy": _array(b"")}),
    "an array of a number too long to read": lambda: packed({"about.npy": _array(b"{}", f"({'9' * 9000},)")}),
    "a header of brackets": lambda: packed({"about.npy": _array(b"{}", "(" * 5000 + ")" * 5000)}),
    "a header that calls": lambda: packed({"about.npy": _array(b"{}", "__import__('os').mkdir('evil')")}),
    "texts in texts": lambda: _with_about(b"[" * 200_000),
    "a number too long to read": lambda: _with_about(b"9" * 5000),
    "a list": lambda: _with_about(b"[]"),
    "a million units": lambda: _with_about(
        b'{"entries": ["about.npy", "exported.npy"], "experiment": {"units": 1000000}, "run_fingerprint": "", "evidence_fingerprint": "",'
        b' "weights_digest": "", "evidence": "{}"}'
    ),
    "evidence in brackets": lambda: _with_about(
        b'{"entries": ["about.npy", "exported.npy"], "experiment": {}, "run_fingerprint": "", "evidence_fingerprint": "",'
        b' "weights_digest": "", "evidence": "' + b"[" * 200_000 + b'"}'
    ),
    "a bomb": lambda: _with_about(b" " * 250_000_000),
    "a bomb that nothing reads": lambda: _with_about(b"{}", bytes(250_000_000)),
    "entries without number": lambda: packed({f"{number}.npy": b"" for number in range(60_000)}),
    "a path": lambda: packed({"../evil.npy": _array(b""), "about.npy": _array(b"{}")}),
    "packed by LZMA": lambda: packed({"about.npy": _array(b"{}")}, zipfile.ZIP_LZMA),
}


def _no_file(make: Callable[[], object]) -> None:
    put_settings("")
    make()


def bytes_(draw: random.Random) -> None:
    """Change bytes."""
    put(damage(draw, _with_about(b'{"entries": ["about.npy", "exported.npy"], "experiment": {}, "evidence": "{}"}')))


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
