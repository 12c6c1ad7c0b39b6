"""An audit finds what was changed in a report, however well it was hidden, and nothing else."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from reportgen.audit import Audit, audit
from reportgen.check.content import read_content
from reportgen.check.package import open_package, open_parts
from reportgen.errors import DoesNotHold
from reportgen.evidence import Evidence
from reportgen.lstm.experiment import carry_out
from reportgen.lstm.run import Run
from reportgen.lstm.settings import Experiment
from reportgen.picture import Picture, digest
from reportgen.pipeline import document_properties
from reportgen.prose.render import render
from reportgen.provenance import NAMESPACE, Figure, Provenance, Unreadable, attach, from_json, to_json
from reportgen.word.document import compose
from tests.builds import reportgen
from tests.check.answers import complete, png, saved

ITEM = "customXml/item1.xml"
DOCUMENT = "word/document.xml"
TINY = """\
[experiment]
networks = 1
units = 4
epochs = 1
sequences = 64
timesteps = 60
[report]
date = 2024-12-04
"""


@pytest.fixture(scope="module")
def report(built: Path) -> bytes:
    return (built / "build" / "report.docx").read_bytes()


def parts(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_parts(document: bytes, changes: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts(document) | changes).items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 12, 4, 0, 0, 0)), content)
    return buffer.getvalue()


def edited(document: bytes, old: str, new: str, part: str = DOCUMENT) -> bytes:
    """Change the first occurrence of a text in a part's XML, as an editor of XML would."""
    content = parts(document)[part].decode()
    assert old in content
    return with_parts(document, {part: content.replace(old, new, 1).encode()})


def carried(document: bytes) -> Provenance:
    text = etree.fromstring(parts(document)[ITEM]).text
    assert text is not None
    return from_json(text.encode())


def carrying(document: bytes, provenance: Provenance) -> bytes:
    """Put something else into a report than it carries."""
    bare = parts(document)
    root = etree.Element(f"{{{NAMESPACE}}}provenance")
    root.text = to_json(provenance).decode()
    return with_parts(document, {ITEM: etree.tostring(root)} if ITEM in bare else {})


def forged(document: bytes, provenance: Provenance) -> bytes:
    """Make a report that is consistent in itself, from something else than was measured: text, ledger and digest fit together."""
    prose = render(Path("forged"), provenance.evidence, provenance.texts, sources=provenance.sources)
    media = parts(document)
    pictures = {
        name: Picture(media[f"word/media/image{n}.png"], media[f"word/media/image{n}.svg"], figure.alt)
        for n, (name, figure) in enumerate(provenance.figures.items(), 1)
    }
    properties = document_properties(provenance.texts, provenance.settings)
    made = compose(prose.tokens, prose.places, pictures, provenance.references, properties, room=True)
    content = read_content(open_parts(made.parts))
    fitting = replace(provenance, claims=prose.claims, margins=content.margins(), content=content.digest())
    return attach(made, to_json(fitting))


def judged(document: bytes, folder: Path, *, rerun: bool = False) -> Audit:
    path = folder / "report.docx"
    path.write_bytes(document)
    return audit(path, rerun=rerun, tell=lambda _: None)


def differences(document: bytes, folder: Path) -> list[tuple[str, str, str]]:
    found = judged(document, folder)
    assert not found.holds
    return [(change.where, change.then, change.now) for change in found.changes]


def test_an_untouched_report_is_as_generated(report: bytes, tmp_path: Path) -> None:
    found = judged(report, tmp_path)
    assert found.holds
    assert (found.changes, found.faults, found.notes, found.elsewhere, found.rerun) == ((), (), (), (), None)
    assert found.passages > 300


def test_what_is_carried_is_complete_and_says_nothing_of_whose_machine_it_is(built: Path, report: bytes) -> None:
    inside = carried(report)
    assert {"report.md.j2", "task.md.j2", "flow.md.j2", "snapshot.md.j2", "gates.md.j2", "appendix.md.j2"} == set(
        inside.sources
    )
    evidence = json.loads((built / "build" / "evidence.json").read_text(encoding="utf-8"))
    payload = json.loads(etree.fromstring(parts(report)[ITEM]).text or "")
    assert payload["evidence"] == {name: evidence[name] for name in ("case", "worlds", "measurements")}
    assert payload["study"] == evidence["study"] == "lstm"
    assert payload["settings"] == evidence["settings"]
    assert payload["digests"] == evidence["digests"]
    media = parts(report)
    for number, figure in enumerate(inside.figures.values(), 1):
        assert figure.png == hashlib.sha256(media[f"word/media/image{number}.png"]).hexdigest()
    assert {"reportgen", "source", "python", "platform", "tensorflow", "keras", "numpy", "matplotlib"} <= set(
        inside.versions
    )
    for personal in (str(built), str(Path.home()), "/tmp", "root@", *[line for line in [_host()] if len(line) > 3]):
        assert personal not in json.dumps(payload)


