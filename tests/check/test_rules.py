"""Every rule on documents that meet it and on documents that do not; the first of each pair names what it tries."""

from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from reportgen.check import CRAFT
from tests.check.answers import (
    FLOW,
    GATE_OPENING,
    GATES,
    LSTM,
    OPENING,
    SNAPSHOT,
    Build,
    add_equation,
    add_field,
    add_figure,
    add_table,
    add_xml,
    bold,
    complete,
    essay,
    paragraph_property,
    png,
    remove_language,
    results,
    styled,
    without,
)

LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna "
    "aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. "
    "Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. "
)
NOTES = (
    "gates: sigmoid layers, weights W, bias b; forget gate drops old content, input gate writes new candidate, output gate shows "
    "hidden state; trained jointly with loss; shared inputs x, h; separate matrices"
)
SHAKESPEARE = (
    "Shall I compare thee to a summer’s day? Thou art more lovely and more temperate. Rough winds do shake the darling buds of "
    "May, and summer’s lease hath all too short a date. Sometime too hot the eye of heaven shines."
)
TASK = "Discuss why each gate in the LSTM neural network can be viewed as a neural network."
WRITTEN_ASSIGNMENT = [
    ("2. PART I: RNN: LSTM: Core Concepts: Cell (C) State (50 Points)", 1),
    ("SUBMISSION REQUIREMENT #1", 2),
    ("Discuss the Cell (C) state of the LSTM neural network from two different points of views:", 0),
    ("A flow in a channel", 0),
    ("A snapshot of the cell state", 0),
    ("3. PART II: RNN: LSTM: Core Concepts: Gates (50 Points)", 1),
    ("SUBMISSION REQUIREMENT #2", 2),
    (TASK, 0),
    ("4. HOWTO Submit", 1),
    (
        "The student is required to submit the Microsoft Word document by sending them to the instructor as "
        "attachments to a UNT email.",
        0,
    ),
    ("The subject of the email must be: “ADTA 5560: Assignment 5 – Submission.” Due date & time: 11:00 PM.", 0),
]


def unanswered(heading: Callable[[Document, str, int], object]) -> Document:
    document = docx.Document()
    for text, level in WRITTEN_ASSIGNMENT:
        if level:
            heading(document, text, level)
        else:
            document.add_paragraph(text)
    return document


def localized() -> Document:
    """Name the heading styles as a German Word may: known by outline level, and by what they are based on."""

    def heading(document: Document, text: str, level: int) -> None:
        names = [style.name for style in document.styles]
        if "Kapitel" not in names:
            parent = document.styles.add_style("Kapitel", 1)
            parent.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="0"/>'))
            document.styles.add_style("Kapitel rot", 1).base_style = parent
        paragraph = document.add_paragraph(text, style="Kapitel rot" if level == 1 else "Kapitel")
        if level == 2:
            paragraph_property(paragraph, '<w:outlineLvl {} w:val="1"/>')

    return essay(heading)


def flat() -> Document:
    return essay(lambda document, text, _: document.add_heading(text, 1))


def prose_only() -> Document:
    """Give each part one heading and no other: the views and gates stand in running text."""
    document = docx.Document()
    document.add_heading("The C state", 1)
    document.add_paragraph(OPENING)
    document.add_paragraph(f"{FLOW} So much for the flow.")
    document.add_paragraph(SNAPSHOT)
    document.add_heading("Gates as neural networks", 1)
    document.add_paragraph(" ".join([GATE_OPENING, *GATES.values()]))
    return document


def named_together() -> Document:
    text = (
        "The forget, input and output gates all receive the hidden state and the sample as inputs, and have weights, "
        "biases and a sigmoid activation that training adjusts."
    )
    return essay(styled, gates={"three": f"{text} {GATES['forget']}"})


def figure_with_field_label() -> Document:
    """Label a figure as Word numbers it, in a word of the writer's own and without the style for captions."""
    document = docx.Document()
    add_figure(document, caption="")
    paragraph = document.add_paragraph("Exhibit ")
    add_field(paragraph, " SEQ Exhibit \\* ARABIC ", "1")
    paragraph.add_run(" the river")
    return document


def part_two_and_then(heading: Callable[[Document, str, int], object], following: str) -> Document:
    document = essay(heading, gates={})
    heading(document, following, 1)
    document.add_paragraph(" ".join(GATES.values()))
    return document


