"""The e-mail that hands the report in, as a draft: a file that mail programs open. Nothing here sends anything."""

import hashlib
import unicodedata
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, default

from reportgen.assignment import Assignment
from reportgen.check.document import DC
from reportgen.check.package import NotWord, open_package, read_xml, related
from reportgen.errors import ReportgenError
from reportgen.settings import MOST_CHARACTERS

# Of each of the three parts of a file's name: with them it stays below the 255 bytes that file systems allow.
_MOST_BYTES = 60

# What python-docx, Apache POI, docx.js and Word put there where nobody has said who writes.
_NOBODY = {"python-docx", "apache poi", "un-named", "microsoft office user", "windows user", "user"}


def draft(assignment: Assignment, author: str, document: bytes) -> bytes:
    """Return an .eml (RFC 5322, MIME) to the addresses of an assignment, with its subject, and a Word document attached.

    The same values give the same bytes. Raises ReportgenError for a subject that would not arrive as it is.
    """
    author = " ".join(_without(author, ("Cc", "Cs", "Z")).split())[:MOST_CHARACTERS]
    name = attachment_name(assignment.texts["course"], assignment.texts["assignment"], author)
    text = _body(assignment, author, name)
    message = EmailMessage(policy=SMTP)
    # A draft has no From, Date and Message-ID: the program that sends it sets them, and a date would make every draft another.
    message["To"] = ", ".join(assignment.to)
    message["Subject"] = assignment.subject
    message["X-Unsent"] = "1"  # Outlook opens such a file for sending; others show it and offer to edit it as new
    message.set_content(text, cte="quoted-printable")
    message.add_attachment(
        document,
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
        filename=name,
    )
    # The library would draw a boundary at random. "=_" stands in no base64 and no quoted-printable (RFC 2045, 6.7).
    fields = "\0".join((*assignment.to, assignment.subject, text, ""))
    message.set_boundary("=_" + hashlib.sha256(fields.encode() + document).hexdigest()[:32])
    content = message.as_bytes()
    _require_exact_subject(content, assignment.subject)
    return content


def attachment_name(course: str, assignment: str, author: str) -> str:
    """Return a name such as "ADTA-5560-701-Assignment-5-Jane-Doe.docx": letters and digits of any script, and hyphens.

    A course counts as far as its colon. A name has at least two words, since Windows reserves some of one, such as CON.
    """
    words = [word for text in (course.partition(":")[0], assignment, author) if (word := _word(text))]
    return "-".join(words if len(words) > 1 else ["submission", *words]) + ".docx"


def author_of(document: bytes) -> str:
    """Return the author in the core properties of a Word document (ECMA-376 part 2), or "" where that is nobody or a program.

    It is read as the checker reads: what is attached may come from anyone.
    """
    try:
        package = open_package(document)
        core = read_xml(package, related(package, "").get("core-properties", ""))
    except NotWord:  # or one without core properties
        return ""
    author = " ".join(core.findtext(f"{DC}creator", "").split())
    return "" if author.casefold() in _NOBODY else author


def _body(assignment: Assignment, author: str, name: str) -> str:
    lines = [
        f"Attached is the Word document for {assignment.texts['assignment']}.",
        "",
        f"Course: {assignment.texts['course']}",
        f"Assignment: {assignment.texts['assignment']}",
        *([f"Author: {author}"] if author else []),
        f"Attachment: {name}",
    ]
    return "\n".join(lines) + "\n"


def _word(text: str) -> str:
    # NFKC makes plain letters of ligatures and of full-width ones, which look like those of ASCII and are not.
    word = "-".join(_without(unicodedata.normalize("NFKC", text), ("P", "S", "Z", "C")).split())
    return word.encode()[:_MOST_BYTES].decode(errors="ignore").strip("-")


def _without(text: str, categories: tuple[str, ...]) -> str:
    """Return a text with a space in place of every character of these general categories (Unicode, 4.5)."""
    return "".join(" " if unicodedata.category(character).startswith(categories) else character for character in text)


def _require_exact_subject(content: bytes, subject: str) -> None:
    # Where the library folds encoded words, some versions lose or add a space: github.com/python/cpython/issues/144156
    headers = BytesHeaderParser(policy=default).parsebytes(content.partition(b"\r\n\r\n")[0])
    if headers["Subject"] != subject:
        raise ReportgenError(f"submission.subject is {subject!r}: mail headers would change it; take a shorter one")