def _host() -> str:
    return subprocess.run(["hostname"], capture_output=True, text=True, check=False).stdout.strip()


def test_what_is_carried_comes_back_as_it_went_in(report: bytes) -> None:
    inside = carried(report)
    again = from_json(to_json(inside))
    assert again == inside


def split_runs(document: bytes) -> bytes:
    """Write the same text as Word does after some editing: in pieces, with marks of spelling and of the session between."""
    root = etree.fromstring(parts(document)[DOCUMENT])
    w = f"{{{root.nsmap['w']}}}"
    for text in list(root.iter(f"{w}t")):
        run, words = text.getparent(), text.text or ""
        if run is None or run.tag != f"{w}r" or len(words) < 4 or len(run.findall(f"{w}t")) > 1:
            continue
        half = len(words) // 2
        second = etree.fromstring(etree.tostring(run))
        text.text = words[:half]
        for piece in second.iter(f"{w}t"):
            piece.text = words[half:]
            piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        second.set(f"{w}rsidR", "00AB12CD")
        run.addnext(second)
        run.addnext(etree.Element(f"{w}proofErr", {f"{w}type": "spellStart"}))
    return with_parts(document, {DOCUMENT: etree.tostring(root)})


def other_equations(document: bytes) -> bytes:
    """Write brackets and fractions as LibreOffice writes them back."""
    root = etree.fromstring(parts(document)[DOCUMENT])
    m = f"{{{root.nsmap['m']}}}"
    for run in root.iter(f"{m}r"):
        for properties in run.findall(f"{m}rPr"):
            run.remove(properties)
    return with_parts(document, {DOCUMENT: etree.tostring(root)})


def without_svg(document: bytes) -> bytes:
    content = re.sub(rb"<a:extLst>.*?</a:extLst>", b"", parts(document)[DOCUMENT])
    return with_parts(document, {DOCUMENT: content})


def with_page_numbers(document: bytes) -> bytes:
    return edited(document, '<w:t xml:space="preserve">1</w:t>', "<w:t>17</w:t>", "word/footer1.xml")


@pytest.mark.parametrize("save", [split_runs, other_equations, without_svg, with_page_numbers])
def test_what_a_word_processor_changes_when_it_saves_is_no_change(
    report: bytes, tmp_path: Path, save: Callable[[bytes], bytes]
) -> None:
    changed = save(report)
    assert changed != report
    found = judged(changed, tmp_path)
    assert (found.changes, found.faults) == ((), ())
    assert found.holds


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_report_saved_by_libreoffice_is_as_generated(report: bytes, tmp_path: Path) -> None:
    (tmp_path / "in.docx").write_bytes(report)
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "docx"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "out"), str(tmp_path / "in.docx")], capture_output=True, check=True
    )
    found = judged((tmp_path / "out" / "in.docx").read_bytes(), tmp_path)
    assert (found.changes, found.faults) == ((), ())


def test_a_digit_that_was_edited_is_shown_old_and_new(report: bytes, tmp_path: Path) -> None:
    text = re.search(r">(0\.00\d+)", parts(report)[DOCUMENT].decode())
    assert text is not None
    ((where, then, now),) = differences(edited(report, text[0], ">0.0001"), tmp_path)
    assert where == "text under “What was trained”"
    assert text[1] in then
    assert "0.0001" in now


def test_a_sentence_that_was_replaced_added_or_taken_away_is_shown(report: bytes, tmp_path: Path) -> None:
    sentence = "They learned it ("
    ((_, then, now),) = differences(edited(report, sentence, "They hardly learned it ("), tmp_path)
    assert ("They learned it" in then, "They hardly learned it" in now) == (True, True)

    paragraph = "<w:p><w:r><w:t>An added sentence.</w:t></w:r></w:p>"
    ((where, then, now),) = differences(edited(report, "<w:sectPr", f"{paragraph}<w:sectPr"), tmp_path)
    assert (then, now) == ("", "An added sentence.")
    assert where == "text under “References”"

    body = parts(report)[DOCUMENT].decode()
    cut = re.sub(r"<w:p>(?:(?!</w:p>).)*They learned it.*?</w:p>", "", body, count=1, flags=re.DOTALL)
    ((_, then, now),) = differences(with_parts(report, {DOCUMENT: cut.encode()}), tmp_path)
    assert then.startswith("They learned it")
    assert now == ""


