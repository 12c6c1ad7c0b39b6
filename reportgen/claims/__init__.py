"""The claim tag: a statement with its test beside it, judged once per network; and the ledger of what was claimed.

    {% claim refilled if flow.direct_share < 50 and flow.mean_age < task.period_min %}
    The channel is a river rather than a reservoir.
    {% otherwise if flow.direct_share >= 50 %}
    The channel is a reservoir.
    {% endclaim %}

The first statement whose test holds in every network is printed. A statement that says in how many networks it held, with
`{{ held }}`, is true wherever it held in at least one. If none can be printed, the build stops.
"""

import difflib
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from jinja2 import TemplateRuntimeError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from reportgen.errors import DoesNotHold, ReportgenError
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
class Claim:
    """A statement that was printed: where it stands, its test, the values that the test saw, and its verdict per network."""

    name: str
    template: str
    line: int
    statement: str
    test: str
    words: str
    values: Mapping[str, tuple[float, ...]]
    verdicts: tuple[bool, ...]

    @property
    def held(self) -> int:
        """The number of networks in which the test holds."""
        return sum(self.verdicts)


@dataclass(frozen=True)
class Test:
    """What must hold of a network for a statement to be true of it: an expression over its scalar measurements."""

    __test__ = False  # not a test case, whatever pytest makes of its name

    expression: nodes.Expr
    template: str
    names: tuple[str, ...]

    def judge(self, evidence: Evidence) -> tuple[bool, ...]:
        """Return the verdict on each network."""
        return tuple(self._holds(evidence, network) for network in range(evidence.networks))

    def values(self, evidence: Evidence) -> dict[str, tuple[float, ...]]:
        """Return what the test sees, by measurement: one value per network."""
        return {name: tuple(map(float, evidence[name].values)) for name in self.names}

    def _holds(self, evidence: Evidence, network: int) -> bool:
        def truth(node: nodes.Node) -> bool:
            match node:
                case nodes.And():
                    return truth(node.left) and truth(node.right)
                case nodes.Or():
                    return truth(node.left) or truth(node.right)
                case nodes.Not():
                    return not truth(node.node)
                case nodes.Compare():
                    values = [value(node.expr), *(value(operand.expr) for operand in node.ops)]
                    compared = zip(node.ops, values[:-1], values[1:], strict=True)
                    return all(_OPERATORS[operand.op][2](left, right) for operand, left, right in compared)
            raise AssertionError(node)  # `read_test` let it through

        def value(node: nodes.Node) -> float:
            match node:
                case nodes.Getattr():
                    result = float(evidence[measurement_name(node)].values[network])
                case nodes.Const():
                    result = float(node.value)
                case nodes.Neg():
                    result = -value(node.node)
                case nodes.BinExpr():
                    result = _ARITHMETIC[type(node)][2](value(node.left), value(node.right))
            if not math.isfinite(result):
                raise OverflowError
            return result

        try:
            return truth(self.expression)
        except ArithmeticError:
            raise ReportgenError(
                f"{self.template}:{self.expression.lineno}: the test {in_symbols(self.expression)!r} "
                f"has no finite value on network {network + 1}"
            ) from None


@dataclass(frozen=True)
class _Judged:
    line: int
    template: str
    test: Test
    verdicts: tuple[bool, ...]


@dataclass
class Ledger:
    """The claims of a document, in the order of the page: judged while the templates are parsed, said while they are rendered."""

    evidence: Evidence
    mark: Callable[[str], str]
    judged: dict[str, _Judged] = field(default_factory=dict)
    inside: str = ""
    said: dict[str, Claim] = field(default_factory=dict)
    branches: dict[str, tuple[Test, ...]] = field(default_factory=dict)
    unsaid: list[nodes.Node] = field(default_factory=list)

    def take_unsaid(self) -> list[nodes.Node]:
        """Return what the branches that are not printed hold, to be read as critically as what is."""
        taken, self.unsaid = self.unsaid, []
        return taken


def measurement_name(node: nodes.Getattr) -> str:
    """Return `flow.mean_age` of the node that a template's `flow.mean_age` is parsed to."""
    return f"{node.node.name}.{node.attr}" if isinstance(node.node, nodes.Name) else ""


def in_symbols(node: nodes.Node) -> str:
    """Return a test as a mathematician writes it, measurements by their names."""
    return _written(node, 0, measurement_name)


def in_words(node: nodes.Node, evidence: Evidence) -> str:
    """Return a test as a sentence without its full stop, measurements by their labels."""
    return _written(node, 1, lambda node: evidence[measurement_name(node)].label)


def _written(node: nodes.Node, language: int, measurement: Callable[[nodes.Getattr], str]) -> str:
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
            case nodes.And() | nodes.Or():
                joint = "and" if isinstance(node, nodes.And) else "or"
                return f"{bracketed(node.left, node)} {joint} {bracketed(node.right, node)}"
            case nodes.Not():
                return f"not ({write(node.node)})"
            case nodes.Neg():
                return f"−{bracketed(node.node, node)}"
            case nodes.BinExpr():
                return f"{bracketed(node.left, node)} {_ARITHMETIC[type(node)][language]} {bracketed(node.right, node)}"
        raise AssertionError(node)  # `read_test` let it through

    def bracketed(node: nodes.Node, outer: nodes.Node) -> str:
        # A sum of sums or a product of products needs no brackets; everything else that is compound gets them.
        plain = type(node) is type(outer) and isinstance(node, nodes.Add | nodes.Mul | nodes.And | nodes.Or)
        return f"({write(node)})" if isinstance(node, nodes.BinExpr | nodes.Neg) and not plain else write(node)

    return write(node)


