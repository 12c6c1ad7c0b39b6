"""The main job: a report, and everything beside it. Its flags stand where other programs have those of all commands."""

import datetime
import time
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from reportgen import __version__
from reportgen.cli.progress import watch
from reportgen.cli.templates import default_templates
from reportgen.errors import ReportgenError

HELP = """Carry out an experiment, measure it, and write the report: a Word document in
which every number is measured and every claim is tested, and the same as a page
in which every claim opens. Which experiment it is, and what is said of it,
stands in the templates.

\b
  python -m reportgen                     write build/report.docx and .html
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
    "--appendix",
    type=click.Choice(["claims", "full", "none"]),
    help="With what stands behind the text: every claim with its test, all measurements too, or nothing. [claims]",
)
@click.option(
    "--reference-doc",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .docx whose styles, page, header and footer to use.",
)
@click.option("--marking-guide", is_flag=True, help="Write marking-guide.docx beside it.")
@click.option("--seed", type=int, metavar="N", help="Seed of the experiment, if it has one.")
@click.option("--networks", type=int, metavar="N", help="Networks to train, if the experiment trains some.")
@click.option("--open", "show", is_flag=True, help="Show the page in a browser when it is done.")
@click.option("--fresh", is_flag=True, help="Carry the experiment out again, whatever is kept.")
@click.option("--quiet", is_flag=True, help="Print errors only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of progress and summary.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, message="reportgen %(version)s")
@click.pass_context
def command(  # noqa: D103 - its help is HELP
    context: click.Context,
    settings_file: Path | None,
    templates: Path | None,
    output: Path | None,
    author: str | None,
    date: str | None,
    contents: bool | None,
    appendix: str | None,
    reference_doc: Path | None,
    marking_guide: bool,
    seed: int | None,
    networks: int | None,
    show: bool,
    fresh: bool,
    quiet: bool,
    as_json: bool,
    debug: bool,  # noqa: ARG001 - read from the arguments by `main`
) -> None:
    if context.invoked_subcommand is not None:
        _refuse_flags_of_the_main_job(context)
        return
    from reportgen.cli.show import built_as_json, summary  # noqa: PLC0415 - `init` and `--help` do without, as of all below
    from reportgen.pipeline import BUILD, build, settings_of  # noqa: PLC0415

    flags: dict[str, dict[str, Any]] = {
        "experiment": _given(seed=seed, networks=networks),
        "report": _given(author=author, date=_day(date), contents=contents, appendix=appendix),
    }
    templates = templates or default_templates()
    settings = settings_of(settings_file, flags, templates)
    began = time.monotonic()
    with watch(quiet=quiet or as_json) as tell:
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
        click.echo(built_as_json(built))
    elif not quiet:
        click.echo("\n".join(summary(built, time.monotonic() - began)))
    if show:
        click.launch(built.page.absolute().as_uri())


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


def _given(**flags: Any) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def _day(text: str | None) -> datetime.date | None:
    try:
        return None if text is None else datetime.date.fromisoformat(text)
    except ValueError:
        raise ReportgenError(f"--date is {text!r}: write it as YYYY-MM-DD") from None
