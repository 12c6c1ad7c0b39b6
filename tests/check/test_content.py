"""What is seen of a document: words, pictures and equations, and not how they are written down."""

import hashlib
import io
from collections.abc import Callable

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st

from reportgen.check.content import Block, Content, read_content
from reportgen.check.document import read_document
from reportgen.check.package import NotWord, open_package
from tests.check.answers import add_field, complete, png

M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def seen(document: Document) -> Content:
    buffer = io.BytesIO()
    document.save(buffer)
    return read_content(open_package(buffer.getvalue()))


def words(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in seen(document).blocks if not block.kind.startswith("property")]


def with_xml(xml: str) -> Document:
    document = docx.Document()
    document.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')} {M}>{xml}</w:p>"))
    return document


def test_hidden_words_do_not_make_a_caption_of_what_is_seen() -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>Figure 1: </w:t></w:r>"
    assert words(with_xml(f"{hidden}<w:r><w:t>the gates</w:t></w:r>")) == [("text", "the gates")]


def r(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def test_a_body_that_the_rules_were_given_shows_the_same() -> None:
    document = complete()
    document.sections[0].header.paragraphs[0].text = "a header"
    buffer = io.BytesIO()
    document.save(buffer)
    package = open_package(buffer.getvalue())
    read = read_content(package, read_document(package).body)
    assert {"header", "text", "caption"} <= {block.kind for block in read.blocks}
    assert read.pictures
    assert read == read_content(package)


@pytest.mark.parametrize(
    ("omml", "line"),
    [
        (r("a") + r(" + b"), "a+b"),
        (f"<m:sSub><m:e>{r('c')}</m:e><m:sub>{r('t')}</m:sub></m:sSub>", "c_{t}"),
        (f"<m:sSup><m:e>{r('R')}</m:e><m:sup>{r('2')}</m:sup></m:sSup>", "R^{2}"),
        (f"<m:f><m:num>{r('1')}</m:num><m:den>{r('e')}</m:den></m:f>", "1/e"),
        (f"{r('1')}{r('/')}{r('e')}", "1/e"),
        (f"<m:d><m:e>{r('a')}</m:e></m:d>", "(a)"),
        (r("(") + r("a") + r(")"), "(a)"),
        (
            f'<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val=""/></m:dPr><m:e>{r("a")}</m:e><m:e>{r("b")}</m:e></m:d>',
            "[a|b",
        ),
        (f'<m:acc><m:accPr><m:chr m:val="\u0303"/></m:accPr><m:e>{r("c")}</m:e></m:acc>', "c\u0303"),
        (f"<m:acc><m:e>{r('c')}</m:e></m:acc>", "c\u0302"),
        (f"<m:bar><m:e>{r('f')}</m:e></m:bar>", "¯{f}"),
        (
            f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{r("k")}</m:sub><m:sup>{r("T")}</m:sup><m:e>{r("g")}</m:e></m:nary>',
            "∑_{k}^{T}g",
        ),
        (f"<m:func><m:fName>{r('ln')}</m:fName><m:e>{r('f')}</m:e></m:func>", "lnf"),
        (f"<m:rad><m:deg/><m:e>{r('x')}</m:e></m:rad>", "√{x}"),
        (f"<m:limLow><m:e>{r('max')}</m:e><m:lim>{r('t')}</m:lim></m:limLow>", "max_{t}"),
        (r("\U0001d450"), "c"),  # a mathematical italic letter is a letter
    ],
)
def test_an_equation_is_a_line_of_what_it_says(omml: str, line: str) -> None:
    assert words(with_xml(f"<m:oMath>{omml}</m:oMath>"))[0] == ("equation", f"⟦{line}⟧")


def test_an_equation_in_a_sentence_is_part_of_it() -> None:
    xml = f"<w:r><w:t>State </w:t></w:r><m:oMath>{r('c')}</m:oMath><w:r><w:t>.</w:t></w:r>"
    assert words(with_xml(xml))[0] == ("text", "State ⟦c⟧.")


def test_an_equation_nested_without_end_is_no_document() -> None:
    deep = f"{'<m:e>' * 120}{r('c')}{'</m:e>' * 120}"
    with pytest.raises(NotWord, match="nested more than a hundred times"):
        seen(with_xml(f"<m:oMath>{deep}</m:oMath>"))


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<w:r><w:t>a</w:t></w:r><w:r><w:t>b</w:t></w:r>", "ab"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a b c"),
        ("<w:pPr><w:tabs><w:tab w:val='left' w:pos='1'/></w:tabs></w:pPr><w:r><w:t>a</w:t></w:r>", "a"),
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "new"),
        ("<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>come</w:t></w:r></w:moveTo>", "come"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>shown</w:t></w:r>", "shown"),
        ("<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>shown</w:t></w:r>", "shown"),
        ("<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>", "link"),
        ("<w:fldSimple w:instr=' REF x '><w:r><w:t>as in Figure 1</w:t></w:r></w:fldSimple>", "as in Figure 1"),
        ("<w:fldSimple w:instr=' PAGE '><w:r><w:t>17</w:t></w:r></w:fldSimple><w:r><w:t>!</w:t></w:r>", "!"),
    ],
)
def test_what_a_paragraph_shows(xml: str, text: str) -> None:
    assert words(with_xml(xml))[0] == ("text", text)


