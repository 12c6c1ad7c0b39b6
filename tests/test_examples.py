"""The examples are complete: each builds in a copy of its folder, meets its assignment, says nothing that has no test, and is audited."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from reportgen.assignment import read_assignment
from reportgen.check import check_file
from reportgen.claims.ledger import Claim
from reportgen.pipeline import Built, build, settings_of
from reportgen.prose.render import claim_tests
from reportgen.study import Notice
from tests.audit.reports import judged
from tests.soundness import require_sound

EXAMPLES = Path(__file__).parent.parent / "examples"
REPORT, TEMPLATES = Path("build/report.docx"), Path("templates")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def built(example: str, told: list[Any], settings: str = "") -> Built:
    shutil.copytree(EXAMPLES / example, ".", dirs_exist_ok=True)
    if settings:
        Path("reportgen.toml").write_text(settings, encoding="utf-8")
    return build(
        settings_of(None, {}, TEMPLATES), TEMPLATES, REPORT,
        reference_doc=None, marking_guide=False, fresh=False, tell=told.append,
    )  # fmt: skip


def require_exemplary(done: Built, told: list[Any], folder: Path) -> None:
    require_sound(REPORT.read_bytes())
    assert {
        rule.code: rule.message for rule in check_file(REPORT, read_assignment(TEMPLATES)) if rule.outcome == "fail"
    } == {}
    assert [each.text for each in told if isinstance(each, Notice)] == []
    found = judged(REPORT.read_bytes(), folder)
    assert (found.verdict, found.faults) == ("intact", ())
    assert len(claim_tests(TEMPLATES, done.evidence)) == len(done.claims)


def by_name(done: Built) -> dict[str, Claim]:
    return {claim.name: claim for claim in done.claims}


def test_the_lab_report(tmp_path: Path) -> None:
    told: list[Any] = []
    done = built("lab-report", told)
    require_exemplary(done, told, tmp_path)
    assert {name: (claim.case, claim.held) for name, claim in by_name(done).items()} == {
        "alike": ("all", 8), "warm": ("all", 8), "dry": ("all", 8), "explained": ("all", 8),
    }  # fmt: skip
    assert by_name(done)["warm"].against == "open"
    assert done.evidence.median("open.measured.end") < done.evidence.median("measured.end")
    # What it says at the end of its curves is what its table says.
    curves = done.evidence["measured.temperature"].cases
    assert tuple(curve[-1] for curve in curves) == done.evidence["measured.end"].cases
    assert "made up" in (TEMPLATES / "report.md.j2").read_text(encoding="utf-8")


def test_the_lab_report_comes_to_every_case() -> None:
    """Each of its claims says something else of another table, and is never left without words."""
    told: list[Any] = []
    seen: dict[str, set[str]] = {}
    shutil.copytree(EXAMPLES / "lab-report", ".", dirs_exist_ok=True)
    table, page = Path("measurements.csv"), TEMPLATES / "report.md.j2"
    text = table.read_text(encoding="utf-8")
    page.write_text(re.sub(r"!\[.*\n|\(?@fig:\w+\)?", "", page.read_text(encoding="utf-8")), encoding="utf-8")
    for some in ("", "1,2,3,4", "1,2,3,4,5,6,7,8"):
        changed = [_spoiled(line, some.split(",")) for line in text.splitlines()]
        table.write_text("\n".join(changed), encoding="utf-8")
        done = build(
            settings_of(None, {}, TEMPLATES), TEMPLATES, REPORT,
            reference_doc=None, marking_guide=False, fresh=False, tell=told.append,
        )  # fmt: skip
        for claim in done.claims:
            seen.setdefault(claim.name, set()).add(claim.case)
    assert seen == {name: {"all", "some", "none"} for name in ("alike", "warm", "dry", "explained")}


def _spoiled(line: str, cups: list[str]) -> str:
    cup, lid, start, end, *rest = line.split(",")
    if cup not in cups or lid != "covered":
        return line
    return ",".join([cup, lid, str(float(start) - 9), str(float(end) - 9), "7.5", *rest[1:]])


TINY = "[experiment]\nnetworks = 2\nepochs = 2\nsequences = 64\n[report]\nauthor = 'A. Name'\n"


@pytest.mark.ci
def test_another_assignment(tmp_path: Path) -> None:
    told: list[Any] = []
    done = built("assignment", told, TINY)
    require_exemplary(done, told, tmp_path)
    assert [path.name for path in done.figures] == ["task.png", "task.svg", "river.png", "river.svg"]
    assert read_assignment(TEMPLATES).subject == "ADTA 5560: Assignment 6 – Submission."
