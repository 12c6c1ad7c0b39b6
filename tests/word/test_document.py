"""The writer's documents, read back with zipfile and lxml alone: nothing of python-docx, nothing of the writer.

What must hold for every document, whatever its text, is in `tests/soundness.py`; `write` requires it.
"""

import datetime
import hashlib
import io
import os
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from reportgen.errors import ReportgenError
from reportgen.manuscript import read_manuscript
from reportgen.manuscript.labels import whereabouts
from reportgen.picture import Picture
from reportgen.prose.markdown import parse
from reportgen.word.document import write_docx
from reportgen.word.reference_document import Properties
from tests.manuscript.test_references import ITEMS
from tests.soundness import require_sound

GOLDEN = Path(__file__).parent / "golden"
NS = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "asvg": "http://schemas.microsoft.com/office/drawing/2016/SVG/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "dc": "http://purl.org/dc/elements/1.1/",
    "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
    "dcterms": "http://purl.org/dc/terms/",
}
W, M, R = (f"{{{NS[prefix]}}}" for prefix in "wmr")


def _png(width: int, height: int) -> bytes:
    """Make a grey PNG of so many pixels (PNG, 3rd edition, 5 and 11)."""
    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    written = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


PNG = _png(800, 300)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'
PICTURES = {
    "river": Picture(PNG, SVG, "What is <left> & what is gone"),
    "snap-shot": Picture(PNG, SVG, "A loop"),
}
PROPERTIES = Properties(
    title="Cells & gates",
    author="A. N. Author",
    subject="A subject",
    keywords="LSTM, gates",
    created=datetime.date(2024, 12, 4),
    header="A header",
)
SAMPLE = (GOLDEN / "sample.md").read_text(encoding="utf-8")


def write(markdown: str, pictures: dict[str, Picture] | None = None, properties: Properties = PROPERTIES) -> bytes:
    document = write_docx(read_manuscript(parse(markdown), (), pictures or {}, ITEMS), properties)
    require_sound(document)
    return document


def body(markdown: str) -> etree._Element:
    return part(write(markdown), "word/document.xml")


def part(document: bytes, name: str) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return etree.fromstring(archive.read(name))


def find(tree: etree._Element, path: str) -> list[etree._Element]:
    found = tree.xpath(path, namespaces=NS)
    assert isinstance(found, list)
    return [element for element in found if isinstance(element, etree._Element)]


def values(tree: etree._Element, path: str) -> list[str]:
    found = tree.xpath(path, namespaces=NS)
    assert isinstance(found, list)
    return [str(value) for value in found]


def words(element: etree._Element) -> str:
    """Read what an element shows, its fields as {instruction: result} and its mathematics between ⟦ and ⟧."""
    match element.tag.removeprefix(W).removeprefix(M):
        case "oMath":
            return f"⟦{''.join(values(element, './/m:t/text()'))}⟧"
        case "t":
            return element.text or ""
        case "instrText":
            return (element.text or "").strip()
        case "fldChar":
            return {"begin": "{", "separate": ": ", "end": "}"}[element.get(f"{W}fldCharType", "")]
        case "tab" | "br" | "drawing":
            return {"tab": "→", "br": "↵", "drawing": "<picture>"}[element.tag.removeprefix(W)]
    return "".join(words(child) for child in element if child.tag != f"{W}pPr")


def outline(tree: etree._Element) -> Iterator[str]:
    for block in find(tree, "//w:body/*"):
        if block.tag == f"{W}p":
            yield f"{values(block, 'w:pPr/w:pStyle/@w:val')[0]}: {words(block)}"
        elif block.tag == f"{W}tbl":
            yield f"<{values(block, 'w:tblPr/w:tblStyle/@w:val')[0]}>"
            for row in find(block, "w:tr"):
                yield "  " + " | ".join(words(cell) for cell in find(row, "w:tc/w:p"))


@pytest.fixture(scope="module")
def sample() -> bytes:
    return write(SAMPLE, PICTURES)


@pytest.fixture(scope="module")
def tree(sample: bytes) -> etree._Element:
    return part(sample, "word/document.xml")


def test_the_sample_has_the_structure_of_the_golden_outline(tree: etree._Element) -> None:
    assert "\n".join(outline(tree)) + "\n" == (GOLDEN / "sample.txt").read_text(encoding="utf-8")


