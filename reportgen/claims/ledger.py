"""The ledger: every statement with a test that a document makes, how it was judged, and in which worlds it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from jinja2 import nodes

from reportgen.claims.language import Test, in_symbols, in_words
from reportgen.evidence import Evidence

Case = Literal["all", "some", "none"]


@dataclass(frozen=True)
class Claim:
    """A statement that was printed.

    kind: a finding could have come out otherwise, an identity follows from the equations whatever the data; case: in how many cases
    its test holds; fallback: how many tests before it came to a case that nobody wrote, 0 for the first; against: the world in which
    the test must be false, if there is one; values: what the test saw, one value per case; verdicts: one per case, `against`
    included; worlds: in how many cases the bare test holds, by world, where all of it was measured there.
    """

    name: str
    kind: Literal["finding", "identity"]
    template: str
    line: int
    case: Case
    fallback: int
    statement: str
    test: str
    words: str
    against: str
    values: Mapping[str, tuple[float, ...]]
    verdicts: tuple[bool, ...]
    worlds: Mapping[str, int]

    @property
    def held(self) -> int:
        """The number of cases in which the test holds."""
        return sum(self.verdicts)

    @property
    def succeeds(self) -> bool:
        """Whether it is what the author set out to say: the first test, and it holds in every case."""
        return self.case == "all" and not self.fallback

    def also_held_in(self, evidence: Evidence) -> tuple[str, ...]:
        """Return the other worlds in which a finding that is said of every case holds in every case as well, and is not said to."""
        if self.kind == "identity" or self.against or self.case != "all":
            return ()
        compared = {evidence.world_of(name) for name in self.values}
        return tuple(
            world
            for world in evidence.other_worlds
            if world not in compared and self.worlds.get(world) == evidence.count
        )


def claim_to_table(claim: Claim) -> dict[str, Any]:
    """Return a claim as a table that JSON can hold; of its template the name alone, without the folder on somebody's machine."""
    table = {each.name: getattr(claim, each.name) for each in fields(claim)}
    return table | {
        "template": claim.template.replace("\\", "/").rpartition("/")[2],
        "values": {name: list(values) for name, values in claim.values.items()},
        "verdicts": list(claim.verdicts),
        "worlds": dict(claim.worlds),
    }


def claim_from_table(table: Mapping[str, Any]) -> Claim:
    """Return the claim that `claim_to_table` took apart; raises what Python raises for anything else."""
    values = {name: tuple(map(float, values)) for name, values in table["values"].items()}
    verdicts = tuple(verdict is True for verdict in table["verdicts"])
    worlds = {world: int(held) for world, held in table["worlds"].items()}
    for name in table.keys() - {"values", "verdicts", "worlds"}:
        if not isinstance(table[name], int if name in ("line", "fallback") else str):
            raise TypeError(name)
    return Claim(**{**table, "values": values, "verdicts": verdicts, "worlds": worlds})


def in_numbers(claims: Sequence[Claim], case: str) -> str:
    """Return "28 of 31 findings hold in every network; the others say otherwise, 7 identities" of a ledger, `case` being "network".

    A finding that is said by a fallback does not count as one that holds, and nothing holds where nothing was claimed.
    """
    findings = [claim for claim in claims if claim.kind == "finding"]
    held = sum(claim.succeeds for claim in findings)
    identities = len(claims) - len(findings)
    said = f"{held} of {len(findings)} findings hold in every {case}" if findings else "no findings"
    others = "; the others say otherwise" if held < len(findings) else ""
    return f"{said}{others}, {identities} {'identity' if identities == 1 else 'identities'}"


@dataclass(frozen=True)
class Judged:
    """One test of a claim: its verdicts, and the case that they come to."""

    test: Test
    against: str
    verdicts: tuple[bool, ...]

    @property
    def case(self) -> Case:
        """In how many cases it holds."""
        return "all" if all(self.verdicts) else "some" if any(self.verdicts) else "none"


@dataclass(frozen=True)
class Wording:
    """What a claim says in a case that its author wrote.

    `fallback` counts the tests before its own, as in `Claim`; `text` is Markdown, with "…" for each number.
    """

    fallback: int
    test: str
    case: Case
    text: str


@dataclass
class Ledger:
    """What the tags of one rendering know: judged while templates are parsed, said while they are rendered."""

    evidence: Evidence
    mark: Callable[[str], str]
    mark_claim: Callable[[str, str], str]
    judging: bool = False  # claims are read and judged, and nothing is printed: no case need be written
    inside: str = ""
    first: dict[str, Judged] = field(default_factory=dict)  # by claim: what its first test came to
    tests: dict[str, tuple[Test, ...]] = field(
        default_factory=dict
    )  # by claim: its own test, then those of its otherwises
    identities: set[str] = field(default_factory=set)
    printed: dict[str, tuple[str, int, int, Judged]] = field(default_factory=dict)  # template, line, fallback
    wordings: dict[str, tuple[Wording, ...]] = field(default_factory=dict)  # by claim
    said: dict[str, Claim] = field(default_factory=dict)
    unsaid: list[nodes.Node] = field(default_factory=list)

    def take_unsaid(self) -> list[nodes.Node]:
        """Return what the cases that are not printed hold, to be read as critically as what is."""
        taken, self.unsaid = self.unsaid, []
        return taken

    def say(self, name: str, statement: str) -> None:
        """Remember a claim as it is printed."""
        template, line, fallback, judged = self.printed[name]
        test = judged.test
        worlds = {
            world: sum(verdicts)
            for world in self.evidence.worlds
            if (verdicts := test.judge(self.evidence, world)) is not None
        }
        self.said[name] = Claim(
            name=name,
            kind="identity" if name in self.identities else "finding",
            template=template,
            line=line,
            case=judged.case,
            fallback=fallback,
            statement=statement,
            test=in_symbols(test.expression),
            words=in_words(test.expression, self.evidence),
            against=judged.against,
            values=test.values(self.evidence),
            verdicts=judged.verdicts,
            worlds=worlds,
        )
