"""A rerun finds what is consistent in itself and was not measured; what machines differ in is no alarm, and costs are told before."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from reportgen.audit import Audit, audit
from reportgen.audit.figures import drawn_alike, read_alike
from reportgen.audit.rerun import Rerun, run_again
from reportgen.cli import audit as audit_command
from reportgen.drawing import png_and_svg
from reportgen.evidence import Evidence
from reportgen.picture import Picture
from reportgen.provenance import Provenance
from reportgen.study import Cost
from tests import coins
from tests.audit.reports import carried, carrying, forged, judged, pictures
from tests.coins import STUDY, Tosses, again, heads, measure
from tests.coins import carry_out as toss


def rerun(document: bytes, folder: Path) -> tuple[Audit, Rerun]:
    found = judged(document, folder)
    return found, run_again(found, lambda event: None)


def elsewhere(inside: Provenance) -> Provenance:
    """Say that a report was made with another version of what computes."""
    return replace(inside, versions={**inside.versions, "numpy": "0.0.1"})


def test_run_again_an_untouched_report_is_identical(short: bytes, tmp_path: Path) -> None:
    found, run = rerun(short, tmp_path)
    assert found.verdict == "intact"
    assert (run.verdict, run.moved, run.conclusions, run.figures, run.faults) == ("identical", (), (), (), ())
    assert run.holds


def nudge(evidence: Evidence, name: str, by: float) -> Evidence:
    measurement = evidence[name]
    nudged = replace(measurement, cases=tuple(value * by for value in measurement.cases))
    return replace(evidence, measurements={**evidence.measurements, name: nudged})


MOVES = [
    (1 + 1e-12, "same within rounding", True),
    (1.0005, "numbers moved as they do between machines, no conclusion did", True),
    (1.03, "a number moved further than between machines", False),
    (0.85, "a conclusion changed", False),
]


@pytest.mark.parametrize(("by", "verdict", "holds"), MOVES)
def test_measurements_edited_with_everything_that_follows_from_them_are_found(
    short: bytes, tmp_path: Path, by: float, verdict: str, *, holds: bool
) -> None:
    """The same program on the same machine gives the same bits; of another one, only what noise gives is believed."""
    inside = carried(short)
    here = replace(inside, evidence=nudge(inside.evidence, "toss.heads", by))
    for report, believed in ((here, False), (elsewhere(here), holds)):
        found, run = rerun(forged(report, pictures(short)), tmp_path)
        assert found.verdict == "intact"  # it is consistent in itself
        assert (run.verdict, [moved.where for moved in run.moved]) == (verdict, ["toss.heads"])
        assert run.holds == believed
        assert bool(run.faults) == (report is here)


def test_what_a_study_says_is_unsteady_may_move_elsewhere_and_not_here(
    short: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coins, "STUDY", replace(coins.STUDY, unsteady=(".heads",)))
    inside = carried(short)
    here = replace(inside, evidence=nudge(inside.evidence, "toss.heads", 1.03))
    for report, believed in ((here, False), (elsewhere(here), True)):
        _, run = rerun(forged(report, pictures(short)), tmp_path)
        assert ([moved.where for moved in run.moved], run.too_far, run.holds) == (["toss.heads"], (), believed)


def test_a_setting_that_was_edited_is_no_measurement_that_may_move(short: bytes, tmp_path: Path) -> None:
    inside, experiment = elsewhere(carried(short)), Tosses(tosses=1000)
    evidence = measure(toss(experiment, lambda event: None))
    one_more = replace(evidence["toss.tosses"], cases=(1001,) * 3)
    evidence = replace(evidence, measurements={**evidence.measurements, "toss.tosses": one_more})
    other = replace(inside, evidence=evidence, settings=replace(inside.settings, experiment=experiment))
    _, run = rerun(forged(other, pictures(short)), tmp_path)
    assert [moved.where for moved in run.too_far] == ["toss.tosses"]
    assert not run.holds


def test_a_report_made_with_another_seed_than_it_says_is_found(short: bytes, tmp_path: Path) -> None:
    inside = elsewhere(carried(short))
    seeded = replace(inside, settings=replace(inside.settings, experiment=Tosses(seed=2)))
    _, run = rerun(forged(seeded, pictures(short)), tmp_path)
    assert run.verdict == "a number moved further than between machines"
    assert not run.holds


def test_a_digest_that_is_wrong_while_nothing_moved_is_a_fault(short: bytes, tmp_path: Path) -> None:
    inside = elsewhere(carried(short))
    wrong = replace(inside, digests={**inside.digests, "fair": "0" * 64})
    found, run = rerun(forged(wrong, pictures(short)), tmp_path)
    assert found.verdict == "intact"
    assert run.faults == ("the digests of its run are not those of this one, though no measurement moved",)
    assert not run.holds


def red(picture: Picture) -> Picture:
    """Return a red rectangle, with words that say something else."""
    figure = Figure(figsize=(6, 2), facecolor="red")
    return Picture(*png_and_svg(replace(drawn(), figure=figure)), "Heads never came up.")


def drawn(heads_of: float = 0.7) -> Any:
    run = toss(Tosses(heads=heads_of), lambda event: None)
    return heads(run, measure(run))


FALSE: Mapping[str, Callable[[Picture], Picture]] = {
    "a red rectangle that says something else": red,
    "other words": lambda picture: replace(picture, alt="A flat line."),
    "another number": lambda picture: replace(picture, alt=picture.alt.replace("7", "9")),
    "another PNG": lambda picture: replace(picture, png=png_and_svg(drawn(0.9))[0]),
    "another SVG": lambda picture: replace(picture, svg=png_and_svg(drawn(0.9))[1]),
}


@pytest.mark.parametrize("name", FALSE)
@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_figure_edited_with_its_record_is_found(short: bytes, tmp_path: Path, name: str, where: str) -> None:
    """Whatever else is identical: without the rerun nobody can tell, and the audit says so."""
    inside = carried(short)
    shown = pictures(short)
    first = next(iter(shown))
    shown[first] = FALSE[name](shown[first])
    found, run = rerun(forged(inside if where == "here" else elsewhere(inside), shown), tmp_path)
    assert (found.verdict, found.inputs) == ("intact", ("2 figures, until they are drawn anew",))
    assert (run.verdict, run.figures, run.holds) == ("identical", (first,), False)


def test_figures_are_compared_though_measurements_moved(short: bytes, tmp_path: Path) -> None:
    inside = elsewhere(carried(short))
    shown = pictures(short)
    first = next(iter(shown))
    shown[first] = red(shown[first])
    moved = replace(inside, evidence=nudge(inside.evidence, "toss.heads", 1.0005))
    _, run = rerun(forged(moved, shown), tmp_path)
    assert (run.moved != (), run.figures, run.holds) == (True, (first,), False)


@pytest.mark.parametrize(
    ("then", "now", "alike"),
    [
        ("Rises to 0.512 by 40 steps.", "Rises to 0.513 by 40 steps.", True),
        ("Rises to −0.512.", "Rises to −0.511.", True),
        ("Rises to 0.512 by 40 steps.", "Rises to 0.530 by 40 steps.", False),
        ("Rises to −0.512.", "Rises to 0.512.", False),
        ("Rises to 0.512.", "Falls to 0.512.", False),
        ("Rises to 0.512.", "Rises to 0.512 and 0.512.", False),
    ],
)
def test_texts_that_differ_by_noise_read_alike(then: str, now: str, *, alike: bool) -> None:
    assert read_alike(then, now) == alike


def test_pictures_that_differ_by_noise_are_drawn_alike() -> None:
    one, near, far = (png_and_svg(drawn(share)) for share in (0.7, 0.7001, 0.75))
    assert drawn_alike(one, one)
    assert drawn_alike(one, near)
    assert not drawn_alike(one, far)
    run = toss(Tosses(), lambda event: None)
    assert not drawn_alike(one, png_and_svg(again(run, measure(run))))
    assert not drawn_alike(one, (b"", one[1]))
    assert not drawn_alike(one, (one[0], b""))


@pytest.fixture
def path(short: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "report.docx"
    path.write_bytes(short)
    return path


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def change(**fields: Any) -> None:
        monkeypatch.setattr(sys.modules["tests.coins"], "STUDY", replace(STUDY, **fields))

    return change


def asked(path: Path, *arguments: str) -> tuple[int, str, str]:
    """Return how the command ends, what it says, and what it says of errors."""
    done = CliRunner().invoke(audit_command.command, [*arguments, str(path)])
    return done.exit_code, done.stdout, done.stderr


def nothing(settings: Tosses, tell: object) -> Any:
    raise AssertionError("an experiment was run that nobody allowed")


def test_what_a_rerun_costs_is_said_before_it_begins(path: Path) -> None:
    status, out, _ = asked(path)
    assert status == 0
    said = out.splitlines()
    cost = "  – running it again takes some 1 seconds and 0.0 GiB of memory on this machine"
    assert said.index(cost) < said.index("  ✓ run again: identical")


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (Cost(11 * 365.25 * 86_400, 2.0**30), "some 11 years and 1.0 GiB"),
        (Cost(60.0, 12 * 2.0**30), "some 60 seconds and 12.0 GiB"),
    ],
)
def test_what_costs_more_than_the_budget_is_refused_where_nobody_can_be_asked(
    path: Path, study: Callable[..., None], cost: Cost, said: str
) -> None:
    study(cost=lambda settings: cost, carry_out=nothing)
    status, out, error = asked(path)
    assert "✓ intact" in out  # the comparison is said all the same
    assert status == 2
    assert said in error
    assert "more than --budget 10 4 (minutes, GiB) allows; allow more, or --no-rerun" in error
    assert asked(path, "--no-rerun")[0] == 0


def test_a_budget_that_allows_it_runs_it(path: Path, study: Callable[..., None]) -> None:
    study(cost=lambda settings: Cost(3000.0, 2.0**33))
    assert asked(path)[0] == 2
    assert asked(path, "--budget", "60", "10")[0] == 0


def test_the_comparison_stays_said_when_the_rerun_is_interrupted(path: Path, study: Callable[..., None]) -> None:
    def stopped(settings: Tosses, tell: object) -> Any:
        raise KeyboardInterrupt

    study(carry_out=stopped)
    assert "✓ intact" in asked(path)[1]
    _, out, _ = asked(path, "--json")
    assert (json.loads(out)["verdict"], json.loads(out)["rerun"]) == ("intact", None)


def test_a_rerun_that_gives_something_else_is_a_failure(path: Path, study: Callable[..., None]) -> None:
    study(carry_out=lambda settings, tell: toss(Tosses(heads=0.5), tell))
    status, out, _ = asked(path)
    assert status == 1
    assert "  ✗ run again: a conclusion changed" in out
    _, out, _ = asked(path, "--json")
    assert json.loads(out)["rerun"]["holds"] is False


def test_an_audit_is_of_the_file_alone(short: bytes, tmp_path: Path) -> None:
    """Neither where it lies nor what it is called counts, nor what lies beside it."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "report.md.j2").write_text("Something else.", encoding="utf-8")
    other = tmp_path / "templates" / "other.docx"
    other.write_bytes(short)
    assert audit(other).verdict == "intact"
    assert judged(carrying(short, carried(short)), tmp_path).verdict in ("intact", "re-saved")
