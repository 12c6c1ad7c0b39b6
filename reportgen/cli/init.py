"""`init`: templates and settings of one's own."""

import shutil
from pathlib import Path

import click

from reportgen.cli.templates import bundled_templates
from reportgen.errors import ReportgenError


@click.command("init", short_help="Copy templates and settings into a folder, to edit them.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def command(folder: Path) -> None:
    """Copy templates and settings into DIR, which must not hold them yet.

    A build in DIR uses them; elsewhere say: --settings DIR/reportgen.toml --templates DIR/templates
    """
    from reportgen.settings import SETTINGS_FILE, default_settings_toml  # noqa: PLC0415 - `--help` does without
    from reportgen.study import find_study  # noqa: PLC0415

    templates, settings = folder / "templates", folder / SETTINGS_FILE
    for there in (templates, settings):
        if there.exists():
            raise ReportgenError(f"{there}: is already there; name another folder, or move it away")
    try:
        shutil.copytree(bundled_templates(), templates)
        settings.write_text(default_settings_toml(find_study("").settings), encoding="utf-8")
    except OSError as error:
        raise ReportgenError(f"{folder}: cannot be written ({error.strerror}); name another folder") from None
    click.echo(
        f"{templates} and {settings} are yours to edit; a build in {folder} uses them, and so does\n"
        f"  python -m reportgen --settings {settings} --templates {templates}"
    )
