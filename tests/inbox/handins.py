"""A mixed inbox of hand-ins, and what a person says of each who knows the assignment; written before the code that judges them.

The assignment: one Word document, to Thuan.Nguyen@unt.edu, under "ADTA 5560: Assignment 5 – Submission.", by 2024-12-04 23:00 in Texas,
which is 05:00 on the next day in UTC, from an address at unt.edu.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from io import BytesIO

from tests.check.answers import complete
from tests.check.students import ANSWERS

TO = "Thuan.Nguyen@unt.edu"
SUBJECT = "ADTA 5560: Assignment 5 – Submission."
IN_TIME = "Wed, 04 Dec 2024 20:15:00 -0600"
DOCX = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"
RTF = b"{\\rtf1\\ansi Part I: Cell State}"


@lru_cache
def good() -> bytes:
    stream = BytesIO()
    complete().save(stream)
    return stream.getvalue()


@lru_cache
def from_student(name: str) -> bytes:
    stream = BytesIO()
    ANSWERS[name].build().save(stream)
    return stream.getvalue()


def compound(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le").ljust(256, b"\0")


def zipped(files: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def mail(
    *attached: tuple[str, bytes],
    name: str = "Jane Doe",
    address: str = "JaneDoe@my.unt.edu",
    to: str = TO,
    subject: str = SUBJECT,
    date: str = IN_TIME,
    text: str = "Dear professor, please find my answer attached.",
    page: bool = False,
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    for header, value in (
        ("From", f"{name} <{address}>" if address else ""),
        ("To", to),
        ("Subject", subject),
        ("Date", date),
    ):
        if value:
            message[header] = value
    message.set_content(f"<p>{text}</p>" if page else text, subtype="html" if page else "plain")
    for file, content in attached:
        kind = DOCX if file.endswith(".docx") else ("application", "octet-stream")
        message.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=file)
    return message


def raw(message: EmailMessage, **replaced: bytes) -> bytes:
    """Write a message, and change some of its bytes as no library would."""
    content = message.as_bytes()
    for old, new in replaced.items():
        before = old.encode().replace(b"_", b" ")
        assert before in content
        content = content.replace(before, new)
    return content


@lru_cache
def for_another_assignment() -> bytes:
    document = complete()
    document.core_properties.title = "ADTA 5560, assignment 4"
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def passed_on() -> bytes:
    outer = mail(name="Thuan Nguyen", address=TO, to="assistant@unt.edu", subject="for you to look at")
    outer.add_attachment(mail(("essay.docx", good()), name="Ann Lee"))
    return outer.as_bytes()


def digest_of_two() -> bytes:
    outer = mail(name="Thuan Nguyen", address=TO, to="assistant@unt.edu", subject="two more")
    outer.add_attachment(mail(("one.docx", from_student("bold lines")), name="Inner One"))
    outer.add_attachment(mail(name="Inner Two"))
    return outer.as_bytes()


def in_another_charset() -> bytes:
    """Write the subject and the sender's name in Windows-1252, and the text as well."""
    content = mail(("essay.docx", good()), name="Nobody", text="Gr\xfcsse").as_bytes()
    return content.replace(b"From: Nobody", b"From: =?windows-1252?Q?Ren=E9e_M=FCller?=").replace(
        b"=?utf-8?q?ADTA_5560=3A_Assignment_5_=E2=80=93_Submission=2E?=",
        b"=?windows-1252?Q?ADTA_5560:_Assignment_5_=96_Submission.?=",
    )


def with_pictures(*files: tuple[str, bytes]) -> bytes:
    """Sign with a picture, as the mail programs of offices do."""
    message = mail(*files)
    if not message.is_multipart():
        message.make_mixed()
    picture = EmailMessage(policy=SMTP)
    picture.set_content(
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        maintype="image",
        subtype="png",
        disposition="inline",
        filename="logo.png",
        cid="<logo@unt>",
    )
    message.attach(picture)
    return message.as_bytes()


def without_a_name() -> bytes:
    return (
        mail(("essay.docx", good()))
        .as_bytes()
        .replace(b'filename="essay.docx"', b"")
        .replace(b"attachment;", b"attachment")
    )


@dataclass(frozen=True)
class Expected:
    """Whether a hand-in is all right, and which rules it does not simply pass: with "fail", "doubt" or "n/a", and words that are said."""

    make: Callable[[], bytes]
    outcome: str
    rules: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    student: str = "Jane Doe"


