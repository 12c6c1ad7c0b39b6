"""A report on a table goes down the whole line, and an audit finds what was changed in it, or in the table that it carries."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reportgen import results
from reportgen.assignment import read_assignment
from reportgen.audit.rerun import run_again
from reportgen.check import check_file
from reportgen.cli import init
from reportgen.errors import DoesNotHold, ReportgenError
from reportgen.evidence import Evidence, Measurement
from reportgen.pipeline import Built, build, settings_of
from reportgen.provenance import Provenance, Unreadable, from_json, to_json
from reportgen.study import Notice, Stage, Step
from reportgen.table import STUDY
from reportgen.table.settings import Table
from tests.audit.packages import edited
from tests.audit.reports import carried, carrying, judged
from tests.soundness import require_sound

REPORT = Path("build/report.docx")


@pytest.fixture(autouse=True)
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `init` make its example, as a new user does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    done = CliRunner().invoke(init.command, [".", "--study", "table"], catch_exceptions=False)
    assert done.exit_code == 0


def write(told: list[Any] | None = None, *, figure: bool = False) -> Built:
    """Build the example; without its figure, which takes a second to draw, if nothing is said of it."""
    path = Path("templates/report.md.j2")
    text = path.read_text(encoding="utf-8")
    if not figure:
        path.write_text(text.replace(" (@fig:pulse)", "").partition("![")[0], encoding="utf-8")
    templates = Path("templates")
    return build(
        settings_of(None, {}, templates), templates, REPORT,
        reference_doc=None, marking_guide=False, fresh=False, tell=(told if told is not None else []).append,
    )  # fmt: skip


def edit(old: str, new: str, file: str = "measurements.csv") -> None:
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def claims(built: Built) -> dict[str, tuple[str, int]]:
    return {claim.name: (claim.case, claim.held) for claim in built.claims}


def silent(_: Stage | Step | Notice) -> None:
    pass


def test_the_example_is_built_checked_and_audited(tmp_path: Path) -> None:
    told: list[Any] = []
    built = write(told, figure=True)
    document = REPORT.read_bytes()
    require_sound(document)
    assert [each.name for each in told if isinstance(each, Stage)] == [
        "reading the table", "measuring", "writing", "drawing", "checking",
    ]  # fmt: skip
    assert [each.text for each in told if isinstance(each, Notice)] == []
    assert claims(built) == {"rises": ("all", 6), "recovers": ("none", 0)}
    checked = check_file(REPORT, read_assignment(Path("templates")))
    assert {rule.outcome for rule in checked} == {"pass"}
    found = judged(document, tmp_path)
    assert (found.verdict, found.changes, found.faults) == ("intact", (), ())
    rerun = run_again(found, silent)
    assert (rerun.verdict, rerun.holds) == ("identical", True)
    assert carried(document).settings.experiment.rows[1] == ("A", "62", "104", "71")
    lines = Path("measurements.csv").read_text(encoding="utf-8").strip().replace(",", "\t")
    assert carried(document).digests == {"table": hashlib.sha256(lines.encode()).hexdigest()}
    assert not write(figure=True).retrained
    assert REPORT.read_bytes() == document


def test_another_table_says_otherwise() -> None:
    assert claims(write()) == {"rises": ("all", 6), "recovers": ("none", 0)}
    edit("A,62,104,71", "A,62,84,62")
    built = write()
    assert built.retrained
    assert claims(built) == {"rises": ("some", 5), "recovers": ("some", 1)}
    path = Path("templates/report.md.j2")
    text = path.read_text(encoding="utf-8")
    unwritten = text[text.index("{% none %}\nTwo minutes") :].partition("{% endclaim %}")[0]
    path.write_text(text.replace(unwritten, ""), encoding="utf-8")
    edit("A,62,84,62", "A,62,84,80")
    with pytest.raises(DoesNotHold) as caught:
        write()
    assert "its test measured.after <= measured.rest fails in volunteer 1, 2, 3, 4, 5, 6" in str(caught.value).replace(
        "≤", "<="
    )


def test_a_number_that_is_changed_in_the_document_is_found(tmp_path: Path) -> None:
    write()
    found = judged(edited(REPORT.read_bytes(), "68 (58 to 81)", "68 (48 to 81)"), tmp_path)
    assert found.verdict == "changed"
    assert ["68 (48 to 81)" in change.now for change in found.changes] == [True]


def with_cell(provenance: Provenance, text: str, *, table: bool, evidence: bool) -> Provenance:
    """Return what a report carries with another pulse of the first volunteer at rest, in its table, its measurements, or both."""
    rows = provenance.settings.experiment.rows
    if table:
        rows = (rows[0], (rows[1][0], text, *rows[1][2:]), *rows[2:])
    found: Evidence = provenance.evidence
    if evidence:
        rest = found["measured.rest"]
        found = with_measurement(found, replace(rest, cases=(float(text), *rest.cases[1:])))
    experiment = replace(provenance.settings.experiment, rows=rows)
    return replace(provenance, settings=replace(provenance.settings, experiment=experiment), evidence=found)


def with_measurement(evidence: Evidence, measurement: Measurement) -> Evidence:
    return replace(evidence, measurements={**evidence.measurements, measurement.name: measurement})


def test_a_cell_that_is_changed_in_the_table_inside_is_found(tmp_path: Path) -> None:
    write()
    document = REPORT.read_bytes()
    inside = carried(document)
    for table, evidence in ((True, False), (False, True)):  # by however little
        forged = carrying(document, with_cell(inside, "62.01", table=table, evidence=evidence))
        with pytest.raises(DoesNotHold, match="contradicts itself: its measurements are not those of its table"):
            judged(forged, tmp_path)
    # In both, the text says otherwise.
    assert (
        judged(carrying(document, with_cell(inside, "100", table=True, evidence=True)), tmp_path).verdict == "changed"
    )
    with pytest.raises(DoesNotHold, match=r"row 2, column B \(rest\): 'many' is no number"):
        judged(carrying(document, with_cell(inside, "many", table=True, evidence=False)), tmp_path)


def test_what_is_said_of_a_measurement_is_what_the_settings_say(tmp_path: Path) -> None:
    write()
    document = REPORT.read_bytes()
    inside = carried(document)
    changes: list[dict[str, Any]] = [{"unit": "beats per hour"}, {"label": "the pulse at work"}, {"method": "guessed"}]
    for change in changes:
        measurement = replace(inside.evidence["measured.rest"], **change)
        other = replace(inside, evidence=with_measurement(inside.evidence, measurement))
        with pytest.raises(DoesNotHold, match="contradicts itself"):
            judged(carrying(document, other), tmp_path)


def test_a_table_that_is_none_or_of_other_cases_cannot_be_audited() -> None:
    write()
    inside = carried(REPORT.read_bytes())
    assert from_json(to_json(inside)).study.case == ("volunteer", "volunteers")
    other = replace(inside.settings.experiment, case=("mouse", "mice"))
    renamed = replace(inside, settings=replace(inside.settings, experiment=other))
    with pytest.raises(Unreadable, match="measurements of something else than its study measures"):
        from_json(to_json(renamed))
    for rows in ("no rows", [["a", 1]], {"a": 1}):
        table = to_json(inside).replace(b'"rows": [', b'"rows_": [', 1)
        assert table != to_json(inside)
        broken = table.replace(b'"rows_": [', f'"rows": {json.dumps(rows)}, "rows_": ['.encode(), 1)
        with pytest.raises(Unreadable, match="damaged"):
            from_json(broken)


def test_an_audit_reads_no_file(tmp_path: Path) -> None:
    write()
    document = REPORT.read_bytes()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree("templates")
    Path("measurements.csv").unlink()
    assert run_again(judged(document, elsewhere), silent).verdict == "identical"
    inside = carried(document)
    empty = replace(inside, settings=replace(inside.settings, experiment=replace(inside.settings.experiment, rows=())))
    Path("measurements.csv").write_text("volunteer,rest,stairs,after\nA,1,2,3\n", encoding="utf-8")
    with pytest.raises(DoesNotHold, match="contradicts itself"):
        judged(carrying(document, empty), elsewhere)


def test_results_that_are_not_those_of_the_table_are_made_anew() -> None:
    write()
    before = REPORT.read_bytes()
    told: list[Any] = []
    table: Table = settings_of(None, {}, Path("templates")).experiment
    evidence = STUDY.measure(table)
    other = replace(
        evidence,
        measurements={**evidence.measurements, "measured.rest": replace(evidence["measured.rest"], cases=(1.0,) * 6)},
    )
    Path("build/results.npz").write_bytes(results.pack(STUDY, table, table, other))
    write(told)
    assert any(
        "was altered (its measurements are not those of its table)" in each.text
        for each in told
        if isinstance(each, Notice)
    )
    assert REPORT.read_bytes() == before


def test_a_build_imports_neither_tensorflow_nor_numpy() -> None:
    write()
    shutil.rmtree("build")
    code = (
        "import sys; sys.argv = ['reportgen', '--quiet']\n"
        "from reportgen.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print(sorted({'tensorflow', 'keras', 'numpy', 'matplotlib', 'openpyxl', 'pyarrow', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
    assert REPORT.is_file()


def test_the_settings_file_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    settings = settings_of(Path("../reportgen.toml"), {}, Path("../templates"))
    assert asdict(settings.experiment)["rows"][1] == ("A", "62", "104", "71")


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    Path("other/measurements.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ReportgenError, match=r"other/measurements\.csv: is already there"):
        CliRunner().invoke(init.command, ["other", "--study", "table"], catch_exceptions=False)
    assert [each.name for each in Path("other").iterdir()] == ["measurements.csv"]
    with pytest.raises(
        ReportgenError, match="--study: this program has no study named 'tables'; the nearest is 'table'"
    ):
        CliRunner().invoke(init.command, ["more", "--study", "tables"], catch_exceptions=False)
