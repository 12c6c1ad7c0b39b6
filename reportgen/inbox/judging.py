"""What a hand-in is held to: that it is one Word document, sent as the assignment asks, and the document itself."""

import hashlib
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO

from reportgen.assignment import Assignment
from reportgen.check import Outcome, Result, check_document
from reportgen.check.document import Document, read_document
from reportgen.check.layout import other_assignment
from reportgen.check.package import NotWord, open_package
from reportgen.inbox.handin import File, HandIn, Student
from reportgen.inbox.mail import Mail, read_mail
from reportgen.inbox.sources import kind_of, unpack

OWN = b"urn:reportgen:provenance:"
"""What the part begins with that this program puts into its reports."""

_MOST_INNER = 50  # messages in a message
_MOST_IN_ZIP = 20  # files in an archive that a student hands in
_LEAST_WORDS = 8  # of a sentence that is not the same by chance
_HALF_A_DAY = timedelta(hours=14)  # by so much at most a time zone is away from UTC
_AHEAD = timedelta(hours=1)  # of the server's clock, where the sender's is wrong
_REPLY = re.compile(r"^(?:(?:re|fwd?|aw|wg|tr|rv|sv)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Judged:
    """What was found of a hand-in, without what it holds.

    results: of handing in first (S1, S2, …), then of the document that meets most. file: its name; files: how many there were. sent:
    when, if that is known. late: by how long. content, text: digests by which the same file, and the same words, are known; "" where there
    is no document. shares: how much of its sentences stands in the reference answer, 0 to 1; made_here: it carries what this program puts
    into its reports.
    """

    place: str
    student: Student
    results: tuple[Result, ...]
    file: str = ""
    files: int = 0
    sent: datetime | None = None
    late: timedelta | None = None
    system: str = ""
    content: str = ""
    text: str = ""
    shares: float = 0.0
    made_here: bool = False

    def failed(self, *, strict: bool = False) -> list[Result]:
        """Return the rules that it does not meet; those of the craft count only if it is `strict`."""
        return [each for each in self.results if each.outcome == "fail" and (strict or each.group != "craft")]

    @property
    def doubts(self) -> list[Result]:
        """Return the rules that it meets with a doubt."""
        return [each for each in self.results if each.outcome == "doubt"]


def judge_all(hand_in: HandIn, assignment: Assignment, reference: frozenset[int] = frozenset()) -> list[Judged]:
    """Judge a hand-in, or each of the messages that a message only passes on; never raises, whatever it is.

    reference: the sentences of the reference answer, as `sentences_of` gives them.
    """
    try:
        return _judge(hand_in, assignment, reference)
    except (Exception, RecursionError) as error:  # one hostile file harms none of the others
        return [undecided(hand_in, f"{type(error).__name__} while it was read")]


def undecided(hand_in: HandIn, reason: str) -> Judged:
    """Return that a hand-in could not be judged, and why."""
    name = hand_in.files[0].name if hand_in.files else ""
    message = f"could not be judged ({reason}); open it by hand, with care"
    return Judged(hand_in.place, hand_in.student, (_rule("S1", _ONE, "fail", message),), name, len(hand_in.files))


def sentences_of(document: bytes) -> frozenset[int]:
    """Return the longer sentences of a Word document, as numbers; none if it is no document."""
    try:
        return _sentences(read_document(open_package(document)))
    except NotWord:
        return frozenset()


_ONE = "One Word document is handed in."


def _judge(hand_in: HandIn, assignment: Assignment, reference: frozenset[int]) -> list[Judged]:
    if not hand_in.message:
        judged = _of_files(hand_in.files, assignment, reference, hand_in.damage)
        results = (*judged.results[:1], *_unmailed(hand_in, assignment), *judged.results[1:])
        late = _lateness(assignment, hand_in.at)
        return [
            replace(
                judged,
                place=hand_in.place,
                student=hand_in.student,
                results=results,
                sent=hand_in.at,
                late=late,
                system=hand_in.system,
            )
        ]
    return [
        _of_mail(replace(hand_in, place=f"{hand_in.place}{suffix}"), mail, assignment, reference, passed_on=passed_on)
        for suffix, mail, passed_on in _opened(hand_in.message, "", 0)
    ]


def _opened(message: bytes, suffix: str, depth: int) -> list[tuple[str, Mail, bool]]:
    """Open a message, and those in it if it brings nothing else: whoever passes a message on hands nothing in."""
    mail = read_mail(message)
    if mail.files or not mail.inner or depth >= 3:
        return [(suffix, mail, depth > 0)]
    inner = mail.inner[:_MOST_INNER]
    numbered = [f"{suffix}.{number}" for number in range(1, len(inner) + 1)] if len(inner) > 1 else [suffix]
    return [found for each, name in zip(inner, numbered, strict=True) for found in _opened(each, name, depth + 1)]


def _of_mail(
    hand_in: HandIn, mail: Mail, assignment: Assignment, reference: frozenset[int], *, passed_on: bool
) -> Judged:
    judged = _of_files(mail.files, assignment, reference, hand_in.damage, mail)
    one = judged.results[0]
    if passed_on and one.outcome == "pass":
        one = _rule(
            "S1",
            _ONE,
            "doubt",
            "the message was passed on in another one; what is said of it here stands in the inner one",
        )
    sent = mail.received or (None if mail.zoneless else mail.sent)
    student = hand_in.student if hand_in.student.known else Student(mail.name, "", mail.address)
    late = _lateness(assignment, sent)
    results = (one, *_mailed(mail, assignment), *judged.results[1:])
    return replace(judged, place=hand_in.place, student=student, results=results, sent=sent, late=late, system="e-mail")


# The files


def _of_files(
    files: Sequence[File], assignment: Assignment, reference: frozenset[int], damage: str, mail: Mail | None = None
) -> Judged:
    """Judge the documents among the files, and give what was found of the one that meets most."""
    documents, notes = _documents(files)
    if damage or not documents:
        found = _nothing(files, damage, mail)
        return Judged("", Student(), (_rule("S1", _ONE, "fail", found), *_not_judged(assignment)), files=len(files))
    judged = [_Opened(file, *_open(file, assignment)) for file in documents]
    words = [each for each in judged if not each.document.damage]
    best = min(words or judged, key=lambda each: (_count(each.results, "fail"), _count(each.results, "doubt")))
    if not words:
        one = _rule("S1", _ONE, "fail", best.document.damage)
    elif len(words) > 1:
        one = _rule(
            "S1", _ONE, "doubt", f"{len(words)} Word documents are handed in, and the one that meets most was judged"
        )
    else:
        if other := other_assignment(best.document, assignment):
            notes.append(f"it says that it is for {other}")
        one = _rule("S1", _ONE, "doubt" if notes else "pass", "; ".join(notes))
    sentences = _sentences(best.document)
    return Judged(
        "", Student(), (one, *best.results), best.file.name, len(files),
        content=_digest(best.file.content), text=_text(best.document),
        shares=len(sentences & reference) / len(sentences) if sentences else 0.0, made_here=best.made_here,
    )  # fmt: skip


@dataclass(frozen=True)
class _Opened:
    """A file, what it shows as a document, whether this program made it, and what every rule found."""

    file: File
    document: Document
    made_here: bool
    results: list[Result]


def _open(file: File, assignment: Assignment) -> tuple[Document, bool, list[Result]]:
    made_here = False
    try:
        package = open_package(file.content, file.name)
        document = read_document(package)
        items = (entry for name, entry in package.parts.items() if name.startswith("customxml/item"))
        made_here = any(OWN in _start(package.archive, entry) for entry in items)
    except NotWord as reason:
        document = Document(damage=str(reason))
    return document, made_here, check_document(document, assignment)


def _start(archive: zipfile.ZipFile | None, entry: zipfile.ZipInfo | bytes) -> bytes:
    """Give the first bytes of a part, which need not be unpacked any further."""
    if archive is None or isinstance(entry, bytes):
        return b""
    try:
        with archive.open(entry) as part:
            return part.read(500)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError, OSError):
        return b""


