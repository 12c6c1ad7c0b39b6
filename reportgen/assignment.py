"""What a folder of templates says of the assignment: the texts that templates print, and how to hand the report in."""

import re
import reprlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.settings import MOST_BYTES as MOST_TOML
from reportgen.settings import printable

ASSIGNMENT_FILE = "assignment.toml"
MOST_BYTES = 1_000_000  # in a file beside the templates; ours have 10,000

_NEEDED_TEXTS = ("course", "assignment", "title", "keywords", "part_one", "part_two")

_MOST_OF_AN_ADDRESS = 254  # RFC 5321, 4.5.3.1.3: 256 with the angle brackets
# A dot-atom, "@", a host name of two labels or more (RFC 5322, 3.4.1; RFC 1123, 2.1). No "?": with it a name could read
# as an encoded word (RFC 2047), which mail programs decode into whatever it says.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")


@dataclass(frozen=True)
class Assignment:
    """What is asked, as read-only values: `texts` by name, and the addresses and the subject of the e-mail that hands in.

    `to` and `subject` are empty together where nothing is said of an e-mail. Raises ValueError, with the key as the file
    has it, the value and the rule, for an address or a subject that a mail header could not hold as it is.
    """

    texts: Mapping[str, str]
    to: tuple[str, ...] = ()
    subject: str = ""

    def __post_init__(self) -> None:
        """Check every field, so that whoever holds an assignment need not."""
        object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))
        for address in self.to:
            if len(address) > _MOST_OF_AN_ADDRESS or not _ADDRESS.fullmatch(address):
                raise ValueError("submission.to", address, "must be an address as in name@unt.edu, and nothing else")
        try:
            printable(self.subject)
        except ValueError as error:
            raise ValueError("submission.subject", self.subject, str(error)) from None
        if self.subject != self.subject.strip():
            raise ValueError("submission.subject", self.subject, "must not begin or end with a space, which mail loses")
        if "=?" in self.subject:  # RFC 2047, 2; the decoded text could even hold a line break, and so a header
            raise ValueError("submission.subject", self.subject, "must not hold '=?', which mail programs would decode")
        if bool(self.to) != bool(self.subject):
            key, value = ("to", list(self.to)) if self.subject else ("subject", self.subject)
            raise ValueError(f"submission.{key}", value, "must not be empty")


def read_assignment(templates: Path) -> Assignment:
    """Return what `assignment.toml` in a folder of templates says.

    Every line of text at the top of the file is one that templates may print; a section is read by a function of its
    own. Raises ReportgenError, with file and key, where something is missing or malformed.
    """
    if not templates.is_dir():
        raise ReportgenError(f"{templates}: is no folder of templates; `init DIR` makes one with all that is needed")
    path = templates / ASSIGNMENT_FILE
    table = read_toml(templates, ASSIGNMENT_FILE)
    texts = _texts(table, path)
    try:
        return Assignment(texts, *_submission(table))
    except ValueError as error:
        key, value, rule = error.args
        found = "is missing" if value is None else f"is {reprlib.repr(value)}"
        raise ReportgenError(f"{path}: {key} {found}: {rule}") from None


def read_toml(templates: Path, name: str) -> dict[str, Any]:
    """Return the table in a TOML file that every folder of templates holds; raises ReportgenError if there is none."""
    path, text = templates / name, read_text(templates, name)
    if len(text) > MOST_TOML:
        raise ReportgenError(f"{path}: is larger than {MOST_TOML:,} bytes; shorten it")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of a number that is too long, and of brackets that are too deep
        raise ReportgenError(f"{path}: is not valid TOML: {error}") from None


def read_text(templates: Path, name: str) -> str:
    """Return the text of a file that every folder of templates holds; raises ReportgenError if this one does not."""
    try:
        with (templates / name).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ReportgenError(f"{templates / name}: is larger than {MOST_BYTES:,} bytes; shorten it")
        return content.decode("utf-8")
    except FileNotFoundError:
        raise ReportgenError(
            f"{templates}: holds no {name}; `init DIR` makes a folder with all that is needed"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReportgenError(f"{templates / name}: cannot be read as text ({error})") from None


def _texts(table: dict[str, Any], path: Path) -> dict[str, str]:
    for name in _NEEDED_TEXTS:
        if not isinstance(table.get(name), str) or not table[name].strip():
            raise ReportgenError(f"{path}: lacks a line of text for {name!r}")
    try:
        return {name: printable(value) for name, value in table.items() if isinstance(value, str)}
    except ValueError as error:
        raise ReportgenError(f"{path}: a text {error}") from None


def _submission(table: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """Return addresses and subject, both empty where the section is missing: a folder made before there was one still builds."""
    section = table.get("submission", {"to": [], "subject": ""})
    if not isinstance(section, dict):
        raise ValueError("submission", section, "must be a section, [submission]")  # noqa: TRY004 - as for every other rule
    for key in section:
        if key not in ("to", "subject"):
            raise ValueError(f"submission.{key}", section[key], "is unknown; a submission has `to` and `subject`")
    to, subject = section.get("to"), section.get("subject")
    if not isinstance(to, list) or not all(isinstance(address, str) for address in to):
        raise ValueError("submission.to", to, 'must be a list of addresses, as in ["name@unt.edu"]')
    if not isinstance(subject, str):
        raise ValueError("submission.subject", subject, "must be a line of text")  # noqa: TRY004 - as above
    return tuple(to), subject