def attached(name: str, content: Callable[[], bytes], *, received: str = "", **more: str) -> Callable[[], bytes]:
    """Attach a file; the server that took the message last puts its line above the others."""
    lines = (
        f"Received: from mx.unt.edu by mail.unt.edu with ESMTPS id 4711;\r\n\t{received}\r\n"
        "Received: from laptop by mx.unt.edu with ESMTPSA id 0815; Wed, 04 Dec 2024 12:00:00 -0600\r\n"
    )
    return lambda: (lines if received else "").encode() + mail((name, content()), **more).as_bytes()  # type: ignore[arg-type] # all are strings


NONE = dict.fromkeys(("A2", "A3", "A4", "A5", "A6", "A7", "A8"), "n/a")
UNREAD = {"S1": "fail", "A1": "fail", **NONE}
NOTHING = {"S1": "fail", **NONE}

MAILS: dict[str, Expected] = {
    "good": Expected(attached("essay.docx", good), "pass"),
    "good, and received in time": Expected(attached("essay.docx", good, received="Wed, 04 Dec 2024 20:15:04 -0600"), "pass"),
    "the last minute": Expected(attached("essay.docx", good, date="Thu, 05 Dec 2024 05:00:00 +0000"), "pass"),
    "a second late": Expected(
        attached("essay.docx", good, date="Thu, 05 Dec 2024 05:00:01 +0000"), "fail", {"S4": "fail"},
        ("late by 1 s, by the sender’s clock",),
    ),
    "late": Expected(
        attached("essay.docx", good, date="Thu, 05 Dec 2024 01:05:00 -0600", received="Thu, 05 Dec 2024 01:05:10 -0600"),
        "fail", {"S4": "fail"}, ("late by 2 h 5 min",),
    ),
    "days late": Expected(
        attached("essay.docx", good, date="Sun, 08 Dec 2024 02:00:00 -0600"), "fail", {"S4": "fail"}, ("late by 3 days 3 h",)
    ),
    "sent in time, arrived late": Expected(
        attached("essay.docx", good, date="Wed, 04 Dec 2024 22:59:50 -0600", received="Wed, 04 Dec 2024 23:03:00 -0600"),
        "doubt", {"S4": "doubt"}, ("sent in time, and arrived late by 3 min",),
    ),
    "another time zone": Expected(attached("essay.docx", good, date="Thu, 05 Dec 2024 13:29:00 +0900"), "pass"),
    "no date": Expected(attached("essay.docx", good, date=""), "pass", {"S4": "n/a"}, ("neither when it was sent",)),
    "a date that is none": Expected(attached("essay.docx", good, date="yesterday"), "pass", {"S4": "n/a"}),
    "a date without a zone": Expected(
        lambda: raw(mail(("essay.docx", good())), **{"20:15:00_-0600": b"22:00:00"}), "pass", {"S4": "n/a"}, ("names no time zone",)
    ),
    "wrong subject": Expected(attached("essay.docx", good, subject="my homework"), "fail", {"S3": "fail"}, ("is “my homework”",)),
    "the subject of another assignment": Expected(
        attached("essay.docx", good, subject="ADTA 5560: Assignment 4 – Submission."), "fail", {"S3": "fail"}, ("Assignment 4",)
    ),
    "no subject": Expected(attached("essay.docx", good, subject=""), "fail", {"S3": "fail"}, ("no subject",)),
    "a hyphen for a dash": Expected(
        attached("essay.docx", good, subject="ADTA 5560: Assignment 5 - Submission"), "doubt", {"S3": "doubt"}, ("differs in signs only",)
    ),
    "forwarded": Expected(
        attached("essay.docx", good, subject=f"Fwd: {SUBJECT}"), "doubt", {"S3": "doubt"}, ("passed on or answered (“Fwd:”)",)
    ),
    "wrong address": Expected(attached("essay.docx", good, to="office@unt.edu"), "fail", {"S2": "fail"}, ("not sent to",)),
    "the right address among others": Expected(attached("essay.docx", good, to=f"me@my.unt.edu, Prof. Nguyen <{TO.upper()}>"), "pass"),
    "blind copy": Expected(
        lambda: b"Delivered-To: thuan.nguyen@unt.edu\r\n" + mail(("essay.docx", good()), to="me@my.unt.edu").as_bytes(),
        "doubt", {"S2": "doubt"}, ("blind copy",),
    ),
    "no receiver": Expected(attached("essay.docx", good, to=""), "pass", {"S2": "n/a"}),
    "a private address": Expected(
        attached("essay.docx", good, address="jane@gmail.com"), "fail", {"S5": "fail"}, ("an address at gmail.com",)
    ),
    "an address that only ends so": Expected(attached("essay.docx", good, address="jane@notunt.edu"), "fail", {"S5": "fail"}),
    "no sender": Expected(attached("essay.docx", good, address=""), "pass", {"S5": "n/a"}, student=""),
    "PDF": Expected(attached("essay.pdf", lambda: PDF), "fail", UNREAD, ("it is a PDF",)),
    "PDF called .docx": Expected(attached("essay.docx", lambda: PDF), "fail", UNREAD, ("it is a PDF, whatever its name says",)),
    "password": Expected(attached("essay.docx", lambda: compound("EncryptedPackage")), "fail", UNREAD, ("protected by a password",)),
    "renamed .doc": Expected(attached("essay.docx", lambda: compound("WordDocument")), "fail", UNREAD, ("old Word document (.doc)",)),
    "RTF": Expected(attached("essay.doc", lambda: RTF), "fail", UNREAD, ("Rich Text",)),
    "ODT": Expected(
        attached("essay.odt", lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.text"})), "fail", UNREAD, ("OpenDocument",)
    ),
    "empty file": Expected(attached("essay.docx", lambda: b""), "fail", UNREAD, ("the file is empty",)),
    "an empty document": Expected(
        attached("essay.docx", lambda: from_student("an empty document")), "fail",
        dict.fromkeys(("A2", "A3", "A4", "A5", "A6", "A7", "A8"), "fail"), ("no heading names Part I",),
    ),
    "cut off": Expected(attached("essay.docx", lambda: good()[:-300]), "fail", UNREAD, ("cut off",)),
    "nothing attached": Expected(lambda: mail().as_bytes(), "fail", NOTHING, ("nothing is attached",)),
    "a link to a drive": Expected(
        lambda: mail(text="Here: https://docs.google.com/document/d/1aB2/edit?usp=sharing").as_bytes(), "fail", NOTHING,
        ("only linked to (docs.google.com)",),
    ),
    "two documents": Expected(
        lambda: mail(("draft.docx", from_student("an empty document")), ("final.docx", good())).as_bytes(),
        "doubt", {"S1": "doubt"}, ("2 Word documents",),
    ),
    "the same document twice": Expected(lambda: mail(("a.docx", good()), ("b.docx", good())).as_bytes(), "pass"),
    "document and PDF": Expected(lambda: mail(("a.pdf", PDF), ("a.docx", good())).as_bytes(), "pass"),
    "in a zip archive": Expected(
        attached("essay.zip", lambda: zipped({"essay/essay.docx": good()})), "doubt", {"S1": "doubt"}, ("in an archive",)
    ),
    "only HTML": Expected(lambda: mail(("essay.docx", good()), page=True).as_bytes(), "pass"),
    "another charset": Expected(in_another_charset, "pass", student="Renée Müller"),
    "a charset that is none": Expected(
        lambda: raw(mail(("essay.docx", good()), text="Bonjour é"), **{'charset="utf-8"': b'charset="klingon"'}), "pass"
    ),
    "a picture in the signature": Expected(lambda: with_pictures(("essay.docx", good())), "pass"),
    "nothing but a picture in the signature": Expected(with_pictures, "fail", NOTHING, ("nothing is attached",)),
    "an attachment without a name": Expected(without_a_name, "pass"),
    "passed on as an attachment": Expected(passed_on, "doubt", {"S1": "doubt"}, ("passed on",), student="Ann Lee"),
    "for another assignment": Expected(
        attached("essay.docx", for_another_assignment), "doubt", {"S1": "doubt"}, ("it says that it is for assignment 4",)
    ),
    "no snapshot": Expected(
        attached("essay.docx", lambda: from_student("no snapshot")), "fail", {"A5": "fail"},
        ("nothing in Part I speaks of the cell state as a snapshot",),
    ),
    "in Spanish": Expected(
        attached("essay.docx", lambda: from_student("in Spanish")), "doubt",
        dict.fromkeys(("A2", "A3", "A4", "A5", "A6", "A7", "A8"), "doubt"), ("the text is in Spanish",),
    ),
    "headers of raw bytes": Expected(
        lambda: raw(mail(("essay.docx", good()), name="Nobody")).replace(b"Nobody", "José".encode()), "pass", student="José"
    ),
    "a subject of broken base64": Expected(
        lambda: raw(mail(("essay.docx", good()), subject="Nothing"), Nothing=b"=?utf-8?b?QURUQSA1NTYwOiB?="), "fail", {"S3": "fail"}
    ),
    "winmail.dat": Expected(attached("winmail.dat", lambda: b"x\x9f>\x22" + bytes(99)), "fail", UNREAD, ("winmail.dat",)),
    "late, wrong, and a PDF": Expected(
        attached("essay.pdf", lambda: PDF, subject="hi", address="x@gmail.com", date="Fri, 06 Dec 2024 12:00:00 -0600"), "fail",
        {**UNREAD, "S3": "fail", "S4": "fail", "S5": "fail"}, ("it is a PDF", "late by 1 day 13 h", "gmail.com", "“hi”"),
    ),
}  # fmt: skip
"""Messages, by what is special about them."""
