"""Every error of the writer names the template and the line that it is about."""

import pytest

from reportgen.errors import ReportgenError
from reportgen.manuscript import read_manuscript
from reportgen.prose.markdown import parse
from reportgen.word.document import write_docx
from tests.manuscript.test_references import ITEMS
from tests.soundness import require_sound
from tests.word.test_document import PICTURES, PROPERTIES


def refusal(markdown: str, places: list[str]) -> str:
    with pytest.raises(ReportgenError) as caught:
        write_docx(read_manuscript(parse(markdown), places, PICTURES, ITEMS), PROPERTIES)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        ("One\ntwo\n>>as [@hochreiter97] has", "[@hochreiter97]: no reference has this id; the nearest is 'hochreiter1997'"),
        ("A *b\nc*  \nd **e\n>>@fig:rivr**", "@fig:rivr refers to nothing"),
        ("One\n*two\n>>by @fig:rivr*", "@fig:rivr refers to nothing"),
        ("One  \n>>by @fig:rivr", "@fig:rivr refers to nothing"),
        ("$a\nb$ and\n>>by @fig:rivr", "@fig:rivr refers to nothing"),
        ("Text.\n\n>>![A.](fig:rivr)", "fig:rivr is shown, but there is no picture of this name; the nearest is 'river'"),
        ("Text.\n\n>>![A.](river.png)", "'river.png' cannot label a figure"),
        ("Text\n>>![A.](fig:river)", "fig:river stands inside a paragraph"),
        ("Text\nand\n>>$\\foo$", "the formula $\\foo$ holds \\foo, which is not known"),
        ("Text.\n\n>>$$ \\foo $$", "the formula $\\foo$ holds \\foo, which is not known"),
        ("Text.\n\n>>$$ \\foo $$ (eq:a)", "the formula $\\foo$ holds \\foo, which is not known"),
        ("Text\n>>$$a$$ text", "$$a$$ stands inside a paragraph"),
        ("| a |\n|---|\n| b |\n>>| by @tbl:a |", "@tbl:a refers to nothing"),
        (">>| a @tbl:a |\n|---|\n| b |", "@tbl:a refers to nothing"),
        ("- a\n  - b\n    - c\n>>    - by @fig:rivr", "@fig:rivr refers to nothing"),
        ("- a\n  - b\n    - c\n>>      - d", "a bullet list cannot stand deeper than 3 levels"),
        ("- a\n\n>>  ```\n  b\n  ```", "a fence cannot stand in a list"),
        ("> a\n>\n>>> - b", "a bullet list cannot stand in a quotation"),
        ("Text.\n\n>>---\n\nText.", "a hr cannot stand in a document"),
        ("Text.\n\n>>#### Deep", "a heading of level 4 (“Deep”) has no style"),
        ("# One\n\n>># As @olah2015 says", "'@olah2015' is left in the text"),
        ("Text.\n\n{.titel}\n>>A", "{.titel} is not a class of a paragraph"),
        ("Text.\n\n{#id}\n>>A", "the attribute line above “A” must give one class"),
        ("Text,\n[b](https://b.org), [c\n>>@fig:rivr](https://c.org)", "@fig:rivr refers to nothing"),
        ("Text,\n>>[b](../b.html)", "the link to '../b.html' leads nowhere"),
        ("Text.\n\n>>[A.](tbl:a)\n\nText.", "tbl:a labels no table"),
        ("Text.\n\nText\n>>[A.](tbl:a)\n\n| a |\n|---|", "[…](tbl:a) stands inside a paragraph"),
        ("| a |\n|---|\n\n>>| b |\n|---|", "the table 'b' follows another"),
        ("| a |\n|---|\n\n>>$$ a $$ (eq:a)", "the equation eq:a follows a table"),
        ("$$ a $$ (eq:a)\n\nText.\n\n>>$$ b $$ (eq:a)", "two things are labelled 'eq:a' (the first at t.md.j2:100)"),
        ("$$ a $$ (eq:a)\n\n>>$$ b $$ (b)", "'b' cannot label an equation"),
        ("Text\n>>by [@olah2015].\n\nAnd [@tallec2018].", "[@olah2015] is cited, but no heading has {.references} above it"),
        ("Text.\n\n{.references}\n>># R", "the heading “R” has {.references} above it, but nothing is cited"),
        ("Text\n>>a \x0b b", "no document can hold the control character U+000B"),
        ("```\na\n>>a \x0b b\n```", "no document can hold"),
        ("$$\na\n>>b \x0b\n$$", "no document can hold"),
    ],
)  # fmt: skip
def test_an_error_names_file_and_line(markdown: str, message: str) -> None:
    lines = markdown.split("\n")
    (wrong,) = (number for number, line in enumerate(lines) if line.startswith(">>"))
    lines[wrong] = lines[wrong][2:]
    places = [f"t.md.j2:{100 + number}" for number in range(len(lines))]
    assert refusal("\n".join(lines), places).startswith(f"t.md.j2:{100 + wrong}: {message}")


def test_a_line_that_comes_from_nowhere_known_is_not_named() -> None:
    assert refusal("Text.\n\nBy @fig:rivr.", ["t.md.j2:1"]).startswith("@fig:rivr refers to nothing")
    assert refusal("By @fig:rivr.", [""]).startswith("@fig:rivr refers to nothing")


def test_three_paragraphs_and_a_figure_are_a_document() -> None:
    tokens = parse("One.\n\nTwo.\n\n![A river.](fig:river)\n\nThree, by @fig:river.")
    require_sound(write_docx(read_manuscript(tokens, [], PICTURES, []), PROPERTIES))
