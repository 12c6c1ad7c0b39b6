"""The command line, as far as it goes without training: help, `init`, and one line for everything that goes wrong."""

import email
import email.policy
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, NoReturn

import click
import pytest

from reportgen import __version__, pipeline
from reportgen.cli.templates import bundled_templates
from reportgen.errors import LONGEST_LINE, ReportgenError
from reportgen.lstm.settings import Experiment
from reportgen.main import main
from reportgen.settings import Settings, load_settings
from reportgen.study import STUDIES, Stage, Tell, find_study
from tests.check.answers import complete, essay, saved, styled, without
from tests.coins import TEMPLATES

CHECKOUT = Path(__file__).parents[1]


class Done(NamedTuple):
    status: object
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def reportgen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Run the command line in an empty folder, on a terminal of 80 columns; it trains nothing."""
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setattr(pipeline, "find_study", lambda *asked: replace(find_study(*asked), carry_out=train))

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["reportgen", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        return Done(caught.value.code, *capsys.readouterr())

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def coins(reportgen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put templates of a study that trains nothing into the current folder; it is carried out."""
    monkeypatch.setitem(STUDIES, "coins", "tests.coins:STUDY")
    monkeypatch.setattr(pipeline, "find_study", find_study)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    shutil.copytree(TEMPLATES, "templates")


def train(*_: object) -> NoReturn:
    raise ReportgenError("training has begun")


def error(reportgen: Command, *arguments: str) -> str:
    """Return the one line on stderr with which a command fails, and check that it left nothing behind."""
    before = sorted(Path.cwd().rglob("*"))
    done = reportgen(*arguments)
    assert (done.status, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith("reportgen: ")
    assert "a defect of this program" not in line
    assert sorted(Path.cwd().rglob("*")) == before
    return line.removeprefix("reportgen: ")


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with the package of this checkout."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_help_fits_a_terminal_of_80_columns(reportgen: Command) -> None:
    for arguments in (
        ["--help"],
        ["-h"],
        ["init", "--help"],
        ["check", "--help"],
        ["email", "--help"],
        ["study", "--help"],
        ["migrate", "--help"],
    ):
        done = reportgen(*arguments)
        assert (done.status, done.err) == (0, "")
        assert [line for line in done.out.splitlines() if len(line) > 80] == []


def test_help_says_what_it_does_how_to_begin_and_what_the_exit_status_means(reportgen: Command) -> None:
    text = " ".join(reportgen("--help").out.split())

    assert text.startswith("Usage: reportgen [OPTIONS] [COMMAND] Carry out an experiment, measure it, and write")
    for needed in (
        "reportgen init my-course", "build/report.docx",
        "0 done", "1 a claim or document does not hold", "2 wrong input", "130 interrupted",
        "--settings FILE", "--templates DIR", "--output FILE", "--author NAME", "--date YYYY-MM-DD", "--seed N", "--networks N",
        "--fresh", "--quiet", "--json", "--debug", "--version", "check Tell whether", "init Copy templates",
        "email Draft the e-mail",
    ):  # fmt: skip
        assert needed in text


def test_help_states_no_default_and_no_subject_that_only_one_study_has(reportgen: Command) -> None:
    text = " ".join(reportgen("--help").out.split())

    assert not re.search(r"LSTM|sine|gates", text, re.IGNORECASE)
    for flag in ("--seed N", "--networks N", "--fresh"):
        said = text.partition(flag)[2].partition(" --")[0]
        assert said
        assert not re.search(r"\[|\d", said), said


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version_is_told_with_those_of_what_matters(reportgen: Command, flag: str) -> None:
    done = reportgen(flag)

    first, second = done.out.splitlines()
    assert (done.status, first, done.err) == (0, f"reportgen {__version__}", "")
    assert second.startswith(f"Python {platform.python_version()}, tensorflow {version('tensorflow')}, ")


def test_help_of_a_command_is_its_own_and_names_what_was_typed(reportgen: Command) -> None:
    assert reportgen("help", "audit").out == reportgen("audit", "--help").out
    assert reportgen("help").out == reportgen("--help").out
    assert reportgen("help").out.startswith("Usage: reportgen [OPTIONS] [COMMAND]")
    assert "  reportgen init my-course" in reportgen("help").out
    for name in ("audit", "build", "check", "email", "init", "migrate", "study"):
        assert "python -m" not in reportgen("help", name).out
    assert error(reportgen, "help", "nothing") == "No such command 'nothing'."


@pytest.mark.usefixtures("coins")
def test_the_main_job_has_a_name_too(reportgen: Command) -> None:
    bare, named = reportgen("--json"), reportgen("build", "--json")

    assert (bare.status, named.status) == (0, 0)
    assert json.loads(named.out)["claims"] == json.loads(bare.out)["claims"]


def test_an_error_is_an_object_for_programs(reportgen: Command) -> None:
    done = reportgen("--seed", "-1", "--json")

    assert (done.status, done.err) == (2, "reportgen: --seed is -1: must be a whole number from 0 to 2147482648\n")
    assert json.loads(done.out) == {"error": done.err.removeprefix("reportgen: ").strip(), "exit_code": 2}


def test_a_shell_that_asks_for_completions_gets_them_and_trains_nothing(
    reportgen: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "_REPORTGEN_COMPLETE": "bash_complete",
        "COMP_WORDS": "reportgen au",
        "COMP_CWORD": "1",
    }.items():
        monkeypatch.setenv(name, value)

    assert reportgen() == (0, "plain,audit\n", "")
    assert list(Path.cwd().iterdir()) == []


def test_init_copies_templates_and_settings_and_says_what_to_do_next(reportgen: Command) -> None:
    done = reportgen("init", "my-course")

    assert (done.status, done.err) == (0, "")
    settings, theirs = Path("my-course/reportgen.toml"), Path("my-course/templates")
    assert load_settings(settings, {}, Experiment) == Settings(Experiment())
    ours = CHECKOUT / "templates"
    copied, bundled = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (theirs, ours)
    )
    assert copied == {path: content for path, content in bundled.items() if path.parts[0] != "table"}  # another study's
    assert Path("study/study.md.j2") in copied
    assert done.out.splitlines()[-1].strip() == f"reportgen --settings {settings} --templates {theirs}"


