"""A folder to break, a build to break it with, and the judgement afterwards."""

import contextlib
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reportgen import results
from reportgen.check import check_file
from reportgen.lstm import STUDY
from tests.check.answers import LSTM

CHECKOUT = Path(__file__).resolve().parents[2]
OLD, NEW, OTHER = "2024-12-04", "2024-12-05", "2024-12-06"
"""Dates on the report: of the build before the fault, of the one that it strikes, of one that is at work at the same time."""

SETTINGS = """\
[experiment]
networks = 1
units = 4
epochs = 1
sequences = 64
timesteps = 60
"""
HUNG = 240
"""Seconds after which a build has hung; the slowest takes a tenth of it."""

REPORT, RESULTS = "build/report.docx", "build/results.npz"
PAGE = "build/report.html"
RECORD, PAGE_RECORD = "build/.report.docx.sha256", "build/.report.html.sha256"
VARIES = {RESULTS, "build/model.keras", RECORD, PAGE_RECORD}
"""Files in which two undisturbed builds differ: two hold the time, two the report or page that was there before."""


class Skip(Exception):  # noqa: N818 - what to do
    """Why a fault cannot be tried on this machine."""


class Build:
    """A build in another process, the first of a group of its own; one that hangs is ended, and does not survive."""

    def __init__(self, folder: Path, *arguments: str, code: str = "", date: str = NEW, **environment: str) -> None:
        program = ["-c", code] if code else ["-m", "reportgen"]
        self.process = subprocess.Popen(
            [sys.executable, *program, "--date", date, *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)} | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self._hung = threading.Timer(HUNG, os.killpg, (self.process.pid, signal.SIGKILL))
        self._hung.start()

    def wait_for(self, stage: str) -> None:
        """Return when the build says that a stage begins."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line
            if line.startswith(stage):
                return
        raise AssertionError(f"the build ended before it was {stage}: {self.said}")

    def send(self, number: signal.Signals, *, to_group: bool) -> None:
        """Send a signal to the build alone, or, as a terminal does, to its workers as well."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if to_group else os.kill)(self.process.pid, number)

    def end(self) -> int:
        """Return the exit status of the build, once it and every process that it started are gone."""
        assert self.process.stderr is not None
        self.said += self.process.stderr.read()
        status = self.process.wait()
        patience = time.monotonic() + HUNG / 4
        while _exists(self.process.pid):
            assert time.monotonic() < patience, "a worker survived its build"
            time.sleep(0.01)
        hung = not self._hung.is_alive()
        self._hung.cancel()
        self.process.stderr.close()
        assert not hung, "hung"
        return status


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@dataclass(frozen=True)
class Lab:
    """What undisturbed builds gave: every file of the old and of the new one, and how long each stage took."""

    root: Path
    old: Mapping[str, bytes]
    new: Mapping[str, bytes]
    other: Mapping[str, bytes]
    seconds: Mapping[str, float]

    @contextlib.contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """Return a folder in which the old build has been, and delete it in the end."""
        folder = self.root / name
        self.reset(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def reset(self, folder: Path) -> None:
        """Make a folder what the old build left."""
        if folder.exists():
            for inside in folder.iterdir():
                shutil.rmtree(inside) if inside.is_dir() else inside.unlink()
        for name, content in self.old.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    def judge(self, folder: Path, *allowed: str) -> None:
        """Assert that the report is whole, that nothing half-written counts, and that the next build mends and sweeps everything."""
        self.require_whole(folder, *(allowed or (OLD, NEW)))
        build = Build(folder)
        assert build.end() == 0, f"the next build failed: {build.said}"
        self.require_new(folder)

    def require_whole(self, folder: Path, *dates: str) -> None:
        """Assert that the report is that of one of these builds, byte for byte, and the results file a whole one."""
        reports = {date: files[REPORT] for date, files in ((OLD, self.old), (NEW, self.new), (OTHER, self.other))}
        assert (folder / REPORT).read_bytes() in [reports[date] for date in dates], f"the report is not of {dates}"
        pages = [each[PAGE] for each in (self.old, self.new, self.other)]
        assert (folder / PAGE).read_bytes() in pages, "the page is of no build"
        _require_whole_results((folder / RESULTS).read_bytes())

    def require_new(self, folder: Path) -> None:
        """Assert that every file is what the undisturbed build wrote, and that there is no other."""
        there = files(folder)
        assert set(there) == set(self.new), f"left over or lost: {sorted(set(there) ^ set(self.new))}"
        differ = [name for name, content in there.items() if content != self.new[name] and name not in VARIES]
        assert not differ, f"other bytes: {differ}"
        for document, record in ((REPORT, RECORD), (PAGE, PAGE_RECORD)):
            assert hashlib.sha256(there[document]).hexdigest() in there[record].decode().split()
        _require_whole_results(there[RESULTS])


def _require_whole_results(content: bytes) -> None:
    results.unpack(STUDY, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None


def files(folder: Path) -> dict[str, bytes]:
    """Return every file in a folder, hidden ones too, by its path in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def open_lab(root: Path) -> Lab:
    """Return the lab, after one build from nothing and two rebuilds of which nothing disturbs any."""
    folder = root / "undisturbed"
    folder.mkdir()
    (folder / "reportgen.toml").write_text(SETTINGS, encoding="utf-8")
    made: dict[str, dict[str, bytes]] = {}
    seconds: dict[str, float] = {}
    for date in (OLD, NEW, OTHER):  # the first trains and draws, the others only write
        seconds |= _undisturbed(folder, date)
        assert [rule.message for rule in check_file(folder / REPORT, LSTM) if rule.outcome == "fail"] == []
        made[date] = files(folder)
    return Lab(root, made[OLD], made[NEW], made[OTHER], seconds)


def _undisturbed(folder: Path, date: str) -> dict[str, float]:
    """Build, and return how long each stage took."""
    build = Build(folder, date=date)
    moments: dict[str, float] = {}
    assert build.process.stderr is not None
    for line in build.process.stderr:
        stage = line.rstrip().partition(":")[0]
        if stage in ("training", "measuring", "drawing", "writing", "checking"):
            moments[stage] = time.monotonic()
        build.said += line
    assert build.end() == 0, build.said
    ends = [*moments.values(), time.monotonic()][1:]
    return {stage: end - began for (stage, began), end in zip(moments.items(), ends, strict=True)}
