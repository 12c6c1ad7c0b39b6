"""Hostile inputs come to a good end, and the judge that says so can say otherwise."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import tally
from tests.hostile.judge import SECRET, Ending, faults, run
from tests.hostile.tally import FAMILIES, Outcome, go, slow, table


def assert_all_survived(outcomes: list[Outcome]) -> None:
    kinds = [FAMILIES[outcome.family].kinds[outcome.kind].name for outcome in outcomes]
    lost = [(kind, o.number, o.faults) for kind, o in zip(kinds, outcomes, strict=True) if o.faults]
    assert lost == []


def test_a_short_pass_loses_nothing() -> None:
    outcomes = list(go(long=False))

    assert len(outcomes) > 500
    assert_all_survived(outcomes)
    ends = {(FAMILIES[outcome.family].name, how) for outcome in outcomes for how in outcome.how}
    assert ends == {
        ("kept results", "made anew"),
        ("kept results", "refused"),
        *[("settings", how) for how in ("accepted", "refused")],
        *[("templates", how) for how in ("rendered", "does not hold", "refused")],
        *[("documents", how) for how in ("accepted", "judged", "not opened", "not auditable", "refused")],
        *[("carried by a report", how) for how in ("accepted", "judged", "not auditable")],
    }, "what is refused at the door tries nothing behind it"


@pytest.mark.slow
def test_a_long_pass_loses_nothing() -> None:
    outcomes = list(go(long=True))

    tried = Counter(FAMILIES[outcome.family].name for outcome in outcomes)
    for name, least in {"settings": 5000, "templates": 500, "documents": 5000}.items():
        assert tried[name] >= least
    assert_all_survived(outcomes)


def test_the_same_numbers_appear_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for place in ("first", "second"):
        contents = []
        for family in FAMILIES:
            for kind in family.kinds:
                folder = tmp_path / place / family.name / kind.name.replace("/", " ")
                (folder / "build").mkdir(parents=True)
                monkeypatch.chdir(folder)
                kind.lay(0)
                contents += [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
        made.append(contents)
        time.sleep(2)  # to which an archive tells the time of what is put into it
    assert made[0] == made[1]


def test_what_is_counted_is_what_happened() -> None:
    outcomes = [
        Outcome(0, 1, 0, (), ("accepted",)),
        Outcome(0, 1, 1, (), ("refused",)),
        Outcome(0, 1, 2, ("hung",), ()),
    ]
    kind = FAMILIES[0].kinds[1].name

    assert f"| settings | {kind} | 3 | 2 | 1 accepted, 1 refused |" in table(outcomes).splitlines()


def say(text: str) -> None:
    print(text, file=sys.stderr)


def spin(seconds: float) -> None:
    while time.process_time() < seconds:
        pass


def take(megabytes: int) -> None:
    taken = bytearray(megabytes * 2**20)
    taken[::4096] = b"1" * len(taken[::4096])


def connect() -> None:
    with socket.socket() as found:
        found.connect_ex(("127.0.0.1", 9))


def fail() -> None:
    raise ZeroDivisionError


def unpickle() -> None:
    import pickle  # noqa: PLC0415 - what is tested

    pickle.loads(pickle.dumps(Path()))


def import_tensorflow() -> None:
    sys.path.clear()  # it takes seconds, and the attempt is enough
    __import__("tensorflow")


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "another exit status": (partial(sys.exit, 5), "ended with status 5"),
    "a signal": (lambda: os.kill(os.getpid(), signal.SIGKILL), "ended with status -9"),
    "four lines": (lambda: say("a\nb\nc\nd"), "wrote 4 lines of error"),
    "a long line": (lambda: say("a" * 1001), "wrote a line of error of 1001 characters"),
    "a traceback": (fail, "showed a traceback"),
    "a defect": (lambda: say("a defect of this program, ValueError"), "met a defect"),
    "memory": (lambda: take(310), "took 31"),
    "a file elsewhere": (lambda: Path("evil").touch(), "wrote to /work/evil"),
    "a file above": (lambda: Path("build/../../evil").write_text("a", encoding="utf-8"), "wrote to /evil"),
    "a file changed": (lambda: Path("../secret.txt").write_text("a", encoding="utf-8"), "wrote to /secret.txt"),
    "a folder": (lambda: Path("evil").mkdir(), "os.mkdir of /work/evil"),
    "a file removed": (lambda: Path("../secret.txt").unlink(), "os.remove of /secret.txt"),
    "a file moved": (lambda: Path("build").rename("evil"), "os.rename of /work/build, /work/evil"),
    "a link": (lambda: Path("evil").symlink_to("/"), "os.symlink of"),
    "a secret read": (lambda: Path("../secret.txt").read_bytes(), "none of its business"),
    "a secret told": (lambda: print(SECRET), "told a secret"),
    "network": (connect, "reached for the network: socket.connect"),
    "a program": (lambda: subprocess.run(["true"], check=True), "started a program: subprocess.Popen"),
    "a shell": (lambda: os.system("true"), "started a program: os.system"),
    "a pickle": (unpickle, "loaded code: pickle.find_class"),
    "TensorFlow": (import_tensorflow, "imported tensorflow"),
}


@pytest.mark.parametrize(("action", "fault"), WRONG.values(), ids=WRONG.keys())
def test_the_judge_notices(action: Callable[[], Any], fault: str) -> None:
    assert any(fault in found for found in faults(run(action)))


def test_the_judge_notices_what_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    ending = run(partial(spin, 0.5))
    monkeypatch.setattr(tally, "_measure", lambda: None)

    monkeypatch.setattr(tally, "_honest", [0.1])
    assert "times as long as an honest report" in slow(ending)[0]
    monkeypatch.setattr(tally, "_honest", [ending.seconds / 2])
    assert slow(ending) == []


@pytest.mark.parametrize("action", [partial(spin, 60), partial(time.sleep, 60)], ids=["busy", "waiting"])
def test_the_judge_notices_what_does_not_end(action: Callable[[], Any]) -> None:
    assert "hung" in faults(run(action, hangs=(1, 2)))


def test_the_judge_has_nothing_against_what_is_allowed() -> None:
    def right() -> None:
        Path("build/report.docx").write_bytes(b"a")
        Path("build/report.docx").rename("figures/report.docx")
        Path("figures/report.docx").unlink()
        take(100)
        say("a\nb\nc")
        sys.exit(2)

    ending = run(right)

    assert faults(ending) == []
    assert 90 < ending.megabytes < 150
    assert ending.status == 2


def test_nothing_that_is_run_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run(lambda: None, lambda: Path("build/file").touch())
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_cannot_be_made_is_no_input_that_survives() -> None:
    with pytest.raises(RuntimeError, match="cannot be made"):
        run(lambda: None, fail)


def test_an_ending_without_fault_is_only_one_that_is_right() -> None:
    right = Ending(0, "", "", 1.9, 299.0, ())

    assert faults(right) == []
