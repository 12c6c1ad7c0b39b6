"""Templates of one's own: no part of ours is compulsory, and a mistake in them is one line that says where it is."""

import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from reportgen import pipeline
from reportgen.audit import audit
from reportgen.audit.rerun import run_again
from reportgen.cli import init
from reportgen.errors import DoesNotHold, ReportgenError
from reportgen.pipeline import Built, build
from reportgen.prose.foreseen import unknown_names
from reportgen.settings import Report, Settings
from reportgen.study import STUDIES, Tell
from tests.builds import reportgen
from tests.coins import STUDY, Tosses
from tests.soundness import require_sound

REPORT = Path("build/report.docx")

ASSIGNMENT = """\
study = "coins"
course = "Chance"
assignment = "Exercise"
title = "Are these coins fair?"
keywords = "coins"
"""

TEXT = """\
We tossed {{ toss.tosses | count("time") }}.

{% claim loaded if toss.heads > 60 against fair %}
Heads come up more often than with a fair coin, in {{ toss.heads | number(".0f") }} % of tosses (@fig:heads).
{% endclaim %}

Nobody tossed a coin by hand.

![The coins, one by one.](fig:heads)
"""


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Add the coins to the table of guests, in an empty folder."""
    monkeypatch.setitem(STUDIES, "coins", "tests.coins:STUDY")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def cut_down(assignment: str, text: str) -> None:
    """Have `init` make a folder of templates, and leave of it two short files."""
    assert CliRunner().invoke(init.command, ["."], catch_exceptions=False).exit_code == 0
    shutil.rmtree("templates")
    Path("templates").mkdir()
    Path("templates/assignment.toml").write_text(assignment, encoding="utf-8")
    Path("templates/report.md.j2").write_text(text, encoding="utf-8")


def edit(file: str, old: str, new: str) -> None:
    path = Path("templates", file)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def parts_of(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def toss(tosses: Tosses | None = None, tell: Tell = lambda event: None) -> Built:
    settings = Settings(tosses or Tosses(), Report(author="A. Name"))
    given = {"reference_doc": None, "marking_guide": False, "fresh": False}
    return build(settings, Path("templates"), REPORT, **given, tell=tell)  # type: ignore[arg-type]  # each has its own type


def test_three_paragraphs_and_a_figure_are_a_report() -> None:
    cut_down(ASSIGNMENT, TEXT)
    assert ASSIGNMENT.count("\n") == 5

    built = toss()

    require_sound(REPORT.read_bytes())
    assert [(claim.name, claim.held) for claim in built.claims] == [("loaded", 3)]
    assert sorted(path.name for path in built.figures) == ["heads.png", "heads.svg"]
    found = audit(REPORT)
    assert found.verdict == "intact"
    assert run_again(found, lambda event: None).verdict == "identical"


@pytest.mark.slow
def test_three_paragraphs_and_a_figure_are_a_report_on_lstms(tmp_path: Path) -> None:
    """By the command line, in processes of their own, as whoever edits what `init` made does it."""
    text = TEXT.replace(
        'We tossed {{ toss.tosses | count("time") }}.', '{{ task.networks | count("network") }} were trained.'
    )
    text = text.replace("toss.heads > 60 against fair", "flow.identity_error < task.error").replace(
        "fig:heads", "fig:task"
    )
    cut_down(
        ASSIGNMENT.replace('"coins"\ncourse', '"lstm"\ncourse'),
        text.replace('in {{ toss.heads | number(".0f") }} % of tosses', "says who never tossed one"),
    )
    Path("reportgen.toml").write_text(
        "[experiment]\nnetworks = 1\nunits = 2\nepochs = 2\nsequences = 64\ntimesteps = 60\n", encoding="utf-8"
    )

    done = reportgen(tmp_path, PYTHONUTF8="1")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in Path("figures").iterdir()) == ["figures.json", "task.png", "task.svg"]
    done = reportgen(tmp_path, "audit", str(REPORT), PYTHONUTF8="1")
    assert (done.returncode, done.stdout.splitlines()[-1].strip()) == (0, "✓ run again: identical")


def test_a_number_that_is_no_measurement_is_given_listed_and_audited(tmp_path: Path) -> None:
    year = '{{ given("1997", "year of the paper") }}'
    cut_down(
        ASSIGNMENT, TEXT.replace("by hand.", f"by hand since {year}, says `coin2 = 5`, at <https://example.org/2024>.")
    )
    toss()

    evidence = json.loads(Path("build/evidence.json").read_bytes())
    assert evidence["given"] == [
        {"number": "1997", "reason": "year of the paper", "template": "report.md.j2", "line": 7}
    ]
    document = tmp_path / "changed.docx"
    parts = parts_of(REPORT.read_bytes())
    assert parts["word/document.xml"].count(b"1997") == 1
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"1997", b"1998")
    document.write_bytes(packed(parts))
    assert audit(REPORT).verdict == "intact"
    found = audit(document)
    assert found.verdict == "changed"
    assert [(change.then, change.now) for change in found.changes if "1998" in change.now]


ASSIGNED, WRITTEN = Path("templates/assignment.toml"), Path("templates/report.md.j2")

MISTAKES = {
    "a typo in a key": (
        "assignment.toml",
        "keywords",
        "keyword",
        f"{ASSIGNED}: unknown key 'keyword'; the nearest is 'keywords'",
    ),
    "a section that nobody reads": (
        "assignment.toml",
        'keywords = "coins"',
        'keywords = "coins"\n[parts]',
        f"{ASSIGNED}: unknown key 'parts'; the nearest is 'part'",
    ),
    "no TOML": (
        "assignment.toml",
        '"Chance"',
        '"Chance',
        f"{ASSIGNED}: is not valid TOML: Illegal character '\\n' (at line 2",
    ),
    "an unknown study": (
        "assignment.toml",
        '"coins"\nc',
        '"coin"\nc',
        f"{ASSIGNED}: study: this program has no study named 'coin'; the nearest is 'coins'",
    ),
    "an unclosed expression": ("report.md.j2", '"time") }}', '"time")', f"{WRITTEN}:1: this {{{{ is never closed"),
    "an unclosed tag": ("report.md.j2", "against fair %}", "against fair", f"{WRITTEN}:3: this {{% is never closed"),
    "an unclosed claim": (
        "report.md.j2",
        "{% endclaim %}",
        "",
        f"{WRITTEN}:3: this claim is never closed; end it with {{% endclaim %}}",
    ),
    "an unknown measurement": (
        "report.md.j2",
        "{{ toss.heads",
        "{{ toss.head",
        f"{WRITTEN}:4: toss.head is not measured; the nearest is 'toss.heads'",
    ),
    "an unknown measurement in a test": (
        "report.md.j2",
        "if toss.heads",
        "if toss.tails",
        f"{WRITTEN}:3: toss.tails is not measured; the nearest is 'toss.heads'",
    ),
    "an unknown world": (
        "report.md.j2",
        "against fair",
        "against fare",
        f"{WRITTEN}:3: there is no other world named 'fare'; the nearest is 'fair'",
    ),
    "an unknown filter": (
        "report.md.j2",
        "| number",
        "| numbers",
        f"{WRITTEN}:4: No filter named 'numbers'; the nearest is 'number'",
    ),
    "a typed number": (
        "report.md.j2",
        "Nobody",
        "Not one of 7",
        f"{WRITTEN}:7: the bare number in 'Not one of 7 tossed a coin by hand.' comes from no measurement",
    ),
    "an unknown template": (
        "report.md.j2",
        "Nobody",
        '{% include "gone.md.j2" %}\nNobody',
        f"{WRITTEN}:7: there is no template 'gone.md.j2'",
    ),
    "an unknown label": (
        "report.md.j2",
        "@fig:heads",
        "@fig:head",
        f"{WRITTEN}:4: @fig:head refers to nothing; the nearest is 'fig:heads'",
    ),
    "an unknown figure": (
        "report.md.j2",
        "(fig:heads)",
        "(fig:haeds)",
        f"{WRITTEN}:9: there is no figure 'haeds' to show; the nearest is 'heads'",
    ),
    "an unknown citation": (
        "report.md.j2",
        "by hand",
        "by hand [@nobody]",
        f"{WRITTEN}:7: [@nobody]: no reference has this id",
    ),
    "a formula that ends early": (
        "report.md.j2",
        "by hand",
        r"by $\frac{a$",
        rf"{WRITTEN}:7: the formula $\frac{{a$ cannot be read",
    ),
    "a formula that nobody knows": (
        "report.md.j2",
        "by hand.",
        "by hand.\n\n$$\n\\nocommand{a}\n$$\n",
        rf"{WRITTEN}:9: the formula $\nocommand{{a}}$ holds \nocommand, which is not known",
    ),
}
"""By what is wrong: the file, what stands there, what is put in its place, and how the line begins that says so."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_that_says_where_it_is(mistake: str) -> None:
    file, old, new, said = MISTAKES[mistake]
    cut_down(ASSIGNMENT, TEXT)
    edit(file, old, new)

    with pytest.raises(ReportgenError) as caught:
        toss()

    assert str(caught.value).startswith(said)
    assert len(str(caught.value).splitlines()) == 1
    assert not REPORT.exists()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
