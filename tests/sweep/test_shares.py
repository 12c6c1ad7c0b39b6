"""What a report takes from a study: of the same experiment alone, in its ledger, under audit."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from reportgen.audit import audit
from reportgen.audit.rerun import run_again
from reportgen.cli.show import audit_lines
from reportgen.pipeline import Built
from reportgen.results import source_fingerprint
from reportgen.settings import Report, Settings
from reportgen.shares import read_shares
from reportgen.study import Notice
from tests.builds import build_here
from tests.coins import TEMPLATES, Tosses
from tests.soundness import require_sound
from tests.sweep import guest

PAGE = """{# definition: a page #}
Coins were tossed.

{% claim loaded if toss.heads > 60 %}
Heads come up more often.
{% some %}
Heads come up more often in {{ held }} of {{ coins }}.
{% none %}
Heads do not.
{% endclaim %}
{% if study is defined %}
{% include "more.md.j2" %}
{% endif %}

{# definition: a table #}
| Statement | Held in |
|---|---|
{% for claim in findings %}
| {{ claim.statement }} | {{ claim.verdict }}{{ claim.studied and "; study: " }}{{ claim.studied }} |
{% endfor %}
"""

MORE = """{% claim fairer if study.fairer < 0.8 %}
A fairer coin shows them {{ study.fairer | number(".1f") }} times as often, in {{ study.pairs | count("pair", "pairs") }}.
{% none %}
A fairer coin shows them as often.
{% endclaim %}
"""
"""A test of what only a study measures stands in a template of its own, which is read only where there is one."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    guest.register()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    shutil.copytree(TEMPLATES, "templates")
    assignment = Path("templates/assignment.toml")
    assignment.write_text(
        assignment.read_text(encoding="utf-8").partition("[[")[0].replace('"coins"', f'"{guest.NAME}"'),
        encoding="utf-8",
    )
    Path("templates/report.md.j2").write_text(PAGE, encoding="utf-8")
    Path("templates/more.md.j2").write_text(MORE, encoding="utf-8")
    return tmp_path


def studied(**other: Any) -> dict[str, Any]:
    """Write what a study of the guest would have found, as `found_to_table` has it."""
    share = {"held": 197, "count": 200, "low": 0.957, "high": 0.997, "share": 0.985}
    summary = {"count": 20, "median": 0.5, "low": 0.45, "high": 0.55}
    found = {
        "source": source_fingerprint(guest.STUDY),
        "experiment": {"seed": 1, "tosses": 400, "heads": 0.7},
        "cases": {"as set": 200, "heads = 0.5": 9},
        "findings": {"loaded": {"test": "toss.heads > 60", "against": "", "settings": {"as set": share}}},
        "variants": [{"name": "fairer", "ratio": summary}],
    } | other
    path = Path("build/study/study.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


def report(**experiment: Any) -> tuple[Built, list[str]]:
    told: list[str] = []
    settings = Settings(Tosses(**experiment), Report(author="A. Name"))
    built = build_here(settings, lambda event: told.append(event.text) if isinstance(event, Notice) else None)
    require_sound(built.document.read_bytes())
    return built, told


def words(built: Built) -> str:
    return "\n".join(claim.statement for claim in built.claims)


def printed(built: Built) -> str:
    document = Document(str(built.document))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_a_report_without_a_study_says_nothing_of_one() -> None:
    built, told = report()
    assert "study" not in printed(built)
    assert not [line for line in told if "study" in line]


def test_a_report_says_in_how_many_cases_of_a_study_a_finding_held_and_what_it_compared() -> None:
    studied()
    built, told = report()
    assert "3 of 3; study: 197 of 200 (95 to 100 %)" in printed(built)
    assert "A fairer coin shows them 0.5 times as often, in 20 pairs." in words(built)
    assert "a study of 200 coins is there, and the report says what it found" in told
    assert built.evidence["study.fairer_low"].cases == (0.45,) * 3


def test_its_audit_says_what_it_took_and_runs_the_rest_again() -> None:
    studied()
    built, _ = report()
    shutil.rmtree("build/study")
    found = audit(built.document)
    assert found.verdict == "intact"
    assert "what a study of 200 coins found, which is not run again" in "\n".join(audit_lines(found))
    assert run_again(found, lambda _: None).verdict == "identical"


@pytest.mark.parametrize(
    "other",
    [
        {"source": "another"},
        {"experiment": {"seed": 2, "tosses": 400, "heads": 0.7}},
        {"cases": {"heads = 0.5": 9}},
        {"findings": 3},
        {"variants": [{"name": "fairer", "ratio": None}]},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_study_of_something_else_is_none(other: dict[str, Any]) -> None:
    studied(**other)
    assert read_shares(guest.STUDY, Tosses()) is None
    assert "study" not in printed(report()[0])


def test_architectures_are_spoken_of_when_all_are_there() -> None:
    studied(variants=[])
    built, _ = report()
    assert "study: 197 of 200" in printed(built)
    assert "fairer coin" not in words(built)


def test_the_number_of_cases_in_the_report_is_its_own() -> None:
    studied()
    assert read_shares(guest.STUDY, Tosses(coins=7))
    assert read_shares(guest.STUDY, dataclasses.replace(Tosses(), tosses=7)) is None


def test_another_test_of_the_same_name_takes_nothing() -> None:
    share = {"held": 197, "count": 200, "low": 0.957, "high": 0.997}
    studied(findings={"loaded": {"test": "toss.heads > 50", "against": "", "settings": {"as set": share}}})
    assert "study: " not in printed(report()[0])


def test_what_is_no_file_of_a_study_is_none(folder: Path) -> None:
    studied()
    Path("build/study/study.json").write_bytes(b"\x00{")
    assert read_shares(guest.STUDY, Tosses()) is None
    Path("build/study/study.json").unlink()
    assert read_shares(guest.STUDY, Tosses()) is None