def both_named_above_an_empty_part() -> Document:
    document = docx.Document()
    document.add_heading("The cell state and the gates", 1)
    document.add_paragraph(f"{OPENING} {FLOW}")
    document.add_heading("The gates", 2)
    document.add_paragraph(" ".join(GATES.values()))
    document.add_heading("The cell state", 2)
    return document


def both_views_in_one_heading() -> Document:
    document = docx.Document()
    document.add_heading("Part I: the cell state", 1)
    document.add_heading("Flow and snapshot", 2)
    document.add_paragraph(OPENING)
    return document


def described_then_all_gates() -> Document:
    """Say of the output gate what it does, and of every gate what would make it a network."""
    text = f"{without('output')['output']} Each gate has weights and inputs, and learns through its sigmoid."
    return essay(styled, gates={**GATES, "output": text})


def gate_by_heading() -> Document:
    """Leave the name of the gate to its heading."""
    return essay(styled, gates={name: text.replace(f"The {name} gate", "It") for name, text in GATES.items()})


def with_paragraph(text: str) -> Document:
    document = docx.Document()
    document.add_paragraph(text)
    return document


def headings(*levels: int) -> Document:
    document = docx.Document()
    for level in levels:
        document.add_heading(f"Level {level}", level)
        document.add_paragraph("Text.")
    return document


def bold_headings() -> Document:
    document = docx.Document()
    for text in ("The cell state", "The gates"):
        document.add_paragraph().add_run(text).bold = True
        document.add_paragraph("Text, and more of it.")
    return document


def reference(code: str, bookmark: str = "_Ref100") -> Document:
    document = docx.Document()
    add_xml(document.add_paragraph("Here."), f'<w:bookmarkStart {{}} w:id="1" w:name="{bookmark}"/>')
    add_field(document.add_paragraph(), code)
    return document


def anchor(name: str) -> Document:
    document = reference(" PAGEREF _Ref100 ")
    add_xml(document.add_paragraph(), f'<w:hyperlink {{}} w:anchor="{name}"><w:r><w:t>see</w:t></w:r></w:hyperlink>')
    return document


def simple_field(name: str) -> Document:
    document = reference(" PAGEREF _Ref100 ")
    add_xml(document.add_paragraph(), f'<w:fldSimple {{}} w:instr=" REF {name} \\h "/>')
    return document


def figures(*captions: str, alternative: str = "A wave that fades.") -> Document:
    document = docx.Document()
    for caption in captions:
        add_figure(document, alternative, caption)
    return document


def captions_above() -> Document:
    document = docx.Document()
    for number in (1, 2):
        document.add_paragraph(f"Figure {number}: a wave")
        add_figure(document, caption="")
    return document


def two_under_one_caption() -> Document:
    document = docx.Document()
    add_figure(document, caption="")
    add_figure(document, caption="Both waves")
    return document


def figure_before(text: str) -> Document:
    document = docx.Document()
    add_figure(document, caption="")
    document.add_paragraph(text)
    return document


def without_alternative() -> Document:
    document = docx.Document()
    document.add_picture(png())
    return document


def decorative() -> Document:
    document = figures("One")
    document.add_picture(png())
    properties = document.inline_shapes[-1]._inline.docPr
    namespaces = (
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative"'
    )
    properties.append(parse_xml(f'<a:extLst {namespaces}><a:ext uri="x"><adec:decorative val="1"/></a:ext></a:extLst>'))
    return document


def empty_heading(*, last: bool) -> Document:
    document = docx.Document()
    document.add_heading("Nothing here", 1)
    if not last:
        document.add_heading("Next", 1)
        document.add_paragraph("Text.")
    return document


def heading_over_subheading() -> Document:
    document = docx.Document()
    document.add_heading("Above", 1)
    document.add_heading("Below", 2)
    document.add_paragraph("Text.")
    return document


def heading_over_equation() -> Document:
    document = docx.Document()
    document.add_heading("The update", 1)
    add_equation(document)
    return document


def no_language() -> Document:
    document = complete()
    remove_language(document)
    return document


def language_in_properties() -> Document:
    document = no_language()
    document.core_properties.language = "en-US"
    return document


def titled(title: str) -> Document:
    document = docx.Document()
    document.core_properties.title = title
    return document


