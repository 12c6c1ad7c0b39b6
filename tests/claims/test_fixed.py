"""Claims that cannot come out otherwise are told, and those that can are not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.claims.fixed import FAR
from tests.prose.pages import Values, evidence, rendered

EVIDENCE = evidence(
    flow__age=(4.0, 8.0), untrained__flow__age=(2.0, 3.0), chrono__flow__age=(30.0, 40.0),
    flow__tiny=(1e-6, 2e-6), untrained__flow__tiny=(0.5, 0.6), flow__here=(4.0, 5.0),
    flow__wide=(1e-6, 1e6), flow__signed=(-2.0, 3.0), flow__zero=(0.0, 1.0),
    task__networks=2.0, task__limit=1e6, task__near=10.0,
)  # fmt: skip

SETTINGS, FAR_OFF = "reads only settings", "compares with what no network comes near"


def told(folder: Path, test: str, kind: str = "claim") -> str:
    cases = "{% some %}b{% none %}c" if kind == "claim" else ""
    prose = rendered(folder, f"\n{{% {kind} one if {test} %}}a{cases}{{% end{kind} %}}", EVIDENCE)
    return " ".join(prose.fixed).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("task.networks > 0", SETTINGS),
        ("task.networks < task.limit", SETTINGS),
        ("flow.age < 1000000", FAR_OFF),
        ("flow.age < task.limit", FAR_OFF),
        ("flow.age > 0", FAR_OFF),
        ("flow.age > 0.0001", FAR_OFF),
        ("flow.age > -1000000", FAR_OFF),
        ("flow.age > 1000000", FAR_OFF),  # never
        ("not flow.age > 1000000", FAR_OFF),
        ("0 < flow.age < 1000000", FAR_OFF),
        ("flow.age == flow.age", FAR_OFF),
        ("flow.age < 1000000 and task.networks > 0", FAR_OFF),
        ("flow.age < 9 or flow.age < 1000000", FAR_OFF),
        ("flow.age < 9 and flow.age > 1000000", FAR_OFF),
        ("1000 * flow.here > 0.001 * flow.here", FAR_OFF),
        ("flow.age < 10", ""),
        ("flow.age < 20000", ""),  # 500 times as much as the nearest, from chrono initialisation
        ("flow.here < 20000", FAR_OFF),  # which was not measured there
        ("flow.age < task.near", ""),
        ("flow.tiny < 0.1", ""),  # before training it does not hold
        ("flow.tiny < 1", ""),  # before training it holds, but not by far
        ("flow.age < 10 and flow.age < 1000000", ""),
        ("flow.age > 10 or flow.age > 1000000", ""),
        ("flow.signed > -1", ""),
        ("flow.wide < 1", ""),  # far off on either side
        ("flow.zero >= 0", ""),  # it is zero, and could be below
        ("task.networks > 0 and flow.age < 10", ""),
        ("flow.age > untrained.flow.age", ""),
    ],
)
def test_a_claim_that_nothing_could_contradict_is_told(tmp_path: Path, test: str, why: str) -> None:
    said = told(tmp_path, test)
    assert why in said
    assert bool(said) == bool(why)
    if said:
        assert said.startswith("report.md.j2:2: the claim 'one' could not come out otherwise: its test ")


def test_an_identity_may_be_far_from_its_bound_but_reads_measurements(tmp_path: Path) -> None:
    assert told(tmp_path, "flow.age < 1000000", "identity") == ""
    assert SETTINGS in told(tmp_path, "task.networks > 0", "identity")


def test_only_the_test_that_is_said_is_told(tmp_path: Path) -> None:
    claim = "{% claim one if flow.age > 5 %}a{% otherwise if flow.age < 1000000 %}b{% endclaim %}"
    (said,) = rendered(tmp_path, claim, EVIDENCE).fixed
    assert FAR_OFF in said
    assert not rendered(tmp_path, claim.replace("5", "1"), EVIDENCE).fixed


VALUES = st.floats(0.001, 1000)


@given(st.tuples(VALUES, VALUES), st.tuples(VALUES, VALUES), st.floats(1e-9, 1e9))
def test_what_was_seen_to_fail_or_comes_near_is_never_told(
    tmp_path_factory: pytest.TempPathFactory, here: Values, before: Values, limit: float
) -> None:
    found = evidence(flow__a=here, untrained__flow__a=before, chrono__flow__a=here)
    test = f"flow.a < {limit:.12f}"
    limit = float(f"{limit:.12f}")
    claim = f"{{% claim one if {test} %}}a{{% some %}}b{{% none %}}c{{% endclaim %}}"
    said = rendered(tmp_path_factory.mktemp("page"), claim, found).fixed
    every = [*here, *before]  # type: ignore[misc]  # two numbers each
    same = len({value < limit for value in every}) == 1
    far = all(max(value, limit) >= FAR * min(value, limit) for value in every)
    assert bool(said) == (same and far)
