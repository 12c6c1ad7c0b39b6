"""The main job: a report, and everything beside it. Its flags stand where other programs have those of all commands."""

import datetime
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from reportgen import __version__
from reportgen.cli.progress import watch
from reportgen.cli.templates import default_templates
from reportgen.errors import ReportgenError

if TYPE_CHECKING:
    from reportgen.study import Notice, Stage, Step, Tell


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print this program's version, and those of what numbers and documents depend on."""
    if not asked or context.resilient_parsing:
        return
    from importlib.metadata import version  # noqa: PLC0415 - only asked for here
    from platform import python_version  # noqa: PLC0415 - as above

    packages = ", ".join(f"{name} {version(name)}" for name in _TOLD)
    click.echo(f"reportgen {__version__}\nPython {python_version()}, {packages}")
    context.exit()


_TOLD = ("tensorflow", "keras", "numpy", "matplotlib", "jinja2", "python-docx")

HELP = """Carry out an experiment, measure it, and write the report: a Word document in
which every number is measured and every claim is tested, and the same as a page
in which every claim opens. Which experiment it is, and what is said of it,
stands in the templates.

\b
  python -m reportgen                     write build/report.docx and .html
  python -m reportgen --author "A. Name"  with a name on it
  python -m reportgen build --open        the same by name, and show the page
  python -m reportgen init my-course      copy templates and settings, to edit
  python -m reportgen help check          what a command does

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
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show versions."
)
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
    from reportgen.figures import FIGURES  # noqa: PLC0415
    from reportgen.pipeline import BUILD, build, settings_of  # noqa: PLC0415

    flags: dict[str, dict[str, Any]] = {
        "experiment": _given(seed=seed, networks=networks),
        "report": _given(author=author, date=_day(date), contents=contents, appendix=appendix),
    }
    bare = templates is None and settings_file is None and not _is_project()
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
            tell=_saying_where(tell, f"{BUILD}/ and {FIGURES}/") if bare else tell,
        )
    for document, aside in built.aside.items():
        click.echo(f"{document} was edited since it was generated; what was edited is now {aside}", err=True)
    if as_json:
        click.echo(built_as_json(built))
    elif not quiet:
        click.echo("\n".join(summary(built, time.monotonic() - began)))
    if show:
        click.launch(built.page.absolute().as_uri())


def _saying_where(tell: "Tell", places: str) -> "Tell":
    """Say before the first stage, when all that could be refused was not, where the bundled report is about to be written."""
    from reportgen.study import Notice  # noqa: PLC0415 - as above

    told = False

    def saying(event: "Stage | Step | Notice") -> None:
        nonlocal told
        if not told:
            told = True
            tell(
                Notice(f"no templates and no settings here: the bundled report is written to {places} in {Path.cwd()}")
            )
        tell(event)

    return saying


def _is_project() -> bool:
    return any(Path(name).exists() for name in ("templates", "reportgen.toml", "build/report.docx"))


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


_OF_THE_PROGRAM = ("version",)

named = click.Command(
    "build",
    callback=command.callback,
    params=[each for each in command.params if each.name not in _OF_THE_PROGRAM],
    help="Write the report: the main job, by name, with the same flags.",
    short_help="Write the report: the main job, by name.",
)
"""The main job as a command beside the others."""


@click.command("help", short_help="Tell what a command does.")
@click.argument("name", required=False, metavar="[COMMAND]")
@click.pass_context
def told(context: click.Context, name: str | None) -> None:
    """Tell what COMMAND does, or what this program does."""
    above = context.parent
    assert above is not None  # it is a command of the group
    asked = command.get_command(above, name) if name else command
    if asked is None:
        raise click.UsageError(f"No such command {name!r}.")
    with click.Context(asked, info_name=name or above.info_name, parent=above if name else None) as shown:
        click.echo(asked.get_help(shown))
