"""`migrate`: templates of version 0.1 made into those of today."""

from pathlib import Path

import click

from reportgen import outputs
from reportgen.cli.templates import bundled_templates
from reportgen.errors import ReportgenError

KEPT = ".0.1"
"""What the name of an old file ends in, beside the new one."""


@click.command("migrate", short_help="Make templates of version 0.1 into those of today.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--write", is_flag=True, help=f"Change the files; the old ones stay beside them, as NAME{KEPT}.")
def command(folder: Path, write: bool) -> None:
    """Make the templates in DIR, which version 0.1 was given, into those of today, and tell what is left to their author.

    Claims get one test with its cases, comments say what a paragraph is, measurements have the names of today, and assignment.toml
    holds the requirements that 0.1 had built in. Without --write, it only tells.
    """
    from reportgen.assignment import ASSIGNMENT_FILE  # noqa: PLC0415 - `--help` does without, as of all below
    from reportgen.migrate import migrate  # noqa: PLC0415
    from reportgen.study import STUDIES, find_study  # noqa: PLC0415

    templates = folder / "templates" if (folder / "templates").is_dir() else folder
    shipped = (bundled_templates() / ASSIGNMENT_FILE).read_text(encoding="utf-8")
    study = find_study(next(iter(STUDIES)), "")  # 0.1 knew no other
    found = migrate(templates, shipped, study.names())
    kept = {templates / name: templates / f"{name}{KEPT}" for name in found.files}
    for path, old in kept.items():
        if old.exists() and write:
            raise ReportgenError(f"{old}: is already there; move it away, or {path} would be kept nowhere")
        click.echo(f"{path}: {'changed' if write else 'would be changed'}")
    for path, old in kept.items() if write else ():
        outputs.write(old, path.read_bytes())
        outputs.write(path, found.files[path.name].encode())
    for line in found.left:
        click.echo(line)
    if not found.files:
        click.echo(f"{templates}: nothing in it is of version 0.1")
    elif write:
        click.echo(f"the old files are kept as NAME{KEPT}; a build tells what else is to be done")
    else:
        click.echo(f"nothing is written; --write changes the files, and keeps the old ones as NAME{KEPT}")
