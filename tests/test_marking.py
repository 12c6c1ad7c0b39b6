"""The marking guide: points that add up, places that exist, and one line for what is wrong."""

import re
from pathlib import Path

import pytest

from reportgen import assignment
from reportgen.assignment import Assignment, read_assignment
from reportgen.errors import ReportgenError
from reportgen.marking import Criterion, Part, marking_table, read_marking

OURS = Path(__file__).parents[1] / "templates"
CRITERION = 'points = 2\nsays = "Cells."\nwhere = ["Cells", "eq:cell"]\n'
PART = f"points = 2\n[[NAME.criteria]]\n{CRITERION}"
GOOD = "".join(f"[{name}]\n{PART.replace('NAME', name)}" for name in ("part_one", "part_two"))


def asking(*names: str) -> Assignment:
    return Assignment({}, parts=tuple(assignment.Part(name, f"Heading of {name}") for name in names))


TWO_PARTS = asking("part_one", "part_two")


def refusal(folder: Path, text: str) -> str:
    (folder / "marking.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ReportgenError) as caught:
        read_marking(folder, TWO_PARTS)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(folder / "marking.toml")).removeprefix(": ")


def test_the_guide_that_comes_with_it_gives_each_part_fifty_points() -> None:
    marking = read_marking(OURS, read_assignment(OURS))
    assert list(marking) == ["part_one", "part_two"]
    for part in marking.values():
        assert part.points == 50 == sum(criterion.points for criterion in part.criteria)


def test_what_is_read_is_what_stands_there(tmp_path: Path) -> None:
    (tmp_path / "marking.toml").write_text(GOOD, encoding="utf-8")
    for name, part in read_marking(tmp_path, TWO_PARTS).items():
        place = f"{tmp_path / 'marking.toml'}: {name}, criterion 1"
        assert part == Part(2, (Criterion(2, "Cells.", ("Cells", "eq:cell"), place),))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (CRITERION, CRITERION.replace("2", "3"), "part_one: its criteria add up to 3 points, and the part has 2"),
        ("points = 2\n[[", "points = 0\n[[", "part_one.points is 0: must be a whole number from 1 to 1000"),
        ("points = 2\n[[", "points = true\n[[", "part_one.points is True: must be a whole number"),
        ("points = 2\nsays", "points = -2\nsays", "part_one, criterion 1: points is -2"),
        ('says = "Cells."', "says = 3", "part_one, criterion 1: says is 3: must be a line of text"),
        ('says = "Cells."', 'says = "a\\nb"', "must be a line of text"),
        ('says = "Cells."', 'says = "An error of 0.002."', "holds a number that no measurement gave"),
        ('says = "Cells."', "", "part_one, criterion 1 must have `points`, `says` and `where`"),
        ('where = ["Cells", "eq:cell"]', "where = []", "must list headings or labels"),
        ('where = ["Cells", "eq:cell"]', "where = [1]", "must list headings or labels"),
        (
            "[part_two]",
            "[part_three]\n[part_two]",
            "'part_three' is no part of assignment.toml; the nearest is 'part_two'",
        ),
        ("[[part_one.criteria]]", "[part_one.criteria]", "part_one.criteria must be a list"),
        ("[part_one]", "[part_one]\nextra = 1", "part_one must be a section with `points` and"),
        ("[part_one]", "[part_one", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in refusal(tmp_path, GOOD.replace(old, new, 1))


def test_a_missing_part_and_a_missing_file(tmp_path: Path) -> None:
    assert "part_two must be a section" in refusal(tmp_path, GOOD.partition("[part_two]")[0])
    (tmp_path / "marking.toml").unlink()
    with pytest.raises(ReportgenError, match=re.escape("holds no marking.toml; `init DIR` makes a folder")):
        read_marking(tmp_path, TWO_PARTS)


@pytest.mark.parametrize("names", [("whole",), ("first", "second", "third", "fourth")])
def test_any_number_of_parts_is_one_section_and_one_table_each(tmp_path: Path, names: tuple[str, ...]) -> None:
    text = "".join(f"[{name}]\n{PART.replace('NAME', name)}" for name in reversed(names))
    (tmp_path / "marking.toml").write_text(text, encoding="utf-8")

    table = marking_table(
        read_marking(tmp_path, asking(*names)),
        dict.fromkeys(names, "H"),
        {"Cells": "“Cells”", "eq:cell": "Equation (1)"},
    )

    assert [(part["name"], part["numeral"], part["total"]) for part in table] == [
        (name, numeral, str(2 * len(names))) for name, numeral in zip(names, ("I", "II", "III", "IV"), strict=False)
    ]


def test_no_part_has_no_guide(tmp_path: Path) -> None:
    with pytest.raises(ReportgenError, match=r"assignment\.toml: has no \[\[part\]\] to give points for"):
        read_marking(tmp_path, asking())


def test_rows_say_where_in_the_words_of_the_report() -> None:
    marking = {"part_one": Part(3, (Criterion(3, "a | b", ("A *heading*", "eq:cell")),))}
    places = {"A *heading*": "“A heading”", "eq:cell": "Equation (1)"}
    (part,) = marking_table(marking, {"part_one": "Part I_1"}, places)
    assert (part["name"], part["heading"], part["numeral"]) == ("part-one", "Part I_1", "I")
    assert (part["points"], part["total"]) == ("3", "3")
    assert part["criteria"] == [{"points": "3", "says": r"a \| b", "where": "“A heading”; Equation (1)"}]


def test_a_place_that_the_report_does_not_have_is_named() -> None:
    marking = {"part_one": Part(3, (Criterion(3, "a", ("eq:cel",), "f: part_one, criterion 1"),))}
    with pytest.raises(
        ReportgenError,
        match=r"f: part_one, criterion 1: the report has no 'eq:cel' to refer to; the nearest is 'eq:cell'",
    ):
        marking_table(marking, {"part_one": ""}, {"eq:cell": "Equation (1)"})


def test_every_place_of_the_guide_is_in_the_templates() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in OURS.glob("*.md.j2"))
    text = re.sub(r'\{\{ given\("([^"]*)", "[^"]*"\) \}\}', r"\1", text)
    headings = set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    labels = set(re.findall(r"\(((?:eq|fig|tbl):[\w-]+)\)", text))
    for part in read_marking(OURS, read_assignment(OURS)).values():
        for criterion in part.criteria:
            assert set(criterion.where) <= headings | labels
