"""`check`: whether what was handed in meets the assignment."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.cli.templates import OF_ASSIGNMENT, bundled_templates, default_templates
from reportgen.errors import DoesNotHold, ReportgenError

if TYPE_CHECKING:
    from reportgen.assignment import Assignment
    from reportgen.check import Result
    from reportgen.inbox import Inbox

_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command("check", short_help="Tell whether what was handed in meets the assignment.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@OF_ASSIGNMENT
@click.option("--strict", is_flag=True, help="Fail on craft as well as on what the assignment demands.")
@click.option("--details", is_flag=True, help="Print every rule of every hand-in, and not a line for each.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--csv", "as_csv", type=_FILE, metavar="FILE", help="Write a table for a spreadsheet, with names.")
@click.option("--junit", "as_junit", type=_FILE, metavar="FILE", help="Write the results as JUnit does, for CI.")
@click.option("--names", is_flag=True, help="Name students in --json and --junit as well.")
@click.option(
    "--feedback",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a text for each student there.",
)
@click.option(
    "--marking-sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a sheet to mark in, .xlsx or .docx: criteria, room for points, and what was seen. It gives no marks.",
)
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The reference answer, to find who hands it in.",
)
@click.option("--quiet", is_flag=True, help="Say nothing of progress.")
def command(
    paths: tuple[Path, ...],
    templates: Path | None,
    strict: bool,
    details: bool,
    as_json: bool,
    as_csv: Path | None,
    as_junit: Path | None,
    names: bool,
    feedback: Path | None,
    marking_sheet: Path | None,
    reference: Path | None,
    quiet: bool,
) -> None:
    """Tell whether what was handed in at each PATH meets the assignment, and how well it is made.

    A PATH is a Word document; a folder of them; a zip archive as Canvas, Moodle or Gradescope export it; an e-mail (.eml); or a mailbox
    (.mbox). Of an e-mail, address, subject, time and sender are judged as well. A single document is told of rule by rule, several in a
    line each.

    Headings, words and their number are looked at. Whether what is said is right, only a reader can tell.

    Exit codes: 0, all have what is asked, some perhaps with a doubt (marked ?); 1, some do not; 2, a path or a flag is wrong.
    """
    from reportgen.assignment import read_assignment  # noqa: PLC0415 - `--help` does without
    from reportgen.inbox import is_document  # noqa: PLC0415

    templates = templates or default_templates()
    assignment = read_assignment(templates)
    wants = as_csv or as_junit or feedback or marking_sheet
    documents = [path for path in paths if is_document(path)]
    if (
        len(documents) == len(paths)
        and not wants
        and (as_json or details or sum(path.is_file() for path in paths) <= 1)
    ):
        _documents(paths, assignment, strict=strict, as_json=as_json)
        return
    _require(
        assignment, templates, [path for path in (as_csv, as_junit, marking_sheet) if path], feedback, marking_sheet
    )
    inbox = _judged(paths, templates, reference, quiet=quiet)
    _write(
        inbox,
        assignment,
        templates,
        strict=strict,
        names=names,
        csv=as_csv,
        junit=as_junit,
        feedback=feedback,
        sheet=marking_sheet,
    )
    _print(
        inbox,
        assignment,
        strict=strict,
        details=details,
        as_json=as_json,
        names=names,
        quietly=Path("-") in (as_csv, as_junit),
    )
    _end(list(inbox.unreadable), failing=any(each.failed(strict=strict) for each in inbox.judged))


def _documents(paths: tuple[Path, ...], assignment: "Assignment", *, strict: bool, as_json: bool) -> None:
    """Tell of each document rule by rule."""
    from reportgen.check import check_file  # noqa: PLC0415
    from reportgen.cli.show import checked_as_json, checked_lines  # noqa: PLC0415

    results: dict[Path, list[Result]] = {}
    unreadable: list[ReportgenError] = []
    for path in paths:
        try:
            results[path] = check_file(path, assignment)
        except ReportgenError as error:
            unreadable.append(error)
    failing = {
        path
        for path, rules in results.items()
        if any(rule.outcome == "fail" and (strict or rule.group == "assignment") for rule in rules)
    }
    if as_json:
        click.echo(checked_as_json(results))
    else:
        for path, rules in results.items():
            click.echo("\n".join(checked_lines(path, rules, meets=path not in failing, strict=strict)))
    _end(unreadable, failing=bool(failing))


def _require(
    assignment: "Assignment", templates: Path, files: list[Path], feedback: Path | None, sheet: Path | None
) -> None:
    """Raise ReportgenError now, and not after a class was judged, where something cannot be written."""
    from reportgen import outputs  # noqa: PLC0415

    for path in (*files, *([feedback / "text.txt"] if feedback else [])):
        if str(path) != "-":
            outputs.require_writable(path)
    if feedback is not None:
        from reportgen.inbox import Inbox  # noqa: PLC0415
        from reportgen.inbox.feedback import feedback as written  # noqa: PLC0415

        list(written(Inbox(()), assignment, _of_feedback(templates)))
    if sheet is not None:
        from reportgen.marking import read_marking  # noqa: PLC0415

        if sheet.suffix not in (".xlsx", ".docx"):
            raise ReportgenError(
                f"{sheet}: a marking sheet is an Excel or a Word file; give it a name that ends in .xlsx or .docx"
            )
        read_marking(templates, assignment)


def _of_feedback(templates: Path) -> Path:
    from reportgen.inbox.feedback import FEEDBACK_TEMPLATE  # noqa: PLC0415

    return templates if (templates / FEEDBACK_TEMPLATE).is_file() else bundled_templates()


def _judged(paths: tuple[Path, ...], templates: Path, reference: Path | None, *, quiet: bool) -> "Inbox":
    from reportgen.cli.progress import watch  # noqa: PLC0415
    from reportgen.inbox import judge_inbox  # noqa: PLC0415
    from reportgen.inbox.judging import sentences_of  # noqa: PLC0415
    from reportgen.study import Stage, Step  # noqa: PLC0415

    if reference is not None and not (reference.is_file() and sentences_of(reference.read_bytes())):
        raise ReportgenError(
            f"{reference}: is no Word document with text; give the reference answer, or leave --reference out"
        )
    if reference is None and (built := Path("build/report.docx")).is_file():
        reference = built
    with watch(quiet=quiet or not sys.stderr.isatty()) as tell:
        tell(Stage("judging"))
        return judge_inbox(paths, templates, reference=reference, on_judged=lambda count: tell(Step(f"{count} judged")))


def _write(
    inbox: "Inbox",
    assignment: "Assignment",
    templates: Path,
    *,
    strict: bool,
    names: bool,
    csv: Path | None,
    junit: Path | None,
    feedback: Path | None,
    sheet: Path | None,
) -> None:
    """Write each output that is asked for."""
    from reportgen import outputs  # noqa: PLC0415
    from reportgen.inbox import tables  # noqa: PLC0415

    if csv is not None:
        _put(
            csv, lambda: tables.as_csv(inbox, assignment, strict=strict), mark="\ufeff"
        )  # without it, Excel takes UTF-8 for another encoding
    if junit is not None:
        _put(junit, lambda: tables.as_junit(inbox, names=names, strict=strict))
    if feedback is not None:
        from reportgen.inbox.feedback import feedback as written  # noqa: PLC0415

        source = _of_feedback(templates)
        asides = [
            aside
            for name, text in written(inbox, assignment, source)
            if (aside := outputs.write_unless_edited(feedback / name, text.encode())) is not None
        ]
        if asides:  # their names are those of students
            click.echo(
                f"of the texts in {feedback}, {len(asides)} were edited; what was edited is kept beside as .edited-…",
                err=True,
            )
    if sheet is not None:
        from reportgen.inbox.sheet import marking_sheet  # noqa: PLC0415
        from reportgen.marking import read_marking  # noqa: PLC0415

        content = marking_sheet(inbox, assignment, read_marking(templates, assignment), sheet.suffix)
        if aside := outputs.write_unless_edited(sheet, content):
            click.echo(f"{sheet} was edited since it was written; what was edited is now {aside}", err=True)


def _put(path: Path, text: Callable[[], str], mark: str = "") -> None:
    from reportgen import outputs  # noqa: PLC0415

    if str(path) == "-":
        click.echo(text(), nl=False)
    else:
        outputs.write(path, (mark + text()).encode())


def _print(
    inbox: "Inbox", assignment: "Assignment", *, strict: bool, details: bool, as_json: bool, names: bool, quietly: bool
) -> None:
    from reportgen.cli.show import checked_lines  # noqa: PLC0415
    from reportgen.inbox import tables  # noqa: PLC0415

    if as_json:
        click.echo(tables.as_json(inbox, names=names, strict=strict))
    elif quietly:
        return
    elif details or len(inbox.judged) == 1:
        for each in inbox.judged:
            click.echo(
                "\n".join(
                    checked_lines(Path(each.place), each.results, meets=not each.failed(strict=strict), strict=strict)
                )
            )
        if details:
            click.echo(tables.sum_line(inbox, strict=strict))
    else:
        click.echo("\n".join(tables.table_lines(inbox, assignment, strict=strict)))


def _end(unreadable: list[ReportgenError], *, failing: bool) -> None:
    """End with the exit code, having said what could not be read."""
    for reason in unreadable:
        click.echo(f"reportgen: {reason}", err=True)
    if unreadable:
        raise SystemExit(ReportgenError.exit_code)
    if failing:
        raise SystemExit(DoesNotHold.exit_code)
