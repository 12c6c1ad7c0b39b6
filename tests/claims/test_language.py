"""The language of tests: judged on each case by itself, in any world, printed as it was applied, and nothing else let through."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.claims.ledger import Claim
from reportgen.errors import ReportgenError
from reportgen.evidence import Measured, gather
from tests.prose.pages import WITH_CURVE, evidence, refusal, rendered

EVIDENCE = evidence(
    flow__a=(1.0, 3.0), flow__b=(3.0, 1.0), flow__big=1234567.0, flow__tiny=1e-6, flow__zero=0.0,
    untrained__flow__a=(2.0, 2.0), chrono__flow__a=(0.5, 5.0), task__noise=0.05,
)  # fmt: skip


def claim(folder: Path, test: str) -> Claim:
    """Return the claim that a template makes with a test, whatever it comes to."""
    template = f"{{% claim one if {test} %}}all{{% some %}}some{{% none %}}none{{% endclaim %}}"
    (only,) = rendered(folder, template, EVIDENCE).claims
    return only


def refused(folder: Path, test: str) -> str:
    return refusal(folder, f"a\n\n{{% claim one if {test} %}}x{{% endclaim %}}", EVIDENCE)


VERDICTS = {
    "flow.a < 4": (True, True),
    "flow.a <= 3 and flow.a >= 1": (True, True),
    "flow.a == 1 or flow.a == 3": (True, True),
    "flow.a != 2": (True, True),
    "not flow.a > 3": (True, True),
    "not (flow.a > 2 and flow.b > 2)": (True, True),
    "flow.a > 2 or flow.b > 2": (True, True),
    "flow.a + flow.b == 4": (True, True),
    "flow.a * flow.b == 3": (True, True),
    "flow.a - flow.b < flow.a / flow.b": (True, True),
    "-flow.a < 0": (True, True),
    "0 < flow.a < 4": (True, True),
    "flow.a < flow.big and flow.a > 0 - flow.b": (True, True),
    "flow.tiny < 0.00001": (True, True),
    "task.noise == 0.05": (True, True),
    "flow.a > task.noise": (True, True),
    "flow.a > 2": (False, True),
    "flow.b > 2": (True, False),
    "not flow.a > 2": (True, False),
    "flow.a - flow.b == 2": (False, True),
    "flow.a < 2 and flow.b > 2 or flow.a > 5": (True, False),
    "2 < flow.a < 4": (False, True),
    "flow.a > untrained.flow.a": (False, True),
    "chrono.flow.a < flow.a": (True, False),
    "flow.a > 2 and flow.b > 2": (False, False),
    "flow.a == flow.b": (False, False),
    "flow.tiny > 0.00001": (False, False),
    "flow.big < 1234567": (False, False),
    "flow.zero != 0": (False, False),
}


@pytest.mark.parametrize("test", VERDICTS)
def test_each_network_is_judged_by_itself_and_in_its_order(tmp_path: Path, test: str) -> None:
    """`flow.a > 2 or flow.b > 2` is true of every one, though neither half is; the medians of a and b are equal, no network's are."""
    assert claim(tmp_path, test).verdicts == VERDICTS[test]


def test_a_test_is_judged_in_each_world_on_what_was_measured_there(tmp_path: Path) -> None:
    """And not at all in a world in which something of it was not measured; a setting is the same everywhere."""
    assert claim(tmp_path, "flow.a > 1").worlds == {"trained": 1, "untrained": 2, "chrono": 1}
    assert claim(tmp_path, "flow.a > task.noise").worlds == {"trained": 2, "untrained": 2, "chrono": 2}
    assert claim(tmp_path, "flow.a > 1 and flow.b > 0").worlds == {"trained": 1}
    assert claim(tmp_path, "task.noise > 0").worlds == {"trained": 2, "untrained": 2, "chrono": 2}


def test_a_measurement_that_names_its_world_is_that_one_in_every_world(tmp_path: Path) -> None:
    """In the untrained world this would compare a measurement with itself, and is not asked."""
    assert claim(tmp_path, "flow.a > untrained.flow.a").worlds == {"trained": 1, "chrono": 1}


