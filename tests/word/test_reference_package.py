"""Any document that a user's own Word opens is a reference document, and brings nothing from elsewhere."""

import io
import zipfile
from collections.abc import Callable

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from reportgen.word.reference_document import looks_of
from reportgen.word.reference_package import usable
from tests.check.answers import png
from tests.soundness import require_sound
from tests.word.test_reference_document import saved, written

Change = Callable[[str, bytes], bytes]
WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml."
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
BODY, PACKAGE, HEADER = "word/_rels/document.xml.rels", "_rels/.rels", "word/_rels/header1.xml.rels"
SECRET = "What stands elsewhere"


def university() -> bytes:
    document = docx.Document()
    document.add_picture(png())
    header = document.sections[0].header.paragraphs[0]
    header.add_run("Our University").add_picture(png())._inline.docPr.set("descr", "The seal")
    return saved(document)


def changed(document: bytes, change: Change, rename: Callable[[str], str] = str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(rename(name), change(name, source.read(name)))
    return buffer.getvalue()


def typed(kind: bytes) -> Change:
    return lambda name, part: part.replace(WORD + b"document.main+xml", kind) if name == "[Content_Types].xml" else part


def related(source: str, kind: str, target: str, mode: str = "") -> Change:
    one = f'<Relationship Id="rId900" Type="{OFFICE}{kind}" Target="{target}"{mode}/></Relationships>'
    return lambda name, part: part.replace(b"</Relationships>", one.encode()) if name == source else part


def strict(name: str, part: bytes) -> bytes:
    if name.endswith((".xml", ".rels")):
        for kind in (b"wordprocessingml", b"officeDocument", b"drawingml"):
            there, here = b"http://schemas.openxmlformats.org/%s/2006/", b"http://purl.oclc.org/ooxml/%s/"
            part = part.replace(there % kind, here % kind)
    return part


def absolute(name: str, part: bytes) -> bytes:
    if name not in (PACKAGE, "[Content_Types].xml"):
        return part
    return part.replace(b"word/document.xml", b"word/document2.xml").replace(b'"word/doc', b'"/word/doc')


FORMS = {
    "a template": (changed(university(), typed(WORD + b"template.main+xml")), "template"),
    "a template with macros": (changed(university(), typed(b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml")), "macros"),
    "a document with macros": (changed(university(), typed(b"application/vnd.ms-word.document.macroEnabled.main+xml")), "macros"),
    "strict": (changed(university(), strict), "strict Open XML"),
    "another name, from the root": (
        changed(university(), absolute, lambda name: name.replace("/document.xml", "/document2.xml")),
        "",
    ),
    "NULL": (changed(university(), related(BODY, "image", "NULL")), "'NULL', which is not there"),
    "the top": (changed(university(), related(BODY, "hyperlink", "#_top")), "'#_top', which is not there"),
    "no picture": (changed(university(), related(BODY, "image", "media/gone.png")), "media/gone.png"),
    "no thumbnail": (changed(university(), related(PACKAGE, "thumbnail", "docProps/gone.jpeg")), "docProps/gone.jpeg"),
    "a link in its text": (changed(university(), related(BODY, "hyperlink", "https://elsewhere.test", ' TargetMode="External"')), ""),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_reference_document_of_any_form_gives_its_looks(form: str) -> None:
    document, said = FORMS[form]
    made = usable(document)
    assert said in " ".join(made.changes)
    assert bool(made.changes) == bool(said)
    report = written(made.content)
    assert report == written(looks_of(made.content))
    with zipfile.ZipFile(io.BytesIO(report)) as archive:
        assert b"Our University" in archive.read("word/header1.xml")
        assert not [name for name in archive.namelist() if "vba" in name.lower()]


def in_header(xml: str, relationship: Change = lambda name, part: part) -> bytes:
    document = docx.Document(io.BytesIO(university()))
    header = document.sections[0].header
    (header._element if xml.startswith("<w:altChunk") else header.paragraphs[0]._p).append(
        parse_xml(xml.replace("{}", f'{nsdecls("w", "r")} xmlns:v="urn:schemas-microsoft-com:vml"', 1))
    )
    return changed(saved(document), relationship)


REMOTE = ' TargetMode="External"'
FETCHED = {
    "a remote picture": in_header(
        '<w:r {}><w:pict><v:shape style="width:9pt"><v:imagedata r:id="rId900"/></v:shape></w:pict></w:r>',
        related(HEADER, "image", "https://elsewhere.test/x.png", REMOTE),
    ),
    "a link": in_header(
        '<w:hyperlink {} r:id="rId900"><w:r><w:t>Faculty</w:t></w:r></w:hyperlink>',
        related(HEADER, "hyperlink", "file:///secret", REMOTE),
    ),
    "an object": in_header(
        '<w:r {}><w:object><v:shape style="width:9pt"><v:imagedata r:id="rId900"/></v:shape></w:object></w:r>',
        related(HEADER, "oleObject", "embeddings/x.bin"),
    ),
    "another document": in_header('<w:altChunk {} r:id="rId900"/>', related(HEADER, "aFChunk", "media/image1.png")),
    "a field": in_header(
        '<w:r {}><w:fldChar w:fldCharType="begin"/><w:instrText> INCLUDETEXT "file:///secret" </w:instrText>'
        f'<w:fldChar w:fldCharType="separate"/><w:t>{SECRET}</w:t><w:fldChar w:fldCharType="end"/></w:r>'
    ),
    "a field in pieces": in_header(
        '<w:r {}><w:fldChar w:fldCharType="begin"/><w:instrText> INCLUDE</w:instrText><w:instrText>PICTURE "https://elsewhere.test/x.png" '
        f'</w:instrText><w:fldChar w:fldCharType="separate"/><w:t>{SECRET}</w:t><w:fldChar w:fldCharType="end"/></w:r>'
    ),
    "a simple field": in_header(
        f'<w:fldSimple {{}} w:instr=" INCLUDETEXT x "><w:r><w:t>{SECRET}</w:t></w:r></w:fldSimple>'
    ),
}


@pytest.mark.parametrize("what", FETCHED)
def test_nothing_in_its_header_is_fetched_from_elsewhere(what: str) -> None:
    made = usable(FETCHED[what])
    assert len(made.changes) == 1
    with zipfile.ZipFile(io.BytesIO(written(made.content))) as archive:
        header = archive.read("word/header1.xml").decode()
        everything = b"".join(archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels")))
    assert "Our University" in header
    assert "Faculty" in header or what != "a link"
    assert (SECRET in header) == ("field" in what)  # what it last gave is the owner's own text
    for trace in ("INCLUDE", "altChunk", "imagedata", "w:object"):
        assert trace not in header
    assert b"secret" not in everything
    assert b"elsewhere.test" not in everything


def in_part(name: str, old: str, new: str) -> bytes:
    def change(part: str, content: bytes) -> bytes:
        if part != name:
            return content
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return changed(university(), change)


NUMBERED = (
    '<w:abstractNum w:abstractNumId="900"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading1"/>'
    '<w:lvlText w:val="It is false that %1."/></w:lvl></w:abstractNum>'
)
UNSOUND = {
    "an unknown element": (in_part("word/styles.xml", "<w:rPr>", "<w:rPr><w:bogus/>"), "bogus"),
    "one that belongs elsewhere": (in_part("word/styles.xml", "<w:rPr>", '<w:rPr><w:jc w:val="left"/>'), "jc"),
    "alternatives": (
        in_part(
            "word/styles.xml",
            "<w:rPr>",
            '<w:rPr><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"/>',
        ),
        "AlternateContent",
    ),
    "elements out of order": (in_part("word/styles.xml", "<w:pPr>", '<w:pPr><w:outlineLvl w:val="0"/>'), ""),
    "an element twice": (in_part("word/styles.xml", '<w:sz w:val="22"/>', '<w:sz w:val="22"/><w:sz w:val="22"/>'), ""),
    "an unknown element in a header": (in_part("word/header1.xml", "<w:pPr>", "<w:pPr><w:bogus/>"), "bogus"),
    "words of a list": (
        in_part("word/numbering.xml", "<w:abstractNum ", f"{NUMBERED}<w:abstractNum "),
        "words of its lists were left out (It, false, is, that)",
    ),
}


@pytest.mark.parametrize("what", UNSOUND)
def test_what_is_not_as_the_schema_has_it_comes_out_so(what: str) -> None:
    document, said = UNSOUND[what]
    made = usable(document)
    assert said in " ".join(made.changes)
    report = written(made.content)
    require_sound(report)
    assert report == written(looks_of(made.content))
    with zipfile.ZipFile(io.BytesIO(report)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".xml"))
        assert b"It is false that" not in everything
        assert b"Our University" in archive.read("word/header1.xml")


def test_what_the_schema_has_twice_is_taken_as_it_was_first_said() -> None:
    made = usable(in_part("word/styles.xml", '<w:sz w:val="22"/>', '<w:sz w:val="22"/><w:sz w:val="99"/>'))
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        styles = archive.read("word/styles.xml")
    assert b'<w:sz w:val="22"/>' in styles
    assert b'<w:sz w:val="99"/>' not in styles


@pytest.mark.parametrize(
    "name", ["word/theme/theme1.xml", "word/styles.xml", "word/numbering.xml", "word/fontTable.xml"]
)
def test_what_a_part_fetches_from_elsewhere_is_left_out(name: str) -> None:
    folder, _, file = name.rpartition("/")
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}image" Target="https://elsewhere.test/x.png" TargetMode="External"/></Relationships>'
    )
    buffer = io.BytesIO(university())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(f"{folder}/_rels/{file}.rels", rels)
    made = usable(buffer.getvalue())
    assert "image from elsewhere was left out" in made.changes
    with zipfile.ZipFile(io.BytesIO(written(made.content))) as archive:
        assert b"elsewhere.test" not in b"".join(archive.read(each) for each in archive.namelist())


def test_what_stands_by_itself_is_left_as_it_is() -> None:
    document = university()
    made = usable(document)
    assert (made.content, made.changes) == (document, ())
