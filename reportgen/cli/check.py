"""`check`: whether documents from anyone meet the assignment."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.cli.templates import OF_ASSIGNMENT, default_templates
from reportgen.errors import DoesNotHold, ReportgenError

if TYPE_CHECKING:
    from reportgen.check import Result


@click.command("check", short_help="Tell whether a Word document meets the assignment.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@OF_ASSIGNMENT
@click.option("--strict", is_flag=True, help="Fail on craft as well as on what the assignment demands.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(files: tuple[Path, ...], templates: Path | None, strict: bool, as_json: bool) -> None:
    """Tell whether each FILE meets the assignment, and how well it is made; exit 1 if one does not.

    Headings, words and their number are looked at. Whether what is said is right, only a reader can tell.
    """
    from reportgen.assignment import read_assignment  # noqa: PLC0415 - `--help` does without
    from reportgen.check import check_file  # noqa: PLC0415
    from reportgen.cli.show import checked_as_json, checked_lines  # noqa: PLC0415

    assignment = read_assignment(templates or default_templates())
    results: dict[Path, list[Result]] = {}
    unreadable: list[ReportgenError] = []
    for file in files:
        try:
            results[file] = check_file(file, assignment)
        except ReportgenError as error:
            unreadable.append(error)
    failing = {
        file
        for file, rules in results.items()
        if any(rule.outcome == "fail" and (strict or rule.group == "assignment") for rule in rules)
    }
    if as_json:
        click.echo(checked_as_json(results))
    else:
        for file, rules in results.items():
            click.echo("\n".join(checked_lines(file, rules, meets=file not in failing, strict=strict)))
    for reason in unreadable:
        click.echo(f"reportgen: {reason}", err=True)
    if unreadable:
        raise SystemExit(ReportgenError.exit_code)
    if failing:
        raise SystemExit(DoesNotHold.exit_code)
