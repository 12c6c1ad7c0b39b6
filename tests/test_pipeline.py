"""The whole line, as a user runs it: one network with the default settings, in a folder of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from lxml import etree

from reportgen.check import check_file
from reportgen.outputs import alone
from tests.builds import SETTINGS, reportgen
from tests.check.answers import LSTM
from tests.soundness import require_sound

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def paragraphs(document: Path, style: str) -> list[str]:
    with zipfile.ZipFile(document) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    styles = ((p, p.find(f"{W}pPr/{W}pStyle")) for p in body.iter(f"{W}p"))
    chosen = [p for p, named in styles if named is not None and named.get(f"{W}val") == style]
    return ["".join(text.text or "" for text in p.iter(f"{W}t")) for p in chosen]


def test_it_writes_everything_that_the_readme_names(built: Path) -> None:
    files = {str(path.relative_to(built)) for path in built.rglob("*") if path.is_file()}
    names = (
        "task", "channel", "river", "memory", "recall", "snapshots", "loop", "transplant", "gates", "holding",
    )  # fmt: skip
    figures = {f"figures/{name}.{kind}" for name in names for kind in ("png", "svg")}
    assert files == figures | {
        "reportgen.toml", "build/report.docx", "build/.report.docx.sha256", "build/report.html", "build/.report.html.sha256",
        "build/evidence.json", "build/results.npz",
        "build/model.keras", "figures/figures.json", "build/.report.docx.lock", "build/.results.npz.lock",
    }  # fmt: skip


def test_the_structure_of_the_document(built: Path) -> None:
    document = built / "build" / "report.docx"
    assert paragraphs(document, "Title") == ["The LSTM’s Cell State and Gates"]
    assert paragraphs(document, "Author") == ["A. Name"]
    assert paragraphs(document, "Date") == ["4 December 2024"]
    assert paragraphs(document, "Heading1") == [
        "What was trained",
        "Part I: RNN: LSTM: Core Concepts: Cell (C) State",
        "Part II: RNN: LSTM: Core Concepts: Gates",
        "What this shows, and what it does not",
        "Appendix: what was tested",
        "References",
    ]
    headings = paragraphs(document, "Heading2")
    for needed in (
        "The cell state as a flow in a channel", "The cell state as a snapshot",
        "How the two views are related", "What makes something a neural network", "The four networks, one by one",
    ):  # fmt: skip
        assert needed in headings
    assert [note.split(".")[0] for note in paragraphs(document, "Note")] == ["Reference answer", "In short", "In short"]
    captions = paragraphs(document, "Caption")
    assert [c.split(".")[0] for c in captions if c.startswith("Figure")] == [f"Figure {n}" for n in range(1, 11)]
    assert [rule.code for rule in check_file(document, LSTM) if rule.outcome == "fail"] == []


def test_every_number_and_claim_is_there_for_other_programs(built: Path) -> None:
    evidence = json.loads((built / "build" / "evidence.json").read_text(encoding="utf-8"))
    assert set(evidence) == {"study", "settings", "digests", "case", "worlds", "measurements", "claims", "given"}
    for family in ("flow", "snapshot", "gates"):
        assert sum(name.startswith(f"{family}.") for name in evidence["measurements"]) >= 4
    assert len(evidence["measurements"]) >= 12
    assert all(m["values"] and m["method"] for m in evidence["measurements"].values())
    assert evidence["claims"]
    assert all(c["statement"] and c["test"] and c["values"] and len(c["verdicts"]) == 1 for c in evidence["claims"])
    assert all(c["verdicts"] == [True] for c in evidence["claims"] if c["kind"] == "identity")
    assert {c["kind"] for c in evidence["claims"]} == {"finding", "identity"}


def test_a_rebuild_gives_the_same_bytes_and_imports_no_tensorflow(built: Path) -> None:
    document = built / "build" / "report.docx"
    before = document.read_bytes()
    code = (
        "import sys; from reportgen.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    done = reportgen(built, code=code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("[]")
    assert "results reused" in done.stderr
    assert document.read_bytes() == before


def test_an_edited_template_needs_no_training(built: Path, tmp_path: Path) -> None:
    done = reportgen(built, "init", str(tmp_path / "mine"))
    assert done.returncode == 0, done.stderr
    template = tmp_path / "mine" / "templates" / "gates.md.j2"
    template.write_text(template.read_text(encoding="utf-8") + "\nA sentence of my own.\n", encoding="utf-8")
    output = tmp_path / "mine.docx"
    done = reportgen(built, "--templates", str(template.parent), "--output", str(output), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["retrained"] is False
    require_sound(output.read_bytes())
    assert "A sentence of my own." in paragraphs(output, "BodyText")


def test_a_table_of_contents_and_the_looks_of_a_reference_document(built: Path, tmp_path: Path) -> None:
    reference, output = tmp_path / "mine.docx", tmp_path / "out.docx"
    docx.Document().save(str(reference))
    done = reportgen(built, "--contents", "--reference-doc", str(reference), "--output", str(output))
    assert done.returncode == 0, done.stderr
    require_sound(output.read_bytes())
    assert paragraphs(output, "TOCHeading") == ["Contents"]
    assert paragraphs(output, "TOC1") == paragraphs(output, "Heading1")
    assert paragraphs(output, "TOC2") == paragraphs(output, "Heading2")
    with zipfile.ZipFile(output) as archive:
        assert b'w:styleId="MediumShading1-Accent1"' in archive.read("word/styles.xml")  # one of python-docx's


@pytest.mark.parametrize(
    ("appendix", "tables"),
    [
        ("claims", ["True if", "Checked", "What it decides"]),
        ("none", []),
        ("full", ["True if", "Values", "Measurement"]),
    ],
)
def test_the_appendix_says_as_much_as_it_is_asked_for(
    built: Path, tmp_path: Path, appendix: str, tables: list[str]
) -> None:
    output = tmp_path / "out.docx"
    done = reportgen(built, "--appendix", appendix, "--output", str(output))
    assert done.returncode == 0, done.stderr
    require_sound(output.read_bytes())
    headings = paragraphs(output, "Heading1")
    assert headings[-1] == "References"
    assert ("Appendix: what was tested" in headings) == (appendix != "none")
    heads = {cell.text for table in docx.Document(str(output)).tables for cell in table.rows[0].cells}
    assert heads >= set(tables)
    assert ("True if" in heads) == (appendix != "none")
    assert ("How it was measured" in heads) == (appendix == "full")
    assert [rule.code for rule in check_file(output, LSTM) if rule.outcome == "fail"] == []


def test_the_marking_guide_says_where_the_report_says_it(built: Path) -> None:
    done = reportgen(built, "--marking-guide")
    assert done.returncode == 0, done.stderr
    guide = built / "build" / "marking-guide.docx"
    try:
        require_sound(guide.read_bytes())
        assert paragraphs(guide, "Title") == ["Marking guide"]
        assert paragraphs(guide, "Heading1") == [
            "Part I: RNN: LSTM: Core Concepts: Cell (C) State",
            "Part II: RNN: LSTM: Core Concepts: Gates",
        ]
        cells = paragraphs(guide, "TableText")
        assert cells.count("50") == 2
        headings = paragraphs(built / "build" / "report.docx", "Heading2")
        named = {name for cell in cells for name in re.findall("“(.+?)”", cell)}
        assert len(named) > 5
        assert named <= {*headings}
    finally:
        guide.unlink()  # later tests compare what a build leaves behind
        guide.with_name(".marking-guide.docx.sha256").unlink()


@pytest.mark.ci
def test_a_damaged_results_file_is_said_in_one_line(built: Path, tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    content = (built / "build" / "results.npz").read_bytes()
    (tmp_path / "build" / "results.npz").write_bytes(content[: len(content) // 2])
    (tmp_path / "reportgen.toml").write_text("[experiment]\nnetworks = 1\nepochs = 1\nunits = 2\n", encoding="utf-8")
    done = reportgen(tmp_path)
    assert "build/results.npz is no results file of this program, or only part of one" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.ci
def test_a_run_that_is_damaged_is_made_anew_when_it_is_read(built: Path, tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    content = bytearray((built / "build" / "results.npz").read_bytes())
    content[len(content) // 2] ^= 1  # in a trace, which a rebuild without figures must read to draw them
    (tmp_path / "build" / "results.npz").write_bytes(content)
    (tmp_path / "reportgen.toml").write_text(SETTINGS, encoding="utf-8")
    done = reportgen(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "build/results.npz is damaged (BadZipFile); it is made anew" in done.stderr
    assert (tmp_path / "build" / "report.docx").read_bytes() == (built / "build" / "report.docx").read_bytes()


def test_an_alternative_text_that_was_damaged_is_made_anew(built: Path) -> None:
    """Nothing else in the document says what a picture shows to someone who cannot see it."""
    kept = built / "figures" / "figures.json"
    before, whole = (built / "build" / "report.docx").read_bytes(), kept.read_bytes()
    place = whole.index(b'"alt": "') + 20
    kept.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    done = reportgen(built)
    assert done.returncode == 0, done.stderr
    assert "drawing" in done.stderr.splitlines()
    assert (built / "build" / "report.docx").read_bytes() == before
    assert kept.read_bytes() == whole


def test_a_second_build_in_the_same_folder_is_refused(built: Path) -> None:
    with alone(built / "build" / "results.npz"):
        done = reportgen(built, "--output", "elsewhere.docx", "--quiet")
    assert done.returncode == 2
    assert done.stderr.startswith("reportgen: build/results.npz: another build is writing it")
    assert len(done.stderr.splitlines()) == 1


def test_the_model_opens_in_plain_keras(built: Path) -> None:
    code = (
        "import os; os.environ['CUDA_VISIBLE_DEVICES'] = '-1'\n"
        "import sys; sys.modules['reportgen'] = None\n"
        "import keras; model = keras.models.load_model('build/model.keras')\n"
        "print(type(model.get_layer('lstm')) is keras.layers.LSTM, model.count_params())"
    )
    done = reportgen(built, code=code)
    assert done.stdout.split()[-2:] == ["True", "1169"], done.stderr


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send on Windows")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_leaves_the_last_good_document(built: Path, number: signal.Signals, status: int) -> None:
    document = built / "build" / "report.docx"
    before = document.read_bytes()
    command = [sys.executable, "-m", "reportgen", "--fresh"]
    with subprocess.Popen(command, cwd=built, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("training")
        process.send_signal(number)
        rest = process.stderr.read()
    assert process.returncode == status
    assert "Traceback" not in rest
    assert document.read_bytes() == before


@pytest.mark.slow
def test_training_again_gives_the_same_bytes(built: Path) -> None:
    document = built / "build" / "report.docx"
    before = document.read_bytes()
    done = reportgen(built, "--fresh")
    assert done.returncode == 0, done.stderr
    assert document.read_bytes() == before
