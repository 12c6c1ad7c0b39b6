"""The tags of templates: `claim`, judged once per case, `case of` a claim made elsewhere, and `identity`.

    {% claim refilled if flow.mean_age < task.period_min and flow.old_share < 50 %}
    printed where the test holds in every case
    {% some %}
    printed where it holds in some: {{ held }} of {{ networks }}
    {% none %}
    printed where it holds in none
    {% endclaim %}

`{% otherwise if OTHER %}` begins a new test with three cases of its own; it is reached where the test before it comes to a case
that is not written. Where nothing is left, the build stops.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from jinja2 import TemplateRuntimeError, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from reportgen.claims.language import in_symbols, read_test
from reportgen.claims.ledger import Case, Judged, Ledger, Wording
from reportgen.errors import DoesNotHold, ReportgenError, nearest


@dataclass
class _Branch:
    """One test of a claim with what is printed in each case that is written."""

    judged: Judged
    bodies: dict[Case, list[nodes.Node]] = field(default_factory=dict)


class ClaimTags(Extension):
    """The three tags; `environment.ledger` judges and remembers."""

    tags = {"claim", "case", "identity"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node:
        """Return nodes that print the case that the evidence comes to."""
        tag = next(parser.stream)
        template = parser.filename or parser.name or ""
        place = f"{template}:{tag.lineno}"
        if self._ledger.inside:
            raise ReportgenError(f"{place}: a {tag.value} stands inside the {self._ledger.inside}; end that one first")
        # Whose name comes second is the claim that it is about.
        name = self._name(parser, tag.value, place)
        self._ledger.inside = f"{tag.value} {name!r}, which begins in line {tag.lineno}"
        try:
            if tag.value == "claim":
                return self._claim(parser, name, template, tag.lineno)
            if tag.value == "identity":
                return self._identity(parser, name, template, tag.lineno)
            return self._case_of(parser, name, template, tag.lineno)
        finally:
            self._ledger.inside = ""

    @property
    def _ledger(self) -> Ledger:
        ledger: Ledger = self.environment.ledger  # type: ignore[attr-defined]  # set where the environment is made
        return ledger

    def _name(self, parser: Parser, tag: str, place: str) -> str:
        if tag == "case":
            parser.stream.expect("name:of")
        name: str = parser.stream.expect("name").value
        if tag != "case" and name in self._ledger.tests:
            first = self._ledger.tests[name][0]
            raise ReportgenError(f"{place}: the claim {name!r} is already made in {first.place}; rename one")
        return name

    def _test(self, parser: Parser, template: str) -> Judged:
        """Read `if TEST`, and `against WORLD` if it follows, and judge it."""
        evidence = self._ledger.evidence
        parser.stream.expect("name:if")
        test = read_test(parser.parse_expression(with_condexpr=False), template, evidence)
        verdicts = test.judge(evidence)
        assert verdicts is not None  # all that a test names was measured in the main world
        if not parser.stream.skip_if("name:against"):
            return Judged(test, "", verdicts)
        world = parser.stream.expect("name").value
        if world not in evidence.other_worlds:
            raise ReportgenError(
                f"{test.place}: there is no other world named {world!r}{nearest(world, evidence.other_worlds)}"
            )
        control = test.judge(evidence, world)
        if control is None:
            missing = next(name for name in test.names if evidence.seen_in(world, name) is None)
            raise ReportgenError(
                f"{test.place}: {missing} was not measured in the world {world!r}, which the claim is against"
            )
        return Judged(test, world, tuple(here and not there for here, there in zip(verdicts, control, strict=True)))

    def _bodies(
        self, parser: Parser, place: str, end: str, further: tuple[str, ...] = ()
    ) -> tuple[dict[Case, list[nodes.Node]], str]:
        """Read the cases that are written, up to a tag that ends them, and return its name."""
        bodies: dict[Case, list[nodes.Node]] = {}
        case: Case = "all"
        while True:
            rest = {"all": ("some", "none"), "some": ("none",), "none": ()}[case]
            ends = (*rest, *further, end)
            bodies[case] = self._body(parser, place, ends, end)
            found = next(parser.stream).value
            if found not in rest:
                return bodies, found
            case = found  # type: ignore[assignment]  # one of `rest`

    def _body(self, parser: Parser, place: str, ends: tuple[str, ...], end: str) -> list[nodes.Node]:
        """Read up to one of several tags; a tag that is never closed is reported where it opens."""
        try:
            return parser.parse_statements(tuple(f"name:{each}" for each in ends))
        except TemplateSyntaxError as error:
            tag = end.removeprefix("end")
            if not (error.message or "").endswith(f"The innermost block that needs to be closed is {tag!r}."):
                raise
            raise ReportgenError(f"{place}: this {tag} is never closed; end it with {{% {end} %}}") from error

    def _claim(self, parser: Parser, name: str, template: str, line: int) -> nodes.Node:
        place = f"{template}:{line}"
        branches: list[_Branch] = []
        while True:
            judged = self._test(parser, template)
            bodies, found = self._bodies(parser, place, "endclaim", ("otherwise",))
            branches.append(_Branch(judged, bodies))
            if found == "endclaim":
                break
        ledger = self._ledger
        ledger.first[name] = branches[0].judged
        ledger.tests[name] = tuple(branch.judged.test for branch in branches)
        ledger.wordings[name] = tuple(
            Wording(fallback, _symbols(branch.judged), case, _wording(body))
            for fallback, branch in enumerate(branches)
            for case, body in branch.bodies.items()
        )
        for fallback, branch in enumerate(branches):
            if branch.judged.case in branch.bodies:
                ledger.printed[name] = template, line, fallback, branch.judged
                body = branch.bodies[branch.judged.case]
                every = [other for each in branches for other in each.bodies.values()]
                ledger.unsaid += [node for other in every if other is not body for node in other]
                return self._print(name, body, line)
        if ledger.judging:
            return nodes.Output([]).set_lineno(line)
        raise DoesNotHold(
            f"{place}: the claim {name!r} comes to a case that is not written: {self._why(branches[-1].judged)}"
        )

    def _identity(self, parser: Parser, name: str, template: str, line: int) -> nodes.Node:
        place = f"{template}:{line}"
        judged = self._test(parser, template)
        if judged.against:
            raise ReportgenError(f"{place}: an identity holds in every world; it is against none")
        body = self._body(parser, place, ("endidentity",), "endidentity")
        next(parser.stream)
        ledger = self._ledger
        ledger.first[name], ledger.tests[name] = judged, (judged.test,)
        ledger.wordings[name] = (Wording(0, _symbols(judged), "all", _wording(body)),)
        ledger.identities.add(name)
        ledger.printed[name] = template, line, 0, judged
        for world in ledger.evidence.worlds:
            verdicts = judged.test.judge(ledger.evidence, world)
            if verdicts is not None and not all(verdicts) and not ledger.judging:
                where = f" {ledger.evidence.worlds[world]}" if ledger.evidence.worlds[world] else ""
                raise DoesNotHold(
                    f"{place}: the identity {name!r} does not hold{where}: {self._why(Judged(judged.test, '', verdicts), world)}"
                )
        return self._print(name, body, line)

    def _case_of(self, parser: Parser, name: str, template: str, line: int) -> nodes.Node:
        place = f"{template}:{line}"
        bodies, _ = self._bodies(parser, place, "endcase")
        judged = self._ledger.first.get(name)
        if judged is None:
            raise ReportgenError(f"{place}: no claim {name!r} is made before this{nearest(name, self._ledger.first)}")
        if self._ledger.judging:
            return nodes.Output([]).set_lineno(line)
        if judged.case not in bodies:
            raise DoesNotHold(
                f"{place}: the claim {name!r} comes to a case that is not written here: {self._why(judged)}"
            )
        body = bodies[judged.case]
        self._ledger.unsaid += [node for other in bodies.values() if other is not body for node in other]
        return self._print(name, body, line, repeats=True)

    def _print(self, name: str, body: list[nodes.Node], line: int, *, repeats: bool = False) -> nodes.Node:
        parameters = [nodes.Name("held", "param"), nodes.Name(self._ledger.evidence.case[1], "param")]
        say = self.call_method("_repeat" if repeats else "_say", [nodes.Const(name)])
        return nodes.CallBlock(say, parameters, [], body).set_lineno(line)

    def _say(self, name: str, caller: Callable[..., str]) -> str:
        ledger = self._ledger
        if name in ledger.said:
            raise TemplateRuntimeError(f"the claim {name!r} is said twice; a claim stands outside loops")
        text = self._text(ledger.printed[name][3], caller)
        ledger.say(name, " ".join(text.split()))
        return ledger.mark_claim(name, text)

    def _repeat(self, name: str, caller: Callable[..., str]) -> str:
        return self._text(self._ledger.first[name], caller)

    def _text(self, judged: Judged, caller: Callable[..., str]) -> str:
        mark = self._ledger.mark
        return caller(mark(str(sum(judged.verdicts))), mark(str(len(judged.verdicts))))

    def _why(self, judged: Judged, world: str = "") -> str:
        """Say where a test fails, what it saw, which settings that depends on, and a way out."""
        evidence, test = self._ledger.evidence, judged.test
        failing = ", ".join(str(case) for case, holds in enumerate(judged.verdicts, 1) if not holds)
        against = f" against {judged.against}" if judged.against else ""
        seen_values = test.values(evidence, world) | (test.values(evidence, judged.against) if judged.against else {})
        values = "; ".join(f"{n} = {', '.join(f'{v:.4g}' for v in seen)}" for n, seen in seen_values.items())
        settings = dict.fromkeys(each for name in test.names for each in evidence[name].settings)
        depends = f"; this depends most directly on {', '.join(settings)}" if settings else ""
        count = f"{sum(judged.verdicts)} of {len(judged.verdicts)} {evidence.case[1]}"
        # An identity has no cases, and a claim's first is always written.
        way = "" if judged.case == "all" or world else f"write {{% {judged.case} %}}, since it holds in {count}, "
        holds = f"fails in {evidence.case[0]} {failing}" if failing else f"holds in every {evidence.case[0]}"
        return (
            f"its test {in_symbols(test.expression)}{against} {holds}, and {values} ({evidence.case[0]} by {evidence.case[0]})"
            f"{depends}; {way}reword the claim, or change the settings"
        )


def _symbols(judged: Judged) -> str:
    against = f" against {judged.against}" if judged.against else ""
    return f"{in_symbols(judged.test.expression)}{against}"


def _wording(body: list[nodes.Node]) -> str:
    """Return the words of a case, whatever its expressions would print."""
    outputs = (output for node in body for output in (node, *node.find_all(nodes.Output)))
    parts = (part for output in outputs if isinstance(output, nodes.Output) for part in output.nodes)
    return " ".join("".join(part.data if isinstance(part, nodes.TemplateData) else "…" for part in parts).split())
