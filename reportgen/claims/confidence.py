"""What a count of cases can show: in how many others like them a statement holds at least."""

import math
from math import comb

CONFIDENCE = 0.95


def lower_bound(held: int, count: int, confidence: float = CONFIDENCE) -> float:
    """Return the share of cases in which what held in `held` of `count` holds at least, with that confidence, from 0 to 1.

    The one-sided bound of Clopper and Pearson (1934): the share of which so many or more would be seen with probability 1 − confidence.
    """
    if held == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):  # each halves what is left, down to the last bit
        share = (low + high) / 2
        seen = sum(comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(held, count + 1))
        low, high = (share, high) if seen < 1 - confidence else (low, share)
    return low


def interval(held: int, count: int) -> tuple[float, float]:
    """Return between which shares of cases what held in `held` of `count` holds, with CONFIDENCE (Clopper and Pearson, 1934)."""
    each_side = (1 + CONFIDENCE) / 2
    return lower_bound(held, count, each_side), 1 - lower_bound(count - held, count, each_side)


def between_percents(low: float, high: float) -> str:
    """Return "91 to 100 %", rounded outwards: an interval is no narrower than it is."""
    return f"{math.floor(100 * low)} to {math.ceil(100 * high)} %"


def in_percent(share: float) -> str:
    """Return "54 %", rounded down: a bound is no better than it is."""
    return f"{int(100 * share)} %"
