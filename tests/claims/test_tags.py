"""Claims: judged on each network by itself, in every branch, and told as they are."""

import random
import re
from pathlib import Path

import pytest

from reportgen.errors import DoesNotHold, ReportgenError
from reportgen.claims import Claim
from reportgen.prose.markdown import parse
from reportgen.prose.render import Prose
from tests.prose.test_render import evidence, refusal, rendered, words

EVIDENCE = evidence(flow__a=(1.0, 3.0), flow__b=(3.0, 1.0), flow__big=1234567.0, flow__tiny=1e-6, flow__zero=0.0)


def claim(folder: Path, test: str, said: str = "said") -> Claim:
    """Return the claim that a template makes with a test."""
    (only,) = rendered(folder, f"{{% claim one if {test} %}}{said}{{% endclaim %}}", EVIDENCE).claims
    return only


def page(folder: Path, template: str) -> Prose:
    return rendered(folder, template, EVIDENCE)


def failure(folder: Path, template: str, part: str = "") -> str:
    """Return the line with which a claim that does not hold stops the build."""
    with pytest.raises(DoesNotHold) as caught:
        rendered(folder, template, EVIDENCE, part=part)
    assert str(caught.value).splitlines() == [str(caught.value)]
    return str(caught.value)


HOLDS = [
    "flow.a < 4",
    "flow.a <= 3 and flow.a >= 1",
    "flow.a == 1 or flow.a == 3",
    "flow.a != 2",
    "not flow.a > 3",
    "not (flow.a > 2 and flow.b > 2)",
    "flow.a > 2 or flow.b > 2",
    "flow.a + flow.b == 4",
    "flow.a * flow.b == 3",
    "flow.a - flow.b < flow.a / flow.b",
    "-flow.a < 0",
    "0 < flow.a < 4",
    "flow.a < flow.big and 1 > 0 - flow.a",
    "flow.tiny < 0.00001",
]
FAILS = [
    "flow.a > 2",
    "flow.a > 2 and flow.b > 2",
    "flow.a == flow.b",
    "not flow.a > 2",
    "flow.a - flow.b == 2",
    "flow.a < 2 and flow.b > 2 or flow.a > 5",
    "2 < flow.a < 4",
    "flow.tiny > 0.00001",
    "flow.big < 1234567",
    "flow.zero != 0",
]


@pytest.mark.parametrize("test", HOLDS)
def test_a_test_that_holds_in_each_network_prints_its_statement(tmp_path: Path, test: str) -> None:
    """Each network by itself: `flow.a > 2 or flow.b > 2` is true of every one, though neither half is."""
    assert claim(tmp_path, test).verdicts == (True, True)


@pytest.mark.parametrize("test", FAILS)
def test_a_test_that_fails_in_one_network_stops_the_build(tmp_path: Path, test: str) -> None:
    """Each network by itself: the medians of a and b are equal, and no network's are."""
    failure(tmp_path, f"{{% claim one if {test} %}}said{{% endclaim %}}")


def test_the_verdicts_are_those_of_the_networks_in_their_order(tmp_path: Path) -> None:
    assert claim(tmp_path, "flow.a > 2", "{{ held }}").verdicts == (False, True)
    assert claim(tmp_path, "flow.b > 2", "{{ held }}").verdicts == (True, False)


def test_a_failure_names_claim_template_line_test_and_values(tmp_path: Path) -> None:
    line = failure(
        tmp_path,
        'a\n{% include "part.md.j2" %}',
        part="b\n\n{% claim refilled if flow.a > 2 and flow.b > 0.5 %}x{% endclaim %}",
    )

    assert "part.md.j2:3: the claim 'refilled' does not hold in network 1: " in line
    assert "flow.a > 2 and flow.b > 0.5" in line
    assert "flow.a = 1, 3; flow.b = 3, 1" in line
    assert DoesNotHold("").exit_code == 1