def _count(results: Sequence[Result], outcome: Outcome) -> int:
    return sum(each.outcome == outcome and each.group == "assignment" for each in results)


def _documents(files: Sequence[File]) -> tuple[list[File], list[str]]:
    """Return what may be a Word document among files, each content once, and what is to be said of where it was found."""
    found: dict[str, File] = {}
    notes: list[str] = []
    for file in files:
        inner = _in_zip(file)
        if inner:
            notes.append("the document is in an archive")
        for each in inner or [file]:
            if each.content or not each.damage:
                found.setdefault(_digest(each.content), each)
    return list(found.values()), notes


def _in_zip(file: File) -> list[File]:
    """Return the documents in an archive that a student handed in, if a file is one."""
    if kind_of(file.content[:4], file.name) != "archive":
        return []
    try:
        with zipfile.ZipFile(BytesIO(file.content)) as archive:
            entries = archive.infolist()[: _MOST_IN_ZIP * 10]
            names = {entry.filename.lower() for entry in entries}
            if names & {"[content_types].xml", "mimetype", "index/document.iwa"}:
                return []
            inner = [
                each
                for each in entries
                if re.search(r"(?:^|/)(?!\.|~\$)[^/]+\.(?:docx?|docm|rtf|odt|pdf|pages)$", each.filename, re.I)
            ]
            inner = [each for each in inner if not each.filename.startswith("__MACOSX")]
            return [File(each.filename.rpartition("/")[2], unpack(archive, each)) for each in inner[:_MOST_IN_ZIP]]
    except Exception:  # whatever is wrong with it, it is judged as the file that it is
        return []