@pytest.mark.parametrize("file", ["assignment.toml", "report.md.j2"])
def test_a_file_that_an_editor_saved_otherwise_is_said_to_be_that(file: str, encoding: str) -> None:
    cut_down(ASSIGNMENT.replace("Chance", "Chance, “by hand”"), TEXT.replace("by hand", "“by hand”"))
    path = Path("templates", file)
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))

    with pytest.raises(ReportgenError) as caught:
        toss()

    name = {"cp1252": "Windows-1252", "utf-16": "UTF-16"}[encoding]
    assert str(caught.value) == f"{path}: is saved as {name}; save it as UTF-8"


def test_what_is_cited_stands_in_a_file_of_references_and_a_list() -> None:
    cut_down(ASSIGNMENT, TEXT.replace("by hand", "by hand [@nobody]"))
    Path("templates/references.json").write_text(
        '[{"id": "nobodi", "type": "book", "title": "Hands"}]', encoding="utf-8"
    )

    with pytest.raises(ReportgenError) as caught:
        toss()
    assert str(caught.value) == f"{WRITTEN}:7: [@nobody]: no reference has this id; the nearest is 'nobodi'"

    edit("report.md.j2", "@nobody", "@nobodi")
    with pytest.raises(ReportgenError) as caught:
        toss()
    assert str(caught.value).startswith(f"{WRITTEN}:7: [@nobodi] is cited, but no heading has {{.references}} above it")

    edit("report.md.j2", "(fig:heads)", "(fig:heads)\n\n{.references}\n# Sources")
    toss()
    require_sound(REPORT.read_bytes())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders, and asks for a right to make links")
