"""The faults: each a function that gives its cases, a case a function that breaks a folder and asserts what must hold then."""

import contextlib
import io
import os
import random
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reportgen import results
from reportgen.evidence import evidence_to_table
from reportgen.lstm import STUDY
from reportgen.results import DAMAGE, Unusable
from tests.faults.lab import NEW, OLD, OTHER, RECORD, REPORT, RESULTS, Build, Lab, Skip

Case = Callable[[Lab, Path], str | None]
"""Returns what came of it, where that is worth counting; raises AssertionError where something was lost or hung."""

MAIN = "from reportgen.main import main; main()"


@dataclass(frozen=True)
class Fault:
    """One row of the table: what is done, how often in the short and in the long pass, what must hold, and the cases."""

    name: str
    short: int
    long: int
    how: str
    cases: Callable[[int, random.Random], list[Case]]


def _one_line(build: Build, said: str, status: int = 2) -> None:
    """Assert that a quiet build failed and said so in one line."""
    ended = build.end()
    assert ended == status, f"exit {ended} instead of {status}: {build.said}"
    assert len(build.said.splitlines()) == 1, f"not one line: {build.said}"
    assert build.said.startswith("reportgen: "), build.said
    assert said in build.said, build.said
    assert "a defect of this program" not in build.said, build.said


# Killed


def _killed(stage: str, fresh: bool = False, without: str = "") -> Callable[[int, random.Random], list[Case]]:
    def cases(tries: int, rng: random.Random) -> list[Case]:
        # The last stage is over long before the process is, so that its beginning counts for more.
        power = 2 if stage == "checking" else 1
        return [case(rng.random() ** power, to_group=number % 2 == 1) for number in range(tries)]

    def case(moment: float, *, to_group: bool) -> Case:
        def kill(lab: Lab, folder: Path) -> None:
            seconds, status = moment * lab.seconds[stage], 0
            while status != -signal.SIGKILL:
                lab.reset(folder)
                if without:
                    shutil.rmtree(folder / without)
                build = Build(folder, *(["--fresh"] if fresh else []))
                build.wait_for(stage)
                time.sleep(seconds)
                build.send(signal.SIGKILL, to_group=to_group)
                status = build.end()
                seconds /= 2  # it had ended before: sooner, then
            lab.judge(folder)

        return kill

    return cases


STEPS = """
import itertools, os, signal, sys, tempfile
from pathlib import Path
left = int(sys.argv.pop())
def at_a_step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
def around(owner, name):
    function = getattr(owner, name)
    def step(*arguments, **options):
        at_a_step()
        result = function(*arguments, **options)
        at_a_step()
        return result
    setattr(owner, name, step)
def write_half(descriptor, mode, fdopen=os.fdopen):
    file = fdopen(descriptor, mode)
    write = file.write
    class Halves:
        def __enter__(self): return self
        def __exit__(self, *error): file.close()
        def write(self, content):
            write(content[: len(content) // 2]); file.flush(); at_a_step(); write(content[len(content) // 2 :])
        def flush(self): file.flush()
        def fileno(self): return file.fileno()
    return Halves()
os.fdopen = write_half
around(tempfile, "mkstemp"); around(os, "fsync"); around(Path, "chmod"); around(Path, "replace")
from reportgen.main import main
main()
"""
"""A program that builds, and kills itself at the step of writing files that its last argument counts to."""

STEPS_OF_A_WRITE = 9
FILES_OF_A_REBUILD = 3  # evidence.json, the record beside the report, the report


def killed_at_each_step(tries: int, rng: random.Random) -> list[Case]:
    def case(step: int) -> Case:
        def kill(lab: Lab, folder: Path) -> None:
            build = Build(folder, str(step), code=STEPS)
            assert build.end() == -signal.SIGKILL, build.said
            lab.judge(folder)

        return kill

    return [case(step) for step in _spread(STEPS_OF_A_WRITE * FILES_OF_A_REBUILD, tries)]


def a_worker_killed(tries: int, rng: random.Random) -> list[Case]:
    def case(moment: float, which: int) -> Case:
        def kill(lab: Lab, folder: Path) -> None:
            build = Build(folder, "--fresh")
            build.wait_for("training")
            time.sleep(0.5 + moment * lab.seconds["training"] / 2)
            os.kill(_workers(build.process.pid)[which], signal.SIGKILL)
            assert build.end() == 2, build.said
            assert build.said.splitlines()[-1].startswith("reportgen: a process of this program was killed"), build.said
            lab.require_whole(folder, OLD)
            lab.judge(folder)

        return kill

    return [case(rng.random(), number % 2 - 1) for number in range(tries)]