def test_captions_alternative_texts_tables_equations_headings_and_margins_count(report: bytes, tmp_path: Path) -> None:
    def where(old: str, new: str, part: str = DOCUMENT) -> list[str]:
        return [change[0].partition(" under")[0] for change in differences(edited(report, old, new, part), tmp_path)]

    body = parts(report)[DOCUMENT].decode()
    alternative = re.search(r'descr="([^"]{20,40})', body)
    assert alternative is not None
    # The name and the description stand twice, in docPr and in cNvPr; what readers speak is the first.
    assert where(alternative[0], 'descr="Something else') == ["alternative text"]
    assert where("Fed on its own output", "Fed on nothing") == ["caption"]
    assert where("<m:t>⊙</m:t>", "<m:t>+</m:t>") == ["equation"]
    assert where(">True if<", ">False if<") == ["table"]
    assert where('w:val="Heading2"', 'w:val="Heading3"') == ["heading 2"]
    assert where("Assignment 5", "Assignment 6", "word/header1.xml") == ["header or footer"]
    assert where("<dc:creator>A. Name", "<dc:creator>Another", "docProps/core.xml") == [
        "property 'author' before the first heading"
    ]
    assert where('<w:r><w:t xml:space="preserve">They learned', "<w:r><w:rPr><w:vanish/></w:rPr><w:t>They learned") == [
        "text"
    ]


def test_what_changed_in_a_table_is_named_by_what_stands_before_it(report: bytes, tmp_path: Path) -> None:
    ((where, _, _),) = differences(edited(report, ">True if<", ">False if<"), tmp_path)
    assert where == "table under “Appendix: what was tested”, after “Statement”"


def without_figure(document: bytes) -> bytes:
    body = parts(document)[DOCUMENT].decode()
    start = body.rindex("<w:p>", 0, body.index('name="Figure 3"'))
    return with_parts(document, {DOCUMENT: (body[:start] + body[body.index("</w:p>", start) + 6 :]).encode()})


def test_a_figure_that_was_taken_out_is_the_only_one_named(report: bytes, tmp_path: Path) -> None:
    (words, picture) = differences(without_figure(report), tmp_path)
    assert words[0].startswith("alternative text")
    assert picture == ("Figure 3 (river)", "the figure", "")


def other_png(document: bytes) -> bytes:
    return with_parts(document, {"word/media/image3.png": png().getvalue()})


def other_svg(document: bytes) -> bytes:
    return edited(document, "</svg>", "<rect/></svg>", "word/media/image3.svg")


def swapped(document: bytes) -> bytes:
    media = parts(document)
    one, two = "word/media/image3.png", "word/media/image4.png"
    return with_parts(document, {one: media[two], two: media[one]})


@pytest.mark.parametrize(
    ("change", "figures"),
    [
        (other_png, ["Figure 3 (river)"]),
        (other_svg, ["Figure 3 (river)"]),
        (swapped, ["Figure 3 (river)", "Figure 4 (memory)"]),
    ],
)
def test_a_figure_that_was_swapped_is_named(
    report: bytes, tmp_path: Path, change: Callable[[bytes], bytes], figures: list[str]
) -> None:
    assert [where for where, _, _ in differences(change(report), tmp_path)] == figures


def test_a_sentence_edited_together_with_ledger_and_digest_is_found(report: bytes, tmp_path: Path) -> None:
    inside = carried(report)
    claims = [replace(c, statement=c.statement.replace("They learned it", "They mastered it")) for c in inside.claims]
    changed = parts(report)[DOCUMENT].decode().replace("They learned it", "They mastered it").encode()
    document = with_parts(report, {DOCUMENT: changed})
    content = read_content(open_package(document)).digest()
    found = judged(carrying(document, replace(inside, claims=tuple(claims), content=content)), tmp_path)
    assert len(found.changes) == 2  # the sentence, and the ledger in the appendix
    assert all("They mastered it" in change.now for change in found.changes)
    assert found.faults == ("the ledger that it carries says otherwise of the claim 'learned' than its measurements",)


def test_a_ledger_and_a_digest_that_fit_nothing_are_named(report: bytes, tmp_path: Path) -> None:
    inside = carried(report)
    first, *others = inside.claims
    turned = replace(first, verdicts=tuple(not verdict for verdict in first.verdicts))
    assert judged(carrying(report, replace(inside, claims=(turned, *others))), tmp_path).faults == (
        f"the ledger that it carries says otherwise of the claim {first.name!r} than its measurements",
    )
    assert judged(carrying(report, replace(inside, claims=tuple(others))), tmp_path).faults == (
        f"the ledger that it carries lacks the claim {first.name!r}",
    )
    assert judged(carrying(report, replace(inside, content="0" * 64)), tmp_path).faults == (
        "the digest that it carries is that of another text",
    )


