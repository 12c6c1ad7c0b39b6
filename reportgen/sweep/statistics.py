"""What a sample of cases shows: medians with their uncertainty, and differences of pairs. Of networks, what is meant is always a draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from reportgen.claims.confidence import CONFIDENCE
from reportgen.evidence import Floats

RESAMPLES = 2000


@dataclass(frozen=True)
class Summary:
    """Of so many values the median, its bootstrap interval with CONFIDENCE, and the quartiles."""

    count: int
    median: float
    low: float
    high: float
    lower_quartile: float
    upper_quartile: float


def summary(values: Floats) -> Summary:
    """Return the summary of values, (n,), n ≥ 1. The interval is the percentile bootstrap's (Efron, 1979), its draws always the same."""
    medians = np.median(values[_draws(len(values))], axis=1)
    low, high = np.quantile(medians, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    lower, middle, upper = np.quantile(values, [0.25, 0.5, 0.75])
    return Summary(len(values), *map(float, (middle, low, high, lower, upper)))


def _draws(count: int) -> NDArray[np.integer]:
    return np.random.default_rng(count).integers(0, count, (RESAMPLES, count))


@dataclass(frozen=True)
class Difference:
    """Of pairs, how the first compares with the second: the median difference and, where all are positive, ratio; each with its interval.

    p: the chance of so uneven signs if neither were larger more often (the sign test: Arbuthnott, 1710; ties left out); p_holm: the same,
    corrected for all that are read together (Holm, 1979).
    """

    name: str
    against: str
    difference: Summary
    ratio: Summary | None
    p: float
    p_holm: float = 1.0


def difference(name: str, against: str, one: Floats, other: Floats) -> Difference:
    """Return how values compare with those of the same cases, (n,) both."""
    apart = one - other
    ratio = summary(one / other) if np.all(one > 0) and np.all(other > 0) else None
    return Difference(name, against, summary(apart), ratio, sign_test(int(np.sum(apart > 0)), int(np.sum(apart < 0))))


def sign_test(above: int, below: int) -> float:
    """Return the two-sided p of so many differences above zero and below it."""
    count, fewer = above + below, min(above, below)
    return min(1.0, float(2 * sum(comb(count, k) for k in range(fewer + 1)) / 2**count))


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values that are corrected for all being read together (Holm, 1979)."""
    corrected, highest = [0.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        highest = max(highest, min(1.0, (len(p) - rank) * p[place]))
        corrected[place] = highest
    return corrected
