"""`check` on an inbox: what it prints, writes and leaves unsaid, and that one runaway harms none of the others."""

import csv
import io
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import openpyxl
import pytest

from reportgen import inbox as inboxes
from reportgen.assignment import read_assignment
from reportgen.inbox import HandIn, Inbox, judge_all, judge_inbox
from reportgen.inbox.feedback import feedback
from reportgen.inbox.judging import sentences_of
from reportgen.inbox.sheet import bearing, marking_sheet
from reportgen.inbox.tables import as_csv, as_json, as_junit, sum_line, table_lines
from reportgen.marking import read_marking
from tests.check.students import written
from tests.inbox.handins import MAILS, from_student, good, mail, zipped
from tests.inbox.runaways import runaway
from tests.soundness import require_sound

TEMPLATES = Path(__file__).parents[2] / "templates"
ASSIGNMENT = read_assignment(TEMPLATES)
LATE = "Thu, 05 Dec 2024 01:05:00 -0600"


def judged(*messages: bytes) -> Inbox:
    found = [
        each
        for n, message in enumerate(messages, 1)
        for each in judge_all(HandIn(f"box#{n}", message=message), ASSIGNMENT)
    ]
    return Inbox(tuple(found))


@pytest.fixture(scope="module")
def inbox() -> Inbox:
    return judged(
        mail(("essay.docx", good())).as_bytes(),
        mail(
            ("Bo Chen.docx", from_student("no snapshot")), name="Bo Chen", address="bochen@my.unt.edu", date=LATE
        ).as_bytes(),
        mail(
            ("Ann Lee essay.pdf", b"%PDF-1.7 ..."),
            name="Ann Lee",
            address="annlee@my.unt.edu",
            subject="Ann Lee’s homework",
        ).as_bytes(),
        mail(("x.docx", from_student("in Spanish")), name="=cmd|'/c calc'!A1", address="eve@my.unt.edu").as_bytes(),
        mail(("copy.docx", good()), name="Copy Cat", address="cat@my.unt.edu").as_bytes(),
        mail(("again.docx", from_student("bold lines")), name="Bo C.", address="bochen@my.unt.edu").as_bytes(),
    )


def test_a_table_has_a_line_a_hand_in_and_a_sum(inbox: Inbox) -> None:
    lines = list(table_lines(inbox, ASSIGNMENT))

    assert [" ".join(line.split()) for line in lines] == [
        "1 ✓ Jane Doe meets what is asked",
        "2 ✗ Bo Chen late by 2 h 5 min, by the sender’s clock; nothing in Part I speaks of the cell state as a snapshot",
        "3 ✗ Ann Lee it is a PDF, whatever its name says; hand in the Word document itself; its subject is “Ann Lee’s homework”",
        "4 ? =cmd|'/c calc'!A1 in doubt: the text is in Spanish, whose words are not known here: only a reader can tell",
        "5 ✓ Copy Cat meets what is asked",
        "6 ✓ Bo C. meets what is asked",
        "",
        "The same file: 1 and 5.",
        "From one student: 2 and 6; which of them counts is yours to say.",
        "6 hand-ins: 3 have the required headings and words, 1 with a doubt; 2 do not meet what is asked, 1 of them late.",
    ]


def test_changes_and_comments_are_mentioned_and_stop_nothing() -> None:
    found = judged(mail(("a.docx", from_student("tracked changes"))).as_bytes())

    assert next(table_lines(found, ASSIGNMENT)) == (
        "1 ✓ Jane Doe  noted: 4 tracked changes left in the document; it was read with all changes accepted"
    )


def test_a_spreadsheet_takes_no_name_for_a_formula(inbox: Inbox) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(inbox, ASSIGNMENT))))

    assert [row["outcome"] for row in rows] == ["pass", "fail", "fail", "doubt", "pass", "pass"]
    assert rows[1] | {"student": "Bo Chen", "late_minutes": "125", "S4": "fail", "A5": "fail", "A4": "pass"} == rows[1]
    assert rows[3]["student"] == "'=cmd|'/c calc'!A1"


