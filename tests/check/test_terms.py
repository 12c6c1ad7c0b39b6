"""What the words of an assignment match, and that they do it in a moment whatever they are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.assignment import Assignment
from reportgen.check.terms import matching


def finds(term: str, text: str) -> bool:
    Assignment({}, quoted=(term,))  # that it is one
    return bool(matching((term,)).search(text))


@pytest.mark.parametrize(
    ("term", "yes", "no"),
    [
        ("flow", ["flow", "A Flow.", "in-flow"], ["flows", "inflow"]),
        ("flow*", ["flow", "flows", "FLOWING"], ["inflow"]),
        ("*flow", ["flow", "inflow"], ["flows"]),
        ("*σ*", ["σ(x)", "xσy", "Σ"], ["s"]),
        ("gate(s)", ["gate", "gates"], ["gated"]),
        ("photo(graph)(s)", ["photo", "photos", "photograph", "photographs"], ["photography"]),
        ("x_t", ["x_t"], ["xt", "x t"]),
        (
            "cell state",
            ["cell state", "cell-state", "Cell (state)", "cell “state”"],
            ["cellstate", "cell. State", "cell x state"],
        ),
        ("non-linear", ["non linear", "non-linear"], ["nonlinear"]),
        ("point|moment in time", ["point in time", "moment in time"], ["point", "instant in time"]),
        ("still image(s)|frame(s)", ["still images", "still frame"], ["still", "still pictures"]),
        (
            "cell ... state",
            ["cell state", "cell (C) state", "cell’s state", "cell and its state"],
            ["cell and all of its state", "cell. A state"],
        ),
    ],
)
def test_a_term_finds_whole_words(term: str, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if not finds(term, text)] == []
    assert [text for text in no if finds(term, text)] == []


def test_no_term_finds_nothing() -> None:
    assert not matching(()).search("anything")


def test_a_list_finds_any_of_its_terms() -> None:
    assert re.findall(matching(("a b", "c")), "a b, c, a") == ["a b", "c"]


@pytest.mark.parametrize(
    "term",
    ["", " ", "a  b", " a", "a ", "...", "... a", "a ...", "a ... ... b", "a...b", "a|", "|a", "(s)(", "a(", "(a b)", "a**", "a*b",
     ".", "a.b", "a+", "[a]", "\\w", "a{9}", "^a", "a\nb", "a" * 81],
)  # fmt: skip
def test_what_is_no_term_is_refused(term: str) -> None:
    with pytest.raises(ValueError, match="must be words as in"):
        Assignment({}, quoted=(term,))


words = st.text(st.sampled_from("ab_é9σ*()|-. "), max_size=12)


@given(words)
def test_every_term_that_is_let_in_compiles_and_finds_itself(text: str) -> None:
    try:
        Assignment({}, quoted=(text,))
    except ValueError:
        return
    bare = re.sub(r"[*()]", "", text.replace(" ... ", " "))
    plain = " ".join(word.partition("|")[0] for word in re.split("[ -]", bare))
    assert matching((text,)).search(plain)


@pytest.mark.parametrize(
    "term", ["*a* *a* *a*", "a ... a ... a ... b", "*a* ... *a* ... *b*", "(a)(a)(a)(a)(a)(a)b", "a|a|a|a a|a|a|a b"]
)
def test_a_long_text_is_searched_in_time_in_proportion(term: str) -> None:
    """Ten times the text takes some ten times the steps; a pattern that tries all ways would not end."""
    for text in ("a" * 100_000, "a " * 50_000, "aaaa-" * 20_000, "-" * 100_000):
        assert len(text) >= 100_000
        matching((term,)).search(text)