def read_test(expression: nodes.Expr, template: str, evidence: Evidence) -> Test:
    """Return the test that a template's expression says.

    A test is a comparison, or several joined by `and`, `or`, `not`; what is compared are numbers, measurements with one value per
    network, and their sums, differences, products and quotients. Raises ReportgenError where it is anything else.
    """
    names: list[str] = []

    def refuse(node: nodes.Node) -> NoReturn:
        raise ReportgenError(
            f"{template}:{node.lineno}: a claim's test compares measurements; it cannot hold "
            f"{type(node).__name__.lower()!r} here"
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
                        f"{template}:{node.lineno}: a claim compares {in_symbols(node)}, which no measurement could falsify"
                    )
            case _:
                refuse(node)

    def quantity(node: nodes.Node) -> None:
        match node:
            case nodes.Getattr():
                name = measurement_name(node)
                if name not in evidence.measurements or evidence[name].values.ndim > 1:
                    raise ReportgenError(
                        f"{template}:{node.lineno}: {name or 'this'} in a claim's test is no measurement with one value per network"
                        f"{nearest(name, evidence)}"
                    )
                names.append(name)
            case nodes.Const() if type(node.value) in (int, float) and math.isfinite(node.value):
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


def nearest(name: str, evidence: Evidence) -> str:
    """Return a hint at the measurement that was probably meant."""
    close = difflib.get_close_matches(name, evidence.measurements, 1)
    return f"; the nearest measurement is {close[0]}" if close else ""


class ClaimTag(Extension):
    """`{% claim name if TEST %} … {% otherwise if TEST %} … {% endclaim %}`; `environment.ledger` judges and remembers."""

    tags = {"claim"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node:
        """Return nodes that print the first branch whose test holds."""
        line = next(parser.stream).lineno
        template = parser.filename or parser.name or ""
        ledger: Ledger = self.environment.ledger  # type: ignore[attr-defined]  # set by `prose`
        name = parser.stream.expect("name").value
        if ledger.inside:
            raise ReportgenError(
                f"{template}:{line}: the claim {name!r} stands inside the claim {ledger.inside!r}; end that one first"
            )
        ledger.inside = name
        branches: list[tuple[Test, list[nodes.Node]]] = []
        while True:
            parser.stream.expect("name:if")
            test = read_test(parser.parse_expression(with_condexpr=False), template, ledger.evidence)
            body = parser.parse_statements(("name:otherwise", "name:endclaim"))
            branches.append((test, body))
            if next(parser.stream).value == "endclaim":
                break
        ledger.inside = ""
        if first := ledger.judged.get(name):
            raise ReportgenError(
                f"{template}:{line}: the claim {name!r} is already made in {first.template}:{first.line}; rename one"
            )
        ledger.branches[name] = tuple(test for test, _ in branches)
        for test, body in branches:
            verdicts = test.judge(ledger.evidence)
            if all(verdicts) or (any(verdicts) and _says_held(body)):
                ledger.judged[name] = _Judged(line, template, test, verdicts)
                parameters: list[nodes.Name] = [nodes.Name("held", "param"), nodes.Name("networks", "param")]
                say = self.call_method("_say", [nodes.Const(name)])
                said = nodes.CallBlock(say, parameters, [], body).set_lineno(line)
                ledger.unsaid += [node for _, other in branches if other is not body for node in other]
                return said
        raise DoesNotHold(_why(name, template, line, branches[0][0], ledger.evidence))

    def _say(self, name: str, caller: Callable[..., str]) -> str:
        ledger: Ledger = self.environment.ledger  # type: ignore[attr-defined]  # as above
        judged = ledger.judged[name]
        if name in ledger.said:
            raise TemplateRuntimeError(f"the claim {name!r} is said twice; a claim stands outside loops")
        verdicts = judged.verdicts
        text = caller(ledger.mark(str(sum(verdicts))), ledger.mark(str(len(verdicts))))
        ledger.said[name] = Claim(
            name=name,
            template=judged.template,
            line=judged.line,
            statement=" ".join(text.split()),
            test=in_symbols(judged.test.expression),
            words=in_words(judged.test.expression, ledger.evidence),
            values=judged.test.values(ledger.evidence),
            verdicts=verdicts,
        )
        return text


def _says_held(body: list[nodes.Node]) -> bool:
    """Return whether a statement prints in how many networks it held."""
    whole = nodes.Scope(body)  # a node to search in, nothing more
    printed = any(
        name.name == "held" for output in whole.find_all(nodes.Output) for name in output.find_all(nodes.Name)
    )
    return printed and not any(name.name == "held" and name.ctx == "store" for name in whole.find_all(nodes.Name))


def _why(name: str, template: str, line: int, test: Test, evidence: Evidence) -> str:
    failing = ", ".join(str(network) for network, holds in enumerate(test.judge(evidence), 1) if not holds)
    values = "; ".join(f"{n} = {', '.join(f'{v:.4g}' for v in values)}" for n, values in test.values(evidence).items())
    return (
        f"{template}:{line}: the claim {name!r} does not hold in network {failing}: its test is "
        f"{in_symbols(test.expression)}, and {values} (network by network); reword it, add {{% otherwise if … %}}, or change the settings"
    )