def test_a_failure_names_the_file_as_other_errors_do(tmp_path: Path) -> None:
    """With the path at which the author can open it."""
    place = f"{tmp_path / 'report.md.j2'}:1: "

    assert failure(tmp_path, "{% claim one if flow.a > 2 %}x{% endclaim %}").startswith(place)
    with pytest.raises(ReportgenError) as caught:
        page(tmp_path, "{% claim one if flow.nope > 2 %}x{% endclaim %}")
    assert str(caught.value).startswith(place)


def test_the_first_branch_that_holds_is_printed(tmp_path: Path) -> None:
    template = (
        "{% claim one if flow.a > 2 %}A{% otherwise if flow.a < 4 %}B{% otherwise if flow.a < 5 %}C{% endclaim %}"
    )
    prose = page(tmp_path, template)

    assert prose.markdown == "B"
    assert [(one.statement, one.test) for one in prose.claims] == [("B", "flow.a < 4")]
    assert page(tmp_path, template.replace("> 2", "> 0")).markdown == "A"
    line = failure(tmp_path, template.replace("< 4", "< 2").replace("< 5", "< 2"))
    assert "its test is flow.a > 2," in line, "the test of the statement that the author would rather make"


def test_every_branch_is_itself_tested(tmp_path: Path) -> None:
    assert "cannot hold" in refusal(
        tmp_path, "{% claim one if flow.a > 0 %}A{% otherwise if flow.a | abs %}B{% endclaim %}", EVIDENCE
    )
    for branch in ("{% otherwise %}", "{% else %}"):
        assert refusal(tmp_path, f"{{% claim one if flow.a > 0 %}}A{branch}B{{% endclaim %}}", EVIDENCE).startswith(
            "report:1: "
        )


def test_wording_that_says_in_how_many_networks_is_true_wherever_it_held_in_one(tmp_path: Path) -> None:
    said = "in {{ held }} of {{ networks }}"

    assert page(tmp_path, f"{{% claim one if flow.a > 2 %}}{said}{{% endclaim %}}").markdown == "in 1 of 2"
    assert page(tmp_path, f"{{% claim one if flow.a > 0 %}}{said}{{% endclaim %}}").markdown == "in 2 of 2"
    failure(tmp_path, f"{{% claim one if flow.a > 9 %}}{said}{{% endclaim %}}")
    failure(tmp_path, "{% claim one if flow.a > 2 %}in some of {{ networks }}{% endclaim %}")
    failure(tmp_path, "{% claim one if flow.a > 2 %}in {# held #} all{% endclaim %}")


@pytest.mark.parametrize(
    "body",
    [
        "{% set held = author %}by {{ author }}",
        "{% set held = author %}by {{ held }}",
        "{% if held %}x{% endif %}",
    ],
)
def test_only_a_claim_that_says_held_itself_may_fail_somewhere(tmp_path: Path, body: str) -> None:
    failure(tmp_path, f"{{% claim one if flow.a > 2 %}}{body}{{% endclaim %}}")


def test_a_claim_within_a_claim_is_refused(tmp_path: Path) -> None:
    template = (
        "{% claim one if flow.a > 0 %}outer {% claim two if flow.b > 2 %}in {{ held }}{% endclaim %}{% endclaim %}"
    )

    assert "the claim 'two' stands inside the claim 'one'" in refusal(tmp_path, template, EVIDENCE)


def test_a_claim_may_stand_in_a_caption_a_heading_a_cell_and_a_sentence(tmp_path: Path) -> None:
    inline = "{{% claim {} if flow.a > 0 %}}It flows.{{% endclaim %}}"
    one, two, three, four = (inline.format(name) for name in ("one", "two", "three", "four"))

    prose = page(tmp_path, f"# {one}\n\n![{two}](fig:river)\n\n| h |\n|---|\n| {three} |\n\nSo: {four} Yes.")

    assert words(parse(prose.markdown)) == ["It flows.", "It flows.", "h", "It flows.", "So: It flows. Yes."]
    assert [(one.name, one.statement, one.line) for one in prose.claims] == [
        ("one", "It flows.", 1), ("two", "It flows.", 3), ("three", "It flows.", 7), ("four", "It flows.", 9)
    ]  # fmt: skip


