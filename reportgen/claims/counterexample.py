"""Where a claim would be false: the smallest change of one measured number that turns the verdict on a case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reportgen.claims.language import Comparison, Test, calculated, value_of
from reportgen.evidence import Evidence


@dataclass(frozen=True)
class Counterexample:
    """A case, counted from 0, on which the verdict turns if one measurement were `instead` of the `value` that it has."""

    case: int
    name: str
    value: float
    instead: float


def nearest_counterexample(test: Test, evidence: Evidence) -> Counterexample | None:
    """Return that of all single changes of a measurement, on any case, which changes it least in proportion.

    The value has three significant digits, and the test was judged with it. Settings and choices are not changed. None where no
    change of one measurement alone turns a verdict.
    """
    found: list[tuple[float, Counterexample]] = []
    comparisons = test.comparisons()
    for case in range(evidence.count):
        value = value_of(evidence, "", case)
        verdict = test.holds(value)
        for name in test.names:
            if evidence[name].given:
                continue
            for instead in _turning_points(comparisons, name, value):
                if _turns(test, value, name, instead, verdict=verdict):
                    size = max(abs(value(name)), abs(instead))
                    found.append((abs(instead - value(name)) / size, Counterexample(case, name, value(name), instead)))
    return min(found, key=lambda each: each[0])[1] if found else None


def _turning_points(comparisons: tuple[Comparison, ...], name: str, value: Callable[[str], float]) -> Iterator[float]:
    """Yield values of a measurement, rounded to either side, at which the two sides of a comparison are equal."""
    for comparison in comparisons:
        if (root := _root(comparison, name, value)) is not None:
            near = float(f"{root:.2e}")
            step = 10.0 ** (int(f"{near:e}".partition("e")[2]) - 2) if near else max(abs(value(name)), 1) / 1000
            for moved in (near, near + step, near - step):
                yield float(f"{moved:.6g}")  # without what binary fractions leave behind


def _root(comparison: Comparison, name: str, value: Callable[[str], float]) -> float | None:
    """Return where the sides of a comparison are equal, as a function of one measurement in which they are linear; None elsewhere."""
    here, step = value(name), max(abs(value(name)), 1e-9) / 8

    def difference(instead: float) -> float:
        def changed(asked: str) -> float:
            return instead if asked == name else value(asked)

        return calculated(comparison.left, changed) - calculated(comparison.right, changed)

    try:
        first, second, third = (difference(here + n * step) for n in range(3))
    except ArithmeticError:
        return None
    slope, scale = (second - first) / step, abs(first) + abs(second) + abs(third)
    if slope == 0 or abs(third - 2 * second + first) > 1e-6 * scale:
        return None
    return here - first / slope


def _turns(test: Test, value: Callable[[str], float], name: str, instead: float, *, verdict: bool) -> bool:
    try:
        return test.holds(lambda asked: instead if asked == name else value(asked)) is not verdict
    except ArithmeticError:
        return False