def equation_object() -> Document:
    document = docx.Document()
    add_xml(
        document.add_paragraph(),
        '<w:r {} xmlns:o="urn:schemas-microsoft-com:office:office"><w:object><o:OLEObject ProgID="Equation.DSMT4"/>'
        "</w:object></w:r>",
    )
    return document


def split_over_runs(*texts: str) -> Document:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for text in texts:
        paragraph.add_run(text)
    return document


def leftover_in_alternative_text() -> Document:
    return figures("One", alternative="Plot of {{ flow.tau }}")


def table(header: bool, rows: int = 3) -> Document:
    document = docx.Document()
    add_table(document, header, rows)
    return document


def wrong_content_type() -> Document:
    document = docx.Document()
    document.part._content_type = "application/xml"
    return document


def with_changes(*tags: str) -> Document:
    document = with_paragraph("Some text.")
    marked = 'w:id="9" w:author="A" w:date="2024-12-01T10:00:00Z"'
    for tag in tags:
        text = "delText" if tag == "del" else "t"
        add_xml(document.add_paragraph(), f"<w:{tag} {{}} {marked}><w:r><w:{text}>more</w:{text}></w:r></w:{tag}>")
    return document


def with_comment() -> Document:
    document = with_paragraph("Some text.")
    document.add_comment(document.paragraphs[0].runs, text="Is this right?", author="A", initials="A")
    return document


def gate_failures(gate: str) -> dict[str, tuple[Build, str]]:
    others = {name: text for name, text in GATES.items() if name != gate}
    return {
        "heading only": (lambda: essay(styled, gates={**GATES, gate: ""}), "speaks of"),
        "named": (lambda: essay(styled, gates={**GATES, gate: f"The {gate} gate."}), "not discussed"),
        "a short sentence": (
            lambda: essay(styled, gates={**GATES, gate: f"The {gate} gate has inputs and weights."}),
            "not discussed",
        ),
        "two aspects of five": (
            lambda: essay(styled, gates={**GATES, gate: f"The {gate} gate has weights, a sigmoid, {LOREM[:110]}"}),
            "nothing on inputs; learning",
        ),
        "described, not as a network": (lambda: essay(styled, gates=without(gate)), "as a neural network"),
        "absent": (lambda: essay(styled, gates=others), "speaks of"),
        "the assignment, unanswered": (lambda: unanswered(styled), "speaks of"),
    }


def each_view_in_one_long_sentence() -> Document:
    return with_paragraph(
        f"{OPENING} Seen as a flow in a channel, the cell state runs on from one timestep to the next, while the forget gate drains "
        "some of the old content away and the input gate lets fresh content in, so that memory lasts as long as both agree. "
        "Seen as a snapshot, it is a picture taken at a single instant, one number for every unit, which holds all that the layer "
        "has kept of the samples before and from which, with the hidden state, anybody can go on."
    )


def short_gate_headings() -> Document:
    document = essay(styled, gates={})
    for name, text in GATES.items():
        document.add_heading(f"{name.capitalize()}", 2)
        document.add_paragraph(text.replace(f"The {name} gate", "This gate"))
    return document


PASSING: dict[str, dict[str, Build]] = {
    "A1": {"a document with nothing in it": docx.Document},
    "A2": {"localized styles": localized, "bold lines": lambda: essay(bold), "one level": flat, "C state": prose_only},
    "A3": {
        "localized styles": localized,
        "bold lines": lambda: essay(bold),
        "one level": flat,
        "one heading": prose_only,
    },
    "A4": {
        "localized styles": localized,
        "bold lines": lambda: essay(bold),
        "one level": flat,
        "prose": prose_only,
    },
    "A5": {
        "localized styles": localized,
        "bold lines": lambda: essay(bold),
        "one level": flat,
        "prose": prose_only,
    },
    "A6": {
        "short headings": short_gate_headings,
        "bold lines": lambda: essay(bold),
        "one level": flat,
        "prose": prose_only,
        "together": named_together,
        "heading": gate_by_heading,
    },
    "A7": {
        "short headings": short_gate_headings,
        "bold lines": lambda: essay(bold),
        "one level": flat,
        "prose": prose_only,
        "together": named_together,
        "heading": gate_by_heading,
    },
    "A8": {
        "short headings": short_gate_headings,
        "bold lines": lambda: essay(bold),
        "one level": flat,
        "prose": prose_only,
        "together": named_together,
        "heading": gate_by_heading,
    },
    "C1": {
        "below": lambda: figures("One", "Two"),
        "above": captions_above,
        "shared": two_under_one_caption,
        "a label of its own": figure_with_field_label,
        "decorative": decorative,
    },
    "C2": {"described": lambda: figures("One"), "decorative": decorative},
    "C3": {
        "REF": lambda: reference(" REF _Ref100 \\h "),
        "case of letters": lambda: reference(" REF _REF100 "),
        "HYPERLINK": lambda: reference(' HYPERLINK \\l "_Ref100" '),
        "anchor": lambda: anchor("_Ref100"),
        "top of the document": lambda: anchor("_top"),
        "simple field": lambda: simple_field("_Ref100"),
    },
    "C4": {"up by two": lambda: headings(1, 2, 3, 1, 2)},
    "C5": {"subheading": heading_over_subheading, "equation": heading_over_equation},
    "C6": {"properties": language_in_properties},
    "C7": {"title": lambda: titled("The document that flows")},
    "C8": {"among prose": complete},
    "C9": {"similar words": lambda: with_paragraph("A set {c}, Todo in Spanish, 50 % of {x} % and lorem.")},
    "C10": {"marked": lambda: table(True)},
    "C11": {"none": docx.Document},
}

