"""Files that are written whole or not at all, and never over somebody's own work."""

import contextlib
import glob
import hashlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

from reportgen.errors import ReportgenError

PART = ".reportgen-part"
"""What the name of a file ends in that is not yet whole; no other program's does."""


def write(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it there, so that at any instant the old or the new one is there, whole."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=PART, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o666 & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise _unwritable(path, error) from None


@contextlib.contextmanager
def alone(path: Path, *others: Path) -> Iterator[None]:
    """Be the only build that writes a file, and others with it; delete what a build that was killed left half-written of them.

    The names of others may be patterns. Raises ReportgenError where another build is at work. The system lets go of the lock when
    the process ends, however it ends; where it has no locks, nothing is held, and nothing deleted.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.open("ab").close()
    except OSError as error:
        raise _unwritable(lock, error) from None
    # A soft lock, which it would fall back to, is a file that outlives a process that is killed.
    held = filelock.FileLock(lock, blocking=False, fallback_to_soft=False)
    with contextlib.ExitStack() as until_the_end:
        try:
            held.acquire()
        except filelock.Timeout:
            raise ReportgenError(
                f"{path}: another build is writing it; wait until that one is done, or build in another folder"
            ) from None
        except OSError:
            pass
        else:
            until_the_end.callback(held.release)
            escaped = path.with_name(glob.escape(path.name))
            aside = path.with_name(f"{glob.escape(path.stem)}.edited-*{path.suffix}")
            for place in (escaped, _record(escaped), aside, *others):
                for part in place.parent.glob(f".{place.name}.????????{PART}"):
                    with contextlib.suppress(OSError):
                        shutil.rmtree(part) if part.is_dir() else part.unlink()
        yield


def require_writable(path: Path) -> None:
    """Raise ReportgenError now, and not after minutes of training, if a file cannot be written at a path."""
    if path.is_dir():
        raise ReportgenError(f"{path}: is a folder; name a file in it")
    existing = path.absolute().parent
    while not existing.exists():
        existing = existing.parent
    try:
        tempfile.TemporaryFile(dir=existing).close()
    except OSError as error:
        raise _unwritable(path, error) from None


def write_unless_edited(path: Path, content: bytes, is_own: Callable[[bytes], bool] = lambda _: False) -> Path | None:
    """Write a document; one that was edited since a build wrote it is copied aside first, and the copy's place returned.

    `is_own` tells of a document from nothing but its bytes whether a build wrote them, wherever that was.

    What builds wrote is known by its SHA-256, in a hidden file beside the document: of the one that is there and of the one that
    takes its place, so that a build which is killed between the two leaves nothing that the next takes for edited.
    """
    try:
        old = path.read_bytes() if path.is_file() else content
        ours = old == content or _digest(old) in _recorded(path) or is_own(old)
        write(_record(path), "\n".join(sorted({_digest(content), _digest(old if ours else content)})).encode())
        aside = None if ours else set_aside(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    write(path, content)
    return aside


def set_aside(path: Path) -> Path:
    """Copy a file beside itself, under a name that says that it was edited, and return where."""
    try:
        old = path.read_bytes()
        numbered = (path.with_name(f"{path.stem}.edited-{number}{path.suffix}") for number in itertools.count(1))
        aside = next(
            place for place in numbered if not place.exists() or (place.is_file() and place.read_bytes() == old)
        )
    except OSError as error:
        raise _unwritable(path, error) from None
    write(aside, old)
    return aside


def _record(path: Path) -> Path:
    return path.with_name(f".{path.name}.sha256")


def _recorded(path: Path) -> list[str]:
    record = _record(path)
    return record.read_text(encoding="utf-8", errors="replace").split() if record.is_file() else []


def _unwritable(path: Path, error: OSError) -> ReportgenError:
    return ReportgenError(
        f"{path}: cannot be written ({error.strerror or error}); choose another place or free this one"
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
