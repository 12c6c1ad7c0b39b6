"""The language of tests: comparisons of measurements, read from a template's expression, judged case by case in any world.

flow.mean_age < task.period_min and not flow.old_share > 50
snapshot.unexplained < 0.5 * untrained.snapshot.unexplained
"""

import math
import operator
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import NoReturn

from jinja2 import nodes

from reportgen.errors import ReportgenError, nearest
from reportgen.evidence import Evidence, written

_OPERATORS = {
    "eq": ("=", "is", operator.eq),
    "ne": ("≠", "is not", operator.ne),
    "lt": ("<", "is less than", operator.lt),
    "lteq": ("≤", "is at most", operator.le),
    "gt": (">", "is greater than", operator.gt),
    "gteq": ("≥", "is at least", operator.ge),
}
_ARITHMETIC = {
    nodes.Add: ("+", "plus", operator.add),
    nodes.Sub: ("−", "minus", operator.sub),
    nodes.Mul: ("×", "times", operator.mul),
    nodes.Div: ("/", "divided by", operator.truediv),
}


@dataclass(frozen=True)
class Test:
    """What must hold of a case for a statement to be true of it: an expression over its scalar measurements, by their `names`."""

    __test__ = False  # not a test case, whatever pytest makes of its name

    expression: nodes.Expr
    template: str
    names: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where it stands, as file:line."""
        return f"{self.template}:{self.expression.lineno}"

    @property
    def constants(self) -> tuple[float, ...]:
        """The numbers that it is written with."""
        return tuple(float(each.value) for each in self.expression.find_all(nodes.Const))

    def judge(self, evidence: Evidence, world: str = "") -> tuple[bool, ...] | None:
        """Return the verdict on each case, in a world or in the main one; None where something was not measured in that world.

        Raises ReportgenError where the test has no finite value.
        """
        if any(evidence.seen_in(world, name) is None for name in self.names):
            return None
        return tuple(self._holds(evidence, world, case) for case in range(evidence.count))

    def values(self, evidence: Evidence, world: str = "") -> dict[str, tuple[float, ...]]:
        """Return what the test sees in a world or in the main one, by measurement: one value per case."""
        seen = (evidence.seen_in(world, name) for name in self.names)
        return {measurement.name: measurement.cases for measurement in seen if measurement}

    def holds(self, measured: Callable[[str], float]) -> bool:
        """Return the verdict on values, by the name of a measurement; raises ArithmeticError where a side has none that is finite."""

        def truth(node: nodes.Node) -> bool:
            match node:
                case nodes.And():
                    return truth(node.left) and truth(node.right)
                case nodes.Or():
                    return truth(node.left) or truth(node.right)
                case nodes.Not():
                    return not truth(node.node)
                case nodes.Compare():
                    values = [calculated(each, measured) for each in (node.expr, *(o.expr for o in node.ops))]
                    compared = zip(node.ops, values[:-1], values[1:], strict=True)
                    return all(_OPERATORS[operand.op][2](left, right) for operand, left, right in compared)
            raise AssertionError(node)  # `read_test` let it through

        return truth(self.expression)

    def _holds(self, evidence: Evidence, world: str, case: int) -> bool:
        try:
            return self.holds(value_of(evidence, world, case))
        except ArithmeticError:
            where = f" {evidence.worlds[world]}" if world in evidence.other_worlds else ""
            raise ReportgenError(
                f"{self.place}: the test {in_symbols(self.expression)!r} has no finite value on {evidence.case[0]} {case + 1}{where}"
            ) from None

    def comparisons(self) -> tuple["Comparison", ...]:
        """Return what the test compares, pair by pair, in the order in which it is written."""
        compared = (self.expression, *self.expression.find_all(nodes.Compare))
        return tuple(
            Comparison(left, operand.op, operand.expr)
            for node in compared
            if isinstance(node, nodes.Compare)
            for left, operand in zip((node.expr, *(o.expr for o in node.ops)), node.ops, strict=False)
        )


@dataclass(frozen=True)
class Comparison:
    """Two quantities that a test compares, and how."""

    left: nodes.Expr
    operator: str
    right: nodes.Expr

    @property
    def names(self) -> tuple[str, ...]:
        """The measurements that are compared, by name."""
        sides = (self.left, *self.left.find_all(nodes.Getattr), self.right, *self.right.find_all(nodes.Getattr))
        named = (measurement_name(node) for node in sides if isinstance(node, nodes.Getattr))
        # What is before the dot is a node of its own, as `untrained.flow` in `untrained.flow.mean_age`.
        every = list(dict.fromkeys(named))
        return tuple(name for name in every if not any(other.startswith(f"{name}.") for other in every))

    @property
    def symbols(self) -> str:
        """The comparison as a mathematician writes it."""
        return f"{in_symbols(self.left)} {_OPERATORS[self.operator][0]} {in_symbols(self.right)}"

    def words(self, evidence: Evidence) -> str:
        """Return the comparison in words."""
        return f"{in_words(self.left, evidence)} {_OPERATORS[self.operator][1]} {in_words(self.right, evidence)}"

    def sides(self, evidence: Evidence, world: str = "") -> tuple[tuple[float, float], ...]:
        """Return both sides of each case in a world, or in the main one; raises ArithmeticError where one has no finite value."""
        values = (value_of(evidence, world, case) for case in range(evidence.count))
        return tuple((calculated(self.left, value), calculated(self.right, value)) for value in values)

    def holds(self, left: float, right: float) -> bool:
        """Return whether two values compare so."""
        return bool(_OPERATORS[self.operator][2](left, right))


def value_of(evidence: Evidence, world: str, case: int) -> Callable[[str], float]:
    """Return what gives the value of a measurement on a case, counted from 0, in a world in which it was measured."""

    def value(name: str) -> float:
        seen = evidence.seen_in(world, name)
        assert seen is not None  # `judge` looked
        return float(seen.cases[case])

    return value


def calculated(node: nodes.Node, measured: Callable[[str], float]) -> float:
    """Return the value of what a test compares; raises ArithmeticError where it has none that is finite."""
    result = math.nan
    match node:
        case nodes.Getattr():
            result = measured(measurement_name(node))
        case nodes.Const():
            result = float(node.value)
        case nodes.Neg():
            result = -calculated(node.node, measured)
        case nodes.BinExpr():
            result = _ARITHMETIC[type(node)][2](calculated(node.left, measured), calculated(node.right, measured))
    if not math.isfinite(result):
        raise OverflowError
    return result


def measurement_name(node: nodes.Node) -> str:
    """Return `flow.mean_age`, or `untrained.flow.mean_age`, of the node that it is parsed to; "" for any other."""
    if isinstance(node, nodes.Name):
        return node.name
    inner = measurement_name(node.node) if isinstance(node, nodes.Getattr) else ""
    return f"{inner}.{node.attr}" if inner and isinstance(node, nodes.Getattr) else ""


def in_symbols(node: nodes.Node) -> str:
    """Return a test as a mathematician writes it, measurements by their names."""
    return _written(node, measurement_name)


def in_words(node: nodes.Node, evidence: Evidence) -> str:
    """Return a test as a sentence without its full stop, measurements by their labels, settings and choices by their values."""

    def measurement(node: nodes.Getattr) -> str:
        name = measurement_name(node)
        return evidence.shown(name) if evidence[name].given else evidence.label(name)

    return _written(node, measurement, evidence)


def _written(node: nodes.Node, measurement: Callable[[nodes.Getattr], str], evidence: Evidence | None = None) -> str:
    """Return a test with its measurements written as they are told: in words if there is evidence to word it by, else in symbols."""
    language = 0 if evidence is None else 1

    def write(node: nodes.Node) -> str:  # noqa: PLR0911 - one line for each kind of node
        match node:
            case nodes.Getattr():
                return measurement(node)
            case nodes.Const():
                return written(float(node.value), ".15g")
            case nodes.Compare():
                return " ".join(
                    [write(node.expr), *(f"{_OPERATORS[o.op][language]} {write(o.expr)}" for o in node.ops)]
                )
            case nodes.And() if evidence is not None:
                return conjunction(node, evidence)
            case nodes.And() | nodes.Or():
                joint = "and" if isinstance(node, nodes.And) else "or"
                return f"{bracketed(node.left, node)} {joint} {bracketed(node.right, node)}"
            case nodes.Not():
                return f"not ({write(node.node)})"
            case nodes.Neg():
                return f"−{bracketed(node.node, node)}"
            case nodes.BinExpr() if (value := given(node)) is not None:
                return written(value, ".6g")
            case nodes.BinExpr():
                return f"{operand(node.left, node)} {_ARITHMETIC[type(node)][language]} {operand(node.right, node)}"
        raise AssertionError(node)  # `read_test` let it through

    def given(node: nodes.Node) -> float | None:
        return _given(node, evidence) if evidence is not None and type(node) in _ARITHMETIC else None

    def operand(node: nodes.Node, outer: nodes.Node) -> str:
        # "1.5× times" would say it twice.
        return bracketed(node, outer).removesuffix("×")

    def bracketed(node: nodes.Node, outer: nodes.Node) -> str:
        # A sum of sums or a product of products needs no brackets; everything else that is compound gets them.
        plain = type(node) is type(outer) and isinstance(node, nodes.Add | nodes.Mul | nodes.And | nodes.Or)
        plain = plain or not isinstance(node, nodes.BinExpr | nodes.Neg) or given(node) is not None
        return write(node) if plain else f"({write(node)})"

    def conjunction(node: nodes.And, evidence: Evidence) -> str:
        # What is asked of other worlds in the same words is said once, and the worlds after it.
        parts, too = _by_world(_joined(node), evidence)
        said = [
            (worlds, " and ".join(alike(same, node) for same in _alike(list(group))))
            for worlds, group in groupby(parts, lambda part: too.get(in_symbols(part), []))
        ]
        return ("; and " if any(worlds for worlds, _ in said) else " and ").join(
            words + (f", {' and '.join(evidence.worlds[world] for world in worlds)} too" if worlds else "")
            for worlds, words in said
        )

    def alike(group: list[nodes.Node], outer: nodes.Node) -> str:
        *first, last = group
        if not first or not isinstance(last, nodes.Compare):
            return bracketed(last, outer)
        if _compared(first[0]) != _compared(last):
            than = [
                f"{_OPERATORS[o.op][1]} {write(o.expr)}"
                for node in group
                if isinstance(node, nodes.Compare)
                for o in node.ops
            ]
            return " and ".join([f"{write(last.expr)} {than[0]}", *(part.removeprefix("is ") for part in than[1:])])
        firsts = ", ".join(write(node.expr) for node in first if isinstance(node, nodes.Compare))
        is_less_than = _OPERATORS[last.ops[0].op][1]
        less_than = is_less_than.removeprefix("is").lstrip()
        return " ".join(filter(None, (firsts, "and", write(last.expr), "are each", less_than, write(last.ops[0].expr))))

    return write(node)


def _joined(node: nodes.Node) -> list[nodes.Node]:
    return _joined(node.left) + _joined(node.right) if isinstance(node, nodes.And) else [node]


def _by_world(parts: list[nodes.Node], evidence: Evidence) -> tuple[list[nodes.Node], dict[str, list[str]]]:
    """Return the parts of a conjunction without those that ask of another world what one asks of the main one, and those worlds by part."""

    def asked(part: nodes.Node) -> tuple[str, str]:
        """Return the one world that a part is about, "" for the main one or several, and the part as it is asked of the main one."""
        found = set()

        def in_main(node: nodes.Getattr) -> str:
            name = measurement_name(node)
            world, _, rest = name.partition(".")
            if world in evidence.other_worlds:
                found.add(world)
                return rest
            found.update(() if evidence[name].everywhere else ("",))
            return name

        bare = _written(part, in_main)
        return (found.pop(), bare) if len(found) == 1 else ("", in_symbols(part))

    written = [asked(part) for part in parts]
    too: dict[str, list[str]] = {bare: [] for world, bare in written if not world}
    kept = []
    for part, (world, bare) in zip(parts, written, strict=True):
        if world and bare in too:
            too[bare].append(world)
        else:
            kept.append(part)
    return kept, too


def _alike(parts: list[nodes.Node]) -> list[list[nodes.Node]]:
    """Return the parts of a conjunction, those next to each other together that are compared alike with the same, or are about the same."""
    groups: list[list[nodes.Node]] = []
    for part in parts:
        if groups and any(len({key(each) for each in (*groups[-1], part)}) == 1 for key in (_compared, _subject)):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _compared(node: nodes.Node) -> object:
    if isinstance(node, nodes.Compare) and len(node.ops) == 1:
        return node.ops[0].op, in_symbols(node.ops[0].expr)
    return id(node)


def _subject(node: nodes.Node) -> object:
    return in_symbols(node.expr) if isinstance(node, nodes.Compare) and len(node.ops) == 1 else id(node)


def _given(node: nodes.Node, evidence: Evidence) -> float | None:
    """Return what settings, choices and numbers come to; None where a quantity is of anything else, or has no finite value."""

    def given(name: str) -> float:
        found = evidence[name]
        return float(found.cases[0]) if found.given else math.nan

    try:
        return calculated(node, given)
    except ArithmeticError:
        return None


def read_test(expression: nodes.Expr, template: str, evidence: Evidence) -> Test:
    """Return the test that a template's expression says.

    A test is a comparison, or several joined by `and`, `or`, `not`; what is compared are numbers, measurements with one value per
    case, and their sums, differences, products and quotients. Raises ReportgenError where it is anything else.
    """
    names: list[str] = []

    def refuse(node: nodes.Node) -> NoReturn:
        raise ReportgenError(
            f"{template}:{node.lineno}: a test compares measurements; it cannot hold {type(node).__name__.lower()!r} here"
        )

    def truth(node: nodes.Node) -> None:
        match node:
            case nodes.And() | nodes.Or():
                truth(node.left)
                truth(node.right)
            case nodes.Not():
                truth(node.node)
            case nodes.Compare() if all(operand.op in _OPERATORS for operand in node.ops):
                known = len(names)
                for part in (node.expr, *(operand.expr for operand in node.ops)):
                    quantity(part)
                if len(names) == known:
                    raise ReportgenError(
                        f"{template}:{node.lineno}: a test compares {in_symbols(node)}, which no measurement could falsify"
                    )
            case _:
                refuse(node)

    def quantity(node: nodes.Node) -> None:
        match node:
            case nodes.Getattr():
                name = measurement_name(node)
                if name not in evidence.measurements or not evidence[name].is_scalar:
                    scalars = (known for known, m in evidence.measurements.items() if m.is_scalar)
                    raise ReportgenError(
                        f"{template}:{node.lineno}: {name or 'this'} in a test is no measurement with one value per "
                        f"{evidence.case[0]}{nearest(name, scalars)}"
                    )
                names.append(name)
            case nodes.Const() if type(node.value) in (int, float) and abs(node.value) <= sys.float_info.max:
                pass
            case nodes.Neg():
                quantity(node.node)
            case nodes.BinExpr() if type(node) in _ARITHMETIC:
                quantity(node.left)
                quantity(node.right)
            case _:
                refuse(node)

    truth(expression)
    return Test(expression, template, tuple(dict.fromkeys(names)))