FAILING: dict[str, dict[str, tuple[Build, str]]] = {
    "A1": {"wrong content type": (wrong_content_type, "Content_Types")},
    "A2": {
        "no heading": (lambda: with_paragraph(OPENING + FLOW), "no heading"),
        "headings only": (lambda: essay(styled, opening="", flow="", snapshot=""), "too little text: 0"),
        "a sentence": (lambda: essay(styled, opening=OPENING[:120], flow="", snapshot=""), "too little text: "),
        "both parts in a heading above": (both_named_above_an_empty_part, "too little text: 0"),
        "bold headings only": (lambda: essay(bold, opening="", flow="", snapshot=""), "too little text: 0"),
        "the keyword again and again": (
            lambda: essay(styled, opening="The cell state. " * 50, flow="", snapshot=""),
            "too little text",
        ),
        "another subject": (
            lambda: essay(styled, opening=SHAKESPEARE, flow="", snapshot=""),
            "never names",
        ),
        "lorem ipsum": (lambda: essay(styled, opening=LOREM, flow="", snapshot=""), "hardly a sentence of English"),
        "the assignment, unanswered": (lambda: unanswered(styled), "too little text"),
    },
    "A3": {
        "no heading": (lambda: with_paragraph(GATES["forget"] + GATES["input"]), "no heading"),
        "headings only": (lambda: essay(styled, gates={}), "too little text: 0"),
        "text of a conclusion": (lambda: part_two_and_then(bold, "Conclusion"), "too little text: 0"),
        "the task quoted": (lambda: essay(styled, gates={"task": f"{TASK} {OPENING[:20]}"}), "too little text"),
        "the assignment, unanswered": (lambda: unanswered(styled), "too little text"),
        "the assignment, in bold": (lambda: unanswered(bold), "too little text"),
    },
    "A4": {
        "heading only": (lambda: essay(styled, flow=""), "under the heading"),
        "bold heading only": (lambda: essay(bold, flow=""), "under the heading"),
        "keyword alone": (lambda: essay(styled, flow="A flow in a channel. Channel, flow! " * 20), "under the heading"),
        "lorem ipsum": (lambda: essay(styled, flow=LOREM), "under the heading"),
        "a sentence and a half": (lambda: essay(styled, flow=FLOW[:125]), "under the heading"),
        "both views in one heading": (both_views_in_one_heading, "Part I speaks"),
        "announced": (
            lambda: essay(
                lambda document, text, _: document.add_heading(text.replace("A flow in a channel", "First view"), 1),
                flow=LOREM,
            ),
            "Part I",
        ),
        "the assignment, unanswered": (lambda: unanswered(styled), ""),
    },
    "A5": {
        "heading only": (lambda: essay(styled, snapshot=""), "under the heading"),
        "bold heading only": (lambda: essay(bold, snapshot=""), "under the heading"),
        "keyword alone": (
            lambda: essay(styled, snapshot="A snapshot. Snapshot of the cell state. " * 20),
            "under the heading",
        ),
        "announced before a long sentence": (
            lambda: with_paragraph(f"The snapshot of the cell state is one view. {' '.join(LOREM.split('.'))}"),
            "too short to discuss it",
        ),
        "named once in much prose": (
            lambda: with_paragraph(f"{OPENING} The snapshot is a view. {OPENING} {FLOW}"),
            "too short to discuss it",
        ),
        "the assignment, unanswered": (lambda: unanswered(styled), ""),
    },
    "A6": gate_failures("forget"),
    "A7": gate_failures("input"),
    "A8": gate_failures("output"),
    "C1": {
        "text instead": (lambda: figure_before("Figure 1 shows a wave that fades over time."), "no caption"),
        "the other figure's": (lambda: figures("One", ""), "no caption"),
        "a table's": (lambda: figure_before("Table 1: the gates"), "no caption"),
    },
    "C2": {
        "none": (without_alternative, "no alternative text"),
        "a file name": (lambda: figures("One", alternative="image1.png"), "file name"),
    },
    "C3": {
        "REF": (lambda: reference(" REF _Ref101 \\h "), "_Ref101"),
        "PAGEREF": (lambda: reference(" PAGEREF _Ref101 "), "_Ref101"),
        "HYPERLINK": (lambda: reference(' HYPERLINK \\l "_Ref101" '), "_Ref101"),
        "anchor": (lambda: anchor("_Ref101"), "_Ref101"),
        "simple field": (lambda: simple_field("_Ref101"), "_Ref101"),
    },
    "C4": {
        "from 1 to 3": (lambda: headings(1, 3), "follows level 1"),
        "starts at 2": (lambda: headings(2, 3), "comes first"),
        "in bold alone": (bold_headings, "in no heading style"),
    },
    "C5": {
        "at the end": (lambda: empty_heading(last=True), "Nothing here"),
        "before the next": (lambda: empty_heading(last=False), "Nothing here"),
    },
    "C6": {"nowhere": (no_language, "no language")},
    "C7": {"none": (lambda: titled(""), "no title"), "a placeholder": (lambda: titled("Document1"), "Document1")},
    "C8": {
        "typed": (lambda: with_paragraph("c = f * c + i * g"), "no Word equation"),
        "an object": (equation_object, "MathType"),
    },
    "C9": {
        "variable over two runs": (lambda: split_over_runs("{", "{ tau }}"), "{{"),
        "statement": (lambda: with_paragraph("{% if x %}"), "{%"),
        "TODO": (lambda: with_paragraph("TODO: say more"), "TODO"),
        "filler": (lambda: with_paragraph("Lorem ipsum dolor"), "Lorem ipsum"),
        "broken reference": (lambda: with_paragraph("Error! Reference source not found."), "Error! Reference"),
        "broken bookmark": (lambda: with_paragraph("Error! Bookmark not defined."), "Error! Bookmark"),
        "private-use character": (lambda: with_paragraph("A \ue000 marker"), "U+E000"),
        "alternative text": (leftover_in_alternative_text, "{{"),
        "title": (lambda: titled("{{ title }}"), "document's title"),
    },
    "C10": {"unmarked": (lambda: table(False), "Gate")},
    "C11": {
        "a change": (lambda: with_changes("ins"), "1 tracked change left"),
        "a deletion": (lambda: with_changes("del", "ins"), "2 tracked changes left"),
        "a comment": (with_comment, "1 comment left"),
    },
}

