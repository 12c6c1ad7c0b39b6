"""The same program on another assignment: every kind of requirement, met and missed, and none of the first one's words."""

from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.document import Document

from reportgen.assignment import Assignment, Part, Requirement
from reportgen.check import Result, check_bytes
from tests.check.answers import LSTM, complete, essay, results, styled
from tests.check.rnn import PARTS, assignment

LOOP, UNROLLING, FADING = PARTS


def saved(document: Document) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def answer(parts: dict[str, str]) -> Document:
    document = docx.Document()
    for heading, text in parts.items():
        document.add_heading(heading, 1)
        document.add_paragraph(text)
    return document


def judged(document: Document, asked: Assignment, *, own: bool = False) -> dict[str, Result]:
    found = check_bytes(saved(document), asked, own=own)
    return {result.code: result for result in found if result.group == "assignment"}


def missed(document: Document, asked: Assignment) -> dict[str, str]:
    return {code: result.message for code, result in judged(document, asked).items() if result.outcome == "fail"}


def test_an_answer_meets_the_second_assignment_and_not_the_first(tmp_path: Path) -> None:
    asked = assignment(tmp_path)

    assert [*judged(answer(PARTS), asked)] == ["A1", *(each.code for each in asked.requirements)]
    assert missed(answer(PARTS), asked) == {}
    assert missed(answer(PARTS), LSTM).keys() == {"A2", "A3", "A4", "A5", "A6", "A7", "A8"}
    assert missed(essay(styled), asked).keys() >= {"A2", "A4", "A5", "A6", "A7"}


@pytest.mark.parametrize(
    "renamed",
    [
        {LOOP: "Part 1", UNROLLING: "Part two", FADING: "PART III."},
        {LOOP: "Recurrence", UNROLLING: "How it unfolds", FADING: "Vanishing gradients"},
        {LOOP: "1. The loop", UNROLLING: "Requirement #2", FADING: "c) Fading"},
    ],
)
def test_an_answer_may_word_the_headings_as_it_likes(tmp_path: Path, renamed: dict[str, str]) -> None:
    assert missed(answer({renamed[heading]: text for heading, text in PARTS.items()}), assignment(tmp_path)) == {}


def test_parts_may_come_in_any_order(tmp_path: Path) -> None:
    assert missed(answer(dict(reversed(PARTS.items()))), assignment(tmp_path)) == {}


@pytest.mark.parametrize(
    ("heading", "old", "new", "failing"),
    [
        (LOOP, None, None, {"A2": "no heading names Part I: the loop"}),
        (FADING, None, None, {"A7": "no heading names Part III: fading gradients"}),
        (
            LOOP,
            "",
            "A loop.",
            {"A2": "under “Question 1: The loop” stands too little text: 1 different words, and 15 are"},
        ),
        (
            UNROLLING,
            "chain of copies.",
            "chain, as in a film.",
            {"A4": "the text under “Question 2: Unrolling through time” names “film”, which it must not"},
        ),
        (LOOP, "hidden state", "vector", {"A3": "what is said of “memory” names none of hidden ... state"}),
        (
            LOOP,
            "memory: whatever it shall remember",
            "trace: whatever it shall hold",
            {"A3": "nothing in Part I speaks of “memory”"},
        ),
        (
            LOOP,
            "This hidden state is its only memory: whatever it shall remember",
            "Memory? All",
            {"A3": "“memory” is named in one sentence, too short to discuss it: 12 different words are asked"},
        ),
        (
            UNROLLING,
            "is the same in every copy",
            "stands in every copy",
            {"A5": "what is said of the recurrent weight matrix names none of same, share"},
        ),
        (
            UNROLLING,
            "The recurrent weight matrix",
            "It",
            {"A5": "nothing in Part II speaks of the recurrent weight matrix"},
        ),
        (
            UNROLLING,
            "input weight matrix is shared among all copies likewise, however long the sequence is",
            "input weight matrix too",
            {"A6": "the input weight matrix is named but not discussed: 5 different words, and 8 are asked"},
        ),
        (
            FADING,
            "Whoever clips large gradients cures the opposite; an orthogonal start",
            "A good start",
            {"A7": "fading gradients is not discussed as an explanation: nothing on remedy"},
        ),
        (FADING, "less than one", "no matter what", {"A7": "nothing on size"}),
        (FADING, "and an honest", "Say why an honest", {}),
    ],
)
def test_what_is_missed_is_said_by_its_own_requirement(
    tmp_path: Path, heading: str, old: str | None, new: str | None, failing: dict[str, str]
) -> None:
    """The whole text is replaced where `old` is empty; without either, the part is left out."""
    parts = dict(PARTS)
    if old is None or new is None:
        del parts[heading]
    else:
        assert old in parts[heading]
        parts[heading] = parts[heading].replace(old, new) if old else new
    found = missed(answer(parts), assignment(tmp_path))
    assert found.keys() >= failing.keys()
    assert found.keys() - failing.keys() <= ({"A8", "A3", "A5", "A6"} if not old else set())
    for code, said in failing.items():
        assert said in found[code]


