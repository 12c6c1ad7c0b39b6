"""The draft as another program reads it: exactly what was asked, and nothing that an author's name smuggles in."""

import email
import email.policy
import re
import unicodedata
import zipfile
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import docx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reportgen.assignment import Assignment, read_assignment
from reportgen.email import attachment_name, author_of, draft
from reportgen.errors import ReportgenError

ASSIGNMENT = read_assignment(Path(__file__).parents[1] / "templates")
SUBJECT = "ADTA 5560: Assignment 5 \N{EN DASH} Submission."
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCUMENT = b"PK\x03\x04" + bytes(range(256)) * 3 + b"\r\n--=_\r\nBcc: x@y.edu\r\n\r\n"

any_text = st.text(st.characters(), max_size=80)  # surrogates and controls as well
injections = st.sampled_from(
    [
        "Jane\r\nBcc: x@y.edu",
        "Jane\nBcc: x@y.edu",
        "J\r\n\r\n--=_",
        "=?utf-8?q?a=0D=0ABcc:_x@y.edu?=",
        '"; filename="x.exe',
    ]
)
authors = st.one_of(any_text, injections, st.lists(st.one_of(any_text, injections), max_size=4).map("\r\n".join))


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def addresses(message: EmailMessage) -> list[str]:
    return [address.addr_spec for address in message["To"].addresses]


def only_attachment(message: EmailMessage) -> EmailMessage:
    (part,) = message.iter_attachments()
    assert isinstance(part, EmailMessage)
    return part


def body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def headers(message: EmailMessage) -> list[str]:
    """Return the name of every header that a parser sees, of the message and of its parts."""
    return [name for part in message.walk() for name in part]


def require_draft(content: bytes, author: str) -> None:
    """Check that a parser sees what the assignment asks and no header beside it, whoever the author is."""
    message = parsed(content)
    assert message["Subject"] == SUBJECT
    assert addresses(message) == ["Thuan.Nguyen@unt.edu"]
    assert message["X-Unsent"] == "1"
    assert headers(message) == [
        "To", "Subject", "X-Unsent", "MIME-Version", "Content-Type",
        "Content-Type", "Content-Transfer-Encoding",
        "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version",
    ]  # fmt: skip
    assert [part.get_content_type() for part in message.walk()] == ["multipart/mixed", "text/plain", DOCX]
    assert [part.defects for part in message.walk()] == [[], [], []]
    attached = only_attachment(message)
    assert attached.get_content() == DOCUMENT
    assert attached.get_filename() == attachment_name(
        ASSIGNMENT.texts["course"], ASSIGNMENT.texts["assignment"], author
    )
    assert len(body(message).splitlines()) in (5, 6)


def test_a_draft_is_what_the_assignment_asks_for() -> None:
    content = draft(ASSIGNMENT, "Jane Doe", DOCUMENT)

    require_draft(content, "Jane Doe")
    message = parsed(content)
    assert only_attachment(message).get_filename() == "ADTA-5560-701-Assignment-5-Jane-Doe.docx"
    assert body(message) == (
        "Attached is the Word document for Assignment 5.\n"
        "\n"
        "Course: ADTA 5560.701: Recurrent Neural Networks for Sequence Data\n"
        "Assignment: Assignment 5\n"
        "Author: Jane Doe\n"
        "Attachment: ADTA-5560-701-Assignment-5-Jane-Doe.docx\n"
    )


def test_a_draft_is_lines_of_ascii_that_every_mail_server_takes() -> None:
    content = draft(ASSIGNMENT, "Jürgen Groß 李小龙", DOCUMENT)

    assert content.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)  # RFC 5322, 2.3
    assert max(len(line) for line in content.split(b"\r\n")) < 100  # of 998 (RFC 5322, 2.1.1)


def test_a_draft_leaves_sender_and_date_to_the_program_that_sends_it() -> None:
    names = parsed(draft(ASSIGNMENT, "Jane Doe", DOCUMENT)).keys()

    assert not {"From", "Sender", "Date", "Message-ID", "Bcc", "Cc"} & set(names)


def test_a_draft_without_an_author_names_none() -> None:
    message = parsed(draft(ASSIGNMENT, "", DOCUMENT))

    assert only_attachment(message).get_filename() == "ADTA-5560-701-Assignment-5.docx"
    assert "Author" not in body(message)


def test_a_draft_goes_to_every_address() -> None:
    to = ("a@b.edu", *(f"{'longname' * 4}{n}@department-of-information.example.edu" for n in range(5)))

    assert tuple(addresses(parsed(draft(Assignment(ASSIGNMENT.texts, to, "S"), "", DOCUMENT)))) == to


def test_the_same_input_gives_the_same_bytes_and_another_document_another_boundary() -> None:
    first, again, other = (draft(ASSIGNMENT, "J", content) for content in (DOCUMENT, DOCUMENT, DOCUMENT + b"!"))

    assert first == again
    boundary, another = parsed(first).get_boundary(), parsed(other).get_boundary()
    assert boundary != another
    assert boundary is not None
    assert re.fullmatch("[0-9a-zA-Z'()+_,./:=? -]{0,69}[0-9a-zA-Z'()+_,./:=?-]", boundary)  # RFC 2046, 5.1.1


@given(authors)
def test_no_author_adds_a_header_a_part_or_a_line(author: str) -> None:
    require_draft(draft(ASSIGNMENT, author, DOCUMENT), author)