@pytest.mark.parametrize(
    "test",
    [
        "1 > 0",
        "flow.a < flow.big and 1 > 0 - 5",
        "flow.a",
        "not flow.a",
        "flow.a and flow.b > 0",
        "flow.a > 0 or flow.b",
        "flow.a + flow.b",
        "(flow.a > 0) > 0",
        "(flow.a > 0) == (flow.b > 0)",
        "(flow.a > 0) + 1 > 0",
        "true and flow.a > 0",
        "flow.a > true",
        "flow.a > none",
        'flow.a == "x"',
        'flow.a > "x"',
        "flow.a > 1e999",
        "flow.a > 1" + "0" * 400,
        "flow.a in [1, 3]",
        "flow.a not in [1, 3]",
        "flow.a is defined",
        "flow.a is number",
        "flow.a | abs > 0",
        "[flow.a, flow.b] | max > 0",
        "flow.a() > 0",
        "flow.a.mean() > 0",
        'flow["a"] > 0',
        'flow.a ~ "" > 0',
        "flow.a ** 2 > 0",
        "flow.a // 2 > 0",
        "flow.a % 2 > 0",
        "+flow.a > 0",
        "flow > 0",
        "author > 0",
        "held > 0",
        "nope > 0",
        "flow.nope > 0",
        "nope.a > 0",
        "untrained.flow.b > 0",
        "trained.flow.a > 0",
        "untrained.a > 0",
        '"flow".a > 0',
        "flow.a.b > 0",
        "flow.a > (1 if flow.b else 2)",
    ],
)
def test_a_test_compares_measurements_and_does_nothing_else(tmp_path: Path, test: str) -> None:
    line = refused(tmp_path, test)

    assert line.startswith("report:3: ")
    assert "comes to a case" not in line


def test_a_name_that_is_wrong_is_answered_with_the_nearest(tmp_path: Path) -> None:
    assert "flow.bog in a test is no measurement with one value per network; the nearest is 'flow.big'" in refused(
        tmp_path, "flow.bog > 0"
    )


def test_a_curve_cannot_be_compared(tmp_path: Path) -> None:
    template = "{% claim one if flow.curve > 0 %}x{% endclaim %}"

    assert "flow.curve in a test is no measurement with one value per network" in refusal(
        tmp_path, template, WITH_CURVE
    )


@pytest.mark.parametrize(
    "test", ["flow.a / flow.zero > 0", "flow.a > 0 and 1 / (flow.a - 1) > 0", "flow.a * 1e300 * 1e300 > 0"]
)
def test_a_test_without_a_finite_value_is_refused(tmp_path: Path, test: str) -> None:
    line = refused(tmp_path, test)

    assert line.startswith("report:3: the test ")
    assert line.endswith("has no finite value on network 1")


def test_a_test_without_a_finite_value_in_another_world_is_refused_with_its_words(tmp_path: Path) -> None:
    line = refused(tmp_path, "1 / (flow.a - 5) < 9 against chrono")

    assert (
        line
        == "report:3: the test '1 / (flow.a − 5) < 9' has no finite value on network 2 with long memory from the start"
    )


@pytest.mark.parametrize(
    ("test", "symbols"),
    [
        ("flow.a != 2 and flow.a >= 1 and flow.a <= 3", "flow.a ≠ 2 and flow.a ≥ 1 and flow.a ≤ 3"),
        ("not flow.a == 2", "not (flow.a = 2)"),
        ("0 < flow.a < 4", "0 < flow.a < 4"),
        ("flow.a > 0 and (flow.b > 2 or flow.a > 2)", "flow.a > 0 and (flow.b > 2 or flow.a > 2)"),
        ("(flow.a > 0 and flow.b > 2) or flow.a > 2", "(flow.a > 0 and flow.b > 2) or flow.a > 2"),
        ("flow.a - 1 * 2 < 2", "flow.a − (1 × 2) < 2"),
        ("flow.a + flow.b + 1 == 5", "flow.a + flow.b + 1 = 5"),
        ("-flow.a < 2", "−flow.a < 2"),
        ("flow.a > 0.5 * untrained.flow.a", "flow.a > 0.5 × untrained.flow.a"),
        ("flow.tiny < 0.00001", "flow.tiny < 1 × 10⁻⁵"),
    ],
)
def test_a_test_in_symbols(tmp_path: Path, test: str, symbols: str) -> None:
    assert claim(tmp_path, test).test == symbols