DOUBTFUL: dict[str, dict[str, tuple[Build, str]]] = {
    "A2": {
        "no heading": (lambda: with_paragraph(f"{OPENING} {FLOW} {SNAPSHOT}"), "no heading names Part I: the cell state, though"),
    },
    "A3": {
        "no heading": (lambda: with_paragraph(" ".join(GATES.values())), "no heading names Part II: the gates, though"),
        "text of another chapter": (lambda: part_two_and_then(styled, "The weather"), "stands under “The weather”"),
        "nearly enough": (
            lambda: essay(styled, gates={"short": f"{GATE_OPENING} {GATES['forget'][:60]}"}),
            "is short: 27 different words, and 30 are asked",
        ),
        "notes": (
            lambda: essay(styled, gates={"three": NOTES}),
            "in notes rather than sentences",
        ),
    },
    "A4": {"one long sentence": (each_view_in_one_long_sentence, "no heading names Part I")},
    "A5": {"one long sentence": (each_view_in_one_long_sentence, "no heading names Part I")},
    "A6": {
        "a short sentence, and more on all": (
            lambda: essay(styled, gates={**GATES, "forget": "The forget gate has inputs, weights and a sigmoid; it learns."}),
            "said of others at once",
        )
    },
    "A8": {"only every gate as a network": (described_then_all_gates, "said of others at once")},
}  # fmt: skip

