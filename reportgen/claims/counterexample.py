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
    comparisons = [
        (comparison, [name for name in comparison.names if not evidence[name].given])
        for comparison in test.comparisons()
    ]
    found: list[tuple[float, Counterexample]] = []
    for case in range(evidence.count):
        value = value_of(evidence, "", case)
        for comparison, names in comparisons:
            for name in names:
                if (root := _root(comparison, name, value)) is not None:
                    found += (
                        (abs(instead - value(name)) / max(abs(value(name)), abs(instead)), changed)
                        for instead in _beside(root, value(name))
                        for changed in (Counterexample(case, name, value(name), instead),)
                    )
    nearest = (changed for _, changed in sorted(found, key=lambda each: each[0]) if _turns(test, evidence, changed))
    return next(nearest, None)


def _beside(root: float, here: float) -> Iterator[float]:
    """Yield a value at which two sides are equal, rounded to three digits, and those to either side of it."""
    near = float(f"{root:.2e}")
    step = 10.0 ** (int(f"{near:e}".partition("e")[2]) - 2) if near else max(abs(here), 1) / 1000
    for moved in (near, near + step, near - step):
        if moved or here:
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


def _turns(test: Test, evidence: Evidence, changed: Counterexample) -> bool:
    value = value_of(evidence, "", changed.case)
    try:
        instead = test.holds(lambda asked: changed.instead if asked == changed.name else value(asked))
    except ArithmeticError:
        return False
    return instead is not test.holds(value)
