r"""Every kind of Markdown that authors know from elsewhere works in Word, or is refused with its line, in any place where text may stand.

The kinds are those of CommonMark's specification and of pandoc's list of extensions, and what GitHub and wikis add.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import ReportgenError
from reportgen.manuscript import read_manuscript
from reportgen.prose.dialect import unsupported
from reportgen.prose.markdown import parse
from reportgen.word.document import write_docx
from tests.prose.pages import refusal, rendered, words
from tests.soundness import require_sound
from tests.word.test_document import PICTURES, PROPERTIES, outline, part

INLINE = {
    "a footnote within a line": ("^[a note]", "footnote"),
    "a footnote with emphasis": ("^[a *note*]", "footnote"),
    "a reference to a footnote": ("[^note]", "footnote"),
    "struck-out text": ("~~gone~~", "struck-out"),
    "a break in HTML": ("a<br>b", "backslash where the line ends"),
    "a break in XHTML": ("a<br/>b", "backslash where the line ends"),
    "HTML": ("<b>bold</b>", "HTML"),
    "HTML with attributes": ('<span class="x">a</span>', "HTML"),
    "a comment in HTML": ("<!-- to the dean -->", "write {# … #}"),
    "a comment that does not close": ("<!-- to the dean", "write {# … #}"),
    "a processing instruction": ("<?php x ?>", "HTML"),
    "the name of no character": ("&nbps;", "the name of no character"),
    "an emoji": (":smile:", "emoji"),
    "marked text": ("==marked==", "marked text"),
    "inserted text": ("++new++", "marked text"),
    "a superscript": ("x^ab^", "superscript"),
    "a short superscript": ("x^a", "superscript"),
    "a subscript": ("x~ab~", "subscript"),
    "a link to nowhere": ("[text][name]", "a link to a line that is not there"),
    "a heading by its name": ("[A heading][]", "a link to a line that is not there"),
    "a link of a wiki": ("[[Page]]", "double brackets"),
    "a link with a blank": ("[text](a b)", "a link that is none"),
    "a picture with a blank": ("![text](a b)", "a picture that is none"),
    "a span with a class": ("[text]{.class}", "attribute"),
    "code with a class": ("`code`{.python}", "attribute"),
    "raw code": ("`code`{=html}", "attribute"),
    "emphasis with a blank": ("**bold **text", "emphasis that does not close"),
    "code that does not close": ("`code", "code that does not close"),
    "quotes of TeX": ("``so''", "code that does not close"),
    "a formula with blanks": ("$ x_t $", "a formula that is none"),
    "a formula in brackets": (r"\(x\)", "a formula between brackets"),
    "a formula in square brackets": (r"\[x = y\]", "a formula between brackets"),
    "TeX": (r"\emph{x}", "TeX outside of a formula"),
}
BLOCKS = {
    "a footnote": ("[^note]: A note that is long.", 1, "footnote"),
    "a footnote of one word": ("[^note]: Note", 1, "footnote"),
    "a task": ("- a\n- [ ] b", 2, "☐"),
    "a task that is done": ("- [x] b", 1, "☐"),
    "an alert": ("> [!NOTE]\n> a", 1, "alert"),
    "a fenced block": ("::: note\na\n:::", 1, "fenced block"),
    "a definition": ("Term\n: what it means", 2, "definitions"),
    "a definition of another kind": ("Term\n~ what it means", 2, "definitions"),
    "a heading without a blank": ("a\n\n#Heading", 3, "blank behind its #"),
    "a heading with a name": ("# Heading {.name}", 1, "attribute"),
    "a table without its second line": ("| a | b |\n| c | d |", 1, "|---|---|"),
    "a table with fewer columns in its second line": ("| a | b |\n|---|\n| c | d |", 1, "|---|---|"),
    "a block of lines": ("| a line\n| another", 1, "|---|---|"),
    "a grid": ("+---+---+\n| a | b |\n+---+---+", 1, "drawn with + and -"),
    "a table of several lines": ("-----  -----\na      b\n-----  -----", 1, "rule across the page"),
    "a caption below a table": ("| a |\n|---|\n| b |\n\n: A caption", 5, "definitions"),
    "a caption by a word": ("Table: A caption\n\n| a |\n|---|\n| b |", 1, "[caption](tbl:name)"),
    "a rule": ("a\n\n---\n\nb", 3, "rule across the page"),
    "a rule of stars": ("***", 1, "rule across the page"),
    "metadata": ("---\ntitle: x\n---\n\na", 1, "rule across the page"),
    "a block of titles": ("% A title", 1, "{.title}"),
    "an example": ("(@) a", 1, "a mark of a list"),
    "a number by a sign": ("#. a", 1, "a mark of a list"),
    "an abbreviation": ("*[CSS]: Sheets", 1, "abbreviation"),
    "a table of contents": ("[TOC]", 1, "--contents"),
    "a table of contents of another kind": ("[[_TOC_]]", 1, "double brackets"),
    "a page break": ("a\n\n\\newpage", 3, "TeX outside of a formula"),
    "a block of HTML": ("a\n\n<div>\nb\n</div>", 3, "HTML"),
    "a comment over lines": ("a\n\n<!-- to\nthe dean -->", 3, "write {# … #}"),
    "a formula in brackets on lines of their own": ("a\n\\[\nx\n\\]", 2, "a formula between brackets"),
    "dollars in a line": ("a $$x$$ b", 1, ""),
    "a heading of the fourth level": ("#### a", 1, "three levels"),
    "a picture from elsewhere": ("![a](https://example.org/a.png)", 1, "cannot label a figure"),
    "a link within the folder": ("[a](other.md)", 1, "leads nowhere"),
    "a quotation in a quotation": ("> > a", 1, "in a quotation"),
    "a list in a quotation": ("> - a", 1, "in a quotation"),
    "code in a list": ("- a\n\n  ```\n  b\n  ```", 3, "in a list"),
    "a table in a list": ("- a\n\n  | a |\n  |---|\n  | b |", 3, "in a list"),
}  # fmt: skip
PLACES = {
    "a paragraph": ("a\n\nb {}\nc", 3),
    "a heading": ("a\n\n# b {}", 3),
    "a list": ("- a\n- b {}", 2),
    "a table": ("| a |\n|---|\n| b {} |", 3),
    "a caption": ("![a {}](fig:river)", 1),
    "emphasis": ("a *b {} c*", 1),
    "a link": ("[b {}](https://example.org)", 1),
    "a quotation": ("> a {}", 1),
}


@pytest.mark.parametrize("kind", INLINE)
def test_what_would_be_printed_as_it_was_typed_is_refused_with_its_line(tmp_path: Path, kind: str) -> None:
    typed, said = INLINE[kind]
    for place, (template, line) in PLACES.items():
        if place == "a link" and "](" in typed + "]" and ("[" in typed or "<!" in typed):
            continue  # a link in a link is another thing
        message = refusal(tmp_path, template.replace("{}", typed))
        assert message.startswith(f"report:{line}: "), (place, message)
        assert said in message or place == "a link", (place, message)


def written(folder: Path, template: str) -> list[str]:
    """Return what Word shows of a template, block by block, each with its style."""
    prose = rendered(folder, template)
    document = write_docx(read_manuscript(prose.tokens, prose.places, PICTURES, []), PROPERTIES)
    require_sound(document)
    return list(outline(part(document, "word/document.xml")))


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_of_other_dialects_are_refused_with_their_line(tmp_path: Path, kind: str) -> None:
    template, line, said = BLOCKS[kind]
    with pytest.raises(ReportgenError, match=r"report\.md\.j2") as caught:
        written(tmp_path, template)
    message = str(caught.value).replace(f"{tmp_path}/", "")
    assert message.startswith(f"report.md.j2:{line}: ")
    assert said in message
    assert message.splitlines() == [message]


WORKS = {
    "a\\\nb": ["BodyText: a↵b"],
    "a  \nb": ["BodyText: a↵b"],
    "*a* _b_ **c** __d__ ***e*** `f`": ["BodyText: a b c d e f"],
    "A heading\n===\n\nanother\n---": ["Heading1: A heading", "Heading2: another"],
    "# a #": ["Heading1: a"],
    "- a\n- b\n  - c\n\n    more": ["ListBullet: a", "ListBullet: b", "ListBullet2: c", "ListContinue2: more"],
    "3. a\n4. b": ["ListNumber: a", "ListNumber: b"],
    "- ☐ a": ["ListBullet: ☐ a"],
    "> a\n>\n> b": ["Quote: a", "Quote: b"],
    "```python\nif a < 5:\n    b = 7\n```": ["Code: if a < 5:↵    b = 7"],
    "    c = 9": ["Code: c = 9"],
    "[a](https://example.org/2024) and [b][name]\n\n[name]: https://example.org/7": ["BodyText: a and b"],
    "<https://example.org/2024> or <dean@example.org>": ["BodyText: https://example.org/2024 or dean@example.org"],
    "| x | y |\n|--:|:-:|\n| {{ given('1.5', 'a point') }} | {{ given('2', 'a point') }} |": ["<Table>", "  x | y", "  1.5 | 2"],
    "a{# to myself: 7 of 5 #} b": ["BodyText: a b"],
    "In {{ given('1997', 'year of the paper') }}, at {{ given('1155 Union Circle #311277', 'an address') }}.": [
        "BodyText: In 1997, at 1155 Union Circle #311277."
    ],
    "a &amp; b&nbsp;c &lt;d&gt; \\<e\\> \\*\\* \\^[ \\~~": ["BodyText: a & b\u00a0c <d> <e> ** ^[ ~~"],
    "R&D, a == b, C++ and D++, from $5 to $6, a < b > c, x^2 in `x^2^`".replace("5", "{{ given('5', 'why') }}")
    .replace("$6", "${{ given('6', 'why') }}").replace("x^2 in", "in"): [
        "BodyText: R&D, a == b, C++ and D++, from $5 to $6, a < b > c, in x^2^"
    ],
    "`<br>`, `~~a~~`, `[^n]` and `&nbsp;`": ["BodyText: <br>, ~~a~~, [^n] and &nbsp;"],
    "[sic], (a), (*a*) and at noon: b": ["BodyText: [sic], (a), (a) and at noon: b"],
    "$x_t$ and $\\text{a}$": ["BodyText: ⟦xt⟧ and ⟦a⟧"],
    "{.note}\na": ["Note: a"],
}  # fmt: skip


@pytest.mark.parametrize("template", WORKS)
def test_the_rest_works_in_word(tmp_path: Path, template: str) -> None:
    assert written(tmp_path, template) == WORKS[template]


@pytest.mark.parametrize("typed", [typed for typed, _ in INLINE.values()])
def test_as_code_anything_may_be_shown(tmp_path: Path, typed: str) -> None:
    if "`" not in typed:
        assert written(tmp_path, f"`{typed}`") == [f"BodyText: {typed}"]
        assert written(tmp_path, f"```\n{typed}\n```") == [f"Code: {typed}"]


@pytest.mark.parametrize("typed", ["^[a]", "~~a~~", "<br>", "<!-- a -->", "- [ ] a", "&nbsp;", "[^1]", "[a][b]", "**"])
def test_a_name_from_the_settings_is_text_whatever_it_looks_like(tmp_path: Path, typed: str) -> None:
    assert words(rendered(tmp_path, "by {{ author }}", texts={"author": typed}).tokens) == [f"by {typed}"]


def test_a_branch_that_is_not_printed_is_read_too_and_a_tag_may_part_marks(tmp_path: Path) -> None:
    assert refusal(tmp_path, "{% if author == 'B' %}\n\na<br>b\n{% endif %}").startswith("report:3: '<br>' is HTML")
    assert rendered(
        tmp_path, "{% if author %}**a{% endif %} b**\n\n![{% if author %}\na\n{% endif %}](fig:river)"
    ).tokens
    assert refusal(tmp_path, "a {{ '<' ~ 'br>' }}").startswith("report:1: '<br>' is HTML")


@given(st.text(st.sampled_from('ab *_`~^[](){}<>#+-=|\\!$@&;:.%☐\n"'), max_size=60))
def test_whatever_is_typed_ends_in_tokens_and_lines(text: str) -> None:
    lines = text.count("\n") + 1
    assert all(1 <= line <= lines and said for line, said in unsupported(text, parse(text)))
