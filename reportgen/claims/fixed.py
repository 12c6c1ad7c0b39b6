"""Claims that cannot come out otherwise: their test reads only settings, or compares with what nothing that was measured comes near."""

from collections.abc import Iterator

from jinja2 import nodes

from reportgen.claims.language import Comparison, Test, in_symbols, measurement_name
from reportgen.evidence import Evidence

FAR = 1000
"""A factor: a comparison comes near where, in any case of any world, its sides differ by less. Of the essay's own findings that are
compared with a choice, the farthest off is so by 360; "less than a million" of a mean age of six is so by 170,000."""


def why_fixed(test: Test, evidence: Evidence) -> str:
    """Say why a test comes out as it does whatever is measured, "" where it may come out otherwise.

    It does where each comparison that decides it reads only settings or compares a thing with itself, or, in every case of every
    world, has the same outcome with sides that differ by a factor of FAR or more; an exact zero is far from everything else.
    """
    if all(evidence[name].given for name in test.names):
        return "reads only settings, which no measurement can contradict"
    if _outcome(test.expression, evidence) is None:
        return ""
    worlds = " or ".join(filter(None, ("", *(evidence.worlds[world] for world in evidence.other_worlds))))
    where = f", {worlds}" if worlds else ""
    return f"compares with what no {evidence.case[0]} comes near{where}: the two sides differ by a factor of {FAR:,} or more"


def _outcome(node: nodes.Node, evidence: Evidence) -> bool | None:
    """Return how a part of a test always comes out; None where that is open."""
    match node:
        case nodes.And() | nodes.Or():
            decisive = isinstance(node, nodes.Or)
            outcomes = [_outcome(part, evidence) for part in (node.left, node.right)]
            if decisive in outcomes:
                return decisive
            return None if None in outcomes else not decisive
        case nodes.Not():
            outcome = _outcome(node.node, evidence)
            return None if outcome is None else not outcome
        case nodes.Compare():
            expressions = (node.expr, *(operand.expr for operand in node.ops))
            pairs = zip(expressions, node.ops, strict=False)
            parts = [_always(Comparison(left, each.op, each.expr), evidence) for left, each in pairs]
            return False if False in parts else None if None in parts else True
    raise AssertionError(node)  # `read_test` let it through


def _always(comparison: Comparison, evidence: Evidence) -> bool | None:
    """Return how a comparison always comes out; None where that is open, or it has no finite value."""
    sides = (comparison.left, comparison.right)
    names = {measurement_name(part) for side in sides for part in _measured(side)}
    worlds = [world for world in evidence.worlds if all(evidence.seen_in(world, name) for name in names)]
    try:
        seen = [pair for world in worlds for pair in comparison.sides(evidence, world)]
    except ArithmeticError:
        return None
    outcomes = {comparison.holds(left, right) for left, right in seen}
    if len(outcomes) != 1:
        return None
    decided = in_symbols(sides[0]) == in_symbols(sides[1]) or all(evidence[name].given for name in names)
    return outcomes.pop() if decided or all(_is_far(left, right) for left, right in seen) else None


def _is_far(left: float, right: float) -> bool:
    low, high = sorted((abs(left), abs(right)))
    return high >= FAR * low and high > 0


def _measured(node: nodes.Expr) -> Iterator[nodes.Getattr]:
    if isinstance(node, nodes.Getattr):
        yield node
    else:
        yield from (
            inner for part in node.iter_child_nodes() if isinstance(part, nodes.Expr) for inner in _measured(part)
        )
