"""What a folder of templates says of the assignment: the texts to print, what an answer must hold, how it is handed in."""

import datetime
import keyword
import re
import reprlib
import tomllib
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from reportgen.errors import ReportgenError, nearest
from reportgen.settings import MOST_BYTES as MOST_TOML
from reportgen.settings import printable
from reportgen.textfiles import decoded, require_own

ASSIGNMENT_FILE = "assignment.toml"
MOST_BYTES = 1_000_000  # in a file beside the templates; ours have 10,000

NEEDED_TEXTS = ("course", "assignment", "title", "keywords")
NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
"""Of the parts, which can be as many."""

MOST_REQUIREMENTS = 50
MOST_TERMS = 60
MOST_WORDS = 10_000  # different ones, in what an answer says on something

_SECTIONS = ("part", "requirement", "aspects", "texts", "submission")
_KEYS = (*NEEDED_TEXTS, "study", "quoted", *_SECTIONS)
# The build prints these itself, or reads them from the evidence.
_NOT_A_TEXT = frozenset(
    (
        *NEEDED_TEXTS,
        "author",
        "date",
        "contents",
        "appendix",
        "in_full",
        "bound",
        "confidence",
        "marking",
        "held",
        "networks",
        "given",
    )
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_STUDY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_CODE = re.compile(r"A(?:[2-9]|[1-9][0-9])")

# A word of a term: letters, some of them optional in parentheses, and a star for any more of them at either end.
_WORD = r"\*?(?:[^\W_]|_|\([^\W_]+\))+\*?"
_ITEM = rf"{_WORD}(?:\|{_WORD})*"
_TERM = re.compile(rf"{_ITEM}(?:[ -](?:\.\.\. )?{_ITEM})*")
_TERMS = (
    'must be words as in "hidden state", "flow*", "picture(s)", "point|moment in time" or "each ... one", '
    "where ... stands for up to two words"
)
_MOST_OF_A_TERM = 80

_MOST_OF_AN_ADDRESS = 254  # RFC 5321, 4.5.3.1.3: 256 with the angle brackets
# A dot-atom, "@", a host name of two labels or more (RFC 5322, 3.4.1; RFC 1123, 2.1). No "?": with it a name could read
# as an encoded word (RFC 2047), which mail programs decode into whatever it says.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_DOMAIN.pattern}")
_SENDERS = 'must list domains, as in ["unt.edu"], which stand for those below them as well'

Terms = tuple[str, ...]
"""Words and phrases of which any one is meant: `reportgen.check.terms` says what matches them."""


@dataclass(frozen=True)
class Part:
    """A part of the assignment, counted by its place in the file.

    `name` is that under which templates print its `heading`, which the report of this build has word for word. A heading in
    an answer is that of the part if it has its number, as in "Part 2", or names the `topic`, which messages call `on`.
    A heading of the same rank that names neither the topic, nor what a requirement in this part is on, nor what
    `belongs` to it ends the part. Raises ValueError with key, value and rule, as `Requirement` does.
    """

    name: str
    heading: str
    on: str = ""
    topic: Terms = ()
    belongs: Terms = ()

    def __post_init__(self) -> None:
        """Check every field."""
        _require_name(self.name, "name")
        _require_line(self.heading, "heading")
        _require_terms(self.topic, "topic")
        _require_terms(self.belongs, "belongs")
        _require_line(self.on, "on", needed=bool(self.topic))


@dataclass(frozen=True)
class Requirement:
    """What an answer must say, as the sentence `says`, and where: in the part of this name, or anywhere.

    Without `terms`, all text there is looked at. With `terms`, only what is on them: the sections whose heading names one, and
    the sentences that do, each with the next; those that name what a requirement in `apart_from` is on do not count. With
    a `noun`, in one and in many, the `terms` are what one of them is called, as "first" is one of "layer", "layers": it is
    discussed from where it is named to where another one is, or all are.

    In that text must stand as many different words as `words`, one of `any_of`, none of `none_of`, and `at_least` so many of
    the aspects that the assignment has under the name `aspects`; 0 stands for all of them. Messages call what
    it is on the `subject`.
    """

    code: str
    says: str
    where: str = ""
    subject: str = ""
    terms: Terms = ()
    noun: Terms = ()
    apart_from: tuple[str, ...] = ()
    words: int = 1
    any_of: Terms = ()
    none_of: Terms = ()
    aspects: str = ""
    at_least: int = 0

    def __post_init__(self) -> None:
        """Check every field, and those that go together only."""
        if not isinstance(self.code, str) or not _CODE.fullmatch(self.code):
            raise ValueError("code", self.code, "must be A2 to A99; A1, that the file opens, is always asked")
        _require_line(self.says, "says")
        if not self.says.endswith("."):
            raise ValueError("says", self.says, "must be a sentence, which ends in a full stop")
        for name in ("where", "subject", "aspects"):
            _require_line(getattr(self, name), name, needed=False)
        for name in ("terms", "noun", "any_of", "none_of"):
            _require_terms(getattr(self, name), name)
        _require_list(self.apart_from, "apart_from", 'must list codes of requirements, as in ["A5"]')
        _require_count(self.words, "words", 1, MOST_WORDS)
        _require_count(self.at_least, "at_least", 0, MOST_TERMS)
        if self.noun and len(self.noun) != 2:
            raise ValueError(
                "noun", self.noun, 'must be what they are called in one and in many, as in ["layer", "layers"]'
            )
        for name in ("noun", "apart_from", "subject"):
            if getattr(self, name) and not self.terms:
                raise ValueError(name, getattr(self, name), "says nothing without `terms`")
        if self.noun and self.apart_from:
            raise ValueError(
                "apart_from", self.apart_from, "says nothing beside `noun`, whose others it is apart from anyway"
            )
        if self.at_least and not self.aspects:
            raise ValueError("at_least", self.at_least, "says nothing without `aspects`")


@dataclass(frozen=True)
class Assignment:
    """What is asked, as read-only values.

    `texts` are what templates may print, by name. `to` and `subject` are of the e-mail that hands in, and empty together where
    nothing is said of one. It is `due` at a time that is the same everywhere (an aware datetime), or None, and comes from an address
    at one of the domains `senders`, or from anywhere if there are none. `study` names the experiment that the templates are written
    for, or is empty. A sentence that begins as one of `quoted` is the assignment itself, and answers nothing. `aspects` are by the
    name of what has them, and then by their own.

    Raises ValueError, with the key as the file has it, the value and the rule, for an address or a subject that a mail
    header could not hold as it is, and for parts and requirements that do not go together.
    """

    texts: Mapping[str, str]
    to: tuple[str, ...] = ()
    subject: str = ""
    study: str = ""
    parts: tuple[Part, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    aspects: Mapping[str, Mapping[str, Terms]] = field(default_factory=dict)
    quoted: Terms = ()
    due: datetime.datetime | None = None
    senders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field, so that whoever holds an assignment need not."""
        object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))
        aspects = {name: MappingProxyType(dict(each)) for name, each in self.aspects.items()}
        object.__setattr__(self, "aspects", MappingProxyType(aspects))
        if self.study and not _STUDY.fullmatch(self.study):
            raise ValueError("study", self.study, "must be the name of a study: small letters, digits, - and _")
        _require_terms(self.quoted, "quoted")
        _require_mail(self.to, self.subject)
        _require_list(self.senders, "submission.from", _SENDERS)
        for domain in self.senders:
            if len(domain) > _MOST_OF_AN_ADDRESS or not _DOMAIN.fullmatch(domain):
                raise ValueError("submission.from", domain, _SENDERS)
        if self.due and self.due.tzinfo is None:
            raise ValueError("submission.due", self.due, "needs a `timezone`")
        _require_parts(self.parts)
        _require_aspects(self.aspects)
        _require_requirements(self)


def read_assignment(templates: Path) -> Assignment:
    """Return what `assignment.toml` in a folder of templates says.

    Raises ReportgenError, with file and key, where something is missing, unknown or malformed.
    """
    if not templates.is_dir():
        raise ReportgenError(f"{templates}: is no folder of templates; `init DIR` makes one with all that is needed")
    path = templates / ASSIGNMENT_FILE
    table = read_toml(templates, ASSIGNMENT_FILE)
    if sum(key.startswith("part_") for key in table) > 1:  # today, each part is a table
        raise ReportgenError(f"{path}: is of version 0.1; `migrate DIR` makes it into one of today")
    try:
        _require_keys(table, _KEYS, "", " (what templates print besides stands in [texts])")
        parts = tuple(_of_table(Part, each, f"part {n}") for n, each in enumerate(_tables(table, "part"), 1))
        return Assignment(
            texts=_texts(table, parts),
            **_submission(table),
            study=_line(table.get("study", ""), "study", needed=False),
            parts=parts,
            requirements=tuple(
                _of_table(Requirement, each, f"requirement {n}")
                for n, each in enumerate(_tables(table, "requirement"), 1)
            ),
            aspects=_aspects(table),
            quoted=_list(table.get("quoted", []), "quoted"),
        )
    except _UnknownKeyError as error:
        raise ReportgenError(f"{path}: {error}") from None
    except ValueError as error:
        key, value, rule = error.args
        found = "is missing" if value is None else f"is {_short(list(value) if isinstance(value, tuple) else value)}"
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
    path = templates / name
    require_own(path, templates)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ReportgenError(
            f"{templates}: holds no {name}; `init DIR` makes a folder with all that is needed"
        ) from None
    except OSError as error:
        raise ReportgenError(f"{path}: cannot be read as text ({error})") from None
    if len(content) > MOST_BYTES:
        raise ReportgenError(f"{path}: is larger than {MOST_BYTES:,} bytes; shorten it")
    return decoded(content, path)


_Kind = TypeVar("_Kind", Part, Requirement)


class _UnknownKeyError(Exception):
    """A key that the file may not have, with the nearest that it may."""


def _require_keys(table: Mapping[str, Any], known: Iterable[str], place: str, more: str = "") -> None:
    for key in table:
        if key not in known:
            raise _UnknownKeyError(f"unknown key {_short(f'{place}{key}')}{nearest(key, known)}{more}")


def _of_table(kind: type[_Kind], table: dict[str, Any], place: str) -> _Kind:
    """Make a part or a requirement of its table; what is wrong in it is said with its number."""
    known = [each.name for each in fields(kind)]
    _require_keys(table, known, f"{place}: ")
    for name in ("name", "heading", "code", "says"):
        if name in known and name not in table:
            raise ValueError(f"{place}: {name}", None, "each of them needs one")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    try:
        return kind(**given)
    except ValueError as error:
        key, *rest = error.args
        raise ValueError(f"{place}: {key}", *rest) from None


def _tables(table: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    listed = table.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ValueError(name, listed, f"must be a list: write [[{name}]] above each of them")
    return listed


def _section(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = table.get(name, {})
    if not isinstance(section, dict):
        raise ValueError(name, section, f"must be a section, [{name}]")  # noqa: TRY004 - as for every other rule
    return section


def _texts(table: Mapping[str, Any], parts: tuple[Part, ...]) -> dict[str, str]:
    """Return all that templates may print: the needed lines, the headings of the parts, and what [texts] adds."""
    texts = {name: _line(table.get(name), name) for name in NEEDED_TEXTS}
    texts |= {part.name: part.heading for part in parts}
    for name, value in _section(table, "texts").items():
        if name in texts:
            raise ValueError(f"texts.{name}", value, "is the name of a part or of a key at the top; take another one")
        _require_name(name, "texts")
        texts[name] = _line(value, f"texts.{name}", needed=False)
    return texts


def _aspects(table: Mapping[str, Any]) -> dict[str, dict[str, Terms]]:
    found = {}
    for name, aspects in _section(table, "aspects").items():
        if not isinstance(aspects, dict):
            raise ValueError(f"aspects.{name}", aspects, 'must be a section of lists, as in [aspects."a network"]')  # noqa: TRY004
        found[name] = {aspect: _list(terms, f"aspects.{name}.{aspect}") for aspect, terms in aspects.items()}
    return found


def _submission(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of handing in, by the fields of an assignment; nothing where the section is missing: it need not be by mail."""
    if "submission" not in table:
        return {}
    section = _section(table, "submission")
    _require_keys(section, ("to", "subject", "due", "timezone", "from"), "submission.")
    to, subject = section.get("to"), section.get("subject")
    if not isinstance(to, list) or not all(isinstance(address, str) for address in to):
        raise ValueError("submission.to", to, 'must be a list of addresses, as in ["name@unt.edu"]')
    if not isinstance(subject, str):
        raise ValueError("submission.subject", subject, "must be a line of text")  # noqa: TRY004 - as above
    senders = tuple(_list(section.get("from", []), "submission.from"))
    return {"to": tuple(to), "subject": subject, "due": _due(section), "senders": senders}


def _due(section: Mapping[str, Any]) -> datetime.datetime | None:
    """Return when a hand-in is due, with its time zone."""
    due, name = section.get("due"), section.get("timezone")
    if due is None:
        if name is not None:
            raise ValueError("submission.timezone", name, "says nothing without `due`")
        return None
    if not isinstance(due, datetime.datetime):
        raise ValueError("submission.due", str(due), "must be a day and a time, as in 2024-12-04T23:00:00")  # noqa: TRY004 - as above
    if due.tzinfo is not None and name is None:
        return due
    rule = 'must be the name of a time zone, as in "America/Chicago"'
    if due.tzinfo is not None or not isinstance(name, str):
        raise ValueError("submission.timezone", name, f"{rule}, unless `due` says itself how far it is from UTC")
    try:
        return due.replace(tzinfo=zoneinfo.ZoneInfo(name))
    except (
        ValueError,
        OSError,
        zoneinfo.ZoneInfoNotFoundError,
    ):  # a name that is a folder, leads elsewhere, or is none
        raise ValueError("submission.timezone", name, rule) from None


def _line(value: Any, key: str, *, needed: bool = True) -> str:
    _require_line(value, key, needed=needed)
    return str(value)


def _list(value: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(key, value, "must be a list, in [ ]")  # noqa: TRY004 - as above
    return tuple(value)


def _require_line(value: Any, key: str, *, needed: bool = True) -> None:
    if not isinstance(value, str) or (needed and not value.strip()):
        raise ValueError(key, value, "must be a line of text")
    try:
        printable(value)
    except ValueError as error:
        raise ValueError(key, value, str(error)) from None


def _require_name(value: Any, key: str) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value) or keyword.iskeyword(value):
        raise ValueError(key, value, "must be a name that templates can print: small letters, digits and _")
    if value in _NOT_A_TEXT:
        raise ValueError(key, value, "is a name that stands for something else already; take another one")


def _require_list(value: Any, key: str, rule: str) -> None:
    if not isinstance(value, tuple):
        raise ValueError(key, value, "must be a list, in [ ]")  # noqa: TRY004 - as for every other rule
    if not all(isinstance(each, str) for each in value):
        raise ValueError(key, value, rule)
    if len(value) > MOST_TERMS:
        raise ValueError(key, f"a list of {len(value)}", f"must have at most {MOST_TERMS}")


def _require_terms(value: Any, key: str) -> None:
    _require_list(value, key, _TERMS)
    for term in value:
        if len(term) > _MOST_OF_A_TERM or not _TERM.fullmatch(term):
            raise ValueError(key, term, _TERMS)


def _require_count(value: Any, key: str, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(key, value, f"must be a whole number from {least} to {most}")


def _require_mail(to: tuple[str, ...], subject: str) -> None:
    for address in to:
        if len(address) > _MOST_OF_AN_ADDRESS or not _ADDRESS.fullmatch(address):
            raise ValueError("submission.to", address, "must be an address as in name@unt.edu, and nothing else")
    try:
        printable(subject)
    except ValueError as error:
        raise ValueError("submission.subject", subject, str(error)) from None
    if subject != subject.strip():
        raise ValueError("submission.subject", subject, "must not begin or end with a space, which mail loses")
    if "=?" in subject:  # RFC 2047, 2; the decoded text could even hold a line break, and so a header
        raise ValueError("submission.subject", subject, "must not hold '=?', which mail programs would decode")
    if bool(to) != bool(subject):
        key, value = ("to", list(to)) if subject else ("subject", subject)
        raise ValueError(f"submission.{key}", value, "must not be empty")


def _require_parts(parts: tuple[Part, ...]) -> None:
    if len(parts) > len(NUMERALS):
        raise ValueError("part", f"a list of {len(parts)}", f"must have at most {len(NUMERALS)}")
    for key in ("name", "heading"):
        values = [getattr(part, key) for part in parts]
        for number, value in enumerate(values, 1):
            if value in values[: number - 1]:
                raise ValueError(f"part {number}: {key}", value, "is that of another part; take another one")


def _require_aspects(aspects: Mapping[str, Mapping[str, Terms]]) -> None:
    for name, each in aspects.items():
        _require_line(name, "the name of aspects")
        if not 1 <= len(each) <= MOST_TERMS:
            raise ValueError(f"aspects.{name}", f"a list of {len(each)}", f"must have from 1 to {MOST_TERMS}")
        for aspect, terms in each.items():
            _require_line(aspect, f"a name in aspects.{name}")
            _require_terms(terms, f"aspects.{name}.{aspect}")
            if not terms:
                raise ValueError(f"aspects.{name}.{aspect}", [], "must not be empty")


def _require_requirements(assignment: Assignment) -> None:
    """Hold every requirement against the parts, the aspects and the others that it names."""
    requirements = assignment.requirements
    if len(requirements) > MOST_REQUIREMENTS:
        raise ValueError("requirement", f"a list of {len(requirements)}", f"must have at most {MOST_REQUIREMENTS}")
    parts = [part.name for part in assignment.parts]
    with_terms = [each.code for each in requirements if each.terms and not each.noun]
    codes: list[str] = []
    for number, each in enumerate(requirements, 1):
        place = f"requirement {number}"
        if each.code in codes:
            raise ValueError(f"{place}: code", each.code, "is that of another requirement; take another one")
        codes.append(each.code)
        if each.where and each.where not in parts:
            raise ValueError(f"{place}: where", each.where, f"is no part{nearest(each.where, parts)}")
        if each.aspects and each.aspects not in assignment.aspects:
            rule = f"is not in [aspects]{nearest(each.aspects, assignment.aspects)}"
            raise ValueError(f"{place}: aspects", each.aspects, rule)
        if each.aspects and each.at_least > (most := len(assignment.aspects[each.aspects])):
            raise ValueError(f"{place}: at_least", each.at_least, f"must be at most {most}, as many as there are")
        others = [code for code in with_terms if code != each.code]
        for code in each.apart_from:
            if code not in others:
                rule = f"is no other requirement with `terms` of its own{nearest(code, others)}"
                raise ValueError(f"{place}: apart_from", code, rule)


def _short(value: object) -> str:
    try:
        return reprlib.repr(value)
    except (RecursionError, ValueError):  # tables in tables, and integers that Python does not print
        return f"a {type(value).__name__} without end"