@given(authors, authors, authors)
def test_the_name_of_the_attachment_can_be_saved_anywhere(course: str, assignment: str, author: str) -> None:
    name = attachment_name(course, assignment, author)

    assert name.endswith(".docx")
    stem = name.removesuffix(".docx")
    assert stem.strip("-") == stem != ""
    assert all(c == "-" or unicodedata.category(c)[0] in "LMN" for c in stem)
    assert len(name.encode()) <= 255
    reserved = r"con|prn|aux|nul|(com|lpt)[0-9¹²³]"  # Microsoft, "Naming Files, Paths, and Namespaces"
    assert not re.fullmatch(reserved, stem, re.IGNORECASE)


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Jane Doe", "C-A-Jane-Doe.docx"),
        ("  Jane \t Doe\n", "C-A-Jane-Doe.docx"),
        ("J. R. O’Brien-Smith, PhD", "C-A-J-R-O-Brien-Smith-PhD.docx"),
        ("Jürgen Groß", "C-A-Jürgen-Groß.docx"),
        ("Ju\N{COMBINING DIAERESIS}rgen", "C-A-Jürgen.docx"),
        ("李 小龙", "C-A-李-小龙.docx"),
        ("हिन्दी", "C-A-हिन्दी.docx"),
        ("../../etc/passwd", "C-A-etc-passwd.docx"),
        ("C:\\Users\\me|<>*?\"'", "C-A-C-Users-me.docx"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}xcod.exe", "C-A-a-xcod-exe.docx"),
        ("\N{FULLWIDTH SOLIDUS}x\N{DIVISION SLASH}y", "C-A-x-y.docx"),
        ("a" * 300, f"C-A-{'a' * 60}.docx"),
        ("李" * 300, f"C-A-{'李' * 20}.docx"),
        ("x" + "李" * 300, f"C-A-x{'李' * 19}.docx"),
        ("a" * 59 + " b", f"C-A-{'a' * 59}.docx"),
        ("…", "C-A.docx"),
    ],
)  # fmt: skip
def test_the_name_of_the_attachment_is_the_authors_in_any_script(author: str, name: str) -> None:
    assert attachment_name("C: a course", "A", author) == name
    message = parsed(draft(Assignment({"course": "C", "assignment": "A"}, ("a@b.edu",), "S"), author, DOCUMENT))
    assert only_attachment(message).get_filename() == name


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (("", "", ""), "submission.docx"),
        (("CON", "", ""), "submission-CON.docx"),
        ((": x", "", "Aux"), "submission-Aux.docx"),
        (("", "COM1", "…"), "submission-COM1.docx"),
    ],
)
def test_a_name_of_one_word_gets_another_since_windows_reserves_some(texts: tuple[str, str, str], name: str) -> None:
    assert attachment_name(*texts) == name


def test_an_author_of_any_length_leaves_the_text_short() -> None:
    assert len(body(parsed(draft(ASSIGNMENT, "Jane " * 10_000, DOCUMENT)))) < 600


# Words with and without accents and runs of spaces are what the library's folding finds hard.
hard = st.lists(st.text(st.sampled_from("abcé–=?"), max_size=60), max_size=8).map(" ".join)


@settings(max_examples=400)
@given(st.one_of(hard, any_text, injections))
def test_a_subject_arrives_exactly_or_is_refused(subject: str) -> None:
    try:
        content = draft(Assignment(ASSIGNMENT.texts, ("a@b.edu",), subject), "Jane Doe", DOCUMENT)
    except (ValueError, ReportgenError):
        assume(False)
    message = parsed(content)
    assert message["Subject"] == subject
    assert message.keys() == ["To", "Subject", "X-Unsent", "MIME-Version", "Content-Type"]


@pytest.mark.parametrize(
    "subject", ["Plain", SUBJECT, SUBJECT * 3, "é" * 200, "Hausaufgabe für Äpfel – Abgabe", "作业 5：提交"]
)
def test_an_ordinary_subject_is_not_refused(subject: str) -> None:
    assignment = Assignment(ASSIGNMENT.texts, ("a@b.edu",), subject)

    assert parsed(draft(assignment, "Jane Doe", DOCUMENT))["Subject"] == subject


def test_a_subject_that_the_library_would_change_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    as_bytes = EmailMessage.as_bytes
    monkeypatch.setattr(EmailMessage, "as_bytes", lambda message: as_bytes(message).replace(b"Plain", b"Plane"))

    with pytest.raises(ReportgenError, match=r"^submission\.subject is 'Plain': mail headers would change it"):
        draft(Assignment(ASSIGNMENT.texts, ("a@b.edu",), "Plain"), "Jane Doe", DOCUMENT)


def word_document(author: str) -> bytes:
    document, saved = docx.Document(), BytesIO()
    document.core_properties.author = author
    document.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize(
    ("author", "read"),
    [
        ("Jane Doe", "Jane Doe"),
        ("", ""),
        ("李 小龙", "李 小龙"),
        ("Jane\r\nBcc: x\t y", "Jane Bcc: x y"),
        ("<&>", "<&>"),
        ("python-docx", ""),
        ("Microsoft Office User", ""),
        ("Nina User", "Nina User"),
    ],
)
def test_the_author_is_the_one_in_the_core_properties(author: str, read: str) -> None:
    assert author_of(word_document(author)) == read


def test_a_document_without_core_properties_has_no_author() -> None:
    source, bare = zipfile.ZipFile(BytesIO(word_document("Jane Doe"))), BytesIO()
    with zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "_rels/.rels":
                content = re.sub(rb"<Relationship [^>]*core-properties[^>]*>", b"", content)
                assert b"core-properties" not in content
            target.writestr(name, content)

    assert author_of(bare.getvalue()) == ""


@pytest.mark.parametrize("document", [b"", b"no document", word_document("Jane Doe")[:2000]])
def test_what_is_no_document_has_no_author(document: bytes) -> None:
    assert author_of(document) == ""
