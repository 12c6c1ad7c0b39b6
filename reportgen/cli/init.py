"""`init`: templates and settings of one's own, and for another study than the first a small example."""

import shutil
from pathlib import Path

import click

from reportgen.cli.templates import bundled_templates
from reportgen.errors import ReportgenError


@click.command("init", short_help="Copy templates and settings into a folder, to edit them.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--study", default="", metavar="NAME", help="What to write about: lstm, or table, measurements of yours. [lstm]"
)
def command(folder: Path, study: str) -> None:
    """Copy templates and settings into DIR, which must not hold them yet.

    A build in DIR uses them; elsewhere say: --settings DIR/reportgen.toml --templates DIR/templates
    """
    from reportgen.settings import SETTINGS_FILE, default_settings_toml  # noqa: PLC0415 - `--help` does without
    from reportgen.study import STUDIES, find_study  # noqa: PLC0415

    kind = find_study(study, "--study").settings
    templates, settings, bundled = folder / "templates", folder / SETTINGS_FILE, bundled_templates()
    example = bundled / study if study in list(STUDIES)[1:] else None
    for there in (folder / each.name for each in example.iterdir()) if example else (templates, settings):
        if there.exists():
            raise ReportgenError(f"{there}: is already there; name another folder, or move it away")
    try:
        if example:
            shutil.copytree(example, folder, dirs_exist_ok=True)
        else:
            shutil.copytree(bundled, templates, ignore=lambda _, names: set(names) & set(STUDIES))
            settings.write_text(default_settings_toml(kind), encoding="utf-8")
    except OSError as error:
        raise ReportgenError(f"{folder}: cannot be written ({error.strerror}); name another folder") from None
    made = sorted(map(str, (folder / each.name for each in example.iterdir()) if example else (templates, settings)))
    click.echo(
        f"{', '.join(made[:-1])} and {made[-1]} are yours to edit; a build in {folder} uses them, and so does\n"
        f"  {click.get_current_context().find_root().info_name} --settings {settings} --templates {templates}"
    )
