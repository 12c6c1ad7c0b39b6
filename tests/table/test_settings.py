"""What the settings of a table may say, and one line for what they may not."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import ReportgenError
from reportgen.settings import Report, Settings, load_settings
from reportgen.table.settings import Choice, Figure, Quantity, Table

FILE = """\
[experiment]
case = ["patient", "patients"]

[measurement.rest]
label = "the pulse at rest"
unit = "beats per minute"
method = "counted"

[choice.much]
label = "a pulse that is much"
value = 90

[figure.pulse]
draws = "dots"
of = "rest"

[report]
page_size = "Letter"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str) -> Settings:
    Path("reportgen.toml").write_text(text, encoding="utf-8")
    return load_settings(None, {}, Table)


def test_tables_of_the_experiment_stand_at_the_top_or_in_its_section() -> None:
    read = load(FILE)
    assert read.report == Report(page_size="Letter")
    assert read.experiment.measurement == {"rest": Quantity("the pulse at rest", "counted", "beats per minute")}
    assert read.experiment.choice == {"much": Choice("a pulse that is much", 90.0)}
    assert read.experiment.figure == {"pulse": Figure("dots", ("rest",))}
    assert load(FILE.replace("[measurement.", "[experiment.measurement.")) == read
    assert load(
        FILE.replace("[experiment]\n", "", 1).replace('case = ["patient", "patients"]\n', "")
    ).experiment.case == (
        "case",
        "cases",
    )


def test_settings_come_back_from_what_a_report_carries() -> None:
    table = load(FILE).experiment
    assert Table(**asdict(table)) == table


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("label = \"the pulse at rest\"\n", "", "reportgen.toml: measurement.rest.label is missing: say what it is, as in"),
        ("method = \"counted\"\n", "", "measurement.rest.method is missing: say how it was measured, as in"),
        ("method = \"counted\"", "method = \"\"", "measurement.rest.method is '': must be a line of text"),
        ("label = \"the pulse at rest\"", "label = 3", "measurement.rest.label is 3: must be a line of text"),
        ("unit =", "units =", "measurement.rest.units is 'beats per minute': is no key of it; the nearest is 'unit'"),
        ("[measurement.rest]", "[measurement.Rest]", "measurement.Rest is 'Rest': must be named by small letters, digits and _"),
        ("[measurement.rest]", "[measurement.lambda]", "must be named by small letters, digits and _"),
        ("[measurement.rest]", "[measurment.rest]", "unknown key 'measurment'"),
        ("value = 90", "value = nan", "choice.much.value is nan: must be a finite number"),
        ("value = 90", "value = true", "choice.much.value is True: must be a finite number"),
        ("value = 90\n", "", "choice.much.value is missing: say the number"),
        ('draws = "dots"', 'draws = "pie"', 'figure.pulse.draws is \'pie\': must be "dots", "bars" or "line"'),
        ('of = "rest"', "of = []", "figure.pulse.of is []: must list from one to eight measurements"),
        ('["patient", "patients"]', '["patient"]', "experiment.case is ['patient']: must be what a row is of, in one and in many"),
        ('["patient", "patients"]', '["patient", "findings"]', "must be in many one word of small letters that templates know"),
        ('["patient", "patients"]', '["patient", "my patients"]', "must be in many one word of small letters"),
        ('["patient", "patients"]', '["patient 1", "patients"]', "must be in one a noun, of letters"),
        ("[experiment]", '[experiment]\nworlds_in = "group"', "world is missing: [world] and worlds_in, the column that names"),
        ("[choice.much]", '[world]\na = ""\nb = "without"\n[choice.much]', "worlds_in is missing: [world] and worlds_in"),
        ("[experiment]", '[experiment]\nworlds_in = "g"\n[world]\na = ""\n[experiment.world]', "world stands at the top and in"),
        ("[experiment]", '[experiment]\ndecimal = ";"', "experiment.decimal is ';': must be \".\" or \",\""),
        ("unit =", 'along = "minute"\nunit =', "measurement.rest.along is 'minute': needs the file of curves"),
        ("[choice.much]", "[seed.much]", "unknown key 'seed'"),
    ],
)  # fmt: skip
def test_what_may_not_be_said_is_one_line(old: str, new: str, line: str) -> None:
    assert old in FILE
    with pytest.raises(ReportgenError) as caught:
        load(FILE.replace(old, new, 1))
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_a_report_carries_is_no_larger_than_one_that_is_read() -> None:
    with pytest.raises(ValueError, match="rows"):
        Table(rows=(("a",),) * 20_001)
    with pytest.raises(ValueError, match="rows"):
        Table(curves="b.csv", curve_rows=(("a",) * 201,) * 1_000)


@pytest.mark.parametrize(
    ("world", "rule"),
    [
        ({"drug": ""}, "must name from 2 to 10, the main one first"),
        ({"drug": "", "control": ""}, "must be a line of text"),
        ({"drug": "", "Control": "without"}, "must be one word of small letters"),
        ({"drug": "", "measured": "without"}, "that templates know by no other meaning"),
        ({"drug": "", "title": "without"}, "that templates know by no other meaning"),
    ],
)
def test_worlds_have_names_and_words(world: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match="world") as caught:
        Table(worlds_in="group", world=world)
    assert rule in caught.value.args[2]