def _workers(parent: int) -> list[int]:
    """Return the processes that train for a build."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    lines = (line.split(maxsplit=2) for line in listed.splitlines())
    return [int(pid) for pid, of, command in lines if int(of) == parent and "spawn_main" in command]


# Two at once


def two_builds(tries: int, rng: random.Random) -> list[Case]:
    def case(apart: float, arguments: list[str]) -> Case:
        def build_both(lab: Lab, folder: Path) -> None:
            builds = {NEW: Build(folder, "--quiet", *arguments)}
            time.sleep(apart)
            builds[OTHER] = Build(folder, "--quiet", date=OTHER)
            statuses = {date: build.end() for date, build in builds.items()}
            done = [date for date, status in statuses.items() if status == 0]
            assert done, [build.said for build in builds.values()]
            for date in statuses.keys() - done:
                assert statuses[date] == 2
                (line,) = builds[date].said.splitlines()
                assert "another build is writing it" in line, line
            lab.judge(folder, *done)

        return build_both

    fresh = tries // 8
    return [case(rng.random() / 2, ["--fresh"] if number < fresh else []) for number in range(tries)]


# Places that cannot be written


def full_disk(tries: int, rng: random.Random) -> list[Case]:
    def case(free: int, arguments: list[str]) -> Case:
        def fill(lab: Lab, folder: Path) -> None:
            with _mounted("-t", "tmpfs", "-o", "size=24m", "tmpfs", folder):
                lab.reset(folder)
                filler = folder / "filler"
                with contextlib.suppress(OSError), filler.open("wb", 0) as file:
                    while file.write(bytes(4096)):
                        pass
                os.truncate(filler, filler.stat().st_size - free)
                build = Build(folder, "--quiet", *arguments)
                _one_line(build, "No space left on device")
                lab.require_whole(folder, OLD)
                assert not list(folder.rglob("*.reportgen-part")), "it left what it could not write"
                filler.unlink()
                lab.judge(folder)
            lab.reset(folder)

        return fill

    fresh = tries // 8
    return [case(rng.randrange(1_600_000), ["--fresh"] if number < fresh else []) for number in range(tries)]


def full_temporary_folder(tries: int, rng: random.Random) -> list[Case]:
    def fill(lab: Lab, folder: Path) -> None:
        temporary = lab.root / f"{folder.name}.temporary"
        temporary.mkdir()
        with _mounted(
            "-t", "tmpfs", "-o", "size=4k", "tmpfs", temporary
        ):  # Python does without one in which nothing fits
            _one_line(Build(folder, "--quiet", "--fresh", TMPDIR=str(temporary)), "where temporary files go")
            lab.require_whole(folder, OLD)
            lab.judge(folder)

    return [fill] * tries


def read_only(tries: int, rng: random.Random) -> list[Case]:
    def case(place: str) -> Case:
        def protect(lab: Lab, folder: Path) -> None:
            with _read_only(folder / place):
                _one_line(Build(folder, "--quiet", "--fresh"), "cannot be written")
                assert (folder / REPORT).read_bytes() == lab.old[REPORT]
            lab.require_whole(folder, OLD)
            lab.judge(folder)

        return protect

    places = [".", "build", "figures"]
    return [case(places[number % len(places)]) for number in range(tries)]


@contextlib.contextmanager
def _read_only(place: Path) -> Iterator[None]:
    if os.geteuid() != 0:
        place.chmod(0o555)
        yield
        place.chmod(0o755)
        return
    with _mounted("--bind", str(place), place):  # whoever is root is stopped by no permission
        subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)
        yield


@contextlib.contextmanager
def _mounted(*arguments: str | Path) -> Iterator[None]:
    try:
        subprocess.run(["mount", *arguments], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise Skip("not tried here: it needs a user who may mount file systems") from None
    try:
        yield
    finally:
        subprocess.run(["umount", arguments[-1]], check=True)


def output_is_a_folder(tries: int, rng: random.Random) -> list[Case]:
    def case(name: str) -> Case:
        def put_in_the_way(lab: Lab, folder: Path) -> None:
            if name.startswith("figures/"):
                shutil.rmtree(folder / "figures")  # so that they are written again
            (folder / name).unlink(missing_ok=True)
            (folder / name / "inside").mkdir(parents=True)
            _one_line(Build(folder, "--quiet"), f"{name}: ")
            assert (folder / name / "inside").is_dir()
            if name != REPORT:
                assert (folder / REPORT).read_bytes() == lab.old[REPORT]
            shutil.rmtree(folder / name)
            if name in (REPORT, RECORD):  # without the record the next build would rightly keep a copy of the report
                (folder / name).write_bytes(lab.old[name])
            build = Build(folder)
            assert build.end() == 0, build.said
            lab.require_new(folder)

        return put_in_the_way

    return [case(name) for name in OUTPUTS[:tries]]


OUTPUTS = [
    REPORT,
    RESULTS,
    "build/evidence.json",
    "build/model.keras",
    RECORD,
    "build/.report.docx.lock",
    "build/.results.npz.lock",
    "figures/figures.json",
    "figures/gates.png",
    "figures/river.svg",
]


def output_is_open(tries: int, rng: random.Random) -> list[Case]:
    def case(name: str) -> Case:
        def hold(lab: Lab, folder: Path) -> None:
            with (folder / name).open("rb") as reader:
                build = Build(folder)
                assert build.end() == 0, build.said
                assert reader.read() == lab.old[name], "who reads a file got another one half-way"
            lab.require_new(folder)

        return hold

    return [case(name) for name in (REPORT, "build/evidence.json", RESULTS, "figures/gates.png")[:tries]]


REFUSED = """
import sys
from pathlib import Path
name, replace = sys.argv.pop(), Path.replace
def refuse(source, target):
    if Path(target).name == name:
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")
    return replace(source, target)
