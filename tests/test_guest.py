"""Another experiment goes down the whole line: what the engine asks of a guest is all that it needs."""

import dataclasses
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reportgen.assignment import read_assignment
from reportgen.audit import CannotBeAudited, audit
from reportgen.audit.rerun import run_again
from reportgen.check import check_file
from reportgen.email import draft
from reportgen.errors import DoesNotHold, ReportgenError
from reportgen.pipeline import Built, study_of
from reportgen.settings import Report, Settings
from reportgen.study import STUDIES, Notice, Stage, Step, find_study
from tests.builds import build_here
from tests.coins import STUDY, TEMPLATES, Tosses
from tests.soundness import require_sound

REPORT = Path("build/report.docx")


@pytest.fixture(autouse=True)
def coins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Add the guest to the table, in a folder of its own."""
    monkeypatch.setitem(STUDIES, "coins", "tests.coins:STUDY")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    shutil.copytree(TEMPLATES, "templates")


class Told:
    """What a build told."""

    def __init__(self) -> None:
        self.events: list[Stage | Step | Notice] = []

    def __call__(self, event: Stage | Step | Notice) -> None:
        self.events.append(event)

    @property
    def stages(self) -> list[str]:
        return [event.name for event in self.events if isinstance(event, Stage)]

    @property
    def notices(self) -> str:
        return "\n".join(event.text for event in self.events if isinstance(event, Notice))


def toss(told: Told | None = None, *, fresh: bool = False, **experiment: Any) -> Built:
    settings = Settings(Tosses(**experiment), Report(author="A. Name"))
    return build_here(settings, told or Told(), fresh=fresh)


def edit(old: str, new: str, file: str = "report.md.j2") -> None:
    path = Path("templates", file)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def claims(built: Built) -> Mapping[str, tuple[str, str, int]]:
    return {claim.name: (claim.kind, claim.case, claim.held) for claim in built.claims}


def test_templates_name_their_study() -> None:
    assert study_of(Path("templates")) is STUDY
    assert find_study("").name == next(iter(STUDIES))
    edit('study = "coins"', 'study = "coin"', "assignment.toml")
    with pytest.raises(ReportgenError) as caught:
        study_of(Path("templates"))
    assert str(caught.value).startswith("templates/assignment.toml: study: this program has no study named 'coin'")
    assert "the nearest is 'coins'" in str(caught.value)


def test_a_build_writes_a_sound_report_that_meets_its_assignment() -> None:
    told = Told()
    built = toss(told)
    require_sound(REPORT.read_bytes())
    assert told.stages == ["tossing", "measuring", "writing", "drawing", "checking"]
    assert claims(built) == {"loaded": ("finding", "all", 3), "bounds": ("identity", "all", 3)}
    checked = check_file(REPORT, read_assignment(Path("templates")))
    assert [(rule.code, rule.outcome) for rule in checked if rule.group == "assignment"] == [
        ("A1", "pass"),
        ("A2", "pass"),
    ]
    assert sorted(path.name for path in Path("figures").iterdir()) == ["figures.json", "heads.png", "heads.svg"]
    evidence = json.loads(Path("build/evidence.json").read_text(encoding="utf-8"))
    assert evidence["study"] == "coins"
    assert evidence["worlds"] == {"loaded": "", "fair": "of fair coins"}
    assert set(evidence["measurements"]) == {"toss.tosses", "toss.heads", "fair.toss.heads"}
    assert int(Path("build/heads.txt").read_text(encoding="utf-8")) > 600
    assert "tensorflow" not in str(told.events)


def test_a_rebuild_gives_the_same_bytes_and_tosses_no_coin() -> None:
    toss()
    before, told = REPORT.read_bytes(), Told()
    assert not toss(told).retrained
    assert told.stages == ["writing", "checking"]
    assert REPORT.read_bytes() == before
    assert toss(fresh=True).retrained
    assert REPORT.read_bytes() == before
    Path("build/heads.txt").unlink()
    toss()
    assert Path("build/heads.txt").is_file()


def test_a_claim_that_comes_to_another_case_says_so_or_stops_the_build() -> None:
    toss()
    before = REPORT.read_bytes()
    built = toss(heads=0.61, coins=8, tosses=100)
    assert claims(built)["loaded"][1] == "some"
    with pytest.raises(DoesNotHold) as caught:
        toss(heads=0.5)
    line = str(caught.value)
    assert line.startswith("templates/report.md.j2:9: the claim 'loaded' comes to a case that is not written: ")
    assert "its test toss.heads > 60 against fair fails in coin 1, 2, 3" in line
    assert "this depends most directly on heads, tosses" in line
    assert REPORT.read_bytes() != before
    toss()
    assert REPORT.read_bytes() == before


def test_a_finding_of_a_control_as_well_is_told_unless_it_is_said_against_it() -> None:
    told = Told()
    toss(told)
    assert "loaded" not in told.notices
    edit("toss.heads > 60 against fair", "toss.heads > 20")
    told = Told()
    toss(told)
    assert "report.md.j2:9: the claim 'loaded' holds of fair coins as well, and is not said against it" in told.notices


def test_a_paragraph_outside_claims_is_told_unless_it_says_why() -> None:
    told = Told()
    toss(told)
    assert "stands outside a claim" not in told.notices
    edit("{# definition: what was done #}\n", "")
    told = Told()
    toss(told)
    assert "templates/report.md.j2:6: We tossed: stands outside a claim" in told.notices.replace(" .:", ":")


def test_an_audit_looks_the_study_up_and_runs_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    toss()
    found = audit(REPORT)
    assert found.verdict == "intact"
    rerun = run_again(found, Told())
    assert (rerun.verdict, rerun.holds) == ("identical", True)
    monkeypatch.delitem(STUDIES, "coins")
    with pytest.raises(CannotBeAudited) as caught:
        audit(REPORT)
    assert "cannot be audited: this program has no study named 'coins'" in str(caught.value)


def test_another_experiment_comes_to_another_conclusion(monkeypatch: pytest.MonkeyPatch) -> None:
    toss()
    fair = dataclasses.replace(STUDY, carry_out=lambda settings, tell: STUDY.carry_out(Tosses(heads=0.5), tell))
    monkeypatch.setattr(sys.modules["tests.coins"], "STUDY", fair)
    rerun = run_again(audit(REPORT), Told())
    assert (rerun.verdict, rerun.holds) == ("a conclusion changed", False)


def test_an_unknown_figure_is_said_with_its_line_and_the_nearest_name() -> None:
    edit("(fig:heads)", "(fig:head)")
    with pytest.raises(ReportgenError) as caught:
        toss()
    assert str(caught.value) == "templates/report.md.j2:19: there is no figure 'head' to show; the nearest is 'heads'"


def test_a_figure_is_drawn_only_if_it_is_shown() -> None:
    edit(" (@fig:heads)", "")
    path = Path("templates/report.md.j2")
    path.write_text(path.read_text(encoding="utf-8").partition("![")[0], encoding="utf-8")
    told = Told()
    built = toss(told)
    assert "drawing" not in told.stages
    assert built.figures == ()
    require_sound(REPORT.read_bytes())


def test_a_report_that_does_not_meet_its_assignment_is_kept_as_a_draft() -> None:
    toss()
    before = REPORT.read_bytes()
    edit("# {{ coins_heading }}", "# Something else")
    with pytest.raises(DoesNotHold) as caught:
        toss()
    draft_kept = Path("build/report.refused.docx")
    assert "P1: " in str(caught.value)
    assert f"kept as {draft_kept}" in str(caught.value)
    assert REPORT.read_bytes() == before
    require_sound(draft_kept.read_bytes())
    edit("# Something else", "# {{ coins_heading }}")
    toss()
    assert not draft_kept.exists()


def test_craft_never_stops_a_build() -> None:
    told = Told()
    toss(told)
    assert "C8: " in told.notices  # it has no equation
    assert REPORT.is_file()


def test_results_of_another_study_are_made_anew() -> None:
    toss()
    content = Path("build/results.npz").read_bytes()
    other = dataclasses.replace(STUDY, name="dice")
    from reportgen import results  # noqa: PLC0415 - here alone

    with pytest.raises(results.Unusable, match="is of another study, 'coins'"):
        results.unpack(other, content)


def test_the_email_is_that_of_the_assignment() -> None:
    toss()
    message = draft(read_assignment(Path("templates")), "A. Name", REPORT.read_bytes()).decode()
    assert "To: dean@example.edu" in message
    assert "Subject: Exercise: coins" in message