@pytest.mark.parametrize("name", ["audit", "check", "email", "init", "migrate", "study"])
def test_help_shows_no_mark_of_its_own(reportgen: Command, name: str) -> None:
    done = reportgen(name, "--help")
    assert done.status == 0
    assert "\\" not in done.out


def test_init_never_overwrites(reportgen: Command) -> None:
    Path("a/templates").mkdir(parents=True)
    Path("b").mkdir()
    Path("b/reportgen.toml").write_text("mine", encoding="utf-8")
    Path("file").write_text("mine", encoding="utf-8")

    assert (
        error(reportgen, "init", "a")
        == f"{Path('a/templates')}: is already there; name another folder, or move it away"
    )
    assert (
        error(reportgen, "init", "b")
        == f"{Path('b/reportgen.toml')}: is already there; name another folder, or move it away"
    )
    assert error(reportgen, "init", "file").startswith("file: cannot be written (")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nope"], "--nope"),
        (["--auther", "A"], "--author"),
        (["nope"], "nope"),
        (["init"], "DIR"),
        (["init", "a", "b"], "b"),
        (["check"], "PATH"),
        (["--seed", "one"], "--seed"),
        (["--seed", "1.5"], "--seed"),
        (["--seed", "-1"], "--seed is -1: must be a whole number from 0 to 2147482648"),
        (["--networks", "0"], "--networks is 0"),
        (["--author", "two\nlines"], "--author is"),
        (["--date", "2024-13-01"], "--date is '2024-13-01': write it as YYYY-MM-DD"),
        (["--date", "tomorrow"], "YYYY-MM-DD"),
        (["--settings", "gone.toml"], "gone.toml: there is no such settings file"),
        (["--settings", "."], ".: cannot be read"),
        (["--settings", "bad.toml"], "bad.toml: unknown key 'experiment.unit'; the nearest is 'units'"),
        (["--settings", "broken.toml"], "broken.toml: is not valid TOML"),
        (["--templates", "gone"], "gone: "),
        (["--templates", "empty"], "empty: holds no assignment.toml"),
        (["--templates", "bad.toml"], "bad.toml"),
        (["--output", "empty.docx"], "empty.docx: is a folder; name a file in it"),
        (["--output", "report.pdf"], "report.pdf: the report is a Word document"),
        (["--output", "bad.toml/report.docx"], "Not a directory"),
        (["--reference-doc", "gone.docx"], "gone.docx: there is no such file"),
        (["--reference-doc", "bad.toml"], "bad.toml: cannot be a reference document: it is plain text"),
        (["check", "gone.docx"], "gone.docx: there is no such file"),
        (
            ["check", ".", "--marking-sheet", "marks.pdf"],
            "marks.pdf: a marking sheet is an Excel or a Word file; give it a name",
        ),
        (["check", ".", "--reference", "gone"], "gone: is no Word document with text; give the reference answer"),
        (["check", ".", "--csv", "gone.csv", "--templates", "gone"], "gone: is no folder of templates"),
        (["email"], f"{Path('build/report.docx')}: there is no such file"),
        (["email", "gone.docx"], "gone.docx: there is no such file"),
        (["email", "empty"], "empty: is no file"),
        (["email", "a.docx", "b.docx"], "b.docx"),
        (["email", "--templates", "gone"], "gone: is no folder of templates"),
        (["email", "--output", "empty.eml"], "empty.eml: is a folder; name a file in it"),
        (["email", "--output", "report.docx"], "report.docx: the draft is an e-mail; give it a name that ends in .eml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_one_line_and_exit_2(reportgen: Command, arguments: list[str], said: str) -> None:
    Path("bad.toml").write_text("[experiment]\nunit = 3\n", encoding="utf-8")
    Path("broken.toml").write_text("[experiment\n", encoding="utf-8")
    for folder in ("empty", "empty.docx", "empty.eml"):
        Path(folder).mkdir()

    assert said in error(reportgen, *arguments)


def test_a_line_of_error_ends_however_long_a_name_is(reportgen: Command) -> None:
    Path("long.toml").write_text("a" * 5000 + " = 1", encoding="utf-8")

    line = error(reportgen, "--settings", "long.toml")

    assert line.startswith("long.toml: unknown key 'aaa")
    assert len(line) == LONGEST_LINE


@pytest.mark.usefixtures("coins")
def test_a_flag_that_the_study_has_no_setting_for_is_refused_in_one_line(reportgen: Command) -> None:
    line = "--networks: this study has no such setting; those of [experiment] are seed, coins, tosses, heads"

    assert error(reportgen, "--networks", "3") == line
    assert error(reportgen, "--seed", "-1") == "--seed is -1: must be a whole number from 0 to 1000"


@pytest.mark.usefixtures("coins")
def test_a_build_says_what_it_found_and_wrote_and_an_audit_what_the_report_carries(
    reportgen: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = reportgen("--seed", "5")

    assert done.status == 0
    assert done.err.splitlines()[0] == "tossing: 3 coins"
    lines = done.out.splitlines()
    assert lines[1] == "Found in 3 coins, median and range:"
    assert re.fullmatch(r"    [\d.]+ % \([\d.]+ to [\d.]+\)   the share of heads", lines[2])
    assert lines[3] == "  1 of 1 findings hold in every coin, 1 identity."
    assert f"    {Path('figures')}/: 1 figure as PNG and SVG" in lines
    page = pipeline.BUILD / "report.html"
    assert lines[-1].startswith(f"{pipeline.BUILD / 'report.docx'} is ready, and {page} to explore it, after ")

    built = json.loads(reportgen("--seed", "5", "--json").out)
    assert (built["retrained"], built["claims"]) == (False, {"loaded": "3/3", "bounds": "3/3"})
    assert built["findings_that_hold"] == ["loaded"]

    report = str(pipeline.BUILD / "report.docx")
    done = reportgen("audit", report, "--no-rerun")
    assert (done.status, done.err) == (0, "")
    assert "from 3 coins of the study 'coins', with python" in done.out.splitlines()[0]
    audited = json.loads(reportgen("audit", report, "--json").out)
    assert (audited["verdict"], audited["rerun"]["holds"], audited["rerun"]["verdict"]) == ("intact", True, "identical")
    assert audited["settings"]["report"]["date"] == "2023-11-14"

    monkeypatch.delitem(STUDIES, "coins")
    for arguments in ([], ["--no-rerun"], ["--json"]):
        done = reportgen("audit", report, *arguments)
        assert (done.status, done.out, len(done.err.splitlines())) == (4, "", 1)
        assert done.err.startswith(f"reportgen: {report}: cannot be audited: this program has no study named 'coins'")


def test_a_missing_file_does_not_keep_the_others_from_being_checked(reportgen: Command) -> None:
    Path("bad.docx").write_bytes(b"no document")
    done = reportgen("check", "gone.docx", "bad.docx")
    assert done.status == 2
    assert done.err.startswith("reportgen: gone.docx: there is no such file")
    assert "bad.docx does not meet the assignment" in done.out


def test_without_mistakes_it_does_come_to_training(reportgen: Command) -> None:
    assert reportgen("--quiet") == (2, "", "reportgen: training has begun\n")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("references.json", "{", "references.json: is not valid JSON"),
        ("references.json", "{}", "references.json: is no list of references"),
        ("references.json", "[" * 100_000, "references.json: is not valid JSON"),
        ("references.json", "[" + "9" * 5000 + "]", "references.json: is not valid JSON"),
        ("references.json", "[" + " " * 1_000_000 + "]", "references.json: is larger than 1,000,000 bytes"),
        ("assignment.toml", "a = " + "[" * 10_000, "assignment.toml: is not valid TOML"),
        ("assignment.toml", "a = " + "9" * 5000, "assignment.toml: is not valid TOML"),
        ("assignment.toml", "a" + ".a" * 100_000 + " = 1", "assignment.toml: is larger than 16,000 bytes"),
        ("report.md.j2", None, "holds no report.md.j2"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_folder_that_holds_no_report_is_refused_before_anything_is_trained(
    reportgen: Command, file: str, content: str | None, said: str
) -> None:
    """Training takes minutes, and all this can be seen at once."""
    reportgen("init", ".")
    path = Path("templates", file)
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")

    assert said in error(reportgen, "--templates", "templates", "--quiet")


def test_a_bad_source_date_epoch_is_refused_before_anything_is_trained(
    reportgen: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")

    assert "SOURCE_DATE_EPOCH is 'soon'" in error(reportgen, "--quiet")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that even root cannot write to")
def test_a_folder_that_not_even_root_may_write_to_is_refused_before_anything_is_trained(reportgen: Command) -> None:
    assert "cannot be written" in error(reportgen, "--output", "/proc/none/report.docx", "--quiet")


def test_a_module_run_gives_one_line_and_with_debug_the_traceback(tmp_path: Path) -> None:
    done = python(tmp_path, "-m", "reportgen", "--settings", "gone.toml")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "reportgen: gone.toml: there is no such settings file\n",
    )

    done = python(tmp_path, "-m", "reportgen", "--debug", "--settings", "gone.toml")
    assert done.returncode != 0
    assert done.stderr.startswith("Traceback (most recent call last)")
    assert done.stderr.splitlines()[-1] == "reportgen.errors.ReportgenError: gone.toml: there is no such settings file"


def test_a_defect_is_called_one(reportgen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(pipeline, "build", fail)

    done = reportgen("--quiet")

    assert (done.status, done.out) == (2, "")
    assert (
        done.err
        == "reportgen: a defect of this program, RuntimeError: two lines; run again with --debug and report it\n"
    )


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (OSError(28, "No space left on device", "x"), "no space is left on x; free some and run again"),
        (
            OSError(5, "Input/output error"),
            "the system refused ([Errno 5] Input/output error); free disk space or memory and run again",
        ),
        (MemoryError(), "the system refused (no memory); free disk space or memory and run again"),
        (
            MemoryError("Unable to allocate 3 GiB"),
            "the system refused (Unable to allocate 3 GiB); free disk space or memory and run again",
        ),
    ],
)
def test_what_the_system_refuses_is_no_defect(
    reportgen: Command, monkeypatch: pytest.MonkeyPatch, refusal: Exception, said: str
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise refusal

    monkeypatch.setattr(pipeline, "build", fail)

    done = reportgen("--quiet")

    assert (done.status, done.out, done.err) == (2, "", f"reportgen: {said}\n")


def _with_output(folder: Path, *arguments: str, out: int, err: int) -> int:
    command = [sys.executable, "-m", "reportgen", *arguments]
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, check=False).returncode


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither SIGPIPE nor /dev/full")
@pytest.mark.parametrize(
    ("arguments", "left"), [(["--help"], "out"), (["check", "answer.docx"], "out"), (["check"], "err")]
)
def test_that_nobody_reads_is_not_that_something_does_not_hold(tmp_path: Path, arguments: list[str], left: str) -> None:
    Path(tmp_path / "answer.docx").write_bytes(b"no document")
    reader, writer = os.pipe()
    os.close(reader)
    out, err = (writer if left == name else subprocess.DEVNULL for name in ("out", "err"))
    status = _with_output(tmp_path, *arguments, out=out, err=err)
    os.close(writer)
    assert status == (141 if left == "out" else 2)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_where_there_is_no_room_for_what_is_printed_it_says_so(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, Path(tmp_path / "said").open("wb") as said:
        assert _with_output(tmp_path, "--help", out=full.fileno(), err=said.fileno()) == 2
        assert _with_output(tmp_path, "check", "nowhere.docx", out=subprocess.DEVNULL, err=full.fileno()) == 2
    line = "reportgen: no space is left: here, where temporary files go, or where the output goes; free some and run again\n"
    assert Path(tmp_path / "said").read_text(encoding="utf-8") == line


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send on Windows")
def test_a_second_interruption_does_not_disturb_the_first(tmp_path: Path) -> None:
    lines = [
        "import atexit, os, signal",
        "signal.signal(signal.SIGINT, signal.default_int_handler)",  # a shell ignores it in what runs in the background
        "from reportgen import main, pipeline",
        "press = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)",
        "pipeline.build = press",
        "main.print = lambda *said, **where: (press(), print(*said, **where))",
        "atexit.register(press)",
        "main.main()",
    ]

    done = python(tmp_path, "-c", "\n".join(lines))

    assert (done.returncode, len(done.stderr.splitlines())) == (130, 1), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="there are no signals to send on Windows")
@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interruption_that_strikes_a_finaliser_is_not_lost(tmp_path: Path, number: str, status: int) -> None:
    lines = [
        "import os, signal, time",
        "signal.signal(signal.SIGINT, signal.default_int_handler)",
        "from reportgen import main, pipeline",
        "class Dies:",
        "    def __del__(self):",
        f"        os.kill(os.getpid(), signal.{number})",
        "        time.sleep(0)",
        "def build(*_, **__):",
        "    Dies()",
        "    for _ in range(600): time.sleep(0.05)",
        "pipeline.build = build",
        "main.main()",
    ]

    done = python(tmp_path, "-c", "\n".join(lines))

    assert (done.returncode, len(done.stderr.splitlines())) == (status, 1), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM to send on Windows")
def test_a_termination_is_exit_143(reportgen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "build", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))

    done = reportgen("--quiet")

    line = "reportgen: terminated; every file is whole, as this build or an earlier one wrote it"
    assert (done.status, done.err) == (143, line + "\n")


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send on Windows")
def test_an_interruption_is_exit_130(reportgen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in what it starts in the background
    monkeypatch.setattr(pipeline, "build", lambda *_, **__: os.kill(os.getpid(), signal.SIGINT))

    done = reportgen("--quiet")

    line = "reportgen: interrupted; every file is whole, as this build or an earlier one wrote it"
    assert (done.status, done.err) == (130, line + "\n")


def test_a_document_that_does_not_meet_the_assignment_is_exit_1(reportgen: Command) -> None:
    Path("essay.docx").write_text("no document", encoding="utf-8")

    done = reportgen("check", "essay.docx")

    assert (done.status, done.err) == (1, "")
    assert done.out.startswith("essay.docx\n")


PAST = "it was due Wednesday 2024-12-04 23:00 CST, which is past; whoever sends it now is late\n"


def test_email_says_nothing_of_a_due_date_to_come(reportgen: Command) -> None:
    saved(complete(), Path.cwd())
    reportgen("init", ".")
    path = Path("templates/assignment.toml")
    path.write_text(path.read_text(encoding="utf-8").replace("due = 2024-", "due = 9024-"), encoding="utf-8")

    assert reportgen("email", "answer.docx").err == ""


def test_email_refuses_a_document_that_says_it_is_for_another_assignment(reportgen: Command) -> None:
    saved(complete(), Path.cwd())  # its title says "Assignment 5"
    reportgen("init", ".")
    path = Path("templates/assignment.toml")
    path.write_text(path.read_text(encoding="utf-8").replace("Assignment 5", "Assignment 4"), encoding="utf-8")

    done = reportgen("email", "answer.docx")

    assert (done.status, done.out, Path("build").exists()) == (1, "", False)
    assert done.err.startswith("reportgen: answer.docx: it says that it is for Assignment 5; no draft was written")


def test_email_drafts_what_the_assignment_asks_for_and_says_that_it_is_not_sent(reportgen: Command) -> None:
    answer = saved(complete(), Path.cwd())
    before = answer.read_bytes()

    done = reportgen("email", "answer.docx")

    draft = Path("build/submission.eml")
    message = email.message_from_bytes(draft.read_bytes(), policy=email.policy.default)
    (attached,) = message.iter_attachments()
    assert (message["To"], message["Subject"]) == ("Thuan.Nguyen@unt.edu", "ADTA 5560: Assignment 5 \u2013 Submission.")
    assert attached.get_filename() == "ADTA-5560-701-Assignment-5-A-Student.docx"
    assert attached.get_content() == before == answer.read_bytes()
    assert (done.status, done.err) == (0, PAST)
    assert done.out.splitlines() == [
        f"{draft} is a draft to Thuan.Nguyen@unt.edu with the subject “ADTA 5560: Assignment 5 – Submission.”",
        "It has not been sent: open it in your mail program and send it from your account at unt.edu, as the assignment asks.",
    ]


def test_email_takes_by_default_what_a_build_writes(reportgen: Command) -> None:
    pipeline.BUILD.mkdir()
    saved(complete(), pipeline.BUILD).rename(pipeline.BUILD / "report.docx")

    assert reportgen("email").status == 0
    written = {path.name for path in pipeline.BUILD.iterdir()}
    assert written == {"report.docx", "submission.eml", ".submission.eml.sha256"}
    assert reportgen("email").err == PAST

    draft = pipeline.BUILD / "submission.eml"
    draft.write_bytes(draft.read_bytes() + b"P. S.")
    done = reportgen("email")
    aside = pipeline.BUILD / "submission.edited-1.eml"
    assert done.err == f"{draft} was edited since it was drafted; what was edited is now {aside}\n{PAST}"
    assert aside.read_bytes().endswith(b"P. S.")


def test_email_refuses_a_document_that_does_not_meet_the_assignment(reportgen: Command) -> None:
    spoiled = essay(styled, flow="", gates=without("input"))
    spoiled.core_properties.title = ""  # craft, which hands nothing in and so holds nothing back
    saved(spoiled, Path.cwd())

    done = reportgen("email", "answer.docx")

    assert (done.status, done.out) == (1, "")
    (line,) = done.err.splitlines()
    assert line.startswith(
        "reportgen: answer.docx: does not meet the assignment and no draft was written; it fails A4: "
    )
    assert re.findall(r"\b[AC]\d+(?=: )", line) == ["A4", "A7"]
    assert [path.name for path in Path.cwd().rglob("*")] == ["answer.docx"]


def test_email_drafts_a_document_whose_craft_is_poor(reportgen: Command) -> None:
    poor = essay(styled)
    poor.core_properties.title = ""
    saved(poor, Path.cwd())

    assert reportgen("check", "--strict", "answer.docx").status == 1
    assert reportgen("email", "answer.docx").status == 0


def test_email_says_so_where_a_document_names_no_author(reportgen: Command) -> None:
    nameless = complete()
    nameless.core_properties.author = ""
    saved(nameless, Path.cwd())

    done = reportgen("email", "answer.docx", "--output", "mine/draft.eml")

    assert (done.status, len(done.out.splitlines())) == (0, 2)
    assert done.err == f"answer.docx names no author, and so the draft names none; a build takes --author NAME\n{PAST}"
    assert b"Assignment-5.docx" in Path("mine/draft.eml").read_bytes()


def test_email_follows_the_templates_of_the_current_folder_or_those_named(reportgen: Command) -> None:
    saved(complete(), Path.cwd())
    for folder, address in (("here", "here@example.edu"), ("there", "there@example.edu")):
        reportgen("init", folder)
        text = Path(folder, "templates", "assignment.toml").read_text(encoding="utf-8")
        Path(folder, "templates", "assignment.toml").write_text(
            text.replace("Thuan.Nguyen@unt.edu", address), encoding="utf-8"
        )
    Path("here/templates").rename("templates")

    for arguments, header in (
        ([], b"To: here@example.edu\r\n"),
        (["--templates", "there/templates"], b"To: there@example.edu\r\n"),
    ):
        assert reportgen("email", "answer.docx", *arguments).status == 0
        assert Path("build/submission.eml").read_bytes().startswith(header)


@pytest.mark.parametrize(
    ("submission", "said"),
    [
        ("", "says nothing of an e-mail; add [submission] with `to` and `subject`"),
        ('[submission]\nto = ["a@b.edu\\nBcc: c@d.edu"]\nsubject = "S"', "submission.to is 'a@b.edu\\nBcc: c@d.edu': "),
    ],
)
def test_email_refuses_templates_that_do_not_say_whom_to_write_to(
    reportgen: Command, submission: str, said: str
) -> None:
    saved(complete(), Path.cwd())
    reportgen("init", ".")
    path = Path("templates/assignment.toml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[submission]")] + submission, encoding="utf-8")

    assert error(reportgen, "email", "answer.docx").startswith(f"{path}: {said}")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that even root cannot read")