def test_a_field_shows_its_result_unless_only_layout_knows_it() -> None:
    document = docx.Document()
    add_field(document.add_paragraph("See "), " REF _Ref100 \\h ", "Figure 1")
    add_field(document.add_paragraph("Page "), " NUMPAGES ", "23")
    assert words(document) == [("text", "See Figure 1"), ("text", "Page")]


def test_what_stands_in_a_text_box_is_seen_before_its_anchor_and_not_at_all_in_hidden_text() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    text = "<w:r><w:t>anchor</w:t></w:r>"
    assert words(with_xml(f"{text}<w:r>{box}</w:r>")) == [("text", "boxed"), ("text", "anchor")]
    assert words(with_xml(f"{text}<w:r><w:rPr><w:vanish/></w:rPr>{box}</w:r>")) == [("text", "anchor")]


def test_kinds_say_what_and_where() -> None:
    document = complete()
    document.sections[0].footer.paragraphs[0].text = "At the foot"
    document.sections[0].header.paragraphs[0].add_run().add_picture(png())
    found = words(document)
    image = hashlib.sha256(png().getvalue()).hexdigest()
    for block in (
        ("heading 1", "Part I: Cell (C) State"),
        ("caption", "Figure 1 The river"),
        ("alternative text", "A wave that fades over thirty steps."),
        ("text", "As shown in Figure 1"),
        ("equation", "⟦c=f⋅c+i⋅g⟧"),
        ("table", "Gate"),
        ("footer", "At the foot"),
        ("header", f"picture {image}"),
    ):
        assert block in found
    assert [picture.image for picture in seen(document).pictures] == [image]
    assert seen(document).margins() == ("At the foot", f"picture {image}")


def test_title_author_and_subject_are_seen_too() -> None:
    document = docx.Document()
    core = document.core_properties
    core.title, core.author, core.subject = "A  title", "A. Name", ""
    assert seen(document).blocks == (Block("property 'title'", "A title"), Block("property 'author'", "A. Name"))


def add_word(document: Document) -> None:
    document.paragraphs[1].add_run(" indeed")


def make_heading(document: Document) -> None:
    document.paragraphs[1].style = document.styles["Heading 2"]


def change_alternative(document: Document) -> None:
    document.inline_shapes[0]._inline.docPr.set("descr", "Another")


def change_picture(document: Document) -> None:
    picture = png().getvalue()
    document.inline_shapes[0]._inline.graphic.graphicData.pic.blipFill.blip.embed = document.part.get_or_add_image(
        io.BytesIO(picture + b"\0")
    )[0]


def swap_paragraphs(document: Document) -> None:
    one, two = document.paragraphs[1]._p, document.paragraphs[3]._p
    two.addnext(one)


@pytest.mark.parametrize("change", [add_word, make_heading, change_alternative, change_picture, swap_paragraphs])
def test_the_digest_changes_with_what_is_seen(change: Callable[[Document], None]) -> None:
    document = complete()
    change(document)
    assert seen(document).digest() != seen(complete()).digest()


def test_the_digest_is_that_of_what_is_seen_alone() -> None:
    document = complete()
    document.core_properties.comments = "saved again"
    document.paragraphs[1].paragraph_format.keep_with_next = True
    for run in document.paragraphs[1].runs:
        run.font.name = "Georgia"
    assert seen(document).digest() == seen(complete()).digest()


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"))), max_size=4))
def test_text_is_read_as_it_was_written_however_it_is_split(pieces: list[str]) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for piece in pieces:
        paragraph.add_run(piece)
    text = " ".join("".join(pieces).split())
    found = [text for _, text in words(document)]
    assert found == ([text] if text else [])