Path.replace = refuse
from reportgen.main import main
main()
"""
"""A program that builds where one file cannot be replaced, as on Windows while Word shows it."""


def output_is_refused(tries: int, rng: random.Random) -> list[Case]:
    def case(name: str) -> Case:
        def refuse(lab: Lab, folder: Path) -> None:
            if name.startswith("figures/"):
                (folder / "figures/figures.json").write_bytes(b"{}")  # so that they are written again
            _one_line(Build(folder, "--quiet", Path(name).name, code=REFUSED), "being used by another process")
            assert not list(folder.rglob("*.reportgen-part")), "it left what it could not move"
            lab.require_whole(folder, OLD)
            lab.judge(folder)

        return refuse

    return [case(name) for name in (REPORT, "build/evidence.json", "figures/gates.png", "figures/figures.json")[:tries]]


# Limits


def _limited(limit: str, size: int) -> str:
    return f"import resource; resource.setrlimit(resource.{limit}, ({size}, resource.RLIM_INFINITY)); {MAIN}"


def file_size(tries: int, rng: random.Random) -> list[Case]:
    def case(size: int, arguments: list[str]) -> Case:
        def limit(lab: Lab, folder: Path) -> None:
            build = Build(folder, "--quiet", *arguments, code=_limited("RLIMIT_FSIZE", size))
            _one_line(build, "File too large")
            lab.require_whole(folder, OLD)
            assert not list(folder.rglob("*.reportgen-part")), "it left what it could not write"
            lab.judge(folder)

        return limit

    fresh = tries // 6
    return [case(rng.randrange(1_600_000), ["--fresh"] if number < fresh else []) for number in range(tries)]


def memory(tries: int, rng: random.Random) -> list[Case]:
    def case(mib: int, arguments: list[str]) -> Case:
        def limit(lab: Lab, folder: Path) -> None:
            build = Build(folder, "--quiet", *arguments, code=_limited("RLIMIT_AS", mib * 2**20))
            status = build.end()
            assert len(build.said.splitlines()) == (0 if status == 0 else 1), f"not one line: {build.said}"
            assert status in (0, 2), f"exit {status}: {build.said}"
            lab.judge(folder, NEW if status == 0 else OLD)

        return limit

    sizes = [2000, 240, 1500, 400, 2500, 1000, 2200, 700, 1800, 3500]
    rebuilds = [150, 180, 210, 300]
    return ([case(mib, ["--fresh"]) for mib in sizes] + [case(mib, []) for mib in rebuilds])[:tries]


# Training that does not end well


def diverging(tries: int, rng: random.Random) -> list[Case]:
    def case(seed: int) -> Case:
        def diverge(lab: Lab, folder: Path) -> None:
            settings = (folder / "reportgen.toml").read_text(encoding="utf-8").replace("epochs = 1", "epochs = 5")
            (folder / "fast.toml").write_text(f"{settings}learning_rate = 1e3\nseed = {seed}\n", encoding="utf-8")
            build = Build(folder, "--quiet", "--settings", "fast.toml")
            _one_line(build, "training diverged: network 1 had a loss of ")
            assert " in epoch " in build.said
            (folder / "fast.toml").unlink()
            lab.require_whole(folder, OLD)
            lab.judge(folder)

        return diverge

    return [case(number + 1) for number in range(tries)]


def _stopped(number: signal.Signals, status: int, *, presses: int = 1) -> Callable[[int, random.Random], list[Case]]:
    """Return what gives the cases: Ctrl-C reaches the workers too, since a terminal sends it to all."""

    def case(stage: str, moment: float, pause: float) -> Case:
        def stop(lab: Lab, folder: Path) -> None:
            seconds, ended = moment * lab.seconds[stage], 0
            while ended == 0:
                lab.reset(folder)
                if stage == "drawing":
                    shutil.rmtree(folder / "figures")
                build = Build(folder, *(["--fresh"] if stage == "training" else []))
                build.wait_for(stage)
                time.sleep(seconds)
                for press in range(presses):
                    time.sleep(press * pause)
                    build.send(number, to_group=number == signal.SIGINT)
                ended = build.end()
                seconds /= 2
            assert ended == status, f"exit {ended} instead of {status}: {build.said}"
            said = "interrupted; every file is whole" if number == signal.SIGINT else "terminated; every file is whole"
            assert build.said.splitlines()[-1].startswith(f"reportgen: {said}"), build.said
            assert "Traceback" not in build.said, build.said
            lab.judge(folder)

        return stop

    def cases(tries: int, rng: random.Random) -> list[Case]:
        stages = ["writing", "training", "drawing", "training", "training"]
        return [case(stages[i % len(stages)], rng.random(), rng.random() / 10) for i in range(tries)]

    return cases


# Files of the build before that are not what was written


def results_cut(tries: int, rng: random.Random) -> list[Case]:
    def case(share: float) -> Case:
        return lambda lab, folder: _read(lab, lab.old[RESULTS][: int(share * len(lab.old[RESULTS]))])

    return [case(rng.random()) for _ in range(tries)]


def results_flipped(tries: int, rng: random.Random) -> list[Case]:
    def case(share: float, bit: int) -> Case:
        return lambda lab, folder: _read(lab, _flipped(lab.old[RESULTS], share, bit))

    return [case(rng.random(), rng.randrange(8)) for _ in range(tries)]


def _read(lab: Lab, content: bytes) -> str:
    """Return whether a results file is refused, as the build would; assert that one which is not gives what was written."""
    try:
        used = _used(content)
    except (Unusable, *DAMAGE):
        return "noticed"
    assert used == _written(lab.old[RESULTS]), "it is taken for what it is not"
    return "harmless"


def _used(content: bytes) -> dict[str, object]:
    """Return everything that a build can read in a results file."""
    found = results.unpack(STUDY, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:  # what a run is made of, once it is asked for
        entries: dict[str, object] = {name: archive.read(name) for name in archive.namelist()}
    return entries | {
        "about": (found.experiment, found.run_fingerprint, found.evidence_fingerprint, found.digests),
        "evidence": evidence_to_table(found.evidence),
        "files": found.files,
    }


_written = cache(_used)  # what the undisturbed build wrote, to compare with


def _flipped(content: bytes, share: float, bit: int) -> bytes:
    damaged = bytearray(content)
    damaged[int(share * len(content))] ^= 1 << bit
    return bytes(damaged)


def _flipped_inside(content: bytes, share: float, bit: int) -> bytes:
    """Flip a bit of what a zip file holds; about one in a hundred of its own bytes says nothing."""
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        largest = max(held.infolist(), key=lambda member: member.compress_size)
    at = largest.header_offset + len(largest.FileHeader()) + int(share * largest.compress_size)
    return _flipped(content, (at + 0.5) / len(content), bit)


def _misspelt(content: bytes) -> bytes:
    """Return the same archive, whole and with right checksums, in which a name is another."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as held, zipfile.ZipFile(written, "w") as changed:
        for member in held.infolist():
            data = held.read(member)
            if member.filename == "about.json":
                assert b'"digests"' in data
                data = data.replace(b'"digests"', b'"digestz"')
            changed.writestr(member, data)
    return written.getvalue()


