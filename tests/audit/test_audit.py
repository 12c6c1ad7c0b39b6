"""An audit finds what was changed in a report, however well it was hidden, and nothing else."""

import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from reportgen import __version__
from reportgen.audit import CannotBeAudited, audit
from reportgen.errors import DoesNotHold
from reportgen.evidence import Evidence
from reportgen.provenance import Provenance, Unreadable, from_json, to_json
from tests.audit.forgeries import FORGERIES, body_text
from tests.audit.packages import DOCUMENT, ITEM, A, W, edited, in_tree, parts, with_parts
from tests.audit.reports import carried, carrying, judged
from tests.builds import reportgen
from tests.check.answers import complete, png, saved


@pytest.fixture(scope="module")
def report(built: Path) -> bytes:
    return (built / "build" / "report.docx").read_bytes()


def differences(document: bytes, folder: Path) -> list[tuple[str, str, str]]:
    found = judged(document, folder)
    assert found.verdict == "changed"
    return [(change.where, change.then, change.now) for change in found.changes]


def test_an_untouched_report_is_intact(report: bytes, tmp_path: Path) -> None:
    found = judged(report, tmp_path)
    assert found.verdict == "intact"
    assert (found.changes, found.unknown, found.faults, found.elsewhere) == ((), (), (), ())
    assert found.inputs == ("10 figures, until they are drawn anew",)
    assert found.compared == len(parts(report))


def test_the_same_parts_packed_otherwise_are_intact(report: bytes, tmp_path: Path) -> None:
    assert judged(with_parts(report, {}), tmp_path).verdict == "intact"


def test_a_part_more_a_part_less_and_a_byte_more_are_not_intact(report: bytes, tmp_path: Path) -> None:
    more = judged(with_parts(report, {"word/more.xml": b"<more/>"}), tmp_path)
    assert (more.verdict, more.unknown) == ("cannot be audited", ("the part word/more.xml, to which nothing leads",))
    space = judged(with_parts(report, {DOCUMENT: parts(report)[DOCUMENT] + b"\n"}), tmp_path)
    assert (space.verdict, space.changes, space.unknown) == ("re-saved", (), ())


