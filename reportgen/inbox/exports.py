"""Whose a file is, by the names under which Canvas, Moodle and Gradescope put files into an archive.

Canvas: `doejane_LATE_1234_5678_essay.docx`: family and given name in small letters without a space, that it is late, the numbers of
student and file, the name that the student gave (`content_zipper.rb` of Canvas). An anonymous one begins with `anon_` and a code. A text
that was typed there is `doejane_1234_text.html`. Moodle: `Jane Doe_1234_assignsubmission_file_/essay.docx`, or all of it in one name; the
number is that of the participant in this assignment (`mod/assign/locallib.php`). Gradescope: a folder or file `submission_1234`, whose
students stand in `submission_metadata.yml`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from reportgen.inbox.handin import Student

METADATA = "submission_metadata.yml"
MOST_METADATA = 8_000_000  # bytes: a class of 1,000 with four files each has one
_DEEPEST = 12

_CANVAS = re.compile(
    r"(?P<name>[^\W\d_](?:[^_A-Z]|_(?!LATE_|\d+_|anon_))*)?_?(?P<late>LATE_)?(?P<id>\d{1,19}|anon_[^_\W]{1,20})_(?:(?P<file>\d{1,19})_)?(?P<own>.+)"
)
_TYPED = ("text.html", "link.html")
_MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d{1,19})_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<own>.*))?")


@dataclass(frozen=True)
class Belongs:
    """Whose a file is: what has the same `key` was handed in together. `own` is the name that the student gave it."""

    key: str
    student: Student
    own: str
    system: str = ""
    at: datetime | None = None
    late: bool = False


def belongings(paths: Sequence[PurePosixPath], metadata: bytes | None) -> list[Belongs]:
    """Say of each file of an archive or a folder whose it is.

    A name that could be one of Canvas's by chance is taken for one only where every name beside it is: what a student calls a file is free.
    """
    records = _gradescope(metadata) if metadata is not None else {}
    canvas = {path.parent: _CANVAS.fullmatch(path.name) for path in paths}
    for path in paths:
        if not _canvas(path.name):
            canvas[path.parent] = None
    return [_belongs(path, records, canvas=canvas[path.parent] is not None) for path in paths]


def _belongs(path: PurePosixPath, records: Mapping[str, "_Record"], *, canvas: bool) -> Belongs:
    for depth, part in enumerate(path.parts):
        if record := records.get(part):
            own = "/".join(path.parts[depth + 1 :]) or part
            return Belongs("/".join(path.parts[: depth + 1]), record.student, own, "Gradescope", record.at)
        if moodle := _MOODLE.fullmatch(part):
            own = moodle["own"] or path.name
            student = Student(" ".join(moodle["name"].replace("_", " ").split()), moodle["id"])
            if moodle["kind"] == "onlinetext":
                own = "a text that was typed into Moodle (HTML)"
            return Belongs(f"{moodle['name']}_{moodle['id']}", student, own, "Moodle")
    found = _canvas(path.name) if canvas else None
    if found:
        own = (
            "a text that was typed into Canvas (HTML)" if found["own"] in _TYPED and not found["file"] else found["own"]
        )
        key = f"{path.parent}/{found['name'] or ''}_{found['id']}"
        return Belongs(key, Student(found["name"] or "", found["id"]), own, "Canvas", late=bool(found["late"]))
    return Belongs(str(path), Student(), path.name)


def _canvas(name: str) -> re.Match[str] | None:
    found = _CANVAS.fullmatch(name)
    if found and (found["file"] or found["own"] in _TYPED) and (found["name"] or found["id"].startswith("anon_")):
        return found
    return None


@dataclass(frozen=True)
class _Record:
    student: Student
    at: datetime | None


def _gradescope(metadata: bytes) -> dict[str, _Record]:
    """Read who submitted what, and when, by folder or file; nothing where the metadata is not what Gradescope writes."""
    import yaml  # noqa: PLC0415 - of no use to any other inbox

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if len(metadata) > MOST_METADATA:
        return {}
    try:
        depth = 0
        for event in yaml.parse(metadata, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            # Merging multiplies what is merged, and none of this is in what Gradescope writes.
            if depth > _DEEPEST or (isinstance(event, yaml.ScalarEvent) and event.value == "<<"):
                return {}
        table = yaml.load(metadata, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    if not isinstance(table, dict):
        return {}
    return {str(name): _record(each) for name, each in table.items() if isinstance(each, dict)}


def _record(submission: Mapping[Any, Any]) -> _Record:
    listed = submission.get(":submitters")
    people = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []

    def said(key: str) -> str:
        return ", ".join(str(each[key])[:100] for each in people[:10] if each.get(key))

    at = submission.get(":created_at")
    if isinstance(at, datetime) and at.tzinfo is None:  # the reader has turned it to UTC
        at = at.replace(tzinfo=UTC)
    return _Record(Student(said(":name"), said(":sid"), said(":email")), at if isinstance(at, datetime) else None)