def test_two_processes_write_the_same_bytes(sample: bytes) -> None:
    program = "import hashlib; from tests.word.test_document import *; "
    program += (
        "print(hashlib.sha256(write_docx(read_manuscript(parse(SAMPLE), (), PICTURES, ITEMS), PROPERTIES)).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == hashlib.sha256(sample).hexdigest()


def test_the_archive_holds_no_date_but_the_given_one(sample: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2024, 12, 4, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"
        assert archive.testzip() is None


def test_core_properties_are_the_given_ones_and_no_others(sample: bytes) -> None:
    core = part(sample, "docProps/core.xml")
    assert {etree.QName(child).localname: child.text for child in core} == {
        "title": "Cells & gates",
        "creator": "A. N. Author",
        "subject": "A subject",
        "keywords": "LSTM, gates",
        "language": "en-US",
        "created": "2024-12-04T00:00:00Z",
        "modified": "2024-12-04T00:00:00Z",
    }


def test_no_part_is_left_of_the_template(sample: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        names = archive.namelist()
    assert not [name for name in names if re.search("customXml|thumbnail|stylesWithEffects|app.xml", name)]


def test_every_reference_is_a_field_and_every_citation_a_link(tree: etree._Element) -> None:
    codes = [code.split() for code in values(tree, "//w:instrText/text()")]
    assert sum(code[:1] == ["REF"] for code in codes) == len(re.findall("@(?:fig|tbl|eq):", SAMPLE))
    anchors = values(tree, "//w:hyperlink/@w:anchor")
    assert len(anchors) == 5
    assert anchors[0] == anchors[2]


def test_all_text_has_contrast(sample: bytes) -> None:
    def luminance(colour: str) -> float:  # WCAG 2.2, relative luminance
        channels = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    styles = part(sample, "word/styles.xml")
    paper = min(map(luminance, ["FFFFFF", *values(styles, "//w:shd/@w:fill")]))
    colours = values(styles, "//w:rPr/w:color/@w:val")
    assert len(colours) > 3
    for colour in colours:
        assert (paper + 0.05) / (luminance(colour) + 0.05) >= 4.5


def test_pictures_carry_alternative_text_and_svg_and_fit_the_page(sample: bytes, tree: etree._Element) -> None:
    assert values(tree, "//wp:docPr/@descr") == [PICTURES["river"].alt, PICTURES["snap-shot"].alt]
    images = {
        str(relationship.get("Id")): str(relationship.get("Target"))
        for relationship in part(sample, "word/_rels/document.xml.rels")
    }
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        for name in values(tree, "//asvg:svgBlip/@r:embed"):
            assert archive.read(f"word/{images[name]}") == SVG
        for name in values(tree, "//a:blip/@r:embed"):
            assert archive.read(f"word/{images[name]}") == PNG
    assert [round(int(width) / 360_000, 1) for width in values(tree, "//wp:extent/@cx")] == [16.0, 16.0]


def test_table_rows_stay_whole_and_the_first_is_a_header(tree: etree._Element) -> None:
    tables = find(tree, "//w:tbl[w:tblPr/w:tblStyle/@w:val='Table']")
    assert len(tables) == 2
    for table in tables:
        rows = find(table, "w:tr")
        assert len(find(table, "w:tr/w:trPr/w:cantSplit[not(@w:val)]")) == len(rows)
        assert find(table, "w:tr/w:trPr/w:tblHeader[not(@w:val)]") == find(rows[0], "w:trPr/w:tblHeader")
        assert len(find(rows[0], "w:trPr/w:tblHeader")) == 1


@pytest.mark.parametrize(("page_size", "width"), [("A4", 9072), ("Letter", 9406)])
def test_columns_share_the_width_of_the_text_by_what_they_hold(page_size: str, width: int) -> None:
    markdown = "| a | Statement |\n|---|---|\n| 1 | " + "a long statement of many words " * 4 + "|"
    sized = Properties(**{**vars(PROPERTIES), "page_size": page_size})
    tree = part(write(markdown, properties=sized), "word/document.xml")
    narrow, wide = (int(value) for value in values(tree, "//w:gridCol/@w:w"))
    assert narrow + wide == pytest.approx(width, abs=4)
    assert narrow < wide / 5
    assert values(tree, "//w:tr[1]/w:tc/w:tcPr/w:tcW/@w:w") == [str(narrow), str(wide)]


def test_what_introduces_something_stays_with_it(sample: bytes, tree: etree._Element) -> None:
    styles = part(sample, "word/styles.xml")
    for style in ("Heading1", "Heading2", "Heading3", "Figure", "Title"):
        assert find(styles, f"//w:style[@w:styleId='{style}']/w:pPr/w:keepNext"), style
    for caption in find(tree, "//w:p[w:pPr/w:pStyle/@w:val='Caption']"):
        assert bool(find(caption, "w:pPr/w:keepNext")) == words(caption).startswith("Table")
    assert find(styles, "//w:style[@w:styleId='Normal']/w:pPr/w:widowControl")


def test_header_and_footer(sample: bytes) -> None:
    assert words(part(sample, "word/header1.xml")) == "A header"
    assert words(part(sample, "word/footer1.xml")) == "Page {PAGE: 1} of {NUMPAGES: 1}"


def test_each_numbered_list_counts_from_its_own_start(sample: bytes, tree: etree._Element) -> None:
    lists = values(tree, "//w:numPr/w:numId/@w:val")
    assert len(lists) == 5
    assert len(set(lists)) == 3
    numbering = part(sample, "word/numbering.xml")
    starts = [
        values(numbering, f"//w:num[@w:numId='{name}']/w:lvlOverride/w:startOverride/@w:val")[0]
        for name in dict.fromkeys(lists)
    ]
    assert starts == ["1", "1", "5"]


@pytest.mark.parametrize(
    "text", ["<w:b/>", "a < b > c & d", "שלום עולם", "e\u0301", "𝒄\u202f×\u200b", "'single' \"double\""]
)
def test_text_is_text(text: str) -> None:
    assert "".join(values(body(text), "//w:t/text()")) == text


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        ("", "the templates give no text at all"),
        ("@fig:rivr and $$", "@fig:rivr refers to nothing; there are none"),
        ("$$ a $$ (eq:cell)\n\nBy @eq:cel.", "@eq:cel refers to nothing; the nearest is 'eq:cell'"),
        ("By @figure:cell.", "@figure:cell refers to nothing"),
        ("$$ a $$ (eq:a)\n\n$$ b $$ (eq:a)", "two things are labelled 'eq:a'"),
        ("$$ a $$ (cell)", "'cell' cannot label an equation: write eq:name"),
        ("![A.](river.png)", "'river.png' cannot label a figure: write fig:name"),
        ("![A.](fig:nowhere)", "fig:nowhere is shown, but there is no picture"),
        ("[@hochreiter97]\n\n{.references}\n# R", "nearest is 'hochreiter1997'"),
        ("[@olah2015]", "[@olah2015] is cited, but no heading has {.references} above it"),
        ("Text.\n\n{.references}\n# R", "the heading “R” has {.references} above it, but nothing is cited"),
        (
            "[@olah2015]\n\n{.references}\n# R\n\n{.references}\n# S",
            "the heading “S” has {.references} above it, and another heading has it already",
        ),
        ("See [@olah2015, p. 3].", "'[@olah2015,' is left in the text"),
        ("As @olah2015 says.", "'@olah2015' is left in the text"),
        ("Text\n{.note}", "'{.note}' is left in the text"),
        ("{.titel}\nA", "{.titel} is not a class of a paragraph (“A”); the nearest is 'title'"),
        ("{.small}\nA", "{.small} is not a class of a paragraph"),
        ("{.note}\n- a", "{.note} is not a class of a bullet list"),
        ("{.note .title}\nA", "must give one class"),
        ("{#id}\nA", "must give one class"),
        ("[A.](tbl:a)\n\nText.", "tbl:a labels no table"),
        ("Text [A.](tbl:a)\n\n| a |\n|---|", "[…](tbl:a) stands inside a paragraph"),
        ("[a](../b.html)", "the link to '../b.html' leads nowhere"),
        ("Text $$a$$ text", "$$a$$ stands inside a paragraph"),
        ("#### Deep", "a heading of level 4 (“Deep”) has no style"),
        ("a\n\n---\n\nb", "a hr cannot stand in a document"),
        ("- a\n\n  ```\n  b\n  ```", "a fence cannot stand in a list"),
        ("> - a", "a bullet list cannot stand in a quotation"),
        ("- a\n  - b\n    - c\n      - d", "a bullet list cannot stand deeper than 3 levels"),
        ("| a |\n|---|\n\n| b |\n|---|", "the table 'b' follows another"),
        ("| a |\n|---|\n\n$$ a $$ (eq:a)", "the equation eq:a follows a table"),
        ("$\\foo$", "holds \\foo, which is not known"),
        ("$\\frac{$", "the formula $\\frac{$ cannot be read"),
        ("a\n\nb \x0b c", "no document can hold the control character U+000B"),
        ("a \ud800", "U+D800"),
    ],
)
def test_what_leads_nowhere_is_one_line_that_says_so(markdown: str, message: str) -> None:
    with pytest.raises(ReportgenError) as caught:
        write(markdown)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_box_to_tick_is_one_that_word_lets_one_tick() -> None:
    tree = body("| Said |\n|---|\n| ☐ |\n| no ☐ yes |")
    boxes = find(tree, "//w:sdt[w:sdtPr/w14:checkbox]")
    assert len(boxes) == 2
    assert ["".join(values(box, ".//w:t/text()")) for box in boxes] == ["☐", "☐"]
    assert [word for word in values(tree, "//w:t/text()") if word.strip()] == ["Said", "☐", "no ", "☐", " yes"]


def test_a_short_table_stays_whole_and_a_long_one_may_break() -> None:
    def kept(rows: int) -> int:
        tree = body("| a | b |\n|---|---|\n" + "| some words | and more of them |\n" * rows)
        return len(find(tree, "//w:tr[.//w:keepNext]"))

    assert kept(10) == 10  # all but the last, the header among them
    assert kept(100) == 1


def test_what_a_document_holds_is_named_as_a_reader_finds_it() -> None:
    assert whereabouts(parse(SAMPLE)) == {
        "The cell state": "“The cell state”", "A figure": "“A figure”", "Lists": "“Lists”", "Appendix": "“Appendix”",
        "References": "“References”", "eq:cell": "Equation\u00a0(1)", "eq:sum": "Equation\u00a0(2)", "fig:river": "Figure 1",
        "fig:snap-shot": "Figure 2", "tbl:errors": "Table 1", "tbl:ledger": "Table 2",
    }  # fmt: skip


def test_a_picture_that_is_never_shown_is_left_out() -> None:
    assert write("Text.", {"river": replace(PICTURES["river"], alt="")}) == write("Text.")


def test_a_picture_beside_text_is_an_error() -> None:
    with pytest.raises(ReportgenError, match="fig:river stands inside a paragraph"):
        write("Text ![A.](fig:river)", {"river": PICTURES["river"]})


def test_a_picture_without_alternative_text_is_an_error() -> None:
    with pytest.raises(ReportgenError, match="picture 'river' has no alternative text"):
        write("![A.](fig:river)", {"river": replace(PICTURES["river"], alt=" ")})


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "a\x00", "the document's title: no document can hold"),
        ("subject", "s" * 256, "the document's subject has 256 characters, and its properties hold 255"),
        ("language", 'en"', "the language 'en\"' is not a tag"),
        ("page_size", "A5", "page size 'A5' is not known: choose A4 or Letter"),
    ],
)
def test_properties_that_no_document_can_have(field: str, value: str, message: str) -> None:
    with pytest.raises(ReportgenError, match=re.escape(message)):
        write("Text.", properties=Properties(**{**vars(PROPERTIES), field: value}))