@pytest.mark.parametrize("file", ["report.md.j2", "part.md.j2", "assignment.toml", "references.json"])
def test_a_file_of_templates_is_a_file_in_their_folder(tmp_path: Path, file: str) -> None:
    cut_down(ASSIGNMENT, TEXT + '\n{% include "part.md.j2" %}\n')
    for name, text in (("part.md.j2", "Nobody looked."), ("references.json", "[]")):
        Path("templates", name).write_text(text, encoding="utf-8")
    place, elsewhere = Path("templates", file), tmp_path / "elsewhere"
    shutil.copy(place, elsewhere)
    place.unlink()
    place.symlink_to(elsewhere)
    with pytest.raises(
        ReportgenError, match=f"^{place}: is a link that leads out of templates; copy what it leads to$"
    ):
        toss()

    place.unlink()
    place.symlink_to(place.name)
    with pytest.raises(
        ReportgenError, match=f"^{place}: is a link that leads back to itself; put a file there$|^templates: holds no "
    ):
        toss()

    place.unlink()
    os.mkfifo(place)
    with pytest.raises(ReportgenError, match=f"^{place}: is no file; put one there$|^templates: holds no {file};"):
        toss()


def test_a_name_that_is_never_measured_is_said_before_anything_is_carried_out() -> None:
    cut_down(
        ASSIGNMENT, TEXT.replace("{{ toss.tosses |", "{{ toss.tossed |").replace("if toss.heads", "if fair.toss.head")
    )
    told: list[object] = []
    with pytest.raises(ReportgenError) as caught:
        toss(tell=told.append)
    assert (
        str(caught.value)
        == "templates/report.md.j2:1: toss.tossed is not measured; the nearest is 'toss.tosses' (1 more of these)"
    )
    assert told == []


