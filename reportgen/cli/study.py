"""`study`: many cases under many settings, on the machine at hand or on a cluster; which findings hold in how many."""

import json
from pathlib import Path

import click

from reportgen.cli.templates import default_templates, study_templates

HELP = """Carry out many networks under each of several settings, and tell in how many each finding of the report holds.

\b
  python -m reportgen study                             200 networks, as the report's
  python -m reportgen study --over units=8,16,32        under three settings
  python -m reportgen study --over variant=all          without each gate, plain, GRU

Ctrl-C leaves what is there; the same command goes on, and one that asks for more adds to it. Rows are Parquet, in build/study/.
"""


@click.command("study", help=HELP, short_help="Carry out hundreds of networks: which findings hold in how many.")
@click.option("--networks", type=int, default=200, metavar="N", help="Networks under every setting. [200]")
@click.option(
    "--over",
    multiple=True,
    metavar="NAME=A,B,…",
    help="Values of a setting, or `variant=all` for other architectures; may be given several times.",
)
@click.option("--scheduler", default="", metavar="ADDRESS", help="A Dask scheduler, tcp://host:8786. [this machine]")
@click.option("--settings", "settings_file", type=click.Path(path_type=Path), metavar="FILE", help="Settings in TOML.")
@click.option("--templates", type=click.Path(path_type=Path), metavar="DIR", help="Whose findings are judged.")
@click.option("--seed", type=int, metavar="N", help="Seed of the experiment.")
@click.option("--quiet", is_flag=True, help="Print errors only.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line, of progress and of what was found."
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def command(  # noqa: D103 - its help is HELP
    networks: int,
    over: tuple[str, ...],
    scheduler: str,
    settings_file: Path | None,
    templates: Path | None,
    seed: int | None,
    quiet: bool,
    as_json: bool,
    debug: bool,  # noqa: ARG001 - read from the arguments by `main`
) -> None:
    from reportgen.cli.progress import watch  # noqa: PLC0415 - `--help` does without, as of all below
    from reportgen.cli.show import studied_lines  # noqa: PLC0415
    from reportgen.pipeline import study_of  # noqa: PLC0415
    from reportgen.settings import load_settings  # noqa: PLC0415
    from reportgen.sweep.plan import read_plan  # noqa: PLC0415
    from reportgen.sweep.run import study  # noqa: PLC0415

    templates = templates or default_templates()
    guest = study_of(templates)
    flags = {"experiment": {} if seed is None else {"seed": seed}}
    settings = load_settings(settings_file, flags, guest.settings)
    plan = read_plan(guest, settings.experiment, networks, over)
    with watch(quiet=quiet, as_json=as_json) as tell:
        studied = study(plan, templates, study_templates(templates), settings, scheduler=scheduler, tell=tell)
    if as_json:
        click.echo(json.dumps({"event": "done", "rows": studied.made, "files": [str(path) for path in studied.files]}))
    elif not quiet:
        click.echo("\n".join(studied_lines(studied)))
