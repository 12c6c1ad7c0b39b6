"""Numbers in words: what is one, of which kind, and what stands behind it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.prose.numerals import numerals
from tests.prose.pages import NETWORKS, evidence, printed, refusal, rendered

FOUND: dict[str, list[tuple[str, float, str]]] = {
    "We tested seven networks, a third of which failed.": [("seven", 7, "cases"), ("a third", 1 / 3, "share")],
    "one network": [("one", 1, "cases")],
    "one of the networks": [("one", 1, "cases")],
    "four of our trained networks": [("four", 4, "cases")],
    "half the networks": [("half", 0.5, "cases")],
    "two\nnetworks": [("two", 2, "cases")],
    "dozens of networks": [("dozens", 12, "cases")],
    "Two thirds of them": [("Two thirds", 2 / 3, "share")],
    "nine tenths": [("nine tenths", 0.9, "share")],
    "a fifth.": [("a fifth", 0.2, "share")],
    "by half": [("half", 0.5, "share")],
    "three of them": [("three", 3, "share")],
    "three in four": [("three", 3, "share"), ("four", 4, "other")],
    "fifty percent": [("fifty", 50, "share")],
    "fifty per cent": [("fifty", 50, "share")],
    "one in five": [("one", 1, "share"), ("five", 5, "other")],
    "half a wave": [("half", 0.5, "other")],
    "two sizes of network": [("two", 2, "other")],
    "between zero and one": [("zero", 0, "other")],
    "a two-layer network": [("two", 2, "other")],
    "twenty-five epochs": [("twenty-five", 25, "other")],
    "thrice": [("thrice", 3, "other")],
    "it doubled, and tripled": [("doubled", 2, "other"), ("tripled", 3, "other")],
    "to double the size": [("double", 2, "other")],
    "twofold": [("twofold", 2, "other")],
}
NONE = (
    "one can see", "one another", "the second one", "one sample", "from one network to the other", "one by one",
    "no one", "a second later", "the first and the third network", "a third network", "the first half",
    "the other half of it", "half-life", "both", "once", "double precision", "in the third quarter",
    "the twenty-first century", "non-zero", "often", "someone", "weight", "tent", "content", "network seventy9",
)  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_a_number_in_words_is_found_with_value_and_kind(text: str) -> None:
    found = [(each.words, each.value, each.kind) for each in numerals(text, NETWORKS)]
    expected = FOUND[text]
    assert [(words, kind) for words, _, kind in found] == [(words, kind) for words, _, kind in expected]
    assert [value for _, value, _ in found] == pytest.approx([value for _, value, _ in expected])
    assert all(text[each.start :].startswith(each.words) for each in numerals(text.replace("\n", " "), NETWORKS))


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert list(numerals(text, NETWORKS)) == []


SMALL = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelt(number: int) -> str:
    """Write a number from one to 999,999 as English does."""
    if number < 20:
        return SMALL[number - 1]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{SMALL[number % 10 - 1]}" if number % 10 else "")
    name, size = ("hundred", 100) if number < 1000 else ("thousand", 1000)
    rest = number % size
    joint = " and " if size == 100 else " "
    return f"{spelt(number // size)} {name}" + (f"{joint}{spelt(rest)}" if rest else "")


@given(st.integers(2, 999))
def test_any_number_is_found_as_a_whole_and_worth_what_it_says(number: int) -> None:
    (found,) = numerals(f"We saw {spelt(number)} waves.", NETWORKS)
    assert (found.words, found.value) == (spelt(number), number)


@given(st.integers(1000, 999_999))
def test_no_greater_number_passes(number: int) -> None:
    assert list(numerals(f"We saw {spelt(number)} waves.", NETWORKS))


EVIDENCE = evidence(flow__age=(2.5, 4.5), flow__share=(60.0, 70.0), task__half=50.0, task__units=16.0)
BARE = "the bare number "


@pytest.mark.parametrize(
    ("template", "refused"),
    [
        ("We tested seven networks, a third of which failed.", "report:1: the bare number 'seven'"),
        ("a\n\nIt took\nthree steps.", "report:4: the bare number 'three'"),
        ("**Seven** units.", "report:1: the bare number 'Seven'"),
        ("- a\n- seven", "report:2: the bare number 'seven'"),
        ("| a |\n|---|\n| seven |", "report:3: the bare number 'seven'"),
        ("# Seven units", "report:1: the bare number 'Seven'"),
        ("![Seven waves.](fig:river)", "report:1: the bare number 'Seven'"),
        ("$\\text{seven}$", "report:1: the bare number 'seven'"),
        ("`seven`", "report:1: the bare number 'seven'"),
        ("{% if author == 'B' %}\nseven\n{% endif %}", "report:2: the bare number 'seven'"),
        ('a\n{{ "seven" }}', "report:2: the bare number 'seven' in an expression"),
        ('{% set n = "seven" %}{{ n }}', "report:1: the bare number 'seven' in an expression"),
        ('{% macro m(x) %}{{ x }}{% endmacro %}\n{{ m("half") }}', "report:2: the bare number 'half' in an expression"),
        ('{{ "a" | default("seven") }}', "report:1: the bare number 'seven' in an expression"),
        # A reason covers what a paragraph says by the way, and neither a count of cases nor a share.
        ("{# definition: a gate’s range #}\nbetween zero and one", ""),
        ("{# definition: a gate’s range #}\n{.small}\n| a |\n|---|\n| zero |", ""),
        ("{# definition: one paragraph #}\na\n\nzero", "report:4: the bare number 'zero'"),
        ("{# definition: x y #}\nWe tested seven networks.", "report:2: the bare number 'seven'"),
        ("{# definition: x y #}\nA third of them failed.", "report:2: the bare number 'A third'"),
        # In a claim, what its test compares with.
        ("{% claim a if flow.share > task.half %}More than half of it.{% endclaim %}", ""),
        ("{% claim a if flow.share > 50 %}More than half of it.{% endclaim %}", ""),
        ("{% claim a if flow.share > task.units %}More than half of it.{% endclaim %}", "report:1: the bare number 'half'"),
        ("{% claim a if flow.share > 2 * flow.age %}More than twice as much.{% endclaim %}", ""),
        ("{% claim a if flow.share > 3 * flow.age %}More than twice as much.{% endclaim %}", "report:1: the bare number 'twice'"),
        ("{% claim a if flow.age / 2 < task.half %}Half of it.{% endclaim %}", ""),
        ("{% claim a if flow.share > 5 %}Five networks.{% endclaim %}", "report:1: the bare number 'Five'"),
        ("{% claim a if flow.age > 99 %}{% none %}\nFewer than twenty.{% endclaim %}", "report:2: the bare number 'twenty'"),
        (
            "{% claim a if flow.age > 99 %}x{% otherwise if flow.age < 20 %}Fewer than twenty.{% endclaim %}", "",
        ),
        (
            "{% claim a if flow.age > 20 %}x{% otherwise if flow.age < 9 %}Fewer than twenty.{% endclaim %}",
            "report:1: the bare number 'twenty'",
        ),
        ("{% claim a if flow.age > 1 %}x{% endclaim %}{% case of a %}\nSeven.{% endcase %}", "report:2: the bare number 'Seven'"),
        ("{% claim a if flow.age > 1 %}{# definition: two gates #}Of the two.{% endclaim %}", ""),
        ("{# definition: two gates #}{% claim a if flow.age > 1 %}Of the two.{% endclaim %}", "report:1: the bare number 'two'"),
        ("{% claim a if flow.age > 1 %}{# definition: two gates #}x{% endclaim %} Of the two.", "report:1: the bare number 'two'"),
        ("{% claim a if flow.age > 1 %}\nx\n\ny\n{% endclaim %}\n{# definition: two gates #}Of the two.", ""),
        # What filters say is no place for a number of one's own.
        ('{{ flow.age | number(".1f", of="max", said="seven of at most") }}', "report:1: the words 'seven of at most' of a filter"),
        ('{{ flow.age | number(".1f", of="max", said="at most 7 of") }}', "report:1: the words 'at most 7 of' of a filter"),
        ('{{ task.units | count("of seven units") }}', "report:1: the words 'of seven units' of a filter"),
        ('{{ task.units | called("seven units", 3, "more") }}', "report:1: the words 'seven units' of a filter"),
        ('{{ task.units | called("fewer than twenty", 20, "twenty or more") }}', ""),
        ('{{ task.units | called("below 20", 20, "20 or more") }}', ""),
        # Code and addresses.
        ("`seven = 7`", ""),
        ("```\nseven\n```", ""),
        ("[a](https://example.org/seven)", ""),
        ("<https://example.org/seven>", ""),
    ],
)  # fmt: skip
def test_a_typed_number_in_words_needs_a_measurement_a_test_or_a_reason(
    tmp_path: Path, template: str, refused: str
) -> None:
    if refused:
        assert refusal(tmp_path, template, EVIDENCE).startswith(refused)
    else:
        assert rendered(tmp_path, template, EVIDENCE).tokens


def test_a_choice_that_changes_finds_the_word_that_repeats_it(tmp_path: Path) -> None:
    template = "{% claim a if flow.share > task.half %}More than half of it.{% some %}x{% none %}x{% endclaim %}"
    rendered(tmp_path, template, evidence(flow__share=60.0, task__half=50.0))
    changed = evidence(flow__share=70.0, task__half=65.0)
    assert "'half'" in refusal(tmp_path, template, changed)


def test_the_refusal_says_what_to_write(tmp_path: Path) -> None:
    said = refusal(tmp_path, "seven networks", EVIDENCE)
    assert '{{ given("seven", "why it is no measurement") }}' in said
    assert "{{ held }}" in said
    assert "{# definition: … #}" not in said
    assert "{# definition: … #}" in refusal(tmp_path, "seven units", EVIDENCE)
    (written,) = re.findall(r"\{\{ given\(.*?\}\}", said)
    assert printed(tmp_path, f"{written} waves", EVIDENCE) == "seven waves"
