"""`audit`: whether reports are what was generated, and what their experiments give again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.cli.progress import watch
from reportgen.errors import ReportgenError, one_line

if TYPE_CHECKING:
    from reportgen.audit import Audit

MINUTES, GIBIBYTES = 10.0, 4.0
"""What a rerun may cost without being asked about."""


HELP = """Tell from nothing but each FILE whether a report shows what was generated, and what its experiment gives when it is run again.

\b
Exit 0: intact, to the byte, and the run gives it.
Exit 1: changed, or the run gives something else.
Exit 3: another program saved it anew; nothing that can be compared was changed.
Exit 4: it cannot be audited, or holds what cannot.
Of several files, that of the worst: 2, 1, 4, 3, 0.
"""


@click.command("audit", help=HELP, short_help="Tell whether a report is as generated, and run it again.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--no-rerun", is_flag=True, help="Compare what is written only; run no experiment.")
@click.option(
    "--budget",
    nargs=2,
    type=click.FloatRange(min=0),
    default=(MINUTES, GIBIBYTES),
    metavar="MINUTES GIB",
    help=f"Time and memory that running it again may take. [{MINUTES:g} {GIBIBYTES:g}]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
def command(  # noqa: D103 - its help is HELP
    files: tuple[Path, ...], no_rerun: bool, budget: tuple[float, float], as_json: bool
) -> None:
    endings = [_one(file, no_rerun, budget, as_json) for file in files]
    if worst := min(endings, key=(ReportgenError.exit_code, 1, 4, 3, 0).index):
        raise SystemExit(worst)


def _one(file: Path, no_rerun: bool, budget: tuple[float, float], as_json: bool) -> int:
    from reportgen.audit import EXITS, audit  # noqa: PLC0415 - `--help` does without, as of all below
    from reportgen.audit.rerun import run_again  # noqa: PLC0415
    from reportgen.cli.show import audit_as_json, audit_lines, rerun_lines  # noqa: PLC0415

    try:
        found = audit(file)
    except ReportgenError as error:
        click.echo(f"reportgen: {one_line(str(error))}", err=True)
        return error.exit_code
    if not as_json:
        click.echo("\n".join(audit_lines(found)))
    status, rerun = EXITS[found.verdict], None
    try:
        if not no_rerun:
            _require_within(budget, found, asks=not as_json)
            with watch(quiet=as_json) as tell:
                rerun = run_again(found, tell)
    except ReportgenError as error:
        click.echo(f"reportgen: {one_line(f'{file}: {error}')}", err=True)
        status = error.exit_code
    finally:  # what was found stays told, however the run ends
        if as_json:
            click.echo(audit_as_json(found, rerun))
    if rerun and not as_json:
        click.echo("\n".join(rerun_lines(found, rerun)))
    return status if rerun is None or rerun.holds else EXITS["changed"]


def _require_within(budget: tuple[float, float], found: "Audit", *, asks: bool) -> None:
    """Say what running an experiment again will cost; above the budget, ask whoever sits there, and refuse where nobody does."""
    carried = found.carried
    cost = carried.study.cost(carried.settings.experiment)
    minutes, gibibytes = cost.seconds / 60, cost.bytes / 2**30
    said = f"running it again takes some {_duration(minutes)} and {gibibytes:.1f} GiB of memory on this machine"
    if minutes <= budget[0] and gibibytes <= budget[1]:
        if asks:
            click.echo(f"  – {said}")
    elif not (asks and sys.stdin.isatty() and sys.stderr.isatty() and click.confirm(f"  – {said}. Go on?", err=True)):
        limit = f"--budget {budget[0]:g} {budget[1]:g} (minutes, GiB)"
        raise ReportgenError(f"{said}, more than {limit} allows; allow more, or --no-rerun")


def _duration(minutes: float) -> str:
    for unit, size in (("years", 525_600.0), ("days", 1_440.0), ("hours", 60.0), ("minutes", 1.0)):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {unit}"
    return f"{max(60 * minutes, 1):.0f} seconds"
