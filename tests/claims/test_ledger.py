"""The ledger: what a claim carries survives JSON, and what is counted is counted as a reader would count it."""

import dataclasses
import json
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reportgen.claims.ledger import Claim, claim_from_table, claim_to_table, in_numbers
from tests.prose.pages import WORLDS, evidence, rendered

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """Draw a claim of some cases as it could stand in any ledger, its template a plain name."""
    count = draw(st.integers(1, 5))
    row = st.lists(FINITE, min_size=count, max_size=count).map(tuple)
    return Claim(
        name=draw(TEXT),
        kind=draw(st.sampled_from(["finding", "identity"])),
        template="part.md.j2",
        line=draw(st.integers(1, 10_000)),
        case=draw(st.sampled_from(["all", "some", "none"])),
        fallback=draw(st.integers(0, 5)),
        statement=draw(TEXT),
        test=draw(TEXT),
        words=draw(TEXT),
        against=draw(st.sampled_from(["", "untrained"])),
        values=draw(st.dictionaries(TEXT, row, max_size=3)),
        verdicts=draw(st.lists(st.booleans(), min_size=count, max_size=count).map(tuple)),
        worlds=draw(st.dictionaries(st.sampled_from(list(WORLDS)), st.integers(0, count))),
    )


def claim(kind: str = "finding", case: str = "all", fallback: int = 0, **other: Any) -> Claim:
    """Return a claim of which only its kind, case and fallback matter."""
    given_: dict[str, Any] = {field.name: "" for field in dataclasses.fields(Claim)}
    given_ |= {"line": 1, "values": {}, "verdicts": (), "worlds": {}, "kind": kind, "case": case, "fallback": fallback}
    return Claim(**(given_ | other))


@given(claims())
def test_a_claim_survives_json_to_the_bit(one: Claim) -> None:
    again = claim_from_table(json.loads(json.dumps(claim_to_table(one))))

    assert again == one
    # Equal is not the same: True == 1 == 1.0, and 0.0 == -0.0.
    assert repr(again) == repr(one)


@given(claims(), st.lists(st.text("abc. ", min_size=1, max_size=5), max_size=3), st.booleans())
def test_of_a_template_its_name_alone_is_carried(one: Claim, folders: list[str], windows: bool) -> None:
    """A report goes to strangers, and the folder says whose machine it was."""
    kind = PureWindowsPath if windows else PurePosixPath
    there = dataclasses.replace(one, template=str(kind("/home", *folders, "part.md.j2")))

    assert claim_to_table(there) == claim_to_table(one)
    assert claim_to_table(there)["template"] == "part.md.j2"


@given(claims(), st.data())
def test_a_table_that_lacks_something_or_has_too_much_is_no_claim(one: Claim, data: st.DataObject) -> None:
    table = claim_to_table(one)
    missing = data.draw(st.sampled_from(sorted(table)))
    with pytest.raises((TypeError, KeyError)):
        claim_from_table({name: value for name, value in table.items() if name != missing})
    more = data.draw(TEXT)
    assume(more not in table)
    with pytest.raises(TypeError):
        claim_from_table({**table, more: 1})


@pytest.mark.parametrize("verdict", [1, "true", None, 0.5, [True]])
def test_only_true_is_a_verdict_that_holds(verdict: object) -> None:
    """What a stranger writes into a report must not count as held because it is not nothing."""
    assert claim_from_table(claim_to_table(claim()) | {"verdicts": [verdict, True]}).held == 1


@given(st.lists(claims(), max_size=8))
def test_the_numbers_of_a_ledger_are_those_of_its_claims(ledger: list[Claim]) -> None:
    """Counted again, one by one."""
    successes = findings = identities = 0
    for one in ledger:
        if one.kind == "identity":
            identities += 1
        else:
            findings += 1
            successes += one.case == "all" and one.fallback == 0

    said = in_numbers(ledger, "network")

    noun = "1 identity" if identities == 1 else f"{identities} identities"
    assert said.endswith(f", {noun}")
    assert said.startswith(f"{successes} of {findings} findings hold in every network" if findings else "no findings, ")
    assert ("; the others say otherwise, " in said) == (successes < findings)