def test_words_that_any_part_may_have_are_counted_in_all_of_the_document(tmp_path: Path) -> None:
    short = {heading: text[:150] for heading, text in PARTS.items()}
    message = missed(answer(short), assignment(tmp_path))["A8"]
    assert message.startswith("in the document stands too little text: ")


def test_the_assignment_quoted_is_no_answer(tmp_path: Path) -> None:
    quoted = {heading: f"Explain how {text.replace('.', ',').replace(';', ',')}" for heading, text in PARTS.items()}
    assert missed(answer(quoted), assignment(tmp_path)).keys() == {"A2", "A3", "A4", "A5", "A6", "A7", "A8"}


def test_a_document_of_ours_has_the_headings_of_the_parts_word_for_word(tmp_path: Path) -> None:
    asked = assignment(tmp_path)
    renamed = answer({**{heading: text for heading, text in PARTS.items() if heading != LOOP}, "The loop": PARTS[LOOP]})

    assert [code for code in judged(answer(PARTS), asked, own=True) if code[0] == "P"] == ["P1", "P2", "P3"]
    assert {result.outcome for result in judged(answer(PARTS), asked, own=True).values()} == {"pass"}
    found = judged(renamed, asked, own=True)
    assert [code for code, result in found.items() if result.outcome == "fail"] == ["P1"]
    assert found["P1"].message == "no heading reads “Question 1: The loop”: print loop as one in a template"
    assert missed(renamed, asked) == {}


def test_nothing_is_asked_but_what_the_assignment_asks() -> None:
    found = judged(docx.Document(), Assignment({}), own=True)
    assert [(code, result.outcome) for code, result in found.items()] == [("A1", "pass")]


def test_bytes_that_are_no_document_fail_the_first_rule_and_no_other() -> None:
    first, *others = check_bytes(b"PK\x03\x04", LSTM, own=True)
    assert (first.code, first.outcome) == ("A1", "fail")
    assert {other.outcome for other in others} == {"n/a"}


def test_a_file_and_its_bytes_are_judged_alike(tmp_path: Path) -> None:
    document = complete()
    assert [*results(document, tmp_path).values()] == check_bytes(saved(document), LSTM)


def test_a_part_without_topic_is_found_by_number_or_heading_and_asks_for_words_only() -> None:
    asked = Assignment({}, parts=(Part("a", "Essay"),), requirements=(Requirement("A2", "It is there.", "a", words=3),))

    assert missed(answer({"Part I": "One two three."}), asked) == {}
    assert missed(answer({"My essay": "One two three."}), asked) == {}
    assert missed(answer({"Something": "One two three."}), asked) == {"A2": "no heading names “Essay”"}


def test_the_code_of_the_checker_knows_no_subject() -> None:
    folder = Path(__file__).parents[2] / "reportgen"
    files = [*(folder / "check").glob("*.py"), *(folder / f"{name}.py" for name in ("assignment", "marking", "email"))]
    text = "".join(path.read_text(encoding="utf-8") for path in files).lower()
    for word in ("lstm", "cell state", "forget", "part_one", "snapshot"):
        assert word not in text


@pytest.mark.parametrize(("belongs", "outcome"), [(("weather",), "pass"), ((), "doubt")])
def test_a_heading_of_the_same_rank_ends_a_part_unless_it_belongs_there(belongs: tuple[str, ...], outcome: str) -> None:
    asked = Assignment(
        {},
        parts=(Part("a", "Essay", belongs=belongs),),
        requirements=(Requirement("A2", "It is there.", "a", words=3),),
    )
    assert judged(answer({"Essay": "", "The weather": "One two three."}), asked)["A2"].outcome == outcome