def test_programs_and_ci_are_told_no_names_unless_they_are_asked_for(inbox: Inbox) -> None:
    for text in (as_json(inbox), as_junit(inbox)):
        assert not [
            said
            for said in ("Jane", "Chen", "Ann", "Lee", "bochen", "my.unt.edu", "essay", "homework", "cmd")
            if said in text
        ]
    for text in (as_json(inbox, names=True), as_junit(inbox, names=True)):
        assert "Bo Chen" in text
        assert "homework" in text


def test_a_name_in_a_heading_that_a_message_quotes_is_left_out() -> None:
    stream = io.BytesIO()
    written(["# Part I: the cell state, by Ann Lee", "Hardly anything."]).save(stream)
    found = judged(mail(("a.docx", stream.getvalue()), name="Ann Lee").as_bytes())

    assert "by Ann Lee" in as_json(found, names=True)
    assert "by …" in as_json(found)
    assert "Lee" not in as_json(found) + as_junit(found)


def test_json_and_junit_say_the_same(inbox: Inbox) -> None:
    found = json.loads(as_json(inbox))
    suites = ET.fromstring(as_junit(inbox))

    assert found["sum"] == {"pass": 3, "doubt": 1, "fail": 2}
    assert (found["same_file"], found["same_words"], found["reference_answer"]) == ([[1, 5]], [], [])
    assert [each["late_seconds"] for each in found["hand_ins"]] == [None, 7500, None, None, None, None]
    assert [int(suite.attrib["failures"]) for suite in suites] == [0, 2, 3, 0, 0, 0]
    assert [suite.attrib["name"] for suite in suites] == [each["place"] for each in found["hand_ins"]]
    assert len(suites[3].findall(".//system-out")) == 7


def test_the_reference_answer_and_the_same_words_are_listed_and_judged_as_any_other() -> None:
    reference = sentences_of(good())
    saved_anew = docx.Document(io.BytesIO(good()))
    saved_anew.core_properties.author = "Somebody Else"
    stream = io.BytesIO()
    saved_anew.save(stream)
    found = Inbox(
        tuple(
            judge_all(HandIn(str(n), message=mail(("a.docx", content)).as_bytes()), ASSIGNMENT, reference)[0]
            for n, content in enumerate((good(), stream.getvalue(), from_student("bold lines")))
        )
    )

    assert (found.same, found.alike, found.reference) == ([], [[1, 2]], [1, 2])
    assert not any(each.failed() for each in found.judged)
    assert "The reference answer, much of it, or made by this program: 1 and 2." in list(table_lines(found, ASSIGNMENT))


def test_what_this_program_made_is_known_by_what_it_carries(tmp_path: Path) -> None:
    carried = {
        "customXml/item7.xml": b'<?xml version="1.0"?><provenance xmlns="urn:reportgen:provenance:2">{}</provenance>'
    }
    stream = io.BytesIO(good())
    with zipfile.ZipFile(stream, "a") as archive:
        for name, content in carried.items():
            archive.writestr(name, content)

    assert judged(mail(("a.docx", stream.getvalue())).as_bytes()).reference == [1]