def test_templates_that_give_no_report_are_one_line(report: bytes, tmp_path: Path) -> None:
    inside = carried(report)
    broken = replace(inside, sources={**inside.sources, "task.md.j2": "{{ task.nothing }}"})
    with pytest.raises(
        DoesNotHold, match=r"what it carries gives no report: .*report.docx/task.md.j2:1: task.nothing is undefined"
    ):
        judged(carrying(report, broken), tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda inside: replace(inside, texts={}), "it lacks the text 'course'"),
        (
            lambda inside: replace(inside, sources={"a": "x" * 500_001}),
            "its templates have more than 500,000 characters",
        ),
        (
            lambda inside: replace(inside, evidence=Evidence(("coin", "coins"), {"main": ""}, 2, {})),
            "it has measurements of something else",
        ),
    ],
)
def test_what_no_report_carries_is_refused(
    report: bytes, tmp_path: Path, change: Callable[[Provenance], Provenance], said: str
) -> None:
    with pytest.raises(DoesNotHold, match=re.escape(said)):
        judged(carrying(report, change(carried(report))), tmp_path)


def _with(path: str, value: object) -> Callable[[dict[str, object]], None]:
    def change(table: dict[str, object]) -> None:
        *way, last = path.split(".")
        for step in way:
            table = table[step]  # type: ignore[assignment]  # JSON
        table[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _with("settings.experiment.units", 1_000_000),
        _with("settings.experiment.units", "16"),
        _with("settings.experiment.nothing", 1),
        _with("settings.report.date", "yesterday"),
        _with("settings.report.author", "two\nlines"),
        _with("versions", {"python": 3}),
        _with("templates", []),
        _with("claims", [{"name": "x"}]),
        _with("figures", {"task": {"alt": "x"}}),
        _with("evidence.measurements", {"task": {}}),
        _with("evidence", [1]),
        _with("margins", 3),
        _with("references", 0.5),
        _with("references", ["a"]),
        _with("content", None),
        lambda table: table.pop("content") and None,
    ],
)
def test_damage_in_what_is_carried_is_one_line(
    report: bytes, tmp_path: Path, change: Callable[[dict[str, object]], None]
) -> None:
    table = json.loads(to_json(carried(report)))
    change(table)
    with pytest.raises(Unreadable, match="what it carries is damaged"):
        from_json(json.dumps(table).encode())


def test_a_document_that_carries_nothing_and_no_document_at_all(tmp_path: Path) -> None:
    with pytest.raises(DoesNotHold, match="cannot be audited: it carries nothing that this program put there"):
        audit(saved(complete(), tmp_path), rerun=False, tell=lambda _: None)
    with pytest.raises(DoesNotHold, match="cannot be audited: it is not a zip archive"):
        judged(b"no document", tmp_path)


