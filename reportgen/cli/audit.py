"""`audit`: whether a report is what was generated, and what its experiment gives again."""

from pathlib import Path

import click

from reportgen.cli.progress import watch
from reportgen.errors import DoesNotHold


@click.command("audit", short_help="Tell whether a report is as generated, and run it again.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--no-rerun", is_flag=True, help="Compare what is written only; run no experiment.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path, no_rerun: bool, as_json: bool) -> None:
    """Tell from nothing but FILE whether a report shows what was generated, and what its experiment gives when it is run again.

    Exit 1 if something was changed, does not fit together, or leads to another conclusion.
    """
    from reportgen.audit import audit  # noqa: PLC0415 - `--help` does without
    from reportgen.cli.show import audit_as_json, audit_lines  # noqa: PLC0415

    with watch(quiet=no_rerun or as_json) as tell:
        found = audit(file, rerun=not no_rerun, tell=tell)
    click.echo(audit_as_json(file, found) if as_json else "\n".join(audit_lines(file, found)))
    if not found.holds:
        raise SystemExit(DoesNotHold.exit_code)