def results_damaged(tries: int, rng: random.Random) -> list[Case]:
    def case(damage: Callable[[bytes], bytes], *, drawn: bool) -> Case:
        def build_from_it(lab: Lab, folder: Path) -> None:
            (folder / RESULTS).write_bytes(damage(lab.old[RESULTS]))
            if not drawn:
                shutil.rmtree(folder / "figures")  # so that the run is read, to draw them
            build = Build(folder)
            assert build.end() == 0, build.said
            (line,) = [line for line in build.said.splitlines() if line.startswith(RESULTS)]
            assert line.endswith("; it is made anew"), line
            assert "training: " in build.said
            lab.require_new(folder)

        return build_from_it

    cut, run = rng.random(), rng.random()
    cases = [
        case(lambda content: content[: int(cut * len(content))], drawn=True),
        case(lambda content: _flipped_inside(content, run, 3), drawn=False),
        case(_misspelt, drawn=True),
        case(lambda content: b"", drawn=True),
    ]
    return cases[:tries]


def figures_damaged(tries: int, rng: random.Random) -> list[Case]:
    def case(name: str, share: float, bit: int) -> Case:
        def build_from_it(lab: Lab, folder: Path) -> None:
            (folder / name).write_bytes(_flipped(lab.old[name], share, bit))
            build = Build(folder)
            assert build.end() == 0, build.said
            lab.require_new(folder)

        return build_from_it

    names = ["figures/figures.json", "figures/figures.json", "figures/gates.png", "figures/river.svg"]
    return [case(names[i % len(names)], rng.random(), rng.randrange(8)) for i in range(tries)]