@pytest.mark.parametrize(
    "text",
    [
        "{# {{ toss.tossed }} #}",
        "{% raw %}{{ toss.tossed }}{% endraw %}",
        '{{ "toss.tossed" }}',
        "{% set toss = table %}{{ toss.tossed }}",
        "{% for toss in tables %}{{ toss.tossed }}{% endfor %}",
        "{{ x.toss.tossed }} {{ claims[0].toss.tossed }} {{ tosses.tossed }}",
        '{{ toss.heads | number(".0f") }} {{ fair.toss.heads }} toss.tossed',
    ],
)
def test_no_name_is_called_unknown_that_may_be_something_else(text: str) -> None:
    cut_down(ASSIGNMENT, text)
    assert list(unknown_names(Path("templates"), STUDY.names())) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a right to make links")
def test_a_link_within_the_folder_is_as_good_as_a_file() -> None:
    cut_down(ASSIGNMENT, TEXT)
    Path("templates/report.md.j2").rename("templates/text.md.j2")
    Path("templates/report.md.j2").symlink_to("text.md.j2")
    assert [(claim.name, claim.held) for claim in toss().claims] == [("loaded", 3)]


def test_a_heading_that_no_template_has_is_said_before_anything_is_carried_out() -> None:
    part = '\n[[part]]\nname = "part_one"\nheading = "Part I: The coins"\n'
    cut_down(ASSIGNMENT + part, TEXT)
    told: list[object] = []
    with pytest.raises(DoesNotHold) as caught:
        toss(tell=told.append)
    assert str(caught.value) == (
        "templates: the report could not meet the assignment: no template has the heading “Part I: The coins”; print part_one as one"
    )
    assert told == []
    edit("report.md.j2", "We tossed", "# {{ part_one }}\n\nWe tossed")
    assert toss().claims


PLAIN = TEXT.replace("(@fig:heads)", "").replace("![The coins, one by one.](fig:heads)", "")
"""Without a figure, which takes the most of a build."""


def results_kept() -> list[str]:
    return sorted(path.name for path in Path("build/results").glob("*")) if Path("build/results").exists() else []


def test_who_goes_back_to_settings_of_before_carries_nothing_out_again() -> None:
    cut_down(ASSIGNMENT, PLAIN)
    made = {}
    for coins in (5, 2, 3):
        assert toss(Tosses(coins=coins)).retrained
        made[coins] = Path("build/results.npz").read_bytes(), REPORT.read_bytes()
    assert len(results_kept()) == 2

    for coins in (5, 3, 2, 2, 5):
        told: list[object] = []
        assert not toss(Tosses(coins=coins), told.append).retrained
        assert (Path("build/results.npz").read_bytes(), REPORT.read_bytes()) == made[coins]
        assert len(results_kept()) == 2
        assert any("results reused from build/results.npz" in str(event) for event in told)

    assert toss(Tosses(coins=4)).retrained  # and the oldest, of three coins, has gone
    assert toss(Tosses(coins=3)).retrained
    assert not toss(Tosses(coins=4)).retrained


def test_results_kept_aside_are_bounded_and_believed_no_more_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_down(ASSIGNMENT, PLAIN)
    toss(Tosses(coins=5))
    toss(Tosses(coins=2))
    (kept,) = (Path("build/results", name) for name in results_kept())
    whole = kept.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], Path("build/results.npz").read_bytes()):
        kept.write_bytes(damaged)
        built = toss(Tosses(coins=5))
        assert (built.retrained, built.evidence.count) == (True, 5)
        built = toss(Tosses(coins=2))
        assert (built.retrained, built.evidence.count, results_kept()) == (False, 2, [kept.name])

    monkeypatch.setattr(pipeline, "MOST_BYTES_ASIDE", len(whole) // 2)
    toss(Tosses(coins=3))
    assert results_kept() == []
    Path("build/results").rmdir()
    Path("build/results").write_text("a file in the way", encoding="utf-8")
    assert toss(Tosses(coins=4)).retrained