def test_email_refuses_a_file_that_cannot_be_read(reportgen: Command) -> None:
    assert error(reportgen, "email", "/proc/self/mem").startswith("/proc/self/mem: cannot be read (")


@pytest.mark.parametrize(
    "program",
    [
        "sys.argv[1:] = ['--help']; run()",
        "sys.argv[1:] = ['init', 'course']; run()",
        "sys.argv[1:] = ['check', 'essay.docx']; run()",
        "sys.argv[1:] = ['email', 'answer.docx']; run(); import os; os.stat('build/submission.eml')",
        "sys.argv[1:] = ['--settings', 'gone.toml']; run()",
        "import reportgen.pipeline",
    ],
)
def test_tensorflow_is_imported_only_to_train_and_matplotlib_only_to_draw(tmp_path: Path, program: str) -> None:
    (tmp_path / "essay.docx").write_text("no document", encoding="utf-8")
    saved(complete(), tmp_path)
    lines = [
        "import sys",
        "def run():",
        "    from reportgen.main import main",
        "    try: main()",
        "    except SystemExit: pass",
        program,
        "print('imported:', *sorted({name.partition('.')[0] for name in sys.modules} & {'tensorflow', 'keras', 'matplotlib'}))",
    ]

    done = python(tmp_path, "-c", "\n".join(lines))

    assert done.stdout.splitlines()[-1] == "imported:", done.stderr


def test_where_there_is_no_project_a_build_says_first_what_it_writes_where(
    reportgen: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(_: object, tell: Tell) -> NoReturn:
        tell(Stage("training"))
        raise ReportgenError("training has begun")

    monkeypatch.setattr(pipeline, "find_study", lambda *asked: replace(find_study(*asked), carry_out=begin))
    places = f"build/ and figures/ in {Path.cwd()}"

    assert reportgen().err.splitlines()[:2] == [
        f"no templates and no settings here: the bundled report is written to {places}",
        "training",
    ]
    assert places not in reportgen("--templates", str(bundled_templates())).err


@pytest.mark.usefixtures("coins")
def test_the_page_is_shown_if_it_is_asked_for(reportgen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(click, "launch", shown.append)

    assert reportgen("--quiet").status == reportgen("--quiet", "--open").status == 0
    assert shown == [(Path.cwd() / "build" / "report.html").as_uri()]
