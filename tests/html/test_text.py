"""The page says what the Word document says: the same words, numbers, captions, alternative texts, references, in the same order."""

import html as escapes
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree, html

from reportgen.html.text import math
from tests.html.test_page import page
from tests.word.test_document import PICTURES, SAMPLE, write

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


def said_by_word(document: bytes) -> list[str]:
    """Read the paragraphs of a document: no field codes, a formula as ⟦⟧, a picture as its alternative text."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    return [text for p in body.iter(f"{W}p") if (text := _tidy("".join(_pieces(p))))]


def _pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        match child.tag:
            case _ if child.tag in (f"{M}oMath", f"{M}oMathPara"):
                yield "⟦⟧"
            case _ if child.tag == f"{W}t":
                yield child.text or ""
            case _ if child.tag in (f"{W}br", f"{W}tab"):
                yield " "
            case _ if child.tag == f"{WP}docPr":
                yield child.get("descr", "")
            case _ if child.tag == f"{W}instrText":
                continue
            case _:
                yield from _pieces(child)


def said_by_page(root: html.HtmlElement) -> list[str]:
    """Read the essay's paragraphs in the same way, without what opens claims."""
    (article,) = root.xpath('//article[@class="essay"]')
    for each in article.xpath('.//a[@class="mark" or @class="try"] | .//ul[@class="toc"]'):
        each.drop_tree()
    said = []
    for block in article.xpath(".//h1|.//h2|.//h3|.//h4|.//p|.//li[not(p)]|.//td|.//th|.//figcaption|.//caption|.//pre|.//svg|.//img"
                               "|.//div[@class='equation']/math|.//div[@class='equation']/span"):  # fmt: skip
        if block.tag in ("svg", "img"):
            said.append(block.get("aria-label") or block.get("alt"))
        elif block.tag == "math":
            said.append("⟦⟧")
        else:
            for formula in block.xpath(".//math"):
                tail = formula.tail or ""
                formula.clear()
                formula.text, formula.tail = "⟦⟧", tail
            said.append(block.text_content())
    return [text for each in said if (text := _tidy(each))]


def _tidy(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def test_the_sample_says_the_same_in_both() -> None:
    word, in_page = said_by_word(write(SAMPLE, PICTURES)), said_by_page(html.document_fromstring(page()))
    assert len(word) > 40
    assert in_page == word


def test_a_report_says_the_same_in_both(built: Path) -> None:
    word = said_by_word((built / "build" / "report.docx").read_bytes())
    in_page = said_by_page(html.document_fromstring((built / "build" / "report.html").read_text(encoding="utf-8")))
    assert len(word) > 300
    assert in_page == word


@pytest.mark.parametrize(
    ("latex", "holds"),
    [
        (r"c_t = f_t \odot c_{t-1}", ["c", "=", "⊙"]),
        (r"\text{<b>a & b</b>}", ["<b>"]),
        (r"\sum_{k=1}^{T} x_k < 3", ["∑", "<", "3"]),
    ],
)
def test_formulas_are_mathml_and_their_text_is_text(latex: str, holds: list[str]) -> None:
    made = etree.fromstring(str(math(latex, block=True)))
    assert made.tag == "{http://www.w3.org/1998/Math/MathML}math"
    assert made.get("display") == "block"
    text = escapes.unescape("".join(map(str, made.itertext())))
    assert all(each in text for each in holds)
    assert not [each.tag for each in made.iter() if not re.match(r"\{.*MathML\}m\w+$", str(each.tag))]
