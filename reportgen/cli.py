"""The command line: flags, progress, summaries, exit codes. What a command does not need, it does not import."""

import _thread
import datetime
import gc
import io
import json
import shutil
import signal
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from reportgen import __version__
from reportgen.errors import DoesNotHold, ReportgenError

if TYPE_CHECKING:
    from reportgen.pipeline import Built, Tell

FINDINGS = (
    "task.error",
    "task.gain_over_window",
    "flow.mean_age",
    "flow.direct_share",
    "snapshot.resume_error",
    "snapshot.phase_r2",
    "gates.lifted_error",
    "gates.cost_f_mean",
)
"""The measurements that the closing summary shows."""

HELP = """Train LSTMs on sine waves, measure their gates and cell states, and write the
reference answer to the assignment as a Word document in which every number is
measured and every claim is tested.

\b
  python -m reportgen                     write build/report.docx
  python -m reportgen --author "A. Name"  with a name on it
  python -m reportgen init my-course      copy templates and settings, to edit

Exit: 0 done, 1 a claim or document does not hold, 2 wrong input, 130 interrupted.
"""


@click.group(
    invoke_without_command=True,
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    subcommand_metavar="[COMMAND]",
)
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings in TOML. [reportgen.toml, if there]",
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Templates to render. [./templates, or those that come with it]",
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="The document. [build/report.docx]")
@click.option("--author", metavar="NAME", help="Author on the first page.")
@click.option("--date", metavar="YYYY-MM-DD", help="Date on the first page. [SOURCE_DATE_EPOCH, or today]")
@click.option("--seed", type=int, metavar="N", help="Seed of the experiment. [1]")
@click.option("--networks", type=int, metavar="N", help="Networks to train. [5]")
@click.option("--fresh", is_flag=True, help="Train again, whatever is kept.")
@click.option("--quiet", is_flag=True, help="Print errors only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of progress and summary.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, message="reportgen %(version)s")
@click.pass_context
def cli(  # noqa: D103 - its help is HELP
    context: click.Context,
    settings_file: Path | None,
    templates: Path | None,
    output: Path | None,
    author: str | None,
    date: str | None,
    seed: int | None,
    networks: int | None,
    fresh: bool,
    quiet: bool,
    as_json: bool,
    debug: bool,  # noqa: ARG001 - read from the arguments by `main`
) -> None:
    if context.invoked_subcommand is not None:
        return
    from reportgen.pipeline import BUILD, build  # noqa: PLC0415 - `init` and `--help` do without
    from reportgen.settings import load_settings  # noqa: PLC0415 - the same

    flags: dict[str, dict[str, Any]] = {
        "experiment": _given(seed=seed, networks=networks),
        "report": _given(author=author, date=_day(date)),
    }
    settings = load_settings(settings_file, flags)
    began = time.monotonic()
    with _watch(settings.experiment.networks, settings.experiment.epochs, quiet=quiet or as_json) as tell:
        built = build(
            settings, templates or default_templates(), output or BUILD / "report.docx", fresh=fresh, tell=tell
        )
    if built.aside:
        click.echo(
            f"{built.document} was edited since it was generated; the edited report is now {built.aside}", err=True
        )
    if as_json:
        click.echo(json.dumps(_as_json(built), ensure_ascii=False))
    elif not quiet:
        _summarise(built, time.monotonic() - began)


@cli.command(short_help="Copy templates and settings into a folder, to edit them.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init(folder: Path) -> None:
    """Copy templates and settings into DIR, which must not hold them yet.

    A build in DIR uses them; elsewhere say: --settings DIR/reportgen.toml --templates DIR/templates
    """
    from reportgen.settings import SETTINGS_FILE, default_settings_toml  # noqa: PLC0415 - as above

    for there in (folder / "templates", folder / SETTINGS_FILE):
        if there.exists():
            raise ReportgenError(f"{there}: is already there; name another folder, or move it away")
    try:
        shutil.copytree(bundled_templates(), folder / "templates")
        (folder / SETTINGS_FILE).write_text(default_settings_toml(), encoding="utf-8")
    except OSError as error:
        raise ReportgenError(f"{folder}: cannot be written ({error.strerror}); name another folder") from None
    click.echo(
        f"{folder / 'templates'} and {folder / SETTINGS_FILE} are yours to edit; a build in {folder} uses them, and so does\n"
        f"  python -m reportgen --settings {folder / SETTINGS_FILE} --templates {folder / 'templates'}"
    )


@cli.command(short_help="Tell whether a Word document meets the assignment.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--strict", is_flag=True, help="Fail on craft as well as on what the assignment demands.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    """Tell whether each FILE meets the assignment, and how well it is made; exit 1 if one does not."""
    from reportgen.check import check as check_document  # noqa: PLC0415 - as above

    results: dict[Path, list[Any]] = {}
    unreadable: list[ReportgenError] = []
    for file in files:
        try:
            results[file] = check_document(file)
        except ReportgenError as error:
            unreadable.append(error)
    failing = [
        file
        for file, rules in results.items()
        if any(r.outcome == "fail" and (strict or r.group == "assignment") for r in rules)
    ]
    if as_json:
        click.echo(
            json.dumps(
                {str(file): [asdict(rule) for rule in rules] for file, rules in results.items()}, ensure_ascii=False
            )
        )
    else:
        marks = {"pass": "✓", "fail": "✗", "n/a": "–"}
        for file, rules in results.items():
            click.echo(str(file))
            for r in rules:
                click.echo(
                    f"  {marks[r.outcome]} {r.code:<4} {r.rule}" + (f"\n         {r.message}" if r.message else "")
                )
            verdict = "does not meet" if file in failing else "meets"
            click.echo(f"{file} {verdict} the assignment{' and its craft' if strict else ''}.")
    for reason in unreadable:
        click.echo(f"reportgen: {reason}", err=True)
    if unreadable:
        raise SystemExit(ReportgenError.exit_code)
    if failing:
        raise SystemExit(DoesNotHold.exit_code)


WHOLE = "every file is whole, as this build or an earlier one wrote it"


class _Terminated(BaseException):
    """SIGTERM came."""


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


def _interrupt_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more, a moment later, where it struck a finaliser: Python prints what is raised there and goes on."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt | _Terminated):
        number = signal.SIGINT if isinstance(unraisable.exc_value, KeyboardInterrupt) else signal.SIGTERM
        threading.Timer(0.01, _thread.interrupt_main, (number,)).start()
    else:
        sys.__unraisablehook__(unraisable)


def main() -> NoReturn:
    """Run the command line; every error that a user can cause is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that knows no φ should show a question mark, not fail
    gc.disable()  # a build is short and leaves few cycles; looking for them takes a tenth of a rebuild
    signal.signal(signal.SIGTERM, _terminate)
    sys.unraisablehook = _interrupt_again
    debug = "--debug" in sys.argv
    try:
        cli.main(prog_name="python -m reportgen", standalone_mode=False)
        status = 0
    except (KeyboardInterrupt, click.Abort):
        status = _fail(f"interrupted; {WHOLE}", 130)
    except _Terminated:
        status = _fail(f"terminated; {WHOLE}", 128 + signal.SIGTERM)
    except click.ClickException as error:
        status = _fail(error.format_message().replace("\n", " "), error.exit_code)
    except click.exceptions.Exit as error:
        status = error.exit_code
    except ReportgenError as error:
        if debug:
            raise
        status = _fail(str(error), error.exit_code)
    except (OSError, MemoryError) as error:
        if debug:
            raise
        status = _fail(f"the system refused ({str(error) or 'no memory'}); free disk space or memory and run again", 2)
    except Exception as error:
        if debug:
            raise
        status = _fail(
            f"a defect of this program, {type(error).__name__}: {error}; run again with --debug and report it", 2
        )
    _deaf()
    sys.exit(status)


def default_templates() -> Path:
    """Return the templates of the current folder, if it has some, else those that come with the package."""
    own = Path("templates")
    return own if (own / "report.md.j2").is_file() else bundled_templates()


def bundled_templates() -> Path:
    """Return the templates that come with the package: inside an installed one, at the top of a checkout."""
    package = Path(__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def _fail(message: str, status: int) -> int:
    _deaf()
    click.echo(f"reportgen: {' '.join(message.split())}", err=True)
    return status


def _deaf() -> None:
    """Let nothing interrupt the end, which is a matter of moments: who is impatient presses Ctrl-C twice."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _given(**flags: Any) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def _day(text: str | None) -> datetime.date | None:
    try:
        return None if text is None else datetime.date.fromisoformat(text)
    except ValueError:
        raise ReportgenError(f"--date is {text!r}: write it as YYYY-MM-DD") from None


def _as_json(built: "Built") -> dict[str, Any]:
    return {
        "document": str(built.document),
        "files": [str(file) for file in built.files],
        "set_aside": str(built.aside) if built.aside else None,
        "retrained": built.retrained,
        "measurements": {
            name: built.evidence.median(name)
            for name, measurement in built.evidence.measurements.items()
            if measurement.values.ndim == 1
        },
        "claims": {claim.name: f"{claim.held}/{len(claim.verdicts)}" for claim in built.claims},
    }


def _summarise(built: "Built", seconds: float) -> None:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    console = Console(highlight=False, soft_wrap=True)
    findings = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    for name in FINDINGS:
        findings.add_row(built.evidence[name].label, built.evidence.shown(name))
    held = sum(all(claim.verdicts) for claim in built.claims)
    console.print(f"\n[bold]Found[/bold] in {built.evidence.networks} networks, median and range:")
    console.print(findings)
    others = "" if held == len(built.claims) else "; the others say in how many"
    console.print(f"  {held} of {len(built.claims)} claims hold in every network{others}.\n")
    console.print("[bold]Written[/bold]")
    for file in built.files[:4]:
        console.print(f"    {file}")
    figures = built.files[4:]
    if figures:
        console.print(f"    {figures[0].parent}{'/'}: {len(figures)} files, {len(figures) // 2} figures as PNG and SVG")
    console.print(f"\n{built.document} is ready, after {seconds:.1f} s.")


def _watch(networks: int, epochs: int, *, quiet: bool) -> "AbstractContextManager[Tell]":
    if quiet:
        return nullcontext(lambda _: None)
    from reportgen.progress import watch  # noqa: PLC0415 - rich is heavy where nobody watches

    return watch(networks, epochs)