def test_a_name_is_claimed_once_and_both_places_are_named(tmp_path: Path) -> None:
    one = "{% claim one if flow.a > 0 %}x{% endclaim %}"

    line = refusal(tmp_path, f"a\n{one}\n\n{one}", EVIDENCE)
    assert line.startswith("report:4: the claim 'one' is already made in report:2;")

    line = refusal(tmp_path, f'a\n{one}\n{{% include "part.md.j2" %}}', EVIDENCE, part=f"b\n\n{one}")
    assert line.startswith("part:3: ")
    assert "report:2" in line


def test_a_name_is_claimed_once_on_a_line_too(tmp_path: Path) -> None:
    template = "{% claim one if flow.a > 0 %}x{% endclaim %} {% claim one if flow.b > 0 %}y{% endclaim %}"

    assert "the claim 'one' is already made" in refusal(tmp_path, template, EVIDENCE)


def test_a_claim_that_is_said_twice_is_not_half_forgotten(tmp_path: Path) -> None:
    """In a loop its statement may differ from time to time, and the ledger has one line for it."""
    template = "{% for x in ['u', 'v'] %}{% claim one if flow.a > 0 %}{{ x }}{% endclaim %}{% endfor %}"

    assert "one" in refusal(tmp_path, template, EVIDENCE)


@pytest.mark.parametrize(
    "test",
    [
        "1 > 0",
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
        "nope > 0",
        "flow.nope > 0",
        "nope.a > 0",
        '"flow".a > 0',
        "flow.a.b > 0",
        "flow.a > (1 if flow.b else 2)",
    ],
)
def test_a_test_compares_measurements_and_does_nothing_else(tmp_path: Path, test: str) -> None:
    template = f"a\n\n{{% claim one if {test} %}}x{{% endclaim %}}"

    assert refusal(tmp_path, template, EVIDENCE).startswith("report:3: ")
    assert "does not hold" not in refusal(tmp_path, template, EVIDENCE)


def test_a_curve_cannot_be_compared(tmp_path: Path) -> None:
    assert "flow.curve" in refusal(tmp_path, "{% claim one if flow.curve > 0 %}x{% endclaim %}")


@pytest.mark.parametrize(
    "test", ["flow.a / flow.zero > 0", "flow.a > 0 and 1 / (flow.a - 1) > 0", "flow.a * 1e300 * 1e300 > 0"]
)
def test_a_test_without_a_finite_value_is_refused(tmp_path: Path, test: str) -> None:
    line = refusal(tmp_path, f"a\n{{% claim one if {test} %}}x{{% endclaim %}}", EVIDENCE)

    assert line.startswith("report:2: the test ")
    assert "has no finite value on network 1" in line


@pytest.mark.parametrize(
    "template",
    [
        "{% claim if flow.a > 0 %}x{% endclaim %}",
        "{% claim one %}x{% endclaim %}",
        '{% claim "one" if flow.a > 0 %}x{% endclaim %}',
        "{% claim one two if flow.a > 0 %}x{% endclaim %}",
        "{% claim one if %}x{% endclaim %}",
        "{% claim one if flow.a > 0 else flow.b > 0 %}x{% endclaim %}",
        "{% claim one if flow.a > 0 %}x",
        "x{% endclaim %}",
        "{% otherwise if flow.a > 0 %}",
    ],
)
def test_a_malformed_claim_is_refused_with_its_line(tmp_path: Path, template: str) -> None:
    assert refusal(tmp_path, f"a\n{template}", EVIDENCE).startswith("report:2: ")


