"""Numbers that are no measurements: printed as they are given, each with its reason, listed, and carried."""

from pathlib import Path

import pytest

from reportgen.prose.given import LONGEST, LONGEST_REASON, Given
from tests.prose.pages import printed, refusal, rendered, words

YEAR = '{{ given("1997", "year of the paper") }}'


def test_what_is_given_is_printed_as_it_is_and_remembered(tmp_path: Path) -> None:
    prose = rendered(tmp_path, f"In {YEAR}, at\n\n{{{{ given(\"1155 Union Circle #311277\", 'an address') }}}}.")

    assert words(prose.tokens) == ["In 1997, at", "1155 Union Circle #311277."]
    assert prose.given == (
        Given("1997", "year of the paper", "report.md.j2", 1),
        Given("1155 Union Circle #311277", "an address", "report.md.j2", 3),
    )


@pytest.mark.parametrize(
    "text", ["7 of 5", "seven", "½", "*3*", "[a](b)", "| 3 |", "<b>", "&amp;", "$5$", "@fig:x", "3.5 °C", "`7`"]
)
def test_it_is_text_and_no_markup(tmp_path: Path, text: str) -> None:
    assert printed(tmp_path, f'a {{{{ given("{text}", "why") }}}} b') == f"a {text} b"


@pytest.mark.parametrize(
    "template",
    [
        f"# In {YEAR}",
        f"| a |\n|---|\n| {YEAR} |",
        f"![In {YEAR}](fig:river)",
        f"{{% claim a if flow.age > 1 %}}In {YEAR}.{{% endclaim %}}",
        f"{{% set year = {YEAR[3:-3]} %}}In {{{{ year }}}}",
        f"{{% macro m() %}}In {YEAR}{{% endmacro %}}{{{{ m() }}}}",
        '{% include "part.md.j2" %}',
    ],
)
def test_it_may_stand_wherever_text_may(tmp_path: Path, template: str) -> None:
    prose = rendered(tmp_path, template, part=f"In {YEAR}")

    assert any("1997" in block for block in words(prose.tokens))
    (only,) = prose.given
    assert (only.number, only.template) == ("1997", "part.md.j2" if "include" in template else "report.md.j2")


def test_a_template_lists_what_was_given_before(tmp_path: Path) -> None:
    listed = "{% for each in given %}\n- {{ each.number }}: {{ each.reason }} ({{ each.where }})\n{% endfor %}\n"
    unsaid = '{% if author == "B" %}{{ given("one", "why") }}{% endif %}'
    prose = rendered(tmp_path, f"{unsaid}{YEAR} {YEAR}\n{YEAR}\n\n{listed}")
    assert words(prose.tokens)[1:] == [f"1997: year of the paper (report.md.j2:{line})" for line in (1, 2)]
    assert words(rendered(tmp_path, "{% if given %}some{% else %}none{% endif %}").tokens) == ["none"]


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ('given("1997")', "given takes what is printed and why"),
        ("given()", "given takes what is printed and why"),
        ('given(1997, "year of the paper")', "two texts on one line"),
        ('given(flow.age, "a measurement")', "given takes what is printed and why"),
        ('given("19" ~ "97", "year of the paper")', "given takes what is printed and why"),
        ('given("1997", author)', "given takes what is printed and why"),
        ('given("1997", why="year")', "given takes what is printed and why"),
        ('given("1997", "year", "report.md.j2", 9)', "given takes what is printed and why"),
        ('given("1997", "")', "'1997' is given without a reason"),
        ('given("1997", " 5 .")', "'1997' is given without a reason"),
        ('given(" ", "year")', "two texts on one line"),
        (r'given("19\n97", "year")', "two texts on one line"),
        (r'given("19\u202e97", "year")', "two texts on one line"),
        (f'given("{"9" * (LONGEST + 1)}", "year")', "has at most 80 characters"),
        (f'given("1997", "{"a" * (LONGEST_REASON + 1)}")', "its reason 300"),
        ("given", "no text to print"),
        ("[given] | first", "no text to print"),
        ('(given)["1997"]', ""),
        ("given._said", ""),
        ("given.said", ""),
    ],
)  # fmt: skip
def test_what_is_not_given_as_it_should_be_is_refused_with_its_line(tmp_path: Path, expression: str, why: str) -> None:
    message = refusal(tmp_path, f"a\n{{{{ {expression} }}}}")
    assert message.startswith("report:2: ")
    assert why in message
    if expression.startswith("given("):  # in a branch that is not printed, too
        assert refusal(tmp_path, f"a\n{{% if author == 'B' %}}{{{{ {expression} }}}}{{% endif %}}") == message


def test_given_by_another_name_is_refused(tmp_path: Path) -> None:
    assert "given takes" in refusal(tmp_path, 'a\n{% set g = given %}{{ g("1997", "year") }}')
    assert "given takes" in refusal(tmp_path, "a\n{% set g = given %}{{ g(7) }}")
