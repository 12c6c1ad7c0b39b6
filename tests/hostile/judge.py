"""Runs something in a process of its own, watches what it does, and judges how it ends."""

import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any

MEGABYTES = 300  # above what the process has before it begins
LINES = 3
LINE = 1000  # characters; what is longer is no line that anyone reads
HANGS = (8, 30)  # seconds of a processor, of the clock, after which a process is ended
MOST_MEMORY = 2 * 2**30  # bytes; what asks for more gets a MemoryError, so that the machine survives too

OUTPUT = ("build", "figures", "tmp")
"""The folders, in the one that a command runs in, that it may write into."""

SECRET = "what nobody may read"
"""The content of `../secret.txt`, which hostile inputs try to reach."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    "os.remove": 1,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.truncate": 1,
    "os.utime": 1,
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
}  # the audit event, and how many paths it begins with
_NETWORK = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.")
_PROGRAMS = ("subprocess.", "os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "pty.")
_LOADS = ("pickle.find_class", "ctypes.dlopen", "shutil.unpack_archive")


@dataclass(frozen=True)
class Ending:
    """How a process ended and what it did: `status` is its exit status, or minus the signal that ended it."""

    status: int
    out: str
    err: str
    seconds: float  # of a processor, not of the clock: what else runs on the machine counts little
    megabytes: float
    deeds: tuple[str, ...]


def faults(ending: Ending) -> list[str]:
    """Return what no command may do, whatever it is given, but for the time that it takes."""
    found = list(ending.deeds)
    if ending.status in (-signal.SIGALRM, -signal.SIGXCPU):
        found.append("hung")
    elif ending.status not in (0, 1, 2, 3, 4):  # an audit has two more
        found.append(f"ended with status {ending.status}")
    lines = ending.err.splitlines()
    if len(lines) > LINES:
        found.append(f"wrote {len(lines)} lines of error")
    if any(len(line) > LINE for line in lines):
        found.append(f"wrote a line of error of {max(map(len, lines))} characters")
    if "Traceback (most recent call last)" in ending.out + ending.err:
        found.append("showed a traceback")
    if "a defect of this program" in ending.err:
        found.append("met a defect")
    if SECRET in ending.out + ending.err:
        found.append("told a secret")
    if ending.megabytes >= MEGABYTES:
        found.append(f"took {ending.megabytes:.0f} MB")
    return found


def run(action: Callable[[], Any], lay: Callable[[], Any] = lambda: None, hangs: tuple[int, int] = HANGS) -> Ending:
    """Return how an action ends in a new folder, into which `lay` put what it is given; after `hangs` it is ended.

    Each has a process of its own, forked from this one, so that neither what the input took to make nor what was run
    before counts.
    """
    place = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        (place / "secret.txt").write_text(SECRET, encoding="utf-8")
        for name in OUTPUT:
            (place / "work" / name).mkdir(parents=True)
        _, status, _ = _forked(lambda: _act(lay, place, (60, 600)))
        if status:
            raise RuntimeError(f"this input cannot be made:\n{(place / 'err').read_text(encoding='utf-8')}")
        _, status, used = _forked(lambda: _act(action, place, hangs, watched=True))
        about = place / "about.json"
        rest, deeds = json.loads(about.read_bytes()) if about.exists() else (0, [])
        out, err = ((place / name).read_text(encoding="utf-8", errors="replace") for name in ("out", "err"))
        seconds = used.ru_utime + used.ru_stime
        return Ending(status, out, err, seconds, (used.ru_maxrss - rest) / 1024 if rest else 0, tuple(deeds))
    finally:
        shutil.rmtree(place)


def _forked(child: Callable[[], int]) -> tuple[int, int, resource.struct_rusage]:
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if not process:
        status = 99
        with contextlib.suppress(BaseException):
            status = child()
        os._exit(status)
    process, status, used = os.wait4(process, 0)
    return process, os.waitstatus_to_exitcode(status), used


def _act(action: Callable[[], Any], place: Path, hangs: tuple[int, int], *, watched: bool = False) -> int:
    """Do in a forked process what Python does in a new one: streams, the exit status, the traceback."""
    # Not Python's handlers, which wait for a C function to return.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, hangs[1])
    resource.setrlimit(resource.RLIMIT_CPU, (hangs[0], hangs[0] + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    os.chdir(place / "work")
    tempfile.tempdir = str(place / "work" / "tmp")
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        setattr(sys, f"std{name}", TextIOWrapper(os.fdopen(number, "wb", closefd=False), encoding="utf-8"))
    deeds: list[str] = []
    if watched:
        sys.addaudithook(_watch(place, deeds))
    rest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status = 0
    try:
        action()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    told = list(dict.fromkeys(deeds))
    (place / "about.json").write_text(json.dumps([rest, told]), encoding="utf-8")
    return status


def _watch(place: Path, deeds: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an audit hook that notes what is none of a command's business."""
    allowed = tuple(str(place / "work" / name) + os.sep for name in OUTPUT)
    secret = str(place / "secret.txt")

    def whole(path: object, folder: object = -1) -> str:
        text = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
        within = str(Path(f"/proc/self/fd/{folder}").readlink()) if isinstance(folder, int) and folder >= 0 else ""
        return os.path.realpath(Path(within, text))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, int):
                return
            if flags & _WRITES and not (whole(path) + os.sep).startswith(allowed):
                deeds.append(f"wrote to {whole(path).removeprefix(str(place))}")
            elif whole(path) == secret:
                deeds.append("read a file that is none of its business")
        elif event in _CHANGES:
            folder = arguments[-1] if len(arguments) > _CHANGES[event] else -1
            paths = [whole(path, folder) for path in arguments[: _CHANGES[event]]]
            if not all((path + os.sep).startswith(allowed) for path in paths):
                deeds.append(f"{event} of {', '.join(path.removeprefix(str(place)) for path in paths)}")
        elif event.startswith(_NETWORK):
            deeds.append(f"reached for the network: {event}")
        elif event.startswith(_PROGRAMS):
            deeds.append(f"started a program: {event}")
        elif event in _LOADS:
            deeds.append(f"loaded code: {event}")
        elif event == "import" and str(arguments[0]).partition(".")[0] in ("tensorflow", "keras"):
            deeds.append(f"imported {arguments[0]}")

    return hook