def _nothing(files: Sequence[File], damage: str, mail: Mail | None) -> str:
    if damage:
        return damage
    if files:
        return "; ".join(dict.fromkeys(file.damage or "the file is empty" for file in files))
    if mail and mail.shared:
        return f"nothing is attached, only linked to ({', '.join(mail.shared)}); whether that is a Word document is unknown"
    return "nothing is attached" if mail else "there is no file"


def _not_judged(assignment: Assignment) -> list[Result]:
    return [
        Result(each.code, "assignment", each.says, "n/a", "there is no document to look at")
        for each in assignment.requirements
    ]


# The message


def _mailed(mail: Mail, assignment: Assignment) -> list[Result]:
    found = []
    if assignment.to:
        found += [_address(mail, assignment), _subject(mail, assignment)]
    if assignment.due:
        found.append(_rule("S4", _in_time(assignment), *_time(mail, assignment.due)))
    if assignment.senders:
        found.append(_sender(mail, assignment))
    return found


def _unmailed(hand_in: HandIn, assignment: Assignment) -> list[Result]:
    """Say what nobody can know of a file without the message that it came with."""
    unknown = (
        "unknown: it came without its e-mail"
        if not hand_in.system
        else f"unknown: it comes from {hand_in.system}, and from no e-mail"
    )
    found = []
    if assignment.to:
        found += [_rule("S2", _to(assignment), "n/a", unknown), _rule("S3", _under(assignment), "n/a", unknown)]
    if assignment.due:
        outcome: Outcome = "n/a"
        why = "unknown: a file does not say when it was handed in"
        if hand_in.at is not None:
            late = hand_in.at - assignment.due
            outcome, why = (
                ("fail", f"late by {length_in_words(late)}, by {hand_in.system}’s clock")
                if late > timedelta()
                else ("pass", "")
            )
        elif hand_in.late:
            outcome, why = "fail", f"{hand_in.system} says that it is late; by how much is unknown"
        elif hand_in.system == "Canvas":
            why = (
                "unknown: Canvas says of what is late for it that it is, and does not say it here, but writes no times"
            )
        found.append(_rule("S4", _in_time(assignment), outcome, why))
    if assignment.senders:
        found.append(_rule("S5", _from(assignment), "n/a", unknown))
    return found


def _to(assignment: Assignment) -> str:
    return f"It is sent to {' and '.join(assignment.to)}."


def _under(assignment: Assignment) -> str:
    return f"Its subject is “{assignment.subject}”."


def _in_time(assignment: Assignment) -> str:
    return f"It is sent by {shown(assignment.due)}." if assignment.due else ""


def _from(assignment: Assignment) -> str:
    return f"It comes from an address at {' or '.join(assignment.senders)}."


def _address(mail: Mail, assignment: Assignment) -> Result:
    rule = _to(assignment)
    missing = [each for each in assignment.to if each.lower() not in mail.to]
    if not missing:
        return _rule("S2", rule, "pass", "")
    if all(each.lower() in mail.delivered for each in missing):
        return _rule(
            "S2", rule, "doubt", f"it came to {' and '.join(missing)}, but names nobody there: a blind copy, or a list"
        )
    if not mail.to and not mail.delivered:
        return _rule("S2", rule, "n/a", "unknown: the message does not say to whom it was sent")
    return _rule("S2", rule, "fail", f"it is not sent to {' and '.join(missing)}")


