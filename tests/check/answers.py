"""Answers to the assignment, built with python-docx: a complete one, and what is needed to spoil it."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph

from reportgen.assignment import Assignment, read_assignment
from reportgen.check import Result, check_file

LSTM = read_assignment(Path(__file__).parents[2] / "templates")
Build = Callable[[], Document]

OPENING = (
    "The cell state c is the vector that an LSTM carries from one step to the next. Everything that the network "
    "still knows of the past sine wave must pass through it, because a sample arrives alone and is gone "
    "afterwards. Two ways of looking at this vector help: one follows it over time, the other stops the clock "
    "and inspects its contents."
)
FLOW = (
    "Water in a channel keeps moving unless something holds it back, and the cell state behaves alike. At every "
    "step the stream is multiplied by the forget gate, which leaks some of it away, and new content is poured "
    "in by the candidate. Because nothing but this product and sum lies in its path, gradients run back along "
    "the same bed."
)
SNAPSHOT = (
    "A snapshot freezes the vector between two steps. Whoever saves the picture, together with the hidden "
    "state, can load it later and continue the sequence as if nothing had happened. Read by a linear probe, the "
    "memory reveals phase and frequency of the wave."
)
GATE_OPENING = (
    "Each gate maps what the LSTM sees to numbers between zero and one, by itself, and can be lifted out of the cell."
)
GATES = {
    "forget": (
        "The forget gate takes the current sample and the previous hidden state as inputs. It multiplies them by "
        "its own weight matrix, adds a bias and applies a sigmoid activation, as any dense layer of neurons does."
    ),
    "input": (
        "The input gate has the same inputs but separate weights and biases. A logistic activation turns their sum "
        "into the share of the candidate to be written, and training adjusts those parameters by gradient descent."
    ),
    "output": (
        "The output gate is a layer of neurons once more: weights, a bias, the sigmoid. It learns from the loss "
        "which units are to be shown to the rest of the network at this moment."
    ),
}
EQUATION = "<m:oMath {}><m:r><m:t>c=f⋅c+i⋅g</m:t></m:r></m:oMath>"
CAPTION_FIELD = '<w:fldSimple {} w:instr=" SEQ Figure \\* ARABIC "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def png() -> BytesIO:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixel + chunk(b"IEND", b""))


def add_xml(paragraph: Paragraph, xml: str, prefix: str = "w") -> None:
    paragraph._p.append(parse_xml(xml.format(nsdecls(prefix)) if "{}" in xml else xml))


def add_equation(document: Document) -> None:
    xml = EQUATION.format('xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"')
    document.add_paragraph()._p.append(parse_xml(xml))


def add_figure(
    document: Document, alternative: str = "A wave that fades over thirty steps.", caption: str = "The river"
) -> None:
    document.add_picture(png())
    document.inline_shapes[-1]._inline.docPr.set("descr", alternative)
    if caption:
        paragraph = document.add_paragraph("Figure ", style="Caption")
        add_xml(paragraph, '<w:bookmarkStart {} w:id="1" w:name="_Ref100"/>')
        add_xml(paragraph, CAPTION_FIELD)
        add_xml(paragraph, '<w:bookmarkEnd {} w:id="1"/>')
        paragraph.add_run(f" {caption}")


def add_field(paragraph: Paragraph, code: str, result: str = "Figure 1") -> None:
    """Write a complex field, its code split over two runs as Word likes to do."""
    half = len(code) // 2
    for content in (
        '<w:fldChar w:fldCharType="begin"/>',
        f'<w:instrText xml:space="preserve">{code[:half]}</w:instrText>',
        f'<w:instrText xml:space="preserve">{code[half:]}</w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        f"<w:t>{result}</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ):
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{content}</w:r>"))


def add_table(document: Document, header: bool = True, rows: int = 3) -> None:
    table = document.add_table(rows=rows, cols=2)
    table.cell(0, 0).text = "Gate"
    table.cell(0, 1).text = "Range"
    if header:
        table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))


def essay(
    heading: Callable[[Document, str, int], object],
    *,
    opening: str = OPENING,
    flow: str = FLOW,
    snapshot: str = SNAPSHOT,
    gates: dict[str, str] = GATES,
) -> Document:
    """Write both parts with headings of any make; an empty text leaves its heading with nothing under it."""
    document = docx.Document()
    document.core_properties.title = "Assignment 5: the cell state and the gates"
    document.core_properties.author = "A. Student"
    heading(document, "Part I: Cell (C) State", 1)
    document.add_paragraph(opening)
    heading(document, "A flow in a channel", 2)
    document.add_paragraph(flow)
    heading(document, "A snapshot of the cell state", 2)
    document.add_paragraph(snapshot)
    heading(document, "Part II: Gates", 1)
    document.add_paragraph(GATE_OPENING if gates else "")
    for name, text in gates.items():
        heading(document, f"The {name} gate", 2)
        document.add_paragraph(text)
    return document


def styled(document: Document, text: str, level: int) -> None:
    document.add_heading(text, level)


def bold(document: Document, text: str, level: int) -> None:
    document.add_paragraph().add_run(text).bold = True


def complete() -> Document:
    document = essay(styled)
    add_figure(document)
    add_field(document.add_paragraph("As shown in "), " REF _Ref100 \\h ")
    add_equation(document)
    add_table(document)
    return document


def without(code: str) -> dict[str, str]:
    """Give the texts on the gates with one of them spoiled."""
    return {
        **GATES,
        code: f"The {code} gate decides how much passes on, and that is why people like it so very much today.",
    }


def saved(document: Document, folder: Path) -> Path:
    path = folder / "answer.docx"
    document.save(str(path))
    return path


def results(document: Document, folder: Path, assignment: Assignment = LSTM) -> dict[str, Result]:
    return {result.code: result for result in check_file(saved(document, folder), assignment)}


def paragraph_property(paragraph: Paragraph, xml: str) -> None:
    paragraph._p.get_or_add_pPr().append(parse_xml(xml.format(nsdecls("w"))))


def remove_language(document: Document) -> None:
    for language in list(document.styles.element.iter(qn("w:lang"))):
        language.getparent().remove(language)
