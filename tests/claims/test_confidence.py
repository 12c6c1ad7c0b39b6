"""The bound is the one whose tail is what is left of the confidence, and of all of n in closed form."""

import math

import numpy as np
import pytest

from reportgen.claims.confidence import CONFIDENCE, in_percent, lower_bound


@pytest.mark.parametrize("count", [1, 2, 5, 50])
def test_of_all_in_closed_form(count: int) -> None:
    # Clopper and Pearson: the share p of which n out of n are seen with probability pⁿ = 1 − confidence.
    assert lower_bound(count, count) == pytest.approx((1 - CONFIDENCE) ** (1 / count), rel=1e-9)


def test_five_of_five_is_a_little_more_than_half() -> None:
    assert in_percent(lower_bound(5, 5)) == "54 %"
    assert lower_bound(5, 5) == pytest.approx(0.5493, abs=1e-4)


@pytest.mark.parametrize(("held", "count"), [(1, 3), (4, 5), (37, 50)])
def test_so_many_or_more_are_seen_with_what_is_left_of_the_confidence(held: int, count: int) -> None:
    share = lower_bound(held, count)
    drawn = np.random.default_rng(0).binomial(count, share, 400_000)
    assert np.mean(drawn >= held) == pytest.approx(1 - CONFIDENCE, abs=2e-3)


def test_what_never_held_has_no_bound_and_more_that_held_a_higher_one() -> None:
    bounds = [lower_bound(held, 7) for held in range(8)]
    assert bounds[0] == 0
    assert bounds == sorted(set(bounds))
    assert bounds[-1] < 1


@pytest.mark.parametrize(("share", "said"), [(0.0, "0 %"), (0.549, "54 %"), (math.nextafter(0.95, 1), "95 %")])
def test_a_bound_is_rounded_down(share: float, said: str) -> None:
    assert in_percent(share) == said