def _subject(mail: Mail, assignment: Assignment) -> Result:
    rule, asked, found = _under(assignment), assignment.subject, mail.subject
    if found is None or not found:
        return _rule("S3", rule, "fail", "it has no subject")
    if found == " ".join(asked.split()):
        return _rule("S3", rule, "pass", "")
    bare = _REPLY.sub("", found)
    if _letters(bare) == _letters(asked):
        why = (
            "is passed on or answered (“" + found[: len(found) - len(bare)].strip() + "”)"
            if bare != found
            else "differs in signs only"
        )
        return _rule("S3", rule, "doubt", f"its subject, “{found[:120]}”, {why}")
    return _rule("S3", rule, "fail", f"its subject is “{found[:120]}”")


def _letters(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def _time(mail: Mail, due: datetime) -> tuple[Outcome, str]:
    """Judge by the server's clock, and by the sender's where there is none; where they differ over it, both are said."""
    sent, received = mail.sent, mail.received
    if mail.zoneless and sent is not None and received is None and abs(sent - due) <= _HALF_A_DAY:
        return "n/a", "unknown: its date names no time zone"
    if sent is None and received is None:
        return "n/a", "unknown: the message says neither when it was sent nor when it arrived"
    if received is None:
        assert sent is not None
        return ("fail", f"late by {length_in_words(sent - due)}, by the sender’s clock") if sent > due else ("pass", "")
    if received <= due:
        return "pass", ""
    late = f"late by {length_in_words(received - due)}"
    if sent is not None and sent <= due and not mail.zoneless:
        return "doubt", f"it says that it was sent in time, and arrived {late}"
    return "fail", late


def _sender(mail: Mail, assignment: Assignment) -> Result:
    rule = _from(assignment)
    domain = mail.address.rpartition("@")[2]
    if not domain:
        return _rule("S5", rule, "n/a", "unknown: the message does not say from whom it is")
    if any(domain == each.lower() or domain.endswith(f".{each.lower()}") for each in assignment.senders):
        return _rule("S5", rule, "pass", "")
    return _rule("S5", rule, "fail", f"it comes from an address at {domain[:60]}")


def _rule(code: str, rule: str, outcome: Outcome, message: str) -> Result:
    return Result(code, "submission", rule, outcome, message)


def _lateness(assignment: Assignment, sent: datetime | None) -> timedelta | None:
    return sent - assignment.due if sent and assignment.due and sent > assignment.due else None


def length_in_words(time: timedelta) -> str:
    """Say a length of time in its two largest units: "2 days 3 h", "5 min", "40 s"."""
    seconds = max(0, int(time.total_seconds()))
    units = [
        (seconds // 86400, "day", "days"),
        (seconds // 3600 % 24, "h", "h"),
        (seconds // 60 % 60, "min", "min"),
        (seconds % 60, "s", "s"),
    ]
    first = next((index for index, unit in enumerate(units) if unit[0]), 3)
    said = [unit for unit in units[first : first + 2] if unit[0] and (unit[1] != "s" or first >= 2)]
    return " ".join(f"{count} {one if count == 1 else more}" for count, one, more in said) or "0 s"


def shown(time: datetime) -> str:
    """Say a time in its own time zone: "Wednesday 2024-12-04 23:00 CST"."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"{days[time.weekday()]} {time:%Y-%m-%d %H:%M} {time.tzname() or 'UTC'}".replace("UTC+00:00", "UTC")


# What is the same


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _text(document: Document) -> str:
    """Return a digest of a document's words, which saving it anew does not change; "" for one of hardly any."""
    words = re.findall(r"\w+", " ".join(each.text for each in document.paragraphs).casefold())
    return hashlib.sha256(" ".join(words).encode()).hexdigest() if len(words) >= 5 * _LEAST_WORDS else ""


def _sentences(document: Document) -> frozenset[int]:
    found = set()
    for paragraph in document.paragraphs:
        if paragraph.kind == "prose":
            for sentence in re.split(r"(?<=[.!?;]) ", paragraph.text):
                words = re.findall(r"\w+", sentence.casefold())
                if len(words) >= _LEAST_WORDS:
                    found.add(int.from_bytes(hashlib.sha256(" ".join(words).encode()).digest()[:8]))
    return frozenset(found)
