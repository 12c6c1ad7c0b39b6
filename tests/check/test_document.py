"""What counts as the text, headings and figures of a document."""

import zipfile
from collections.abc import Callable
from io import BytesIO

import docx
import pytest
from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from reportgen.check.document import BOLD, PLAIN, Document, read_document
from reportgen.check.package import NotWord, open_package
from tests.check.answers import add_field, add_xml, bold, complete, essay, paragraph_property

NOTES = f"<w:footnotes {nsdecls('w')}><w:footnote><w:p><w:r><w:t>below</w:t></w:r></w:p></w:footnote></w:footnotes>"
MARKUP = "http://schemas.openxmlformats.org/markup-compatibility/2006"
TEXT_BOX = (
    f'<w:r {nsdecls("w")} xmlns:mc="{MARKUP}"><mc:AlternateContent>'
    "<mc:Choice Requires='wps'><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
    "<mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
)
STRICT = {
    b"http://schemas.openxmlformats.org/wordprocessingml/2006/": b"http://purl.oclc.org/ooxml/wordprocessingml/",
    b"http://schemas.openxmlformats.org/officeDocument/2006/": b"http://purl.oclc.org/ooxml/officeDocument/",
    b"http://schemas.openxmlformats.org/drawingml/2006/": b"http://purl.oclc.org/ooxml/drawingml/",
}


def read(document: Docx, change: Callable[[bytes], bytes] = lambda data: data) -> Document:
    stream, changed = BytesIO(), BytesIO()
    document.save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, change(data) if name.endswith((".xml", ".rels")) else data)
    try:
        return read_document(open_package(changed.getvalue()))
    except NotWord as reason:
        return Document(damage=str(reason))


def texts(document: Docx) -> list[str]:
    return [paragraph.text for paragraph in read(document).paragraphs]


def strict(data: bytes) -> bytes:
    for transitional, iso in STRICT.items():
        data = data.replace(transitional, iso)
    return data


def utf16(data: bytes) -> bytes:
    return data.decode("utf-8").replace("UTF-8", "UTF-16").encode("utf-16")


def test_inserted_text_is_text_and_deleted_or_moved_text_is_not() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("kept ")
    add_xml(paragraph, "<w:ins {} w:id='1' w:author='a'><w:r><w:t>inserted</w:t></w:r></w:ins>")
    add_xml(
        paragraph, "<w:del {} w:id='2' w:author='a'><w:r><w:delText>deleted</w:delText><w:t>deleted</w:t></w:r></w:del>"
    )
    add_xml(paragraph, "<w:moveFrom {} w:id='3' w:author='a'><w:r><w:t>moved</w:t></w:r></w:moveFrom>")
    assert texts(document) == ["kept inserted"]


def test_hidden_text_is_not_said_by_whatever_it_is_hidden() -> None:
    document = docx.Document()
    for name, kind in (("Unseen", WD_STYLE_TYPE.CHARACTER), ("Unseen paragraph", WD_STYLE_TYPE.PARAGRAPH)):
        document.styles.add_style(name, kind).font.hidden = True
    below = document.styles.add_style("Below", WD_STYLE_TYPE.CHARACTER)
    below.base_style = document.styles["Unseen"]
    paragraph = document.add_paragraph("seen ")
    paragraph.add_run("hidden by itself ").font.hidden = True
    paragraph.add_run("by its style ", "Unseen")
    paragraph.add_run("by what that is based on ", "Below")
    paragraph.add_run("shown all the same ", "Unseen").font.hidden = False
    whole = document.add_paragraph("hidden with its paragraph ", "Unseen paragraph")
    whole.add_run("and shown, as two styles cancel out", "Unseen")
    assert texts(document) == ["seen shown all the same", "and shown, as two styles cancel out"]


def test_hidden_words_make_no_heading() -> None:
    document = docx.Document()
    document.add_heading("", 1).add_run("The forget gate").font.hidden = True
    assert [(each.text, each.kind) for each in read(document).paragraphs] == [("", "prose")]


