"""The tags: the case that the evidence comes to is printed, every case is read, and what nobody wrote stops the build."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reportgen.errors import DoesNotHold
from reportgen.evidence import Evidence
from reportgen.prose.render import Prose
from tests.prose.pages import evidence, printed, refusal, rendered, words

EVIDENCE = evidence(
    flow__a=(1.0, 3.0), flow__b=(3.0, 1.0), flow__same=2.0, untrained__flow__a=(5.0, 1.0), untrained__flow__same=2.0,
    chrono__flow__same=(2.0, 9.0), task__noise=0.05,
)  # fmt: skip
SOME = "{% claim one if flow.a > 2 %}A{% some %}B{% none %}C{% endclaim %}"


def page(folder: Path, template: str, part: str = "") -> str:
    return printed(folder, template, EVIDENCE, part)


def prose(folder: Path, template: str) -> Prose:
    return rendered(folder, template, EVIDENCE)


def failure(folder: Path, template: str, part: str = "") -> str:
    """Return the line with which a claim that comes to an unwritten case stops the build, its place shortened."""
    with pytest.raises(DoesNotHold) as caught:
        rendered(folder, template, EVIDENCE, part=part)
    assert str(caught.value).splitlines() == [str(caught.value)]
    assert caught.value.exit_code == 1
    return str(caught.value).replace(f"{folder}/", "").replace(".md.j2:", ":")


def refused(folder: Path, template: str, part: str = "") -> str:
    return refusal(folder, template, EVIDENCE, part)


@pytest.mark.parametrize(
    ("test", "case", "said"), [("flow.a > 0", "all", "A"), ("flow.a > 2", "some", "B"), ("flow.a > 3", "none", "C")]
)
def test_the_case_that_the_networks_come_to_is_printed(tmp_path: Path, test: str, case: str, said: str) -> None:
    made = prose(tmp_path, SOME.replace("flow.a > 2", test))

    assert words(made.tokens) == [said]
    assert [(one.case, one.statement, one.fallback) for one in made.claims] == [(case, said, 0)]


@pytest.mark.parametrize(
    ("body", "test"),
    [
        ("A", "flow.a > 2"),
        ("A", "flow.a > 3"),
        ("A{% some %}B", "flow.a > 3"),
        ("A{% none %}C", "flow.a > 2"),
        ("A of {{ held }} of {{ networks }}", "flow.a > 2"),
        ("", "flow.a > 2"),
    ],
)
def test_a_case_that_is_not_written_stops_the_build(tmp_path: Path, body: str, test: str) -> None:
    """Whatever the other cases say: `held` in one of them licenses nothing."""
    line = failure(tmp_path, f"{{% claim one if {test} %}}{body}{{% endclaim %}}")

    assert line.startswith("report:1: the claim 'one' comes to a case that is not written: ")


def test_a_case_that_is_written_may_say_nothing(tmp_path: Path) -> None:
    made = prose(tmp_path, "a {% claim one if flow.a > 2 %}A{% some %}{% endclaim %}b")

    assert words(made.tokens) == ["a b"]
    assert [one.statement for one in made.claims] == [""]


def test_a_failure_names_all_that_its_author_needs(tmp_path: Path) -> None:
    """Claim, file and line, test, where it fails, the values network by network, and the settings behind them."""
    claim = "{% claim refilled if flow.a > 2 and flow.b > 0.5 %}x{% none %}y{% endclaim %}"

    line = failure(tmp_path, 'a\n{% include "part.md.j2" %}', part=f"b\n\n{claim}")

    assert line == (
        "part:3: the claim 'refilled' comes to a case that is not written: its test flow.a > 2 and flow.b > 0.5 fails in network 1, "
        "and flow.a = 1, 3; flow.b = 3, 1 (network by network); this depends most directly on experiment.epochs, experiment.a, "
        "experiment.b; write {% some %}, since it holds in 1 of 2 networks, reword the claim, or change the settings"
    )


def test_a_failure_against_a_world_shows_what_it_saw_there(tmp_path: Path) -> None:
    """It fails in network 1 because the test is true of that one in both worlds, which the values of one do not show."""
    line = failure(tmp_path, "{% claim one if flow.a > 0 against untrained %}x{% endclaim %}")

    assert (
        "its test flow.a > 0 against untrained fails in network 1, 2, and flow.a = 1, 3; untrained.flow.a = 5, 1"
        in line
    )


def test_the_cases_are_counted_in_the_noun_of_the_study(tmp_path: Path) -> None:
    coins = evidence(("toss", "tosses"), {"fair": "", "weighted": "with a weight"}, coin__heads=(1.0, 0.0, 1.0))
    template = "{% claim one if coin.heads == 1 %}all{% some %}in {{ held }} of {{ tosses }}{% endclaim %}"

    assert printed(tmp_path, template, coins) == "in 2 of 3"
    assert "'networks' is undefined" in refusal(tmp_path, template.replace("tosses", "networks"), coins)
    line = refusal(tmp_path, "{% claim one if coin.heads == 1 %}all{% endclaim %}", coins)
    assert "fails in toss 2, and coin.heads = 1, 0, 1 (toss by toss)" in line


def test_held_and_the_number_of_networks_may_be_said_in_every_case(tmp_path: Path) -> None:
    said = "{{ held }} of {{ networks }}"
    template = f"{{% claim one if flow.a > 2 %}}{said}{{% some %}}{said}{{% none %}}{said}{{% endclaim %}}"

    assert page(tmp_path, template) == "1 of 2"
    assert page(tmp_path, template.replace("> 2", "> 0")) == "2 of 2"
    assert page(tmp_path, template.replace("> 2", "> 9")) == "0 of 2"


@pytest.mark.parametrize("name", ["held", "networks"])
def test_held_is_known_in_its_claim_only(tmp_path: Path, name: str) -> None:
    inside = f"{{% claim one if flow.a > 0 %}}{{{{ {name} }}}}{{% endclaim %}}"

    assert page(tmp_path, inside) == "2"
    assert refused(tmp_path, f"{inside}\n{{{{ {name} }}}}").startswith(f"report:2: '{name}' is undefined")


OTHERWISE = (
    "{% claim one if flow.a > 2 %}A{% none %}N{% otherwise if flow.a < LEAST %}B{% some %}C"
    "{% otherwise if flow.a < 9 %}D{% endclaim %}"
)


@pytest.mark.parametrize(("least", "said", "fallback"), [("4", "B", 1), ("2", "C", 1), ("1", "D", 2)])
def test_what_nobody_wrote_falls_to_the_next_test(tmp_path: Path, least: str, said: str, fallback: int) -> None:
    """With three cases of its own, and so on until one is written."""
    made = prose(tmp_path, OTHERWISE.replace("LEAST", least))

    assert words(made.tokens) == [said]
    (one,) = made.claims
    assert (one.fallback, one.statement, one.succeeds) == (fallback, said, False)
    assert one.test == ("flow.a < 9" if fallback == 2 else f"flow.a < {least}")


def test_a_case_that_is_written_falls_to_nothing(tmp_path: Path) -> None:
    assert page(tmp_path, OTHERWISE.replace("LEAST", "1").replace("> 2", "> 0")) == "A"
    assert page(tmp_path, OTHERWISE.replace("LEAST", "1").replace("> 2", "> 7")) == "N"


def test_where_nothing_is_left_the_build_stops_with_the_last_test(tmp_path: Path) -> None:
    line = failure(tmp_path, f"a\n{OTHERWISE.replace('LEAST', '1').replace('< 9', '< 3')}")

    assert line.startswith(
        "report:2: the claim 'one' comes to a case that is not written: its test flow.a < 3 fails in "
    )


@pytest.mark.parametrize(
    "template",
    [
        "{% claim one if flow.a > 0 %}A{% otherwise if flow.a | abs %}B{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% otherwise if flow.nope > 1 %}B{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% otherwise if flow.a > 1 against nowhere %}B{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% otherwise %}B{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% else %}B{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% none %}B{% some %}C{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% some %}B{% some %}C{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% all %}B{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% some if flow.b > 0 %}B{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% none %}{{ flow.nope }}{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% none %}{{ untrained.flow.nope }}{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% none %}{{ 3 }}{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% none %}3{% endclaim %}",
        '{% claim one if flow.a > 0 %}A{% none %}{{ flow.a | nubmer(".1f") }}{% endclaim %}',
        "{% claim one if flow.a > 0 %}A{% none %}{% if author is wrong %}B{% endif %}{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% otherwise if flow.a > 0 %}{{ flow.nope }}{% endclaim %}",
        "{% claim one if flow.a > 0 %}A{% endclaim %}{% case of one %}A{% none %}{{ flow.nope }}{% endcase %}",
        "{% claim if flow.a > 0 %}x{% endclaim %}",
        "{% claim one %}x{% endclaim %}",
        '{% claim "one" if flow.a > 0 %}x{% endclaim %}',
        "{% claim one two if flow.a > 0 %}x{% endclaim %}",
        "{% claim one if %}x{% endclaim %}",
        "{% claim one if flow.a > 0 else flow.b > 0 %}x{% endclaim %}",
        "{% claim one if flow.a > 0 against %}x{% endclaim %}",
        "{% claim one if flow.a > 0 against untrained against chrono %}x{% endclaim %}",
        "x{% endclaim %}",
        "x{% endidentity %}",
        "x{% endcase %}",
        "{% some %}",
        "{% none %}",
        "{% otherwise if flow.a > 0 %}",
        "{% identity one if flow.a > 0 %}A{% some %}B{% endidentity %}",
        "{% identity one if flow.a > 0 %}A{% otherwise if flow.a > 0 %}B{% endidentity %}",
        "{% identity one if flow.a > 0 %}A{% endclaim %}",
        "{% identity one %}A{% endidentity %}",
        "{% case one %}A{% endcase %}",
        "{% case of %}A{% endcase %}",
        "{% claim one if flow.a > 0 %}x{% endclaim %}{% case of one if flow.a > 0 %}A{% endcase %}",
        "{% claim one if flow.a > 0 %}x{% endclaim %}{% case of one %}A{% otherwise if flow.a > 0 %}B{% endcase %}",
    ],
)
def test_what_is_malformed_is_refused_with_its_line_in_every_case(tmp_path: Path, template: str) -> None:
    """Those that are not printed are read as critically as the one that is."""
    line = refused(tmp_path, f"a\n{template}")

    assert line.startswith("report:2: ")
    assert "comes to a case" not in line


TAGS = {
    "claim": ("{% claim two if flow.b > 2 %}", "{% some %}in {{ held }}{% endclaim %}"),
    "identity": ("{% identity two if flow.b > 0 %}", "{% endidentity %}"),
    "case": ("{% case of one %}", "{% endcase %}"),
}


@pytest.mark.parametrize("inner", TAGS)
@pytest.mark.parametrize("outer", ["claim one if flow.a > 0", "identity one if flow.a > 0"])
def test_no_tag_stands_in_another_and_the_outer_one_is_named_with_its_line(
    tmp_path: Path, outer: str, inner: str
) -> None:
    """As when the outer one was never closed, which is what its author has to find."""
    template = f"a\n{{% {outer} %}}x\n\n{TAGS[inner][0]}y{TAGS[inner][1]}{{% end{outer.split(maxsplit=1)[0]} %}}"

    line = refused(tmp_path, template)

    assert line.startswith(
        f"report:4: a {inner} stands inside the {outer.split(maxsplit=1)[0]} 'one', which begins in line 2; "
    )


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("a\n{% claim one if flow.a > 0 %}\nx\n\ny", "report:2: this claim is never closed"),
        ("a\n{% claim one if flow.a > 2 %}\nx{% some %}\n\ny", "report:2: this claim is never closed"),
        (
            "a\n{% claim one if flow.a > 2 %}\nx{% otherwise if flow.a > 2 %}\n\ny",
            "report:2: this claim is never closed",
        ),
        ("a\n{% identity one if flow.a > 0 %}\nx\n\ny", "report:2: this identity is never closed"),
        (f"{SOME}\n{{% case of one %}}\nx\n{{% some %}}y", "report:2: this case is never closed"),
        ("a\n{% claim one if flow.a > 0 %}\nx\n{% endidentity %}", "report:2: this claim is never closed"),
        ("a\n{% claim one if flow.a > 0 %}\n{% if author %}\nx{% endclaim %}", "report:3: this if is never closed"),
        ("a\n{% claim one if flow.a > 0 %}\n{% if author %}\nx\n", "report:3: this if is never closed"),
        ("a\n{% if author %}\n{% claim one if flow.a > 0 %}\n{% endif %}", "report:3: this claim is never closed"),
    ],
)
def test_what_is_never_closed_is_reported_where_it_opens(tmp_path: Path, template: str, line: str) -> None:
    assert refused(tmp_path, template).startswith(line)


@pytest.mark.parametrize("kind", ["claim", "identity"])
def test_a_name_is_claimed_once_and_both_places_are_named(tmp_path: Path, kind: str) -> None:
    one = f"{{% {kind} one if flow.a > 0 %}}x{{% end{kind} %}}"
    other = "{% claim one if flow.a > 0 %}x{% endclaim %}"

    for second in (one, other):
        line = refused(tmp_path, f"a\n{one}\n\n{second}")
        assert line.startswith("report:4: the claim 'one' is already made in ")
        assert line.endswith("report:2; rename one")

    line = refused(tmp_path, f'a\n{one}\n{{% include "part.md.j2" %}}', part=f"b\n\n{one}")
    assert line.startswith("part:3: ")
    assert line.endswith("report:2; rename one")

    assert "is already made" in refused(tmp_path, f"{one} {one}")


@pytest.mark.parametrize(
    "template",
    [
        "{% for x in ['u', 'v'] %}{% claim one if flow.a > 0 %}{{ x }}{% endclaim %}{% endfor %}",
        "{% macro m() %}{% claim one if flow.a > 0 %}x{% endclaim %}{% endmacro %}{{ m() }}{{ m() }}",
        "{% for x in ['u', 'v'] %}{% identity one if flow.a > 0 %}{{ x }}{% endidentity %}{% endfor %}",
    ],
)
def test_a_claim_that_is_said_twice_is_not_half_forgotten(tmp_path: Path, template: str) -> None:
    """Its statement may differ from time to time, and the ledger has one line for it."""
    line = refused(tmp_path, f"a\n{template}")

    assert line.startswith("report:2: the claim 'one' is said twice")


def test_a_template_that_is_included_twice_says_its_claims_twice(tmp_path: Path) -> None:
    twice = '{% include "part.md.j2" %}\n\n{% include "part.md.j2" %}'

    assert "the claim 'one' is said twice" in refused(tmp_path, twice, part=SOME)


def test_a_claim_may_stand_in_a_caption_a_heading_a_cell_and_a_sentence(tmp_path: Path) -> None:
    inline = "{{% claim {} if flow.a > 0 %}}It flows.{{% some %}}Not all.{{% endclaim %}}"
    one, two, three, four = (inline.format(name) for name in ("one", "two", "three", "four"))

    made = prose(tmp_path, f"# {one}\n\n![{two}](fig:river)\n\n| h |\n|---|\n| {three} |\n\nSo: {four} Yes.")

    assert words(made.tokens) == ["It flows.", "It flows.", "h", "It flows.", "So: It flows. Yes."]
    assert [(one.name, one.statement, one.line) for one in made.claims] == [
        ("one", "It flows.", 1), ("two", "It flows.", 3), ("three", "It flows.", 7), ("four", "It flows.", 9)
    ]  # fmt: skip


def test_a_claim_that_is_not_reached_is_judged_and_not_listed(tmp_path: Path) -> None:
    template = "{% if author == 'B' %}{% claim one if flow.a > 0 %}x{% endclaim %}{% endif %}"

    assert prose(tmp_path, template).claims == ()
    failure(tmp_path, template.replace("> 0", "> 2"))
    failure(tmp_path, template.replace("claim", "identity").replace("> 0", "> 2"))


# against a world


def test_against_a_world_a_test_holds_where_it_is_true_here_and_false_there(tmp_path: Path) -> None:
    """A is 1 and 3, untrained 5 and 1: above 2 in the second network only, where the untrained one is not."""
    against = SOME.replace("> 2", "> 2 against untrained")
    (one,) = prose(tmp_path, against).claims

    assert (one.against, one.verdicts, one.case, one.held) == ("untrained", (False, True), "some", 1)
    assert one.test == "flow.a > 2", "the ledger says against what in another place"
    (two,) = prose(tmp_path, against.replace("> 2", "> 0")).claims
    assert (two.case, two.worlds["trained"], two.worlds["untrained"]) == ("none", 2, 2)
    (three,) = prose(tmp_path, against.replace("> 2", "< 2")).claims
    assert (three.verdicts, three.case) == ((True, False), "some")


def test_what_holds_against_a_world_counts_in_held(tmp_path: Path) -> None:
    template = "{% claim one if flow.a > 0 against untrained %}x{% none %}{{ held }} of {{ networks }}{% endclaim %}"

    assert page(tmp_path, template) == "0 of 2"


def test_an_otherwise_is_against_its_own_world_or_none(tmp_path: Path) -> None:
    template = "{% claim one if flow.a > 0 against untrained %}x{% otherwise if flow.a > 0 %}y{% endclaim %}"
    (one,) = prose(tmp_path, template).claims

    assert (one.statement, one.against, one.fallback) == ("y", "", 1)


@pytest.mark.parametrize(
    ("world", "why"),
    [
        ("untraned", "there is no other world named 'untraned'; the nearest is 'untrained'"),
        ("trained", "there is no other world named 'trained'; the nearest is "),
        ("held", "there is no other world named 'held'; the nearest is "),
        ("chrono", "flow.a was not measured in the world 'chrono', which the claim is against"),
        ('"untrained"', ""),
    ],
)
def test_a_world_that_is_none_or_was_not_measured_is_refused(tmp_path: Path, world: str, why: str) -> None:
    line = refused(tmp_path, f"a\n\n{{% claim one if flow.a > 0 against {world} %}}x{{% endclaim %}}")

    assert line.startswith(f"report:3: {why}")


def test_a_study_of_one_world_has_none_to_be_against(tmp_path: Path) -> None:
    alone = evidence(worlds={"trained": ""}, flow__a=1.0)

    line = refusal(tmp_path, "{% claim one if flow.a > 0 against untrained %}x{% endclaim %}", alone)
    assert "there is no other world named 'untrained'; there are none" in line


# identities


def test_an_identity_is_printed_and_listed_apart(tmp_path: Path) -> None:
    made = prose(
        tmp_path, "{% identity same if flow.a > 0 %}It follows, {{ held }} of {{ networks }}.{% endidentity %}"
    )

    assert words(made.tokens) == ["It follows, 2 of 2."]
    assert [(one.kind, one.case, one.statement) for one in made.claims] == [("identity", "all", "It follows, 2 of 2.")]


@pytest.mark.parametrize(
    ("test", "why"),
    [
        (
            "flow.a > 2",
            "the identity 'same' does not hold: its test flow.a > 2 fails in network 1, and flow.a = 1, 3 (",
        ),
        (
            "flow.a < 4",
            "the identity 'same' does not hold before training: its test flow.a < 4 fails in network 1, and untrained.flow.a = 5, 1 (",
        ),
        (
            "flow.same == 2",
            "the identity 'same' does not hold with long memory from the start: its test flow.same = 2 fails in network 2, "
            "and chrono.flow.same = 2, 9 (",
        ),
    ],
)
def test_an_identity_must_hold_in_every_network_of_every_world(tmp_path: Path, test: str, why: str) -> None:
    """The message shows what was seen in the world in which it fails, not the values that agree with it."""
    line = failure(tmp_path, f"a\n{{% identity same if {test} %}}x{{% endidentity %}}")

    assert line.startswith(f"report:2: {why}")


def test_an_identity_is_not_judged_where_it_was_not_measured(tmp_path: Path) -> None:
    """B was measured in the main world only."""
    assert page(tmp_path, "{% identity same if flow.b > 0 %}x{% endidentity %}") == "x"


def test_an_identity_is_against_no_world(tmp_path: Path) -> None:
    line = refused(tmp_path, "a\n{% identity same if flow.a > 0 against untrained %}x{% endidentity %}")

    assert line.startswith("report:2: an identity holds in every world; it is against none")


# the case of a claim that is made elsewhere


def test_a_caption_says_the_case_of_a_claim_without_its_test(tmp_path: Path) -> None:
    case = "{% case of one %}all{% some %}{{ held }} of {{ networks }}{% none %}none{% endcase %}"

    for test, said in {"> 0": "A / all", "> 2": "B / 1 of 2", "> 9": "C / none"}.items():
        made = prose(tmp_path, f"{SOME.replace('> 2', test)}\n\n\n![{case}](fig:river)")
        assert " / ".join(words(made.tokens)) == said
        assert [one.name for one in made.claims] == ["one"], "a case is no claim of its own"


def test_the_case_of_a_claim_may_be_said_often_and_from_another_template(tmp_path: Path) -> None:
    case = "{% for x in ['u', 'v'] %}{% case of one %}{% some %}{{ x }}{% endcase %}{% endfor %}"

    assert page(tmp_path, f'{SOME}\n\n\n{{% include "part.md.j2" %}}', part=case) == "B / uv"


def test_the_case_of_an_identity_is_that_it_holds(tmp_path: Path) -> None:
    identity = "{% identity same if flow.a > 0 %}x{% endidentity %}"

    assert page(tmp_path, f"{identity}{{% case of same %}}y{{% endcase %}}") == "xy"


def test_the_case_of_a_claim_is_that_of_its_first_test(tmp_path: Path) -> None:
    """A caption speaks of what the author set out to say; what the claim fell to has another test."""
    claim = "{% claim one if flow.a > 2 %}A{% otherwise if flow.a > 0 %}B{% endclaim %}"

    assert page(tmp_path, f"{claim}{{% case of one %}}all{{% some %}}some{{% endcase %}}") == "Bsome"


def test_the_case_of_a_claim_against_a_world_is_against_it_too(tmp_path: Path) -> None:
    claim = SOME.replace("> 2", "> 0 against untrained")

    assert page(tmp_path, f"{claim}{{% case of one %}}all{{% none %}}none{{% endcase %}}") == "Cnone"


def test_the_case_of_a_claim_that_is_not_written_there_stops_the_build(tmp_path: Path) -> None:
    line = failure(tmp_path, f"{SOME}\n\n{{% case of one %}}all{{% none %}}none{{% endcase %}}")

    assert line.startswith(
        "report:3: the claim 'one' comes to a case that is not written here: its test flow.a > 2 fails in network 1,"
    )


def test_the_case_of_no_claim_or_of_a_later_one_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, f"{SOME}\n{{% case of won %}}x{{% endcase %}}").startswith(
        "report:2: no claim 'won' is made before this; the nearest is 'one'"
    )
    assert refused(tmp_path, f"{{% case of one %}}x{{% endcase %}}{SOME}").startswith(
        "report:1: no claim 'one' is made before this; there are none"
    )


# exactly one case, and the right one

_NUMBERS = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 1.0, 1.5, 3.0, 1e6])
_QUANTITIES = st.recursive(
    st.sampled_from(["flow.a", "flow.b", "untrained.flow.a", "task.noise", "1", "2.5", "0.05"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner) | st.builds("(-{})".format, inner)
    ),
    max_leaves=4,
)
_COMPARED = st.builds(
    "{} {} {}".format, st.just("flow.a"), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _QUANTITIES
) | st.builds("{} {} flow.b {} {}".format, _QUANTITIES, st.sampled_from("<>"), st.sampled_from("<>"), _QUANTITIES)
_TESTS = st.recursive(
    _COMPARED,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner)
        | st.builds("(not {})".format, inner)
    ),
    max_leaves=4,
)


@st.composite
def _found(draw: Callable[[st.SearchStrategy[list[float]]], list[float]]) -> dict[str, tuple[float, ...]]:
    count = len(draw(st.lists(_NUMBERS, min_size=1, max_size=4)))
    row = st.lists(_NUMBERS, min_size=count, max_size=count)
    return {name: tuple(draw(row)) for name in ("flow__a", "flow__b", "untrained__flow__a", "untrained__flow__b")}


class _Names:
    def __init__(self, **values: object) -> None:
        self.__dict__ |= values


def _true(test: str, values: dict[str, tuple[float, ...]], case: int, world: str = "") -> bool:
    """Return what Python makes of a test: the independent judge."""
    flow = {
        name: _Names(a=values[f"{name}flow__a"][case], b=values[f"{name}flow__b"][case]) for name in ("", "untrained__")
    }
    names = {"flow": flow[world], "untrained": _Names(flow=flow["untrained__"]), "task": _Names(noise=0.05)}
    return bool(eval(test, {"__builtins__": {}}, names))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@given(_found(), _TESTS, st.booleans())
@example(
    {"flow__a": (1.0,), "flow__b": (0.0,), "untrained__flow__a": (1.0,), "untrained__flow__b": (0.0,)},
    "flow.a > 0",
    True,
)
def test_exactly_one_case_is_printed_and_it_is_the_right_one(
    folder: Path, values: dict[str, tuple[float, ...]], test: str, against: bool
) -> None:
    """Whatever the test and the numbers, judged again by Python itself."""
    given_: dict[str, Any] = {**values, "task__noise": 0.05}
    found: Evidence = evidence(**given_)
    tag = f"{test}{' against untrained' if against else ''}"
    template = (
        f"{{% claim one if {tag} %}}all {{{{ held }}}}{{% some %}}some {{{{ held }}}}{{% none %}}none {{{{ held }}}}{{% endclaim %}}\n\n\n"
        "{% case of one %}all {{ held }}{% some %}some {{ held }}{% none %}none {{ held }}{% endcase %}"
    )

    made = rendered(folder, template, found)

    cases = range(found.count)
    expected = [_true(test, values, n) and not (against and _true(test, values, n, "untrained__")) for n in cases]
    case = "all" if all(expected) else "some" if any(expected) else "none"
    assert words(made.tokens) == [f"{case} {sum(expected)}"] * 2
    (one,) = made.claims
    assert one.verdicts == tuple(expected)
    assert (one.case, one.held, one.against) == (case, sum(expected), "untrained" if against else "")
    untrained = None if "untrained." in test else sum(_true(test, values, n, "untrained__") for n in cases)
    assert one.worlds.get("untrained") == untrained
    assert one.worlds["trained"] == sum(_true(test, values, n) for n in cases)
    assert set(re.findall(r"[a-z]+(?:\.[a-z]+)+", test)) == set(one.values)
