"""Templates of version 0.1: what they said then, they say after `migrate`, and what they cannot say any more is told with its line."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reportgen.assignment import read_assignment
from reportgen.cli.templates import bundled_templates
from reportgen.errors import ReportgenError
from reportgen.migrate import Migration, migrate
from tests.builds import reportgen
from tests.prose.pages import evidence, printed

KNOWN = ("flow.age", "flow.error", "untrained.flow.age", "untrained.flow.error", "chrono.flow.age", "task.units")
SHIPPED = (bundled_templates() / "assignment.toml").read_text(encoding="utf-8")

# As 0.1 came with it, but of another course.
OLD_ASSIGNMENT = """\
# What the assignment asks.
course = "MATH 101: \\"Chance\\""
assignment = "Exercise 3"
title = "The Cell"
keywords = "cell; gates"
part_one = "Part I: The cell"
part_two = "Part II: The gates"
motto = "Nothing is lost"

[submission]
to = ["Ada@unt.edu"]
subject = "Exercise 3"
"""


def migrated(folder: Path, template: str, assignment: str = "") -> Migration:
    (folder / "report.md.j2").write_text(template, encoding="utf-8")
    if assignment:
        (folder / "assignment.toml").write_text(assignment, encoding="utf-8")
    return migrate(folder, SHIPPED, KNOWN)


def new(folder: Path, template: str) -> str:
    return migrated(folder, template).files.get("report.md.j2", template)


def test_a_chain_of_tests_becomes_one_test_with_its_cases(tmp_path: Path) -> None:
    old = (
        "{% claim young if flow.age < 5 and flow.error < 1 %}\nYoung.\n"
        "{% otherwise if flow.age < 5 and flow.error < 1 %}\nYoung in {{ held }} of {{ networks }}.\n"
        "{%- otherwise if not (flow.age < 5 and flow.error < 1) -%}\nOld.\n{% endclaim %}\n"
        "{% claim short if flow.age < 5 %}a{% otherwise if flow.age >= 5 %}b{% endclaim %}"
    )
    assert new(tmp_path, old) == (
        "{% claim young if flow.age < 5 and flow.error < 1 %}\nYoung.\n"
        "{% some %}\nYoung in {{ held }} of {{ networks }}.\n"
        "{%- none -%}\nOld.\n{% endclaim %}\n"
        "{% claim short if flow.age < 5 %}a{% none %}b{% endclaim %}"
    )


def test_what_is_of_today_stays_and_what_is_no_tag_too(tmp_path: Path) -> None:
    for template in (
        "{% claim young if flow.age < 5 %}a{% some %}b{% otherwise if flow.error < 1 %}c{% none %}d{% endclaim %}",
        "{% claim young if flow.age < 5 %}a{% endclaim %}",
        "{# {% claim young if flow.age < 5 %}a{% otherwise if not (flow.age < 5) %} no claim: #}",
        "{% raw %}{% claim young if flow.age < 5 %}a{% otherwise if not (flow.age < 5) %}b{% endclaim %}{% endraw %}",
    ):
        assert not migrated(tmp_path, template).files


VALUES = (1.0, 2.0, 3.0)
TESTS = (
    "flow.age < 2",
    "flow.age >= 2",
    "not (flow.age < 2)",
    "flow.age > 2",
    "flow.error < 2 or flow.age < 2",
    "flow.error == 3",
)
CASES = st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES)), min_size=1, max_size=4)
CHAINS = st.lists(st.tuples(st.sampled_from(TESTS), st.booleans()), min_size=1, max_size=5)


def said_then(chain: Sequence[tuple[str, bool]], cases: Sequence[tuple[float, float]]) -> str | None:
    """Return what 0.1 printed: the first statement that is true, of all networks or, if it says of how many, of any.

    Its own code is gone (it stood in `reportgen/report/claims.py`); tests are evaluated by Python.
    """
    for number, (test, says_held) in enumerate(chain):
        held = [eval(test.replace("flow.", ""), {"age": age, "error": error}) for age, error in cases]
        if all(held) or (any(held) and says_held):
            return f"S{'abcde'[number]}" + (f" {sum(held)} of {len(held)}" if says_held else "")
    return None


@given(CHAINS, CASES)
@example([("flow.age < 2", False), ("flow.age >= 2", False), ("not (flow.age < 2)", False)], [(1.0, 1.0), (3.0, 1.0)])
def test_whatever_the_data_the_same_is_said(
    tmp_path_factory: pytest.TempPathFactory, chain: list[tuple[str, bool]], cases: list[tuple[float, float]]
) -> None:
    then = said_then(chain, cases)
    bodies = [f"S{'abcde'[n]}" + (" {{ held }} of {{ networks }}" if held else "") for n, (_, held) in enumerate(chain)]
    tags = [f"{'otherwise' if n else 'claim young'} if {test}" for n, (test, _) in enumerate(chain)]
    old = "".join(f"{{% {tag} %}}{body}" for tag, body in zip(tags, bodies, strict=True)) + "{% endclaim %}"
    folder = tmp_path_factory.mktemp("old")
    found = evidence(flow__age=tuple(age for age, _ in cases), flow__error=tuple(error for _, error in cases), given=())
    if then is None:
        with pytest.raises(ReportgenError, match="comes to a case that is not written"):
            printed(folder, new(folder, old), found)
    else:
        assert printed(folder, new(folder, old), found) == then


def test_a_comment_says_which_kind_of_paragraph_it_is_of(tmp_path: Path) -> None:
    old = "{# no claim: a question #}\nWhy?\n\n{#- no claim: cited #}\nThey say so [@gers2000].\n"
    assert new(tmp_path, old) == (
        "{# definition: a question #}\nWhy?\n\n{#- citation: cited #}\nThey say so [@gers2000].\n"
    )


def test_a_measurement_has_its_condition_before_its_name(tmp_path: Path) -> None:
    old = '{{ flow.age_untrained | number(".1f") }} {{ flow.age_chrono | number }} and flow.age_chrono {{ "flow.age_chrono" }}'
    assert new(tmp_path, old).startswith('{{ untrained.flow.age | number(".1f") }} {{ chrono.flow.age | number }}')


def test_what_cannot_be_said_any_more_is_told_once_with_its_lines(tmp_path: Path) -> None:
    old = "A\n{{ flow.gap | number }}\n\n{% for claim in ledger %}\n{{ claim.words }}{{ flow.gap }}{% endfor %}{{ course.x }}\n"
    assert [line.replace(f"{tmp_path}/", "") for line in migrated(tmp_path, old).left] == [
        "report.md.j2:2: flow.gap is no longer measured; the nearest is 'flow.age' (and in line 5)",
        "report.md.j2:4: `ledger` is two tables now, `findings` and `identities`; take this template from a new `init`",
    ]


def test_an_assignment_keeps_what_it_says_and_gets_the_requirements_that_were_built_in(tmp_path: Path) -> None:
    found = migrated(tmp_path, "Text.", OLD_ASSIGNMENT)
    (tmp_path / "assignment.toml").write_text(found.files["assignment.toml"], encoding="utf-8")
    today, shipped = read_assignment(tmp_path), read_assignment(bundled_templates())
    assert dict(today.texts) == {
        "course": 'MATH 101: "Chance"',
        "assignment": "Exercise 3",
        "title": "The Cell",
        "keywords": "cell; gates",
        "part_one": "Part I: The cell",
        "part_two": "Part II: The gates",
        "motto": "Nothing is lost",
    }
    assert (today.to, today.subject, today.due) == (("Ada@unt.edu",), "Exercise 3", None)
    assert [each.terms for each in today.requirements] == [each.terms for each in shipped.requirements]
    assert len(found.left) == 1
    assert "read it" in found.left[0]
    assert not migrate(tmp_path, SHIPPED, KNOWN).files


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Text\n{% claim young if flow.age < 5 %}a", "report.md.j2:2: this claim is never closed"),
        ("{% claim young if flow.age < %}a{% endclaim %}", "report.md.j2:1: the test of a claim cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, template: str, said: str) -> None:
    with pytest.raises(ReportgenError, match=re.escape(said)):
        migrated(tmp_path, template)


def test_nothing_is_written_unasked_and_nothing_lost(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    old = "{% claim young if flow.mean_age < 5 %}a{% otherwise if not (flow.mean_age < 5) %}b{% endclaim %}\n"
    (templates / "report.md.j2").write_text(old, encoding="utf-8")
    (templates / "assignment.toml").write_text(OLD_ASSIGNMENT, encoding="utf-8")

    told = reportgen(tmp_path, "migrate", ".")
    assert (told.returncode, told.stderr) == (0, "")
    assert "templates/report.md.j2: would be changed" in told.stdout
    assert (templates / "report.md.j2").read_text(encoding="utf-8") == old

    assert reportgen(tmp_path, "migrate", ".", "--write").returncode == 0
    assert (templates / "report.md.j2.0.1").read_text(encoding="utf-8") == old
    assert "{% none %}" in (templates / "report.md.j2").read_text(encoding="utf-8")
    assert "nothing in it is of version 0.1" in reportgen(tmp_path, "migrate", "templates").stdout

    (templates / "report.md.j2").write_text(old, encoding="utf-8")
    refused = reportgen(tmp_path, "migrate", ".", "--write")
    assert refused.returncode == 2
    assert "report.md.j2.0.1: is already there" in refused.stderr
    assert (templates / "report.md.j2").read_text(encoding="utf-8") == old


def test_a_build_tells_whoever_has_an_old_assignment(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "report.md.j2").write_text("Text.", encoding="utf-8")
    (templates / "assignment.toml").write_text(OLD_ASSIGNMENT, encoding="utf-8")
    said = reportgen(tmp_path).stderr
    assert "templates/assignment.toml: is of version 0.1; `migrate DIR` makes it into one of today" in said