@pytest.mark.parametrize("character", ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"])
def test_what_is_not_seen_in_a_word_does_not_part_it(character: str) -> None:
    document = docx.Document()
    document.add_heading(f"The for{character}get gate", 1)
    paragraph = document.add_paragraph("snap")
    add_xml(paragraph, "<w:r {}><w:softHyphen/><w:t>shot</w:t></w:r>")
    assert texts(document) == ["The forget gate", "snapshot"]


@pytest.mark.parametrize(
    ("written", "words"),
    [("cell\u00a0state", "cell state"), ("long\u202fterm", "long term"), ("long\u2011term", "long-term")],
)
def test_what_keeps_a_line_together_stands_between_words(written: str, words: str) -> None:
    document = docx.Document()
    document.add_paragraph(written)
    add_xml(document.add_paragraph("long"), "<w:r {}><w:noBreakHyphen/><w:t>term</w:t></w:r>")
    assert texts(document) == [words, "long-term"]


def test_a_field_shows_its_result_and_not_its_code() -> None:
    document = docx.Document()
    add_field(document.add_paragraph("See "), " REF fig_river \\h ", "Figure 7")
    assert texts(document) == ["See Figure 7"]


def test_a_text_box_counts_once_and_apart_from_its_anchor() -> None:
    document = docx.Document()
    document.add_paragraph("anchor")._p.append(parse_xml(TEXT_BOX))
    assert texts(document) == ["anchor", "boxed"]


def test_tabs_breaks_and_runs_join_as_they_are_read() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("a\tb\nc")
    paragraph.add_run("d")
    paragraph.paragraph_format.tab_stops.add_tab_stop(914400)
    assert texts(document) == ["a b cd"]


def test_text_in_tables_and_notes_is_read() -> None:
    document = docx.Document()
    document.add_table(rows=1, cols=1).cell(0, 0).text = "in a cell"
    assert "in a cell" in texts(document)


@pytest.mark.parametrize("change", [strict, utf16], ids=["strict", "UTF-16"])
def test_other_writings_of_the_format_read_the_same(change: Callable[[bytes], bytes]) -> None:
    assert read(complete(), change) == read(complete())
    assert read(complete(), change).equations == 1


def test_headings_have_levels_by_style_by_inheritance_and_by_bold() -> None:
    document = docx.Document()
    document.add_heading("By style", 2)
    document.styles.add_style("House", 1).base_style = document.styles["Heading 3"]
    document.add_paragraph("By inheritance", style="House")
    paragraph_property(document.add_paragraph("By outline level"), '<w:outlineLvl {} w:val="3"/>')
    bold(document, "By bold", 1)
    paragraph_property(document.add_heading("Body after all", 1), '<w:outlineLvl {} w:val="9"/>')
    document.add_paragraph("Plain")
    assert [paragraph.level for paragraph in read(document).paragraphs] == [2, 3, 4, BOLD, 0, 0]


def test_headings_are_known_by_other_type_and_by_their_place() -> None:
    document = docx.Document()
    long = "What is written here is longer than any heading would be, so that its type is that of the text. " * 2
    for name in ("underlined", "larger", "neither"):
        run = document.add_paragraph().add_run(
            f"A heading that is {name} and that has some more words than a line of plain type may"
        )
        run.underline = name == "underlined"
        run.font.size = Pt(16) if name == "larger" else None
        document.add_paragraph(long)
    document.add_paragraph("A few words above a paragraph")
    document.add_paragraph(long)
    document.add_paragraph("A few words in a list", style="List Bullet")
    document.add_paragraph(long)
    document.add_paragraph("c = f c + i g")
    document.add_paragraph(long)

    assert [paragraph.level for paragraph in read(document).paragraphs] == [
        BOLD,
        0,
        BOLD,
        0,
        0,
        0,
        PLAIN,
        0,
        0,
        0,
        0,
        0,
    ]


def test_lines_that_a_writer_broke_are_paragraphs_and_those_that_only_fill_are_not() -> None:
    document = docx.Document()
    long = "This sentence has more than ten words in it, and it ends as a sentence does."
    document.add_paragraph(f"Part I\n{long}\n\n{long}")
    document.add_paragraph(
        "This text was copied from a page, where it was broken\nafter every line, however much of the sentence it held."
    )

    assert [paragraph.text for paragraph in read(document).paragraphs] == [
        "Part I",
        long,
        long,
        "This text was copied from a page, where it was broken after every line, however much of the sentence it held.",
    ]


def test_what_is_bold_but_no_heading() -> None:
    document = docx.Document()
    bold(document, "A sentence in bold.", 1)
    document.add_paragraph().add_run("Run in: ").bold = True
    document.paragraphs[-1].add_run("and text after it")
    document.add_table(rows=1, cols=1).cell(0, 0).paragraphs[0].add_run("Column").bold = True
    assert [paragraph.kind for paragraph in read(document).paragraphs] == ["prose"] * 3


def test_a_circle_of_styles_ends() -> None:
    document = docx.Document()
    first, second = (document.styles.add_style(name, 1) for name in ("One", "Two"))
    first.base_style, second.base_style = second, first
    document.add_paragraph("Round and round", style="One")
    assert read(document).paragraphs[0].level == 0


def test_a_table_of_contents_is_neither_heading_nor_prose() -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("Part I: the cell state 3", style="toc 1")
    assert [paragraph.kind for paragraph in read(document).paragraphs] == ["contents"]


def test_footnotes_are_read_apart() -> None:
    document = docx.Document()
    part = Part(
        PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        NOTES.encode(),
        document.part.package,
    )
    document.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes")
    found = read(document)
    assert [note.text for note in found.notes] == ["below"]
    assert found.paragraphs == ()


def test_an_essay_reads_the_same_in_styles_and_in_bold_but_for_the_levels() -> None:
    by_style = read(essay(lambda document, text, level: document.add_heading(text, level)))
    by_bold = read(essay(bold))
    assert [(p.kind, p.text) for p in by_style.paragraphs] == [(p.kind, p.text) for p in by_bold.paragraphs]


def in_text(xml: str) -> Document:
    """Read a complete answer with a paragraph that holds this before its own."""
    names = 'xmlns:v="urn:schemas-microsoft-com:vml"'
    return read(complete(), lambda data: data.replace(b"<w:body>", f"<w:body><w:p {names}>{xml}</w:p>".encode(), 1))


def test_paragraphs_in_paragraphs_are_read_as_deep_as_word_writes_them() -> None:
    """Each of them is searched with all that is in it, which a file can make as much as it likes."""
    box = "<w:r><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r>"
    end = "</w:p></w:txbxContent></w:r>"

    assert [paragraph.text for paragraph in in_text(box * 9 + end * 9).paragraphs[:10]] == ["", *["boxed"] * 9]
    assert in_text(box * 10 + end * 10).damage == "it holds paragraphs in paragraphs, more than 10 deep"


def test_a_picture_counts_once_however_pictures_nest() -> None:
    picture = '<w:pict><v:shape alt="a {}"><v:imagedata/>'
    inner = f"<v:textbox><w:txbxContent><w:p>{picture.format('b')}</v:shape></w:pict></w:p></w:txbxContent></v:textbox>"
    document = in_text(f"<w:r>{picture.format('c')}{inner}</v:shape></w:pict></w:r>")

    assert [paragraph.figures for paragraph in document.paragraphs[:2]] == [("a c",), ("a b",)]
    nested = in_text("<w:pict>" * 200 + "<v:imagedata/>" * 300 + "</w:pict>" * 200)
    assert len(nested.paragraphs[0].figures) == 300
    assert in_text('<w:object><v:shape alt="a"><v:imagedata/></v:shape></w:object>').paragraphs[0].figures == ()


def test_alternative_texts_count_as_text() -> None:
    shared = f'<w:pict><v:shape alt="{"a" * 60_000}">{"<v:imagedata/>" * 20}</v:shape></w:pict>'

    assert in_text(shared).damage == "it holds more than 1,000,000 characters of text"


def test_of_a_field_only_its_first_words_are_read() -> None:
    """A code of 9 MB, word by word, would take more memory than the machine has."""
    document = in_text(f'<w:fldSimple w:instr="REF there {"a " * 4_000_000}"/>')

    assert "there" in document.references


def test_of_a_title_only_the_beginning_is_read() -> None:
    document = complete()
    document.core_properties.title = "A title"

    changed = read(document, lambda data: data.replace(b"A title", b"A title" + b" a" * 1_000_000))

    assert changed.title.startswith("A title a a")
    assert len(changed.title) <= 1000


def test_runs_in_runs_are_read_once() -> None:
    nested = "<w:r>" * 200 + "<w:rPr><w:b/></w:rPr>" + "<w:t/>" * 100_000 + "<w:t>bold</w:t>" + "</w:r>" * 200

    assert in_text(nested).paragraphs[0].level == BOLD
