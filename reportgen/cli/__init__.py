"""The command line: flags, progress, summaries, exit codes. What a command does not need, it does not import."""

import datetime
import json
import shutil
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from reportgen import __version__
from reportgen.errors import DoesNotHold, ReportgenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reportgen.audit import Audit, Change
    from reportgen.pipeline import Built
    from reportgen.study import Tell

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
@click.option("--contents", is_flag=True, default=None, help="With a table of contents.")
@click.option(
    "--reference-doc",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .docx whose styles, page, header and footer to use.",
)
@click.option("--marking-guide", is_flag=True, help="Write marking-guide.docx beside it.")
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
    contents: bool | None,
    reference_doc: Path | None,
    marking_guide: bool,
    seed: int | None,
    networks: int | None,
    fresh: bool,
    quiet: bool,
    as_json: bool,
    debug: bool,  # noqa: ARG001 - read from the arguments by `main`
) -> None:
    if context.invoked_subcommand is not None:
        _refuse_flags_of_the_main_job(context)
        return
    from reportgen.pipeline import BUILD, build, study_of  # noqa: PLC0415 - `init` and `--help` do without
    from reportgen.settings import load_settings  # noqa: PLC0415 - the same

    flags: dict[str, dict[str, Any]] = {
        "experiment": _given(seed=seed, networks=networks),
        "report": _given(author=author, date=_day(date), contents=contents),
    }
    templates = templates or default_templates()
    settings = load_settings(settings_file, flags, study_of(templates).settings)
    began = time.monotonic()
    with _watch(quiet=quiet or as_json) as tell:
        built = build(
            settings,
            templates,
            output or BUILD / "report.docx",
            reference_doc=reference_doc,
            marking_guide=marking_guide,
            fresh=fresh,
            tell=tell,
        )
    for document, aside in built.aside.items():
        click.echo(f"{document} was edited since it was generated; what was edited is now {aside}", err=True)
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
    from reportgen.study import find_study  # noqa: PLC0415 - as above

    for there in (folder / "templates", folder / SETTINGS_FILE):
        if there.exists():
            raise ReportgenError(f"{there}: is already there; name another folder, or move it away")
    try:
        shutil.copytree(bundled_templates(), folder / "templates")
        (folder / SETTINGS_FILE).write_text(default_settings_toml(find_study("").settings), encoding="utf-8")
    except OSError as error:
        raise ReportgenError(f"{folder}: cannot be written ({error.strerror}); name another folder") from None
    click.echo(
        f"{folder / 'templates'} and {folder / SETTINGS_FILE} are yours to edit; a build in {folder} uses them, and so does\n"
        f"  python -m reportgen --settings {folder / SETTINGS_FILE} --templates {folder / 'templates'}"
    )