def _spread(among: int, tries: int) -> list[int]:
    """Return so many of the numbers from 1 to `among`, evenly spread, the last one always."""
    return [(number + 1) * among // tries for number in range(tries)]


WHOLE = (
    "the old report or the new one is there, byte for byte; the next build gives the new one and sweeps what was left"
)

FAULTS = (
    Fault("kill -9 while it trains", 0, 20, WHOLE, _killed("training", fresh=True)),
    Fault("kill -9 while it measures", 0, 4, WHOLE, _killed("measuring", fresh=True)),
    Fault("kill -9 while it draws", 0, 8, WHOLE, _killed("drawing", without="figures")),
    Fault("kill -9 while it renders", 1, 26, WHOLE, _killed("writing")),
    Fault("kill -9 while it checks and writes", 2, 36, WHOLE, _killed("checking")),
    Fault("kill -9 while it checks and writes, figures too", 0, 6, WHOLE, _killed("checking", without="figures")),
    Fault("kill -9 at each step of writing a file", 3, 27, f"between any two of its system calls: {WHOLE}", killed_at_each_step),
    Fault("kill -9 of a worker", 0, 4, "one line says so, the old report stays, no other worker survives", a_worker_killed),
    Fault(
        "two builds at once in one folder", 1, 16,
        "one does its work; the other one does too, or says in one line that another is at work; the report is whole", two_builds,
    ),
    Fault("a full disk", 1, 16, "one line says so, the old report stays, nothing half-written stays", full_disk),
    Fault("a full folder for temporary files", 0, 2, "one line says so, the old report stays", full_temporary_folder),
    Fault("a read-only folder", 1, 3, "one line says so before anything is trained, the old report stays", read_only),
    Fault("an output that is a folder", 1, len(OUTPUTS), "one line names it, the folder stays", output_is_a_folder),
    Fault("an output that is open elsewhere", 1, 4, "who reads it reads on in the old one, whole", output_is_open),
    Fault(
        "an output that cannot be replaced, as on Windows while it is open", 1, 4,
        "one line says so, the old report stays, nothing half-written stays", output_is_refused,
    ),
    Fault("a limit on file size", 1, 12, "one line says so, the old report stays, nothing half-written stays", file_size),
    Fault("a limit on memory", 1, 14, "the build is done, or one line says so and the old report stays", memory),
    Fault("training that diverges (learning rate 1e3)", 0, 3, "one line names network, epoch and loss, the old report stays", diverging),
    Fault("Ctrl-C, to the build and its workers", 1, 10, f"exit 130 and one line; {WHOLE}", _stopped(signal.SIGINT, 130)),
    Fault("Ctrl-C twice", 0, 5, f"exit 130 and one line; {WHOLE}", _stopped(signal.SIGINT, 130, presses=2)),
    Fault("SIGTERM", 1, 10, f"exit 143 and one line; {WHOLE}", _stopped(signal.SIGTERM, 143)),
    Fault("results.npz cut at a random byte", 15, 50, "refused when it is read", results_cut),
    Fault(
        "results.npz with one bit flipped at a random place", 50, 200,
        "refused when it is read, or all that is read is what was written", results_flipped,
    ),
    Fault("a build from a damaged results.npz", 0, 4, "one line says so, the networks are trained anew, the same report", results_damaged),
    Fault("figures with one bit flipped at a random place", 0, 8, "drawn anew, the same report", figures_damaged),
)  # fmt: skip