NOT_APPLICABLE = {"C1", "C2", "C3", "C4", "C5", "C10"}


def cases(table: dict[str, dict[str, object]]) -> list[object]:
    return [
        pytest.param(code, case, id=f"{code} {name}") for code, named in table.items() for name, case in named.items()
    ]


@pytest.mark.parametrize(("code", "build"), cases(PASSING))  # type: ignore[arg-type] # dict is invariant
def test_a_rule_passes(code: str, build: Build, tmp_path: Path) -> None:
    result = results(build(), tmp_path)[code]
    assert (result.outcome, result.message) == ("pass", "")


@pytest.mark.parametrize(("code", "case"), cases(FAILING))  # type: ignore[arg-type] # dict is invariant
def test_a_rule_fails_and_says_why(code: str, case: tuple[Build, str], tmp_path: Path) -> None:
    build, said = case
    result = results(build(), tmp_path)[code]
    assert result.outcome == "fail"
    assert said in result.message
    assert "\n" not in result.message


@pytest.mark.parametrize(("code", "case"), cases(DOUBTFUL))  # type: ignore[arg-type] # dict is invariant
def test_a_rule_that_is_met_with_a_doubt_says_so(code: str, case: tuple[Build, str], tmp_path: Path) -> None:
    build, said = case
    result = results(build(), tmp_path)[code]
    assert result.outcome == "doubt"
    assert said in result.message
    assert "\n" not in result.message


def test_a_complete_answer_passes_every_rule(tmp_path: Path) -> None:
    assert {code: (r.outcome, r.message) for code, r in results(complete(), tmp_path).items()} == dict.fromkeys(
        PASSING, ("pass", "")
    )


def test_rules_without_a_subject_do_not_apply(tmp_path: Path) -> None:
    found = results(docx.Document(), tmp_path)
    assert {code for code, result in found.items() if result.outcome == "n/a"} == NOT_APPLICABLE


def test_a_single_row_is_layout_and_not_a_table(tmp_path: Path) -> None:
    assert results(table(False, rows=1), tmp_path)["C10"].outcome == "n/a"


MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


@pytest.mark.parametrize(("equations", "outcome"), [(3, "n/a"), (2, "fail")])
def test_rows_that_each_hold_an_equation_are_layout(tmp_path: Path, equations: int, outcome: str) -> None:
    document = docx.Document()
    made = document.add_table(rows=3, cols=2)
    for row in made.rows[:equations]:
        row.cells[0].paragraphs[0]._p.append(
            parse_xml(f"<m:oMathPara {MATH}><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></m:oMathPara>")
        )
    assert results(document, tmp_path)["C10"].outcome == outcome


def test_one_faulty_gate_fails_its_own_rule_only(tmp_path: Path) -> None:
    found = results(essay(styled, gates=without("input")), tmp_path)
    assert [code for code in ("A3", "A6", "A7", "A8") if found[code].outcome == "fail"] == ["A7"]


def test_one_heading_is_not_both_parts(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("The cell state and the gates", 1)
    document.add_paragraph(" ".join([OPENING, FLOW, SNAPSHOT, *GATES.values()]))
    assert results(document, tmp_path)["A3"].outcome == "doubt"


def test_many_faults_are_counted_and_not_all_listed(tmp_path: Path) -> None:
    document = docx.Document()
    for _ in range(8):
        document.add_paragraph("TODO")
    message = results(document, tmp_path)["C9"].message
    assert message.count("TODO") == 5
    assert message.endswith("and 3 more")


def test_every_rule_has_a_code_a_sentence_and_both_kinds_of_test(tmp_path: Path) -> None:
    found = results(complete(), tmp_path)
    assert found.keys() == PASSING.keys() == FAILING.keys()
    assert [code for code in found if code[0] == "A"] == ["A1", *(each.code for each in LSTM.requirements)]
    assert [code for code, result in found.items() if result.group == "craft"] == list(CRAFT)
    sentences = [result.rule for result in found.values()]
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)
    assert len(set(sentences)) == len(sentences)
