"""What a count of cases can show: in how many others like them a statement holds at least."""

from math import comb

CONFIDENCE = 0.95


def lower_bound(held: int, count: int) -> float:
    """Return the share of cases in which what held in `held` of `count` holds at least, with CONFIDENCE, from 0 to 1.

    The one-sided bound of Clopper and Pearson (1934): the share of which so many or more would be seen with probability 1 − CONFIDENCE.
    """
    if held == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):  # each halves what is left, down to the last bit
        share = (low + high) / 2
        seen = sum(comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(held, count + 1))
        low, high = (share, high) if seen < 1 - CONFIDENCE else (low, share)
    return low


def in_percent(share: float) -> str:
    """Return "54 %", rounded down: a bound is no better than it is."""
    return f"{int(100 * share)} %"