@cli.command(short_help="Tell whether a Word document meets the assignment.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--templates",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Whose assignment.toml to follow. [./templates, or those that come with it]",
)
@click.option("--strict", is_flag=True, help="Fail on craft as well as on what the assignment demands.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], templates: Path | None, strict: bool, as_json: bool) -> None:
    """Tell whether each FILE meets the assignment, and how well it is made; exit 1 if one does not.

    Headings, words and their number are looked at. Whether what is said is right, only a reader can tell.
    """
    from reportgen.assignment import read_assignment  # noqa: PLC0415 - as above
    from reportgen.check import check_file  # noqa: PLC0415 - as above

    assignment = read_assignment(templates or default_templates())
    results: dict[Path, list[Any]] = {}
    unreadable: list[ReportgenError] = []
    for file in files:
        try:
            results[file] = check_file(file, assignment)
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
            click.echo(f"{file} {verdict} the assignment{' and the rules of the craft' if strict else ''}.")
    for reason in unreadable:
        click.echo(f"reportgen: {reason}", err=True)
    if unreadable:
        raise SystemExit(ReportgenError.exit_code)
    if failing:
        raise SystemExit(DoesNotHold.exit_code)


@cli.command(short_help="Draft the e-mail that hands a report in; you send it.")
@click.argument("file", type=click.Path(path_type=Path), metavar="[FILE]", default=Path("build/report.docx"))
@click.option(
    "--templates",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Whose assignment.toml to follow. [./templates, or those that come with it]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default=Path("build/submission.eml"),
    help="The draft. [build/submission.eml]",
)
def email(file: Path, templates: Path | None, output: Path) -> None:
    """Draft the e-mail that hands in FILE, by default build/report.docx, for you to send.

    Addresses and subject are those of [submission] in assignment.toml. A FILE that does not meet the assignment is
    refused.
    """
    from reportgen import outputs  # noqa: PLC0415 - as above
    from reportgen.assignment import ASSIGNMENT_FILE, read_assignment  # noqa: PLC0415 - as above
    from reportgen.check import check_file  # noqa: PLC0415 - as above
    from reportgen.email import author_of, draft  # noqa: PLC0415 - as above

    if output.suffix != ".eml":  # and so it is never the report
        raise ReportgenError(f"{output}: the draft is an e-mail; give it a name that ends in .eml")
    outputs.require_writable(output)
    templates = templates or default_templates()
    assignment = read_assignment(templates)
    if not assignment.to:
        raise ReportgenError(
            f"{templates / ASSIGNMENT_FILE}: says nothing of an e-mail; add [submission] with `to` and `subject`"
        )
    failed = [rule for rule in check_file(file, assignment) if rule.group == "assignment" and rule.outcome == "fail"]
    if failed:
        rules = "; ".join(f"{rule.code}: {rule.rule}" for rule in failed)
        raise DoesNotHold(f"{file}: does not meet the assignment and no draft was written; it fails {rules}")
    document = file.read_bytes()
    author = author_of(document)
    if aside := outputs.write_unless_edited(output, draft(assignment, author, document)):
        click.echo(f"{output} was edited since it was drafted; what was edited is now {aside}", err=True)
    if not author:
        click.echo(f"{file} names no author, and so the draft names none; a build takes --author NAME", err=True)
    click.echo(f"{output} is a draft to {', '.join(assignment.to)} with the subject “{assignment.subject}”")
    click.echo(
        "It has not been sent: open it in your mail program and send it from your university account, as the assignment asks."
    )


@cli.command(short_help="Tell whether a report is as generated, and run it again.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--no-rerun", is_flag=True, help="Compare what is written only; run no experiment.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def audit(file: Path, no_rerun: bool, as_json: bool) -> None:
    """Tell from nothing but FILE whether a report shows what was generated, and what its experiment gives when it is run again.

    Exit 1 if something was changed, does not fit together, or leads to another conclusion.
    """
    from reportgen.audit import audit as audit_report  # noqa: PLC0415 - as above

    with _watch(quiet=no_rerun or as_json) as tell:
        found = audit_report(file, rerun=not no_rerun, tell=tell)
    if as_json:
        click.echo(json.dumps(_audit_as_json(file, found), ensure_ascii=False))
    else:
        click.echo("\n".join(_audit_lines(file, found)))
    if not found.holds:
        raise SystemExit(DoesNotHold.exit_code)


def _refuse_flags_of_the_main_job(context: click.Context) -> None:
    for parameter in context.command.params:
        if (
            parameter.name != "debug"
            and context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
        ):
            raise click.UsageError(
                f"{parameter.opts[0]} before {context.invoked_subcommand!r} is a flag of the main job and would do nothing here; "
                "write flags of a command after it"
            )


def default_templates() -> Path:
    """Return the templates of the current folder, if it has some, else those that come with the package."""
    own = Path("templates")
    return own if (own / "report.md.j2").is_file() else bundled_templates()


def bundled_templates() -> Path:
    """Return the templates that come with the package: inside an installed one, at the top of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


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
        "files": [str(file) for file in (*built.files, *built.figures)],
        "set_aside": {str(document): str(aside) for document, aside in built.aside.items()},
        "retrained": built.retrained,
        "measurements": {
            name: built.evidence.median(name)
            for name, measurement in built.evidence.measurements.items()
            if measurement.is_scalar
        },
        "claims": {claim.name: f"{claim.held}/{len(claim.verdicts)}" for claim in built.claims},
        "findings_that_hold": [claim.name for claim in built.claims if claim.kind == "finding" and claim.succeeds],
    }


def _summarise(built: "Built", seconds: float) -> None:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    from reportgen.claims.ledger import in_numbers  # noqa: PLC0415 - as above

    console = Console(highlight=False, soft_wrap=True)
    findings = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    for name in built.study.findings:
        findings.add_row(built.evidence[name].label, built.evidence.shown(name))
    console.print(
        f"\n[bold]Found[/bold] in {built.evidence.count} {built.study.case[built.evidence.count != 1]}, median and range:"
    )
    console.print(findings)
    console.print(f"  {in_numbers(built.claims, built.study.case[0])}.\n")
    console.print("[bold]Written[/bold]")
    for file in built.files:
        console.print(f"    {file}")
    if built.figures:
        count = len(built.figures) // 2
        console.print(f"    {built.figures[0].parent}/: {count} {'figure' if count == 1 else 'figures'} as PNG and SVG")
    console.print(f"\n{built.document} is ready, after {seconds:.1f} s.")


def _audit_lines(file: Path, found: "Audit") -> list[str]:
    """Say what an audit found, a line each."""
    carried = found.carried
    made, count = carried.versions, carried.evidence.count
    packages = ("python", *carried.study.packages.get("run", ()))
    lines = [
        f"{file} says that reportgen {made.get('reportgen')} made it, from {count} {carried.study.case[count != 1]} of the study "
        f"{carried.study.name!r}, with {', '.join(f'{name} {made[name]}' for name in packages if name in made)} on {made.get('platform')}."
    ]
    if found.changes:
        lines.append(f"  ✗ {len(found.changes)} of {found.passages} passages and pictures are not what was generated:")
        lines += _difference_lines(found.changes)
    else:
        lines.append(f"  ✓ all {found.passages} passages and {len(carried.figures)} pictures are what was generated")
    lines += [f"  ✗ {fault}" for fault in found.faults]
    if not found.faults:
        lines.append(f"  ✓ its {len(carried.claims)} claims follow from the measurements that it carries")
    lines += [f"  – {note}" for note in found.notes]
    if rerun := found.rerun:
        lines.append(f"  {'✓' if rerun.holds else '✗'} run again: {rerun.verdict}")
        if rerun.moved:
            total = len(carried.evidence.measurements)
            printed = [change for change in rerun.moved if change.then != change.now]
            lines.append(
                f"      {len(rerun.moved)} of {total} measurements are not the same to the last bit, {len(printed)} not as they are printed"
            )
            lines += [f"        {each.where}: {each.then}, now {each.now}" for each in printed[:_DIFFERENCES_SHOWN]]
        lines += [f"      the figure {name!r} is not the one that this run gives" for name in rerun.figures]
        lines += _difference_lines(rerun.conclusions)
    if found.elsewhere and (found.changes or found.faults or (found.rerun and found.rerun.verdict != "identical")):
        differing = ", ".join(f"{each.where} {each.then} (here {each.now})" for each in found.elsewhere)
        lines.append(f"  – it was made with {differing}")
    return lines


_DIFFERENCES_SHOWN = 20


def _difference_lines(changes: "Sequence[Change]") -> list[str]:
    lines = [
        line
        for change in changes[:_DIFFERENCES_SHOWN]
        for line in (
            f"      {change.where}",
            f"        was: {change.then or '(nothing)'}",
            f"        is:  {change.now or '(nothing)'}",
        )
    ]
    more = len(changes) - _DIFFERENCES_SHOWN
    return [*lines, f"      and {more} more"] if more > 0 else lines


def _audit_as_json(file: Path, found: "Audit") -> dict[str, Any]:
    return {
        "document": str(file),
        "holds": found.holds,
        "versions": dict(found.carried.versions),
        "study": found.carried.study.name,
        "settings": json.loads(json.dumps(asdict(found.carried.settings), default=str)),
        "changes": [asdict(change) for change in found.changes],
        "faults": list(found.faults),
        "notes": list(found.notes),
        "elsewhere": [asdict(change) for change in found.elsewhere],
        "rerun": asdict(found.rerun) if found.rerun else None,
    }


def _watch(*, quiet: bool) -> "AbstractContextManager[Tell]":
    if quiet:
        return nullcontext(lambda _: None)
    from reportgen.cli.progress import watch  # noqa: PLC0415 - rich is heavy where nobody watches

    return watch()