@pytest.mark.parametrize(
    "test",
    [
        "(flow.a - 1) * 2 < 5",
        "flow.a - (flow.b - 2) < 5",
        "flow.a - (flow.b + 2) < 5",
        "flow.a / (flow.b / 2) < 9",
        "flow.a / (flow.b * 2) < 9",
        "flow.a * (flow.b + 2) < 99",
        "-(flow.a + flow.b) < 0",
        "flow.a - -flow.b < 9",
        "not (flow.a > 2 and flow.b > 2)",
        "flow.a > 2 and (flow.b > 2 or flow.big > 1234567) or flow.tiny > 1",
        "flow.a > 2 and (flow.a > 5 or (flow.b > 2 and flow.tiny < 1)) and flow.b < 5",
        "not (flow.a > 2 or flow.b > 2) or flow.a > 5",
        "(not flow.a > 2) and flow.b > 2",
        "flow.big < 1234568",
        "flow.big > 1234566",
        "flow.a < 3.0001",
        "flow.tiny < 0.0000010001",
    ],
)
def test_the_test_that_is_printed_is_the_test_that_was_applied(tmp_path: Path, test: str) -> None:
    """Read as arithmetic, by Python's own rules of precedence, it gives the same on any values."""
    shown = claim(tmp_path, test).test
    power = re.compile(r" × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
    plain = power.sub(lambda found: "e" + found[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")), shown)
    for sign, operator in {"−": "-", "×": "*", "≤": "<=", "≥": ">=", "≠": "!=", ",": ""}.items():
        plain = plain.replace(sign, operator)

    class Flow:
        def __init__(self, **values: float) -> None:
            self.__dict__ |= values

    rng = random.Random(1)
    for _ in range(300):
        flow = Flow(
            a=rng.randint(-60, 60) / 10 + 0.00005,
            b=rng.randint(1, 90) / 10,
            big=rng.choice([1234565.5, 1234567.5, 1.23e6]),
            tiny=rng.choice([1e-6, 1.00005e-6, 2e-6]),
        )
        assert eval(plain, {"flow": flow}) == eval(test, {"flow": flow}), f"{shown} with {vars(flow)}"


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("flow.a >= 1 and not flow.b > 3", "the a is at least 1 and not (the b is greater than 3)"),
        ("flow.a != 2", "the a is not 2"),
        ("flow.a > 1 and flow.b > 1", "the a and the b are each greater than 1"),
        (
            "flow.a > 1 and flow.b > 1 and untrained.flow.a > 1 and flow.a < 9",
            "the a is greater than 1, before training too; and the b is greater than 1 and the a is less than 9",
        ),
        (
            "untrained.flow.a > 1 and flow.a > 1 and 2 * flow.a > 3 and 2 * untrained.flow.a > 3",
            "the a is greater than 1 and 2 times the a is greater than 3, before training too",
        ),
        (
            "flow.a > untrained.flow.a and untrained.flow.a > 1",
            "the a is greater than the a before training and the a before training is greater than 1",
        ),
        (
            "flow.a > task.noise and untrained.flow.a > task.noise",
            "the a is greater than 0.05 steps, before training too",
        ),
        ("flow.a == 1 and flow.b == 1", "the a and the b are each 1"),
        ("flow.a > 1 and flow.b >= 1", "the a is greater than 1 and the b is at least 1"),
        ("flow.a > 1 and 1 < flow.b", "the a is greater than 1 and 1 is less than the b"),
        ("flow.a > task.noise", "the a is greater than 0.05 steps"),  # a setting by its value
        ("flow.a > 1 - task.noise", "the a is greater than 0.95"),  # calculated, where nothing was measured
        (
            "flow.a > 0 or flow.a > 1 / (task.noise - task.noise)",  # which nobody had to calculate
            "the a is greater than 0 or the a is greater than 1 divided by 0",
        ),
        ("flow.a - 1 * 2 < 2", "the a minus 2 is less than 2"),
        ("flow.a > 1 and flow.a < 1 + 4 * task.noise", "the a is greater than 1 and less than 1.2"),
        ("flow.a > 1 and flow.a > flow.b", "the a is greater than 1 and greater than the b"),
        ("flow.a + flow.b == 4", "the a plus the b is 4"),
        ("flow.a < flow.b * 4", "the a is less than the b times 4"),
        ("flow.a < untrained.flow.a * 4", "the a is less than the a before training times 4"),
        ("flow.a <= 2 or -flow.a <= 2", "the a is at most 2 or −the a is at most 2"),
    ],
)
def test_a_test_in_words(tmp_path: Path, test: str, said: str) -> None:
    assert claim(tmp_path, test).words == said


def test_a_factor_that_is_given_says_once_that_it_is_one(tmp_path: Path) -> None:
    def measure(number: int) -> Iterator[Measured]:
        yield Measured("flow.a", number + 1.0, "the a", "", "By hand.")
        yield Measured("choice.apart", 1.5, "a factor", "×", "", given=True)

    found = gather(EVIDENCE.case, EVIDENCE.worlds, (measure(number) for number in (0, 1)))
    said = [
        rendered(tmp_path, f"{{% claim one if {test} %}}all{{% some %}}s{{% none %}}n{{% endclaim %}}", found)
        .claims[0]
        .words
        for test in ("flow.a < choice.apart", "flow.a < choice.apart * flow.a", "flow.a < flow.a / choice.apart")
    ]
    assert said == [
        "the a is less than 1.5×",
        "the a is less than 1.5 times the a",
        "the a is less than the a divided by 1.5",
    ]


def test_what_does_not_hold_is_no_mistake_and_a_mistake_is_none_of_the_data(tmp_path: Path) -> None:
    """They end a command with different statuses."""
    with pytest.raises(ReportgenError) as caught:
        rendered(tmp_path, "{% claim one if flow.nope > 2 %}x{% endclaim %}", EVIDENCE)
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(f"{tmp_path / 'report.md.j2'}:1: ")