def test_feedback_is_kind_and_says_what_is_missing(inbox: Inbox) -> None:
    texts = dict(feedback(inbox, ASSIGNMENT, TEMPLATES))

    assert list(texts) == [
        "001-Jane-Doe.txt", "002-Bo-Chen.txt", "003-Ann-Lee.txt", "004-cmd-c-calc-A1.txt", "005-Copy-Cat.txt", "006-Bo-C.txt"
    ]  # fmt: skip
    for text in texts.values():
        assert text.startswith("Hello ")
        assert text.endswith("Kind regards\n")
        assert "\n\n\n" not in text
    assert "- nothing in Part I speaks of the cell state as a snapshot." in texts["002-Bo-Chen.txt"]
    assert (
        "It arrived Thursday 2024-12-05 01:05 CST; it was due Wednesday 2024-12-04 23:00 CST (late by 2 h 5 min)."
        in texts["002-Bo-Chen.txt"]
    )
    assert "could not be read: it is a PDF" in texts["003-Ann-Lee.txt"]
    assert "It has the headings and the words that are asked for." in texts["001-Jane-Doe.txt"]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% if %}", ":1: "),
        ("{{ nobody }}", "'nobody' is undefined"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_a_template_of_feedback_that_is_none_is_one_line(
    inbox: Inbox, tmp_path: Path, template: str, said: str
) -> None:
    from reportgen.errors import ReportgenError  # noqa: PLC0415

    (tmp_path / "feedback.txt.j2").write_text(template, encoding="utf-8")
    with pytest.raises(ReportgenError) as caught:
        list(feedback(inbox, ASSIGNMENT, tmp_path))
    assert "feedback.txt.j2" in str(caught.value)
    assert said in str(caught.value)


def test_a_marking_sheet_has_room_for_points_and_gives_none(inbox: Inbox) -> None:
    marking = read_marking(TEMPLATES, ASSIGNMENT)
    content = marking_sheet(inbox, ASSIGNMENT, marking, ".xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    header = [str(each) for each in rows[0]]
    criteria = [name for name in header if name[:2] in ("I.", "II") and not name.endswith("seen")]

    assert content == marking_sheet(inbox, ASSIGNMENT, marking, ".xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {entry.date_time[0] for entry in parts.infolist()} == {1980}
    assert len(criteria) == sum(len(part.criteria) for part in marking.values())
    assert [row[0] for row in rows[2:]] == [1, 2, 3, 4, 5, 6]
    for name in criteria:
        assert {row[header.index(name)] for row in rows[2:]} == {None}
    assert rows[3][header.index("I.6: seen")] == "✗ A5: nothing in Part I speaks of the cell state as a snapshot"
    assert rows[2][header.index("II.5: seen")] == "✓ A6: The forget gate is discussed as a neural network."
    assert str(rows[5][1]).startswith("'=")
    assert str(rows[2][header.index("Part I (50)")]).startswith("=IF(COUNT(")


def test_a_marking_sheet_in_word_has_a_table_a_hand_in(inbox: Inbox) -> None:
    marking = read_marking(TEMPLATES, ASSIGNMENT)
    content = marking_sheet(inbox, ASSIGNMENT, marking, ".docx")
    document = docx.Document(io.BytesIO(content))

    assert content == marking_sheet(inbox, ASSIGNMENT, marking, ".docx")
    require_sound(content)
    assert len(document.tables) == len(inbox.judged)
    assert [
        paragraph.text for paragraph in document.paragraphs if paragraph.style and paragraph.style.name == "Heading 2"
    ][1] == "2. Bo Chen"
    rows = [[cell.text for cell in row.cells] for row in document.tables[1].rows]
    assert rows[0] == ["criterion", "what an answer must say", "of", "points", "seen"]
    assert {row[3] for row in rows[1:]} == {""}
    assert rows[6][4] == "✗ A5: nothing in Part I speaks of the cell state as a snapshot"


def test_what_bears_on_a_criterion_is_what_it_names() -> None:
    marking = read_marking(TEMPLATES, ASSIGNMENT)
    codes = {
        part: [[each.code for each in bearing(criterion, part, ASSIGNMENT)] for criterion in marking[part].criteria]
        for part in marking
    }

    assert codes["part_one"][2] == ["A4"]
    assert codes["part_one"][5] == ["A5"]
    assert codes["part_two"][4:7] == [["A6"], ["A7"], ["A8"]]
    assert codes["part_two"][2] == ["A3"]


# The command


def check(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "reportgen", "check", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(TEMPLATES.parent), "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_the_command_takes_all_of_it_at_once_and_says_how_it_ended(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    for number, name in enumerate(("good", "late", "PDF", "two documents")):
        (tmp_path / "inbox" / f"{number}.eml").write_bytes(MAILS[name].make())
    (tmp_path / "canvas.zip").write_bytes(
        zipped({"doejane_4711_90001_essay.docx": good(), "leeann_LATE_4712_90002_essay.docx": b""})
    )

    done = check(
        tmp_path, "inbox", "canvas.zip", "gone", "--csv", "all.csv", "--junit", "all.xml", "--feedback", "texts",
        "--marking-sheet", "marks.xlsx",
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (
        2, "reportgen: gone: there is no such file; give the path of a .docx, a folder, a zip archive or an e-mail\n"
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert [line.split()[1] for line in lines[:6]] == ["✓", "✗", "✗", "?", "✓", "✗"]
    assert lines[-1].startswith("6 hand-ins: 2 have the required headings and words, 1 with a doubt; 3 do not")
    assert "Canvas says that it is late; by how much is unknown" in lines[5]
    assert len(list((tmp_path / "texts").glob("*.txt"))) == 6
    assert all((tmp_path / name).stat().st_size for name in ("all.csv", "all.xml", "marks.xlsx"))


def test_a_single_message_is_told_rule_by_rule_and_exit_0_is_all_right(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(MAILS["a hyphen for a dash"].make())

    done = check(tmp_path, "one.eml")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "one.eml"
    assert "  ? S3   Its subject is “ADTA 5560: Assignment 5 – Submission.”." in done.stdout
    assert done.stdout.splitlines()[-1] == "one.eml has the required headings and words, with a doubt."


def test_texts_that_were_edited_are_set_aside_and_name_nobody(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(MAILS["good"].make())
    assert check(tmp_path, "one.eml", "--feedback", "texts").returncode == 0
    text = tmp_path / "texts" / "001-Jane-Doe.txt"
    text.write_text("Well done, Jane.", encoding="utf-8")

    done = check(tmp_path, "one.eml", "--feedback", "texts", "--quiet")

    assert done.stderr == "of the texts in texts, 1 were edited; what was edited is kept beside as .edited-…\n"
    assert text.with_name("001-Jane-Doe.edited-1.txt").read_text(encoding="utf-8") == "Well done, Jane."


# One among others


def test_a_runaway_a_death_and_an_exception_cost_nobody_else_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, what in enumerate(("fine", "sleep", "fine", "die", "fine", "raise", "fine")):
        (tmp_path / f"{number}.docx").write_text(what, encoding="utf-8")
    monkeypatch.setattr(inboxes, "_judge_here", runaway)
    counts: list[int] = []
    threads = threading.active_count()

    found = judge_inbox([tmp_path], TEMPLATES, processes=2, patience=2.5, on_judged=counts.append)

    said = [each.results[0].message if each.results else "" for each in found.judged]
    assert [bool(each) for each in said] == [False, True, False, True, False, True, False]
    assert "it took longer than 2 s" in said[1]
    assert "its process was ended" in said[3]
    assert "TaskFailed" in said[5]
    assert counts == [1, 2, 3, 4, 5, 6, 7]
    assert (multiprocessing.active_children(), threading.active_count()) == ([], threads)


def test_what_raises_while_it_is_read_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def recursion(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("reportgen.inbox.judging.read_mail", recursion)
    (found,) = judge_all(HandIn("box#1", message=b"x"), ASSIGNMENT)
    assert (
        found.results[0].message == "could not be judged (RecursionError while it was read); open it by hand, with care"
    )
    assert (
        sum_line(Inbox((found,)))
        == "1 hand-in: 0 have the required headings and words, 0 with a doubt; 1 does not meet what is asked."
    )
