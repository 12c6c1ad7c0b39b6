"""A number behind "at most" is no less than the highest value, and one behind "at least" no more than the lowest."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.evidence import Measurement
from reportgen.prose.numbers import Bound, number

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def measured(*values: float) -> Bound:
    return Bound(Measurement("a.b", values, "it", "", "", {}, "", (), given=False, everywhere=False))


def read(text: str) -> float:
    found = re.search(r"(−?[\d.,]+)(?: × 10(\S+))?$", text)
    assert found, text
    return float(found[1].replace("−", "-").replace(",", "")) * 10.0 ** int((found[2] or "0").translate(SUPERSCRIPTS))


@given(
    st.lists(st.floats(-1e6, 1e6).filter(lambda value: abs(value) > 1e-12 or value == 0), min_size=1, max_size=5),
    st.sampled_from([".0e", ".1e", ".1f", ".3f", ".0f", ".1g", ".3g"]),
)
def test_nothing_lies_beyond_a_bound(values: list[float], form: str) -> None:
    high, low = max(values), min(values)
    most = read(number(measured(*values), form, of="max", said="at most"))
    least = read(number(measured(*values), form, of="min", said="at least"))
    assert most >= high * (1 - 1e-12 * (1 if high > 0 else -1))
    assert least <= low * (1 + 1e-12 * (1 if low > 0 else -1))


@pytest.mark.parametrize(
    ("value", "form", "printed"),
    [
        (1.48e-6, ".0e", "at most 2 × 10⁻⁶"),
        (1e-6, ".0e", "at most 1 × 10⁻⁶"),
        (0.1, ".1f", "at most 0.1"),
        (9.96, ".2g", "at most 10"),
        (0.0004, ".2f", "at most 0.0004"),
        (0.0, ".1f", "at most 0"),
        (-1.25, ".1f", "at most −1.2"),
    ],
)
def test_a_bound_is_no_further_away_than_its_last_digit(value: float, form: str, printed: str) -> None:
    assert number(measured(value), form, of="max", said="at most") == printed


def test_an_extreme_that_bounds_nothing_is_rounded_as_it_is() -> None:
    assert number(measured(3.43e-7), ".0e", of="max", said="the largest is") == "the largest is 3 × 10⁻⁷"
