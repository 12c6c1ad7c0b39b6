"""A short text for each student with what is missing, from a template that an instructor can edit."""

from collections.abc import Iterator
from pathlib import Path

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reportgen.assignment import Assignment, read_text
from reportgen.email import attachment_name
from reportgen.errors import ReportgenError
from reportgen.inbox import Inbox, Judged
from reportgen.inbox.judging import length_in_words, shown
from reportgen.inbox.tables import outcome

FEEDBACK_TEMPLATE = "feedback.txt.j2"

_MOST = 20_000  # characters of a text


def feedback(inbox: Inbox, assignment: Assignment, templates: Path) -> Iterator[tuple[str, str]]:
    """Give a text for each hand-in, and a name for its file, as `feedback.txt.j2` in a folder of templates words it.

    Raises ReportgenError, with file and line, where the template is none.
    """
    path = templates / FEEDBACK_TEMPLATE
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    try:
        template = environment.from_string(read_text(templates, path.name))
    except jinja2.TemplateSyntaxError as error:
        raise ReportgenError(f"{path}:{error.lineno}: {error.message}") from None
    for number, judged in enumerate(inbox.judged, 1):
        try:
            text = template.render(_values(judged, assignment))
        except (
            jinja2.TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            OverflowError,
            LookupError,
            AttributeError,
        ) as error:
            raise ReportgenError(f"{path}: cannot be filled in: {error}") from None
        yield f"{number:03}-{_stem(judged)}.txt", text[:_MOST]


def _stem(judged: Judged) -> str:
    name = judged.student.name or judged.student.address.partition("@")[0] or judged.file.rpartition(".")[0]
    return attachment_name("", name, judged.student.id).removesuffix(".docx").removeprefix("submission-")


def _values(judged: Judged, assignment: Assignment) -> dict[str, object]:
    """Return what a template may print: plain texts and lists of them."""
    failed = judged.failed()
    unread = any(each.code == "S1" for each in failed)
    document = [] if unread else [each.message for each in failed if each.group == "assignment"]
    return {
        "name": judged.student.name if judged.system in ("e-mail", "Moodle", "Gradescope") else "",
        "course": assignment.texts.get("course", ""),
        "assignment": assignment.texts.get("assignment", ""),
        "file": judged.file,
        "outcome": outcome(judged),
        "unread": next((each.message for each in failed if each.code == "S1"), ""),
        "sending": [each.message for each in failed if each.group == "submission" and each.code not in ("S1", "S4")],
        "missing": list(dict.fromkeys(document)),
        "doubts": list(dict.fromkeys(each.message for each in judged.doubts)),
        "late": length_in_words(judged.late) if judged.late and any(each.code == "S4" for each in failed) else "",
        "due": shown(assignment.due) if assignment.due else "",
        "sent": shown(judged.sent.astimezone(assignment.due.tzinfo)) if judged.sent and assignment.due else "",
        "craft": [each.rule for each in judged.results if each.group == "craft" and each.outcome == "fail"],
    }
