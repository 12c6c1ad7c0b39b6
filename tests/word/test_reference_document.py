"""The styles, page, header and footer of a reference document, and nothing else of it."""

import io
import re
import zipfile
from collections.abc import Callable

import docx
import pytest
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm
from lxml import etree

from reportgen.errors import ReportgenError
from reportgen.manuscript import read_manuscript
from reportgen.prose.markdown import parse
from reportgen.word.document import write_docx
from tests.check.answers import png
from tests.manuscript.test_references import ITEMS
from tests.soundness import require_sound
from tests.word.test_document import PICTURES, PROPERTIES, SAMPLE, find, part, values, write

ATTACHED_TEMPLATE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def saved(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def written(reference: bytes, markdown: str = SAMPLE) -> bytes:
    document = write_docx(read_manuscript(parse(markdown), (), PICTURES, ITEMS), PROPERTIES, reference)
    require_sound(document)
    return document


def rename_style(document: Document, name: str, style_id: str) -> None:
    """Give a style the id that a Word in another language would give it."""
    (style,) = document.styles.element.xpath(f"w:style[w:name/@w:val='{name}']")
    old = style.get(qn("w:styleId"))
    for element in document.styles.element.iter(W + "style", W + "basedOn", W + "next", W + "link"):
        for attribute in (qn("w:styleId"), qn("w:val")):
            if element.get(attribute) == old:
                element.set(attribute, style_id)


def instructors() -> Document:
    """Make a document as an instructor might have it: its own looks, and what must stay behind."""
    document = docx.Document()
    document.core_properties.author = "A stranger"
    document.core_properties.comments = "a secret"
    document.add_heading("An old heading")
    document.add_picture(png())
    rename_style(document, "heading 1", "berschrift1")
    section = document.sections[0]
    section.page_width, section.page_height = Cm(20), Cm(30)
    section.left_margin, section.right_margin = Cm(4), Cm(3)
    for columns in section._sectPr.findall(qn("w:cols")):
        columns.set(qn("w:num"), "2")
    section.header.paragraphs[0].text = "University of Somewhere"
    logo = section.header.paragraphs[0].add_run().add_picture(png())
    logo._inline.docPr.set("descr", "A logo")
    document.settings.element.append(parse_xml(f"<w:updateFields {nsdecls('w')}/>"))
    template = "file:///C:/Users/stranger/Normal.dotm"
    settings = document.part.part_related_by(RELATIONSHIP_TYPE.SETTINGS)
    settings.relate_to(template, ATTACHED_TEMPLATE, is_external=True)
    document.add_comment(document.paragraphs[0].runs, "a secret", author="A stranger")
    return document


@pytest.fixture(scope="module")
def taken() -> bytes:
    return written(saved(instructors()))


def test_styles_are_taken_by_their_name_whatever_their_id(taken: bytes) -> None:
    tree = part(taken, "word/document.xml")
    assert "berschrift1" in values(tree, "//w:pStyle/@w:val")
    assert "Heading1" not in values(part(taken, "word/styles.xml"), "//w:style/@w:styleId")
    assert values(part(taken, "word/styles.xml"), "w:style[w:name/@w:val='Title']/w:rPr/w:sz/@w:val") == [
        "52"
    ]  # 26 points


def test_a_style_that_the_reference_lacks_is_ours_and_stands_on_its_styles(taken: bytes) -> None:
    styles = part(taken, "word/styles.xml")
    assert values(styles, "w:style[w:name/@w:val='Note']/w:basedOn/@w:val") == ["BodyText"]
    assert values(styles, "w:style[w:name/@w:val='Normal']/@w:default") == ["1"]


def test_page_header_and_footer_are_those_of_the_reference(taken: bytes) -> None:
    tree = part(taken, "word/document.xml")
    assert values(tree, "//w:pgSz/@w:w") == [str(Cm(20).twips)]
    assert values(tree, "//w:cols") == []  # figures and tables are as wide as the page
    assert {str(Cm(20).twips - Cm(7).twips)} == set(values(tree, "//w:tblW[@w:type='dxa']/@w:w"))
    with zipfile.ZipFile(io.BytesIO(taken)) as archive:
        texts = {
            name: "".join(values(etree.fromstring(archive.read(name)), "//w:t/text()"))
            for name in archive.namelist()
            if re.fullmatch(r"word/(header|footer)\d*\.xml", name)
        }
    # It has a header of its own, picture and all, and no footer: that is ours.
    assert sorted(texts.values()) == ["Page 1 of 1", "University of Somewhere"]


def test_nothing_else_of_the_reference_is_left(taken: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(taken)) as archive:
        names = archive.namelist()
        everything = b"".join(map(archive.read, names))
    assert not [name for name in names if re.search(r"comments|people|customXml|thumbnail|stylesWithEffects|app", name)]
    for left in (b"stranger", b"secret", b"An old heading", b"updateFields"):
        assert left not in everything
    assert values(part(taken, "docProps/core.xml"), "//dc:title/text()") == ["Cells & gates"]


def test_ids_start_above_those_of_the_header() -> None:
    document = instructors()
    (picture,) = document.sections[0].header._element.xpath(".//wp:docPr")
    picture.set("id", values(part(write(SAMPLE, PICTURES), "word/document.xml"), "//wp:docPr/@id")[0])
    made = written(saved(document))
    ids = [picture.get("id"), *values(part(made, "word/document.xml"), "//wp:docPr/@id")]
    assert len(set(ids)) == len(ids) == 3


def numbers(document: bytes, text: str) -> tuple[str, str]:
    """Return the format of the numbering of the paragraph that begins with a text, and what the list starts at."""
    tree, numbering = part(document, "word/document.xml"), part(document, "word/numbering.xml")
    styles = part(document, "word/styles.xml")
    (paragraph,) = find(tree, f"//w:p[starts-with(string(w:r/w:t), '{text}')]")
    (style,) = values(paragraph, "w:pPr/w:pStyle/@w:val")
    given = values(paragraph, "w:pPr/w:numPr/w:numId/@w:val")
    number = (given or values(styles, f"w:style[@w:styleId='{style}']/w:pPr/w:numPr/w:numId/@w:val"))[0]
    abstract = values(numbering, f"w:num[@w:numId='{number}']/w:abstractNumId/@w:val")[0]
    form = values(numbering, f"w:abstractNum[@w:abstractNumId='{abstract}']/w:lvl[1]/w:numFmt/@w:val")[0]
    start = values(numbering, f"w:num[@w:numId='{number}']//w:startOverride/@w:val")
    return form, "".join(start)


LISTS = "- bullet\n\nText.\n\n1. one\n\nText.\n\n3. three"


def with_roman_lists(document: Document) -> None:
    number = document.styles.element.xpath("w:style[w:name/@w:val='List Number']//w:numId/@w:val")[0]
    numbering = document.part.numbering_part.element
    abstract = numbering.xpath(f"w:num[@w:numId='{number}']/w:abstractNumId/@w:val")[0]
    for form in numbering.xpath(f"w:abstractNum[@w:abstractNumId='{abstract}']//w:numFmt"):
        form.set(qn("w:val"), "upperRoman")


def without_list_numbering(document: Document) -> None:
    for number in document.styles.element.xpath("w:style//w:numPr"):
        number.getparent().remove(number)


def without_list_styles(document: Document) -> None:
    for style in document.styles.element.xpath("w:style[starts-with(w:name/@w:val, 'List')]"):
        style.getparent().remove(style)


@pytest.mark.parametrize(
    ("change", "form"),
    [(with_roman_lists, "upperRoman"), (without_list_numbering, "decimal"), (without_list_styles, "decimal")],
)
def test_lists_are_numbered_as_the_reference_does_or_else_as_ours(
    change: Callable[[Document], None], form: str
) -> None:
    document = docx.Document()
    change(document)
    made = written(saved(document), LISTS)
    assert numbers(made, "bullet") == ("bullet", "")
    assert numbers(made, "one") == (form, "1")
    assert numbers(made, "three") == (form, "3")


def test_our_own_document_as_a_reference_changes_nothing_but_the_numbers_of_lists() -> None:
    own = write(SAMPLE, PICTURES)
    again = written(own)

    def without_numbers(document: bytes) -> bytes:
        return re.sub(rb'w:numId w:val="\d+"', b"", etree.tostring(part(document, "word/document.xml"), method="c14n"))

    assert without_numbers(again) == without_numbers(own)
    for name in ("word/styles.xml", "word/settings.xml", "docProps/core.xml", "word/header1.xml", "word/footer1.xml"):
        assert etree.tostring(part(again, name)) == etree.tostring(part(own, name))


def test_a_reference_that_has_next_to_nothing_will_do() -> None:
    document = docx.Document()
    for relationship in list(document.part.rels.values()):
        del document.part.rels[relationship.rId]
    document.element.body.clear()
    made = written(saved(document), LISTS)
    assert numbers(made, "one") == ("decimal", "1")
    assert values(part(made, "word/document.xml"), "//w:pgSz/@w:w") == [str(Cm(21).twips)]


def spoil_styles(document: Document) -> None:
    document.styles.element.style_lst[0].insert(1, parse_xml(f'<w:basedOn {nsdecls("w")} w:val="Nowhere"/>'))
    document.styles.element.style_lst[0].append(parse_xml(f'<w:rPr {nsdecls("w")}><w:lang w:val="de-DE"/></w:rPr>'))


def test_what_styles_say_of_missing_styles_and_of_another_language_is_dropped() -> None:
    document = docx.Document()
    spoil_styles(document)
    styles = part(written(saved(document)), "word/styles.xml")
    assert "Nowhere" not in values(styles, "//w:basedOn/@w:val")
    assert values(styles, "//w:lang/@w:val") == ["en-US"]


def test_a_style_of_another_name_keeps_its_id() -> None:
    document = docx.Document()
    document.styles.add_style("Something else", 1).element.set(qn("w:styleId"), "Note")
    made = written(saved(document), "{.note}\nText.")
    assert values(part(made, "word/styles.xml"), "w:style[w:name/@w:val='Note']/@w:styleId") == ["Note1"]
    assert values(part(made, "word/document.xml"), "//w:pStyle/@w:val") == ["Note1"]


def narrow(document: Document) -> None:
    document.sections[0].page_width = Cm(14)


def bad_number(document: Document) -> None:
    document.part.numbering_part.element.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="x"/>'))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (narrow, "less than 10 cm for a line of text"),
        (bad_number, "the reference document cannot be used (invalid literal"),
    ],
)
def test_a_reference_that_cannot_be_used_is_one_line(change: Callable[[Document], None], message: str) -> None:
    document = docx.Document()
    change(document)
    with pytest.raises(ReportgenError, match=re.escape(message)):
        written(saved(document))


def test_a_list_that_is_lost_is_not_taken_for_one_of_ours() -> None:
    document = docx.Document()
    for relationship in list(document.part.rels.values()):
        if relationship.reltype == RELATIONSHIP_TYPE.NUMBERING:
            del document.part.rels[relationship.rId]
    made = written(saved(document), LISTS)
    assert numbers(made, "bullet") == ("bullet", "")
    assert values(part(made, "word/styles.xml"), "w:style[w:name/@w:val='List Number']//w:numId/@w:val") == []


def test_nothing_is_fetched_from_elsewhere_when_the_report_is_opened() -> None:
    document = instructors()
    header = document.sections[0].header.part
    for blip in header.element.xpath(".//a:blip"):
        blip.set(
            qn("r:link"), header.relate_to("https://tracker.example/a.png", RELATIONSHIP_TYPE.IMAGE, is_external=True)
        )
    made = written(saved(document))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert b"tracker" not in b"".join(map(archive.read, archive.namelist()))
