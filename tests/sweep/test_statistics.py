"""The oracles are SciPy's, and definitions that are written out."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reportgen.claims.confidence import interval
from reportgen.sweep.statistics import difference, holm, sign_test, summary


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_is_that_of_clopper_and_pearson(counted: tuple[int, int]) -> None:
    held, count = counted
    expected = stats.binomtest(held, count).proportion_ci(0.95, method="exact")
    assert interval(held, count) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_is_that_of_the_binomial(above: int, below: int) -> None:
    expected = stats.binomtest(above, above + below).pvalue if above + below else 1.0
    assert sign_test(above, below) == pytest.approx(expected, rel=1e-9)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_is_the_closed_test_of_bonferroni(p: list[float]) -> None:
    """Each hypothesis is as doubtful as the most doubtful set of hypotheses that it is in, by Bonferroni (Marcus et al., 1976)."""
    sets = [chosen for size in range(1, len(p) + 1) for chosen in itertools.combinations(range(len(p)), size)]
    by_set = {chosen: min(1.0, len(chosen) * min(p[n] for n in chosen)) for chosen in sets}
    expected = [max(value for chosen, value in by_set.items() if n in chosen) for n in range(len(p))]
    assert holm(p) == pytest.approx(expected)


def test_a_summary_is_the_quartiles_and_an_interval_that_covers_as_it_says() -> None:
    values = np.arange(1.0, 102.0)
    found = summary(values)
    assert (found.count, found.median, found.lower_quartile, found.upper_quartile) == (101, 51.0, 26.0, 76.0)
    rng = np.random.default_rng(3)
    covered = [(each := summary(rng.exponential(size=60))).low <= np.log(2) <= each.high for _ in range(300)]
    assert 0.90 < np.mean(covered) < 0.99
    assert summary(values) == found
    assert summary(np.array([4.0])).low == 4.0


def test_the_interval_is_that_of_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(1).normal(size=80)
    expected = stats.bootstrap(
        (values,), np.median, n_resamples=20_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    found = summary(values)
    assert found.low == pytest.approx(expected.low, abs=0.06)
    assert found.high == pytest.approx(expected.high, abs=0.06)


def test_a_difference_is_of_pairs() -> None:
    base = np.linspace(1.0, 100.0, 50)
    found = difference("one", "other", 2 * base, base)
    assert found.ratio
    assert (found.ratio.low, found.ratio.median, found.ratio.high) == (2, 2, 2)
    assert found.difference.median == pytest.approx(np.median(base))
    assert found.p == pytest.approx(2 * 0.5**50)
    assert difference("one", "other", base, base).p == 1
    assert difference("one", "other", base - 50, base).ratio is None