@pytest.mark.parametrize(
    ("ledger", "said"),
    [
        ([], "no findings, 0 identities"),
        ([claim("identity")], "no findings, 1 identity"),
        ([claim(), claim("identity"), claim("identity")], "1 of 1 findings hold in every coin, 2 identities"),
        ([claim(), claim(case="some")], "1 of 2 findings hold in every coin; the others say otherwise, 0 identities"),
        ([claim(fallback=1)], "0 of 1 findings hold in every coin; the others say otherwise, 0 identities"),
        ([claim(case="none")], "0 of 1 findings hold in every coin; the others say otherwise, 0 identities"),
    ],
)
def test_a_ledger_in_numbers(ledger: list[Claim], said: str) -> None:
    assert in_numbers(ledger, "coin") == said


EVIDENCE = evidence(
    flow__a=(1.0, 3.0, 5.0), flow__b=2.0, untrained__flow__a=(0.0, 3.0, 9.0), untrained__flow__b=2.0,
    chrono__flow__a=(7.0, 7.0, 7.0), flow__here=1.0, task__noise=0.05,
    flow__c=5.0, untrained__flow__c=1.0, chrono__flow__c=5.0,
)  # fmt: skip


def ledger_of(folder: Path, tag: str) -> Claim:
    cases = "" if tag.startswith("identity") else "{% some %}of some{% none %}of none"
    (only,) = rendered(folder, f"\n\n{{% {tag} %}}said{cases}{{% end{tag.split(maxsplit=1)[0]} %}}", EVIDENCE).claims
    return only


@pytest.mark.parametrize(
    ("test", "worlds"),
    [
        ("flow.a > 2", {"trained": 2, "untrained": 2, "chrono": 3}),
        ("flow.a > 4", {"trained": 1, "untrained": 1, "chrono": 3}),
        ("flow.a < 4", {"trained": 2, "untrained": 2, "chrono": 0}),
        ("flow.a > flow.b", {"trained": 2, "untrained": 2}),  # b is not measured from chrono initialisation
        ("flow.here > 0", {"trained": 3}),
        ("flow.a > task.noise", {"trained": 3, "untrained": 2, "chrono": 3}),  # a setting is the same in every world
        ("flow.a > untrained.flow.a", {"trained": 1, "chrono": 2}),  # untrained, it would be compared with itself
    ],
)
def test_in_how_many_cases_a_test_holds_is_counted_in_each_world(
    tmp_path: Path, test: str, worlds: dict[str, int]
) -> None:
    assert ledger_of(tmp_path, f"claim one if {test}").worlds == worlds


def test_against_a_world_counts_in_the_verdicts_and_not_in_the_worlds(tmp_path: Path) -> None:
    bare = ledger_of(tmp_path, "claim one if flow.a > 0")
    against = ledger_of(tmp_path, "claim one if flow.a > 0 against untrained")

    assert bare.worlds == against.worlds == {"trained": 3, "untrained": 2, "chrono": 3}
    assert (bare.verdicts, against.verdicts) == ((True, True, True), (True, False, False))
    assert (bare.held, bare.case, bare.succeeds, bare.statement) == (3, "all", True, "said")
    assert (against.held, against.case, against.succeeds, against.statement) == (1, "some", False, "of some")


def test_what_a_test_saw_and_where_it_stands_is_remembered(tmp_path: Path) -> None:
    one = ledger_of(tmp_path, "claim one if flow.a > 2 * untrained.flow.a and flow.b < 3")

    assert one.values == {"flow.a": (1.0, 3.0, 5.0), "untrained.flow.a": (0.0, 3.0, 9.0), "flow.b": (2.0, 2.0, 2.0)}
    assert (one.template, one.line) == (str(tmp_path / "report.md.j2"), 3)
    assert one.words == "the a is greater than 2 times the a before training and the b is less than 3"
    assert one.test == "flow.a > 2 × untrained.flow.a and flow.b < 3"


@pytest.mark.parametrize(
    ("tag", "also"),
    [
        ("claim one if flow.a > 0.5", ("chrono",)),  # untrained: in two of three
        ("claim one if flow.a >= 0", ("untrained", "chrono")),
        ("claim one if flow.c > 2", ("chrono",)),
        ("claim one if flow.c > 2 against untrained", ()),  # it is said what a control does
        ("claim one if flow.a >= 0 and untrained.flow.a >= 0", ("chrono",)),  # of the other it is said
        ("claim one if flow.a > 2", ()),  # it is not said of every network
        ("claim one if flow.here > 0", ()),  # it makes no sense in another world
        ("identity one if flow.a >= 0", ()),  # which holds everywhere by what it is
    ],
)
def test_what_holds_in_a_control_as_well_is_told(tmp_path: Path, tag: str, also: tuple[str, ...]) -> None:
    assert ledger_of(tmp_path, tag).also_held_in(EVIDENCE) == also