def test_a_part_is_unpacked_as_often_however_many_pictures_show_it(
    report: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    unpack = zipfile.ZipFile.read

    def counted(archive: zipfile.ZipFile, entry: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        read.append(entry if isinstance(entry, str) else entry.filename)
        return unpack(archive, entry, pwd)

    monkeypatch.setattr(zipfile.ZipFile, "read", counted)

    def most(document: bytes) -> int:
        read.clear()
        assert judged(document, tmp_path).verdict != "intact"
        return max(Counter(read).values())

    def shown_again(times: int) -> bytes:
        def repeat(root: etree._Element) -> None:
            paragraph = next(each for each in root.iter(f"{W}p") if each.find(f".//{A}blip") is not None)
            for _ in range(times):
                paragraph.addnext(deepcopy(paragraph))

        return in_tree(report, repeat)

    assert most(shown_again(200)) == most(shown_again(1))


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


def sentence(document: bytes) -> str:
    """Return the first words of the text, as they stand in the XML."""
    root = etree.fromstring(parts(document)[DOCUMENT])
    return f">{escape(body_text(root).findtext(f'{W}t', '')[:20])}"


def test_a_digit_that_was_edited_is_shown_old_and_new(report: bytes, tmp_path: Path) -> None:
    number = re.search(r"[^<>]*\b0\.0\d+", parts(report)[DOCUMENT].decode())
    assert number is not None
    changed = edited(report, number[0], re.sub(r"0\.0\d+$", "0.999", number[0]))
    ((where, then, now),) = differences(changed, tmp_path)
    assert where.startswith("text under “")
    assert number[0][-4:] in then
    assert "0.999" in now


def test_a_sentence_that_was_replaced_added_or_taken_away_is_shown(report: bytes, tmp_path: Path) -> None:
    words = sentence(report)
    ((_, then, now),) = differences(edited(report, words, f">Hardly. {words[1:]}"), tmp_path)
    assert (then.startswith(words[1:]), now.startswith(f"Hardly. {words[1:]}")) == (True, True)

    paragraph = "<w:p><w:r><w:t>An added sentence.</w:t></w:r></w:p>"
    ((where, then, now),) = differences(edited(report, "<w:sectPr", f"{paragraph}<w:sectPr"), tmp_path)
    assert (then, now) == ("", "An added sentence.")
    assert where == "text under “References”"

    ((_, then, now),) = differences(
        in_tree(report, lambda root: root[0].remove(next(body_text(root).iterancestors(f"{W}p")))), tmp_path
    )
    assert then.startswith(words[1:])
    assert now == ""


@pytest.mark.parametrize(
    ("part", "old", "new", "named"),
    [
        (DOCUMENT, r'descr="[^"]{20,40}', 'descr="Something else', "text under"),
        (DOCUMENT, r"<m:t>⊙</m:t>", "<m:t>+</m:t>", "table under"),
        (DOCUMENT, r">True if<", ">False if<", "table under"),
        (DOCUMENT, r'w:val="Heading2"', 'w:val="Heading3"', "heading 2 under"),
        (DOCUMENT, r'w:val="Title"', 'w:val="Subtitle"', "the looks of the text before the first heading"),
        ("word/header1.xml", r"Assignment 5", "Assignment 6", "header under"),
        ("word/footer1.xml", r"Page ", "Sheet ", "footer under"),
        ("docProps/core.xml", r"<dc:creator>A. Name", "<dc:creator>Another", "property 'author'"),
        (
            "word/settings.xml",
            r'w:defaultTabStop w:val="567"',
            'w:defaultTabStop w:val="2000"',
            "setting defaultTabStop",
        ),
        (DOCUMENT, r'w:pgMar w:top="\d+"', 'w:pgMar w:top="5000"', "page, pgMar top"),
        ("word/styles.xml", r'w:color w:val="1F3A5F"', 'w:color w:val="FFFFFF"', "the looks of"),
    ],
)
def test_everything_that_shows_counts(report: bytes, tmp_path: Path, part: str, old: str, new: str, named: str) -> None:
    content = parts(report)[part].decode()
    found = re.search(old, content)
    assert found is not None
    assert differences(edited(report, found[0], new, part), tmp_path)[0][0].startswith(named)


def test_what_changed_in_a_table_is_named_by_what_stands_before_it(report: bytes, tmp_path: Path) -> None:
    ((where, _, _),) = differences(edited(report, ">True if<", ">False if<"), tmp_path)
    assert where == "table under “Appendix: what was tested”, after “Statement”"


def figure_named(report: bytes, number: int) -> str:
    return f"Figure {number} ({list(carried(report).figures)[number - 1]})"


def without_figure(document: bytes) -> bytes:
    body = parts(document)[DOCUMENT].decode()
    start = body.rindex("<w:p>", 0, body.index('name="Figure 3"'))
    return with_parts(document, {DOCUMENT: (body[:start] + body[body.index("</w:p>", start) + 6 :]).encode()})


def test_a_figure_that_was_taken_out_is_the_only_one_named(report: bytes, tmp_path: Path) -> None:
    words, picture = differences(without_figure(report), tmp_path)
    assert words[0].startswith("text under")
    assert picture == (figure_named(report, 3), "the figure", "")


def other_png(document: bytes) -> bytes:
    return with_parts(document, {"word/media/image3.png": png().getvalue()})


def other_svg(document: bytes) -> bytes:
    return edited(document, "</svg>", "<rect/></svg>", "word/media/image3.svg")


def swapped(document: bytes) -> bytes:
    media = parts(document)
    one, two = "word/media/image3.png", "word/media/image4.png"
    return with_parts(document, {one: media[two], two: media[one]})


@pytest.mark.parametrize(("change", "numbers"), [(other_png, [3]), (other_svg, [3]), (swapped, [3, 4])])
def test_a_figure_that_was_swapped_is_named(
    report: bytes, tmp_path: Path, change: Callable[[bytes], bytes], numbers: list[int]
) -> None:
    named = [where for where, _, _ in differences(change(report), tmp_path) if where.startswith("Figure ")]
    assert named == [figure_named(report, number) for number in numbers]


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
    other = judged(carrying(report, replace(inside, parts="0" * 64)), tmp_path)
    assert other.faults == ("the digest that it carries is that of another document",)
    assert other.verdict == "changed"


def test_what_is_carried_and_not_shown_is_named(report: bytes, tmp_path: Path) -> None:
    inside = carried(report)
    more = replace(inside, sources={**inside.sources, "more.md.j2": "A text."})
    assert judged(carrying(report, more), tmp_path).faults == ("it carries a template that is not in it",)
    figures = {**inside.figures, "more": next(iter(inside.figures.values()))}
    assert judged(carrying(report, replace(inside, figures=figures)), tmp_path).faults == (
        "it carries the figure 'more', which it does not show",
    )


def test_a_report_of_another_version_is_compared_by_its_content(report: bytes, tmp_path: Path) -> None:
    inside = carried(report)
    older = carrying(report, replace(inside, versions={**inside.versions, "reportgen": "0.0.1"}, parts="0" * 64))
    found = judged(older, tmp_path)
    assert (found.verdict, found.other_version) == ("re-saved", True)
    assert [change.where for change in found.elsewhere] == ["reportgen"]
    words = sentence(report)
    assert judged(edited(older, words, f">Hardly. {words[1:]}"), tmp_path).verdict == "changed"


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
    with pytest.raises(CannotBeAudited, match=re.escape(said)):
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
        _with("looks", {"a": "%"}),
        _with("references", 0.5),
        _with("references", ["a"]),
        _with("parts", None),
        lambda table: table.pop("parts") and None,
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
    with pytest.raises(CannotBeAudited, match="cannot be audited: it carries nothing that this program put there"):
        audit(saved(complete(), tmp_path))
    with pytest.raises(CannotBeAudited, match="cannot be audited: it is plain text, and no Word document"):
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
    first, verdict, *_, last = done.stdout.splitlines()
    assert first.startswith(
        f"build/report.docx says that reportgen {__version__} made it, from 1 network of the study 'lstm', with python 3."
    )
    assert verdict.startswith("  ✓ intact: each of its ")
    assert last == "[]"

    folder = tmp_path / "run"
    folder.mkdir()
    words = sentence(report)
    (folder / "edited.docx").write_bytes(edited(report, words, f">Hardly. {words[1:]}"))
    (folder / "saved.docx").write_bytes(with_parts(report, {DOCUMENT: parts(report)[DOCUMENT] + b"\n"}))
    (folder / "more.docx").write_bytes(FORGERIES["a symbol"](report))
    (folder / "intact.docx").write_bytes(report)
    saved(complete(), tmp_path).rename(tmp_path / "other.docx")  # what is in the folder is held to be sound
    ends = {"intact": 0, "edited": 1, "saved": 3, "more": 4, "../other": 4, "gone": 2}
    for name, end in ends.items():
        done = reportgen(folder, "audit", f"{name}.docx", "--no-rerun")
        assert done.returncode == end, name
        if name == "edited":
            assert "  ✗ changed since it was generated" in done.stdout
            assert f"        is:  Hardly. {words[1:15]}" in done.stdout
        elif name == "more":
            assert "  ✗ cannot be audited: word/document.xml: <w:sym>" in done.stdout
        elif name == "saved":
            assert "  ✓ re-saved by another program: " in done.stdout
        elif name == "gone":
            assert done.stderr == "reportgen: gone.docx: there is no such file; give the path of a .docx\n"

    done = reportgen(folder, "audit", "saved.docx", "edited.docx", "intact.docx", "--no-rerun", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["verdict"] for each in told] == ["re-saved", "changed", "intact"]
    assert told[1]["changes"][0]["now"].startswith("Hardly. ")


def test_a_table_of_contents_and_a_reference_document_are_audited_as_well(built: Path, tmp_path: Path) -> None:
    reference = complete()
    reference.sections[0].header.paragraphs[0].text = "University of Somewhere"
    reference.core_properties.author = "Somebody Else"
    path = saved(reference, tmp_path)
    output = tmp_path / "out.docx"
    done = reportgen(built, "--contents", "--reference-doc", str(path), "--output", str(output))
    assert done.returncode == 0, done.stderr
    found = judged(output.read_bytes(), tmp_path)
    assert found.verdict == "intact"
    _figures, looks = found.inputs
    assert looks.startswith("fontTable, header, numbering, settings, styles, theme of a reference document (SHA-256 ")
    looks_carried = b"".join(found.carried.looks.values())
    assert b"University of Somewhere" in looks_carried
    for said in (b"Somebody Else", b"The cell state c is the vector"):  # nothing else of somebody's own
        assert said not in looks_carried


def test_a_marking_guide_is_audited_as_well(built: Path, tmp_path: Path) -> None:
    done = reportgen(built, "--marking-guide", "--output", str(tmp_path / "report.docx"))
    assert done.returncode == 0, done.stderr
    guide = (tmp_path / "marking-guide.docx").read_bytes()
    assert judged(guide, tmp_path).verdict == "intact"
    assert judged(edited(guide, "☐", "☒"), tmp_path).verdict == "changed"


def test_a_report_that_was_copied_elsewhere_is_no_edited_one(built: Path, tmp_path: Path) -> None:
    """The document says itself whether it is as generated; the hidden file beside it stayed behind."""
    (tmp_path / "build").mkdir()
    copy = tmp_path / "build" / "report.docx"
    shutil.copy(built / "build" / "report.docx", copy)
    shutil.copy(built / "build" / "results.npz", copy.parent)
    shutil.copy(built / "reportgen.toml", tmp_path)
    done = reportgen(tmp_path, "--author", "B. Name")
    assert done.returncode == 0, done.stderr
    assert "was edited" not in done.stderr
    copy.write_bytes(edited(copy.read_bytes(), sentence(copy.read_bytes()), ">Hardly"))
    (copy.parent / ".report.docx.sha256").unlink()
    assert "was edited since it was generated" in reportgen(tmp_path, "--author", "C. Name").stderr