CONTENTS = "{.contents}\n# Contents\n\n# One *a* [link](https://a.org) by [@olah2015]\n\n## Two $c_t$\n\nText.\n\n"
CONTENTS += "{.references}\n# References"


def test_a_table_of_contents_is_complete_as_written() -> None:
    tree = part(write(CONTENTS), "word/document.xml")
    (frame,) = find(tree, "//w:sdt")
    assert values(frame, "w:sdtPr/w:docPartObj/w:docPartGallery/@w:val") == ["Table of Contents"]
    assert "".join(values(frame, ".//w:instrText/text()")).split() == ["TOC", "\\o", '"1-3"', "\\n", "\\h", "\\z"]
    assert values(frame, ".//w:fldChar/@w:fldCharType") == ["begin", "separate", "end"]
    headings = {}
    for heading in find(tree, "//w:p[starts-with(w:pPr/w:pStyle/@w:val, 'Heading')]"):
        (name,) = values(heading, "w:bookmarkStart/@w:name")
        headings[name] = "".join(values(heading, ".//w:t/text() | .//m:t/text()"))
    entries = {
        values(entry, "@w:anchor")[0]: "".join(values(entry, ".//w:t/text() | .//m:t/text()"))
        for entry in frame.iter(f"{W}hyperlink")
    }
    assert entries == headings
    assert list(entries.values()) == ["One a link by [1]", "Two ct", "References"]
    assert values(frame, ".//w:pStyle/@w:val") == ["TOC1", "TOC2", "TOC1"]
    assert not list(frame.iter(f"{W}bookmarkStart"))


def test_without_a_table_of_contents_headings_have_no_bookmarks() -> None:
    tree = part(write("# One"), "word/document.xml")
    assert not list(tree.iter(f"{W}bookmarkStart", f"{W}sdt"))
