"""`email`: the draft that hands a report in."""

from pathlib import Path

import click

from reportgen.cli.templates import OF_ASSIGNMENT, default_templates
from reportgen.errors import DoesNotHold, ReportgenError


@click.command("email", short_help="Draft the e-mail that hands a report in; you send it.")
@click.argument("file", type=click.Path(path_type=Path), metavar="[FILE]", default=Path("build/report.docx"))
@OF_ASSIGNMENT
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default=Path("build/submission.eml"),
    help="The draft. [build/submission.eml]",
)
def command(file: Path, templates: Path | None, output: Path) -> None:
    """Draft the e-mail that hands in FILE, by default build/report.docx, for you to send.

    Addresses and subject are those of [submission] in assignment.toml. A FILE that does not meet the assignment, or says that it is
    for another one, is refused. The draft is judged as `check` judges what arrives.
    """
    from datetime import UTC, datetime  # noqa: PLC0415 - `--help` does without

    from reportgen import outputs  # noqa: PLC0415 - as above
    from reportgen.assignment import ASSIGNMENT_FILE, read_assignment  # noqa: PLC0415
    from reportgen.check import check_file  # noqa: PLC0415
    from reportgen.email import author_of, draft  # noqa: PLC0415
    from reportgen.inbox import HandIn, judge_all  # noqa: PLC0415
    from reportgen.inbox.judging import shown  # noqa: PLC0415

    if output.suffix != ".eml":  # and so it is never the report
        raise ReportgenError(f"{output}: the draft is an e-mail; give it a name that ends in .eml")
    outputs.require_writable(output)
    templates = templates or default_templates()
    assignment = read_assignment(templates)
    if not assignment.to:
        raise ReportgenError(
            f"{templates / ASSIGNMENT_FILE}: says nothing of an e-mail; add [submission] with `to` and `subject`"
        )
    failed = [rule for rule in check_file(file, assignment) if rule.group == "assignment" and rule.outcome == "fail"]
    if failed:
        rules = "; ".join(f"{rule.code}: {rule.rule}" for rule in failed)
        raise DoesNotHold(f"{file}: does not meet the assignment and no draft was written; it fails {rules}")
    document = file.read_bytes()
    author = author_of(document)
    message = draft(assignment, author, document)
    (judged,) = judge_all(HandIn(str(output), message=message), assignment)
    if doubts := [
        rule.message for rule in judged.results if rule.group == "submission" and rule.outcome in ("fail", "doubt")
    ]:
        raise DoesNotHold(
            f"{file}: {'; '.join(doubts)}; no draft was written; name its assignment with --templates DIR"
        )
    if aside := outputs.write_unless_edited(output, message):
        click.echo(f"{output} was edited since it was drafted; what was edited is now {aside}", err=True)
    if not author:
        click.echo(f"{file} names no author, and so the draft names none; a build takes --author NAME", err=True)
    if assignment.due and assignment.due < datetime.now(UTC):
        click.echo(f"it was due {shown(assignment.due)}, which is past; whoever sends it now is late", err=True)
    click.echo(f"{output} is a draft to {', '.join(assignment.to)} with the subject “{assignment.subject}”")
    domains = " or ".join(assignment.senders)
    account = f" from your account at {domains}, as the assignment asks" if domains else ""
    click.echo(f"It has not been sent: open it in your mail program and send it{account}.")