def test_held_is_known_in_its_claim_only(tmp_path: Path) -> None:
    assert refusal(tmp_path, "{% claim one if flow.a > 0 %}{{ held }}{% endclaim %}\n{{ held }}", EVIDENCE).startswith(
        "report:2: "
    )


def test_a_claim_that_is_not_reached_is_judged_and_not_listed(tmp_path: Path) -> None:
    template = "{% if author == 'B' %}{% claim one if flow.a > 0 %}x{% endclaim %}{% endif %}"

    assert page(tmp_path, template).claims == ()
    failure(tmp_path, template.replace("> 0", "> 2"))


def test_what_the_ledger_remembers(tmp_path: Path) -> None:
    said = 'It *is* {{ flow.a | number(".1f") }}\nof {{ author }}.'
    template = f"a\n\n{{% claim one if flow.a > 0 or flow.b < flow.a %}}\n{said}\n{{% endclaim %}}\n"

    assert page(tmp_path, template).claims == (
        Claim(
            name="one",
            template=str(tmp_path / "report.md.j2"),
            line=3,
            statement="It *is* 2.0 of A\\. Name.",
            test="flow.a > 0 or flow.b < flow.a",
            words="the a is greater than 0 or the b is less than the a",
            values={"flow.a": (1.0, 3.0), "flow.b": (3.0, 1.0)},
            verdicts=(True, True),
        ),
    )


LEDGER = """
| n | s | t | w | v | h |
|---|---|---|---|---|---|
{% for c in ledger %}
| {{ c.name }} | {{ c.statement }} | {{ c.test }} | {{ c.words }} | {{ c.values }} | {{ c.verdict }} |
{% endfor %}
"""


def test_the_ledger_lists_the_claims_said_so_far_in_the_order_of_the_page(tmp_path: Path) -> None:
    template = (
        "{% claim late if flow.a > 2 %}In {{ held }} | {{ author }}.{% endclaim %}\n\n"
        '{% claim early if flow.tiny * 2 <= 1 %}It is\n{{ flow.tiny | number(".0e") }}.{% endclaim %}\n'
    )
    after = "\n{% claim after if flow.a > 0 %}Not yet.{% endclaim %}"
    texts = {"author": "A|B *C*"}

    prose = rendered(tmp_path, template + LEDGER + after, EVIDENCE, texts)

    cells = words(parse(prose.markdown[prose.markdown.index("| n |") :]))[6:-1]
    assert cells == [
        "late", "In 1 | A|B *C*.", "flow.a > 2", "the a is greater than 2", "flow.a = 1, 3", "1 of 2",
        "early", "It is 1 × 10⁻⁶.", "flow.tiny × 2 ≤ 1", "the tiny times 2 is at most 1",
        "flow.tiny = 1.00 × 10⁻⁶, 1.00 × 10⁻⁶", "2 of 2",
    ]  # fmt: skip
    assert [one.name for one in prose.claims] == ["late", "early", "after"]


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
        "flow.big < 1234568",
        "flow.big > 1234566",
        "flow.a < 3.0001",
        "flow.tiny < 0.0000010001",
    ],
)
def test_the_test_that_is_printed_is_the_test_that_was_applied(tmp_path: Path, test: str) -> None:
    """Read as arithmetic, by Python's own rules of precedence, it gives the same on any values."""
    printed = claim(tmp_path, test).test
    power = re.compile(r" × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
    plain = power.sub(lambda found: "e" + found[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")), printed)
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
        assert eval(plain, {"flow": flow}) == eval(test, {"flow": flow}), f"{printed} with {vars(flow)}"


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("flow.a >= 1 and not flow.b > 3", "the a is at least 1 and not (the b is greater than 3)"),
        ("flow.a != 2", "the a is not 2"),
        ("flow.a + flow.b == 4", "the a plus the b is 4"),
        ("flow.a < flow.b * 4", "the a is less than the b times 4"),
    ],
)
def test_a_test_in_words(tmp_path: Path, test: str, said: str) -> None:
    assert claim(tmp_path, test).words == said
