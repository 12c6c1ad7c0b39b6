"""Where templates are found when no folder of them is named."""

from pathlib import Path

import click

OF_ASSIGNMENT = click.option(
    "--templates",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Whose assignment.toml to follow. [./templates, or those that come with it]",
)
"""The flag of commands that look at a document, and need of templates only what the assignment demands."""


def default_templates() -> Path:
    """Return the templates of the current folder, if it has some, else those that come with the package."""
    own = Path("templates")
    return own if (own / "report.md.j2").is_file() else bundled_templates()


def study_templates(templates: Path) -> Path:
    """Return the templates of a study's document: those beside a report's, or those that come with the package."""
    own = templates / "study"
    return own if own.is_dir() else bundled_templates() / "study"


def bundled_templates() -> Path:
    """Return the templates that come with the package: inside an installed one, at the top of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"