def test_the_command_says_it_in_lines_in_json_and_by_its_exit_status(
    built: Path, report: bytes, tmp_path: Path
) -> None:
    code = (
        "import sys; sys.argv = ['reportgen', 'audit', 'build/report.docx', '--no-rerun']; from reportgen.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    done = reportgen(built, code=code)
    assert done.returncode == 0, done.stderr
    first, *checked, last = done.stdout.splitlines()
    assert first.startswith(
        "build/report.docx says that reportgen 0.1.0 made it, from 1 network of the study 'lstm', with python 3."
    )
    assert [line.split()[0] for line in checked] == ["✓", "✓"]
    assert last == "[]"

    (tmp_path / "edited.docx").write_bytes(edited(report, "They learned it", "They mastered it"))
    done = reportgen(tmp_path, "audit", "edited.docx", "--no-rerun", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["holds"] is False
    assert json.loads(done.stdout)["changes"][0]["now"].startswith("They mastered it")
    done = reportgen(tmp_path, "audit", "edited.docx", "--no-rerun")
    assert done.returncode == 1
    assert "        was: They learned it" in done.stdout
    done = reportgen(tmp_path, "audit", "gone.docx")
    assert (done.returncode, done.stderr) == (
        2,
        "reportgen: gone.docx: there is no such file; give the path of a .docx\n",
    )


def test_a_table_of_contents_and_a_reference_document_are_audited_as_well(built: Path, tmp_path: Path) -> None:
    reference = complete()
    reference.sections[0].header.paragraphs[0].text = "University of Somewhere"
    path = saved(reference, tmp_path)
    output = tmp_path / "out.docx"
    done = reportgen(built, "--contents", "--reference-doc", str(path), "--output", str(output))
    assert done.returncode == 0, done.stderr
    found = judged(output.read_bytes(), tmp_path)
    assert found.holds
    assert found.notes == ("header and footer are those of a reference document, and rest on what it carries alone",)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a report whose experiment takes seconds to run again."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "reportgen.toml").write_text(TINY, encoding="utf-8")
    done = reportgen(folder)
    assert done.returncode == 0, done.stderr
    return (folder / "build" / "report.docx").read_bytes()


@pytest.fixture(scope="module", autouse=True)
def _each_experiment_is_run_once() -> Iterator[None]:
    """Let audits of one module that run the same experiment again share what it gives; the first of them does run it."""
    runs: dict[Experiment, Run] = {}

    def carry_out_once(experiment: Experiment, tell: Callable[[object], None]) -> Run:
        if experiment not in runs:
            runs[experiment] = carry_out(experiment, tell)
        return runs[experiment]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reportgen.lstm.experiment.carry_out", carry_out_once)
        yield


def test_run_again_an_untouched_report_is_identical(tiny: bytes, tmp_path: Path) -> None:
    found = judged(tiny, tmp_path, rerun=True)
    assert found.rerun is not None
    assert found.rerun.verdict == "identical"
    assert found.holds


def nudge(evidence: Evidence, name: str, by: float) -> Evidence:
    measurement = evidence[name]
    nudged = replace(measurement, cases=tuple(value * by for value in measurement.cases))
    return replace(evidence, measurements={**evidence.measurements, name: nudged})


@pytest.mark.parametrize(
    ("by", "verdict"),
    [
        (1 + 1e-12, "same within rounding"),
        (1.1, "numbers moved, no conclusion did"),
        (1e-6, "a conclusion changed"),
    ],
)
def test_measurements_edited_with_everything_that_follows_from_them_are_found(
    tiny: bytes, tmp_path: Path, by: float, verdict: str
) -> None:
    inside = carried(tiny)
    document = forged(tiny, replace(inside, evidence=nudge(inside.evidence, "task.error", by)))
    assert judged(document, tmp_path).holds  # it is consistent in itself
    found = judged(document, tmp_path, rerun=True)
    assert found.rerun is not None
    assert found.rerun.verdict == verdict
    assert [moved.where for moved in found.rerun.moved] == ["task.error"]
    assert found.holds == (verdict != "a conclusion changed")


def test_an_alternative_text_and_a_figure_edited_with_their_record_are_found(tiny: bytes, tmp_path: Path) -> None:
    inside = carried(tiny)
    figures = {**inside.figures, "task": replace(inside.figures["task"], alt="A flat line.")}
    media = parts(tiny)
    media["word/media/image2.png"] = media["word/media/image3.png"]
    figures["channel"] = Figure(
        inside.figures["channel"].alt, digest(media["word/media/image2.png"]), inside.figures["channel"].svg
    )
    document = forged(with_parts(tiny, media), replace(inside, figures=figures))
    assert judged(document, tmp_path).holds
    found = judged(document, tmp_path, rerun=True)
    assert found.rerun is not None
    assert (found.rerun.verdict, found.rerun.figures) == ("identical", ("task", "channel"))
    assert not found.holds


@pytest.mark.slow
def test_a_report_made_with_another_seed_than_it_says_is_found(tiny: bytes, tmp_path: Path) -> None:
    inside = carried(tiny)
    settings = replace(inside.settings, experiment=replace(inside.settings.experiment, seed=2))
    found = judged(carrying(tiny, replace(inside, settings=settings)), tmp_path, rerun=True)
    assert found.rerun is not None
    assert found.rerun.verdict in ("numbers moved, no conclusion did", "a conclusion changed")
    assert len(found.rerun.moved) > 50


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "verdicts"),
    [
        ({"TF_ENABLE_ONEDNN_OPTS": "0"}, {"same within rounding", "numbers moved, no conclusion did"}),
        ({"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}, {"identical", "same within rounding"}),
    ],
)
def test_a_report_made_with_other_kernels_or_threads(
    tmp_path: Path, environment: dict[str, str], verdicts: set[str]
) -> None:
    (tmp_path / "reportgen.toml").write_text("[experiment]\nnetworks = 1\n", encoding="utf-8")
    done = reportgen(tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    found = audit(tmp_path / "build" / "report.docx", rerun=True, tell=lambda _: None)
    assert found.rerun is not None
    assert found.rerun.verdict in verdicts
    assert {change.where for change in found.elsewhere} == set(environment)
    assert found.holds
