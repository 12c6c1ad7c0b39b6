"""Files that are broken or built to harm: each fails the first rule with one line, within bounds of memory."""

import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from reportgen.check import check_bytes, check_file
from reportgen.check.document import read_document
from reportgen.check.package import open_package, open_parts, same_parts
from reportgen.errors import ReportgenError
from tests.check.answers import LSTM, complete

MAIN = "word/document.xml"


def answer() -> bytes:
    stream = BytesIO()
    complete().save(stream)
    return stream.getvalue()


def rebuilt(
    change: Callable[[str, bytes], bytes | None],
    extra: dict[str, bytes] | None = None,
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """Write the answer anew, each part as `change` gives it (None leaves it out)."""
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(answer())) as source, zipfile.ZipFile(stream, "w", method) as target:
        for name in source.namelist():
            if (data := change(name, source.read(name))) is not None:
                target.writestr(name, data)
        for name, data in (extra or {}).items():
            target.writestr(name, data)
    return stream.getvalue()


def with_main(main: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return rebuilt(lambda name, data: main if name == MAIN else data, method=method)


def with_entry(name: str, data: bytes = b"") -> bytes:
    return rebuilt(lambda _, part: part, {name: data})


def in_body(xml: bytes) -> bytes:
    namespace = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return b'<w:document xmlns:w="' + namespace + b'"><w:body>' + xml + b"</w:body></w:document>"


def with_header_patched(offset: int, value: bytes) -> bytes:
    """Change the main part's entry in the central directory, which is what readers go by."""
    data = bytearray(answer())
    at = data.rindex(MAIN.encode()) - 46 + offset
    data[at : at + len(value)] = value
    return bytes(data)


def twice() -> bytes:
    stream = BytesIO(answer())
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(MAIN, b"<other/>")
    return stream.getvalue()


def damaged_main() -> bytes:
    data = bytearray(with_main(in_body(b"<w:p/>" * 9), zipfile.ZIP_STORED))
    data[data.index(b"<w:p/>") + 3] ^= 1
    return bytes(data)


def compound(*streams: str) -> bytes:
    """Write the beginning of a compound file with the names of its streams, as their directory has them."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + b"".join(each.encode("utf-16-le").ljust(128, b"\0") for each in streams)
    )


def other_zip(name: str, content: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


LAUGHS = (
    b'<!DOCTYPE w:document [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]>"
    + in_body(b"<w:p><w:r><w:t>&j;</w:t></w:r></w:p>")
)
EXTERNAL = b'<!DOCTYPE w:document [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + in_body(
    b"<w:p><w:r><w:t>&a;</w:t></w:r></w:p>"
)

BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty file": (lambda: b"", "empty"),
    "text": (lambda: b"I am a Word document.", "plain text"),
    "noise": (lambda: bytes(range(1, 256)) * 9, "not a zip"),
    "renamed PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
    "old .doc": (lambda: compound("WordDocument", "1Table"), "(.doc), whatever its name says"),
    "password": (lambda: compound("EncryptionInfo", "EncryptedPackage"), "password"),
    "old workbook": (lambda: compound("Workbook"), "Excel"),
    "message of Outlook": (lambda: compound("__properties_version1.0"), "save it there as .eml"),
    "some compound file": (lambda: compound("Else"), "old Office file"),
    "RTF": (lambda: b"{\\rtf1\\ansi Hello}", "RTF"),
    "ODT": (lambda: other_zip("mimetype", b"application/vnd.oasis.opendocument.text"), "OpenDocument file (ODT)"),
    "Pages": (lambda: other_zip("Index/Document.iwa", b"x"), "Pages"),
    "workbook": (lambda: other_zip("xl/workbook.xml", b"<x/>"), "Excel workbook"),
    "web page": (lambda: b"\r\n<!DOCTYPE html><html><body>Part I</body></html>", "HTML"),
    "Word in one XML": (lambda: b'<?xml version="1.0"?>\n<?mso-application progid="Word.Document"?><w/>', "single XML"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), "picture"),
    "truncated": (lambda: answer()[:-200], "cut off"),
    "first half": (lambda: answer()[:9000], "cut off"),
    "another zip": (lambda: rebuilt(lambda *_: None, {"readme.txt": b"hello"}), "missing"),
    "no main part": (lambda: rebuilt(lambda name, data: None if name == MAIN else data), f"{MAIN} is missing"),
    "no content types": (lambda: rebuilt(lambda name, data: None if name.startswith("[") else data), "missing"),
    "a workbook": (lambda: with_main(b"<workbook/>"), "<workbook>"),
    "no body": (lambda: with_main(in_body(b"").replace(b"body", b"head")), "<document>"),
    "malformed XML": (lambda: with_main(in_body(b"<w:p>")), "not well-formed"),
    "empty XML": (lambda: with_main(b""), "not well-formed"),
    "flipped bit": (damaged_main, "damaged"),
    "encrypted part": (lambda: with_header_patched(8, b"\x01\x00"), "encrypted"),
    "strange compression": (lambda: rebuilt(lambda _, data: data, method=zipfile.ZIP_LZMA), "method"),
    "entity expansion": (lambda: with_main(LAUGHS), "DTD"),
    "external entity": (lambda: with_main(EXTERNAL), "DTD"),
    "DTD in UTF-16": (lambda: with_main(LAUGHS.decode().encode("utf-16")), "DTD"),
    "zip bomb": (lambda: with_main(in_body(b"<w:p/>" * 4_000_000)), "zip bomb"),
    "100 MB of spaces": (lambda: with_main(in_body(b" " * 100_000_000)), "64 MB"),
    "400 MB in all": (lambda: with_header_patched(24, (400_000_000).to_bytes(4, "little")), "300 MB"),
    "deep nesting": (lambda: with_main(in_body(b"<w:p>" * 5000 + b"</w:p>" * 5000)), "depth"),
    "a million elements": (lambda: with_main(in_body(b"<w:x/>" * 1_000_000), zipfile.ZIP_STORED), "elements"),
    "paragraphs without end": (lambda: with_main(in_body(b"<w:p/>" * 20_001)), "paragraphs"),
    "text without end": (
        lambda: with_main(
            in_body(b"<w:p><w:r><w:t>" + b"state " * 200_000 + b"</w:t></w:r></w:p>"), zipfile.ZIP_STORED
        ),
        "characters",
    ),
    "20,000 entries": (lambda: rebuilt(lambda _, data: data, {f"word/{i}": b"" for i in range(20_000)}), "entries"),
    "same name twice": (twice, "same name"),
    "same name in capitals": (lambda: with_entry("WORD/Document.xml"), "same name"),
    "path traversal": (lambda: with_entry("word/../../evil"), "outside"),
    "absolute path": (lambda: with_entry("/etc/passwd"), "outside"),
    "Windows path": (lambda: with_entry("..\\evil"), "outside"),
    "drive": (lambda: with_entry("C:evil"), "outside"),
}


@pytest.mark.parametrize(("build", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_fails_the_first_rule_only(build: Callable[[], bytes], said: str, tmp_path: Path) -> None:
    path = tmp_path / "answer.docx"
    path.write_bytes(build())
    first, *others = check_file(path, LSTM)
    assert (first.code, first.outcome) == ("A1", "fail")
    assert said in first.message
    assert "\n" not in first.message
    assert {other.outcome for other in others} == {"n/a"}


def test_the_content_type_may_be_the_default_of_the_extension(tmp_path: Path) -> None:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="{kind}"/></Types>'
    )
    path = tmp_path / "answer.docx"
    path.write_bytes(rebuilt(lambda name, data: types.encode() if name.startswith("[") else data))
    assert check_file(path, LSTM)[0].outcome == "pass"


def test_a_file_larger_than_mail_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "answer.docx"
    path.write_bytes(answer())
    os.truncate(path, 65 * 2**20)
    assert "larger than 64 MB" in check_file(path, LSTM)[0].message


@pytest.mark.parametrize(
    "make",
    [lambda path: None, lambda path: path.mkdir(), os.mkfifo],
    ids=["missing", "folder", "pipe"],
)
def test_what_is_no_file_is_an_error_of_the_user(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "answer.docx"
    make(path)
    with pytest.raises(ReportgenError, match=r"answer\.docx: (there is no such file|is no file)") as caught:
        check_file(path, LSTM)
    assert "\n" not in str(caught.value)


def test_a_file_that_may_not_be_read_is_an_error_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answer.docx"
    path.write_bytes(answer())

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ReportgenError, match="cannot be read"):
        check_file(path, LSTM)


def test_no_damage_of_bytes_gets_past_as_an_exception(tmp_path: Path) -> None:
    good = answer()
    path = tmp_path / "answer.docx"
    generator = random.Random(1)
    outcomes = set()
    for _ in range(150):
        data = bytearray(good)
        for _ in range(generator.randint(1, 8)):
            # The directory at the end is where a changed byte is believed.
            data[generator.choice([generator.randrange(len(data)), -generator.randint(1, 1200)])] = generator.randrange(
                256
            )
        path.write_bytes(data)
        outcomes.add(check_file(path, LSTM)[0].outcome)
    assert outcomes == {"pass", "fail"}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of memory from Linux")
def test_the_largest_tree_that_is_let_in_stays_below_300_mb(tmp_path: Path) -> None:
    path = tmp_path / "answer.docx"
    costly = b"<w:x a='1'/>" * 75_000 + b"<w:x>yyyyyyyyyyyyyyyyyyyyyyyy</w:x>" * 75_000
    path.write_bytes(with_main(in_body(costly + (b"<w:x>" + b"y" * 9_000_000 + b"</w:x>") * 5), zipfile.ZIP_STORED))
    # Not getrusage: its peak includes that of the process that forked this one.
    program = (
        "import sys; from pathlib import Path; from reportgen.check import check_file; from tests.check.answers import LSTM;"
        "print(check_file(Path(sys.argv[1]), LSTM)[0].outcome);"
        "print(*[line for line in open('/proc/self/status') if line.startswith('VmHWM')])"
    )
    run = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    outcome, _, kilobytes, _ = run.stdout.split()
    assert outcome == "pass"
    assert int(kilobytes) < 300_000


def test_parts_are_the_same_to_the_byte_but_for_what_took_an_empty_place() -> None:
    before = open_parts({"a.xml": b"<a/>", "room.xml": b""})
    assert same_parts(before, open_parts({"A.xml": b"<a/>", "room.xml": b"<full/>"}))
    assert not same_parts(before, open_parts({"a.xml": b"<b/>", "room.xml": b""}))
    assert not same_parts(before, open_parts({"a.xml": b"<a/>"}))
    assert not same_parts(before, open_parts({"a.xml": b"<a/>", "room.xml": b"", "more.xml": b""}))


def test_what_was_read_before_it_was_packed_is_read_again_where_a_part_changed() -> None:
    read = (package := open_package(answer()), read_document(package))
    assert {each.outcome for each in check_bytes(answer(), LSTM, read=read)} == {"pass"}
    for broken in (with_main(b"<w:document"), with_main(in_body(b""))):
        assert check_bytes(broken, LSTM, read=read) == check_bytes(broken, LSTM)
        assert "fail" in {each.outcome for each in check_bytes(broken, LSTM, read=read)}


def test_a_lock_file_of_word_is_known_by_its_name(tmp_path: Path) -> None:
    lock = tmp_path / "~$swer.docx"
    lock.write_bytes(b"\x04Jane" + bytes(157))
    assert "lock file that Word keeps" in check_file(lock, LSTM)[0].message
    lock.write_bytes(answer())
    assert check_file(lock, LSTM)[0].outcome == "pass"  # somebody's document may be called that
