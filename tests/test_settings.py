"""Settings: what a file and flags may say, and the one line that they get when they say something else."""

import dataclasses
import datetime
import json
import math
import os
import re
import time
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from reportgen.errors import ReportgenError
from reportgen.lstm.settings import Experiment
from reportgen.settings import Report, Settings, default_settings_toml, load_settings, validate


def names(kind: type[Experiment | Report]) -> set[str]:
    return {field.name for field in fields(kind)}


BOUNDS = {  # field: lowest, highest, one below, one above
    "seed": (0, 2**31 - 1000, -1, 2**31 - 999),
    "networks": (1, 50, 0, 51),
    "units": (1, 256, 0, 257),
    "epochs": (1, 1000, 0, 1001),
    "sequences": (32, 100_000, 31, 100_001),
    "timesteps": (60, 1000, 59, 1001),
    "batch_size": (1, 4096, 0, 4097),
    "learning_rate": (1e-15, 1e6, 0.0, 1_000_001.0),
    "period_min": (4.0, 1000.0, 3.99, 1000.1),
    "period_max": (4.0, 1000.0, 3.99, 1000.1),
    "noise": (0.0, 10.0, -0.001, 10.001),
}
ROOM = {  # so that a field at its bound does not collide with another
    "sequences": "batch_size = 1",
    "batch_size": "sequences = 100000",
    "period_min": "period_max = 1000.0\ntimesteps = 1000",
    "period_max": "period_min = 4.0\ntimesteps = 1000",
}


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def load(text: str | bytes, **flags: dict[str, Any]) -> Settings:
    path = Path("course.toml")
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(path, flags, Experiment)


def refusal(text: str | bytes, **flags: dict[str, Any]) -> str:
    """Return the one line that refuses a file; it begins with the file's name."""
    with pytest.raises(ReportgenError) as caught:
        load(text, **flags)
    line = str(caught.value)
    assert line.splitlines() == [line]
    assert line.startswith("course.toml: ")
    return line


def test_without_file_and_flags_the_defaults_hold() -> None:
    settings = load_settings(None, {}, Experiment)

    assert settings == Settings(Experiment())
    assert asdict(settings.experiment) == {
        "seed": 7,
        "networks": 5,
        "units": 16,
        "epochs": 15,
        "sequences": 2048,
        "timesteps": 100,
        "batch_size": 32,
        "learning_rate": 0.02,
        "period_min": 15.0,
        "period_max": 50.0,
        "noise": 0.1,
    }
    assert (settings.report.author, settings.report.date, settings.report.page_size) == ("", None, "A4")


def test_toml_overrides_defaults_and_flags_override_toml() -> None:
    text = '[experiment]\nseed = 7\nunits = 8\n[report]\nauthor = "From the file"\ndate = 2024-12-04'

    settings = load(text, experiment={"seed": 9}, report={"author": "From a flag"})

    assert (settings.experiment.seed, settings.experiment.units, settings.experiment.networks) == (9, 8, 5)
    assert (settings.report.author, settings.report.date) == ("From a flag", datetime.date(2024, 12, 4))


def test_reportgen_toml_is_read_from_the_current_folder() -> None:
    Path("reportgen.toml").write_text("[experiment]\nunits = 3\n", encoding="utf-8")

    assert load_settings(None, {}, Experiment).experiment.units == 3
    assert load("[experiment]\nseed = 2").experiment.units == 16, "another file was named, so this one does not count"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Settings(Experiment()).experiment, "seed", 3)  # noqa: B010 - mypy knows already that this cannot be assigned


def test_every_field_of_the_experiment_has_bounds_here() -> None:
    assert set(BOUNDS) == names(Experiment)


@pytest.mark.parametrize("field", BOUNDS)
def test_bounds(field: str) -> None:
    lowest, highest, below, above = BOUNDS[field]
    others = ROOM.get(field, "")

    for value in (lowest, highest):
        assert getattr(load(f"[experiment]\n{field} = {value}\n{others}").experiment, field) == value
    for value in (below, above):
        line = refusal(f"[experiment]\n{field} = {value}\n{others}")
        assert f"experiment.{field} is {value}: must be a" in line


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("experiment.unit = 3", "unknown key 'experiment.unit'; the nearest is 'units'"),
        (
            "experiment.learning_rat = 1.0",
            "unknown key 'experiment.learning_rat'; the nearest is 'learning_rate'",
        ),
        ("report.autor = 'x'", "unknown key 'report.autor'; the nearest is 'author'"),
        ("[experimnt]\nseed = 1", "unknown key 'experimnt'; the nearest is 'experiment'"),
        ("[reports]\nauthor = 'x'", "unknown key 'reports'; the nearest is 'report'"),
        ('[experiment]\n"a\\nb" = 1', "unknown key"),
        ("experiment.author = 'x'", "unknown key 'experiment.author'; it belongs into the section [report]"),
        ("units = 3", "unknown key 'units'; it belongs into the section [experiment]"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(text: str, named: str) -> None:
    assert named in refusal(text)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("experiment.seed", '"1"', "'1'"),
        ("experiment.seed", "true", "True"),
        ("experiment.seed", "1.0", "1.0"),
        ("experiment.seed", "[1,\n 2]", "[1, 2]"),
        ("experiment.seed", "{ x = 1 }", "{'x': 1}"),
        ("experiment.seed", "2024-12-04", "datetime.date(2024, 12, 4)"),
        ("experiment.noise", '"0.1"', "'0.1'"),
        ("experiment.noise", "true", "True"),
        ("experiment.noise", "1e400", "inf"),
        ("experiment.noise", "-inf", "-inf"),
        ("experiment.noise", "nan", "nan"),
        ("report.author", "3", "3"),
        ("report.author", r'"two\nlines"', r"'two\nlines'"),
        ("report.author", r'"a\u0000b"', r"'a\x00b'"),
        ("report.author", f'"{"x" * 201}"', "xxx..."),
        ("report.page_size", '"A5"', "'A5'"),
        ("report.contents", '"yes"', "'yes'"),
        ("report.contents", "1", "1"),
        ("report.date", '"2024-12-04"', "'2024-12-04'"),
        ("report.date", "2024-12-04T10:00:00", "datetime.datetime(2024, 12, 4, 10, 0)"),
        ("report.date", "2108-01-01", "datetime.date(2108, 1, 1)"),
        ("report.date", "10:00:00", "datetime.time(10, 0)"),
        ("experiment", "3", "3"),
        ("report", "[1]", "[1]"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(field: str, value: str, shown: str) -> None:
    line = refusal(f"{field} = {value}")

    assert f"{field} is " in line
    assert shown in line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("experiment.units = 'x'", "experiment.units is 'x': must be a whole number from 1 to 256"),
        ("experiment.seed = -1", "experiment.seed is -1: must be a whole number from 0 to 2147482648"),
        ("experiment.learning_rate = 0.0", "experiment.learning_rate is 0.0: must be a number from 1e-15 to 1000000"),
        ("report.author = 3", "report.author is 3: must be a line of text"),
        ("report.date = '2024-12-04'", "report.date is '2024-12-04': must be a date, YYYY-MM-DD without quotes"),
        ("report.page_size = 'A5'", "report.page_size is 'A5': must be A4 or Letter"),
        ("report.contents = 1", "report.contents is 1: must be true or false"),
        ("report.appendix = 'most'", "report.appendix is 'most': must be claims, full or none"),
    ],
)
def test_the_line_says_field_value_and_rule(text: str, line: str) -> None:
    assert refusal(text) == f"course.toml: {line}"


def test_an_author_that_no_document_can_hold_is_refused() -> None:
    """XML 1.0 has no U+FFFE and U+FFFF (section 2.2, Char)."""
    assert "report.author" in refusal(r'report.author = "a\uFFFFb"')


def test_an_integer_serves_as_a_float_and_a_name_is_stripped() -> None:
    settings = load('experiment.noise = 1\nreport.author = "  A. Ñame 王  "')

    assert settings.experiment.noise == 1.0
    assert settings.report.author == "A. Ñame 王"


@pytest.mark.parametrize(
    "content",
    [
        b"[experiment",
        b"a = 1\na = 2",
        b"seed",
        b"a = " + b"[" * 5000,
        b"a = " + b"9" * 5000,
        bytes(range(256)),
    ],
    ids=["open table", "twice", "no value", "deep", "long integer", "binary"],
)
def test_what_is_no_toml_is_refused(content: bytes) -> None:
    assert re.search("is not valid TOML|cannot be read as text", refusal(content))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"), ("cp1252", "Windows-1252")],
)
def test_a_file_that_an_editor_saved_in_another_encoding_is_said_to_be_that(encoding: str, said: str) -> None:
    text = '# The settings of a build, all of them.\n[report]\nauthor = "Zoë Müller – Ñandú"\n'

    assert refusal(text.encode(encoding)) == f"course.toml: is saved as {said}; save it as UTF-8"
    assert load(text).report.author == "Zoë Müller – Ñandú"


def test_a_byte_order_mark_as_windows_editors_write_it_does_no_harm() -> None:
    assert load(b"\xef\xbb\xbf[experiment]\nseed = 4\n").experiment.seed == 4


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportgenError, match=r"^gone\.toml: there is no such settings file$"):
        load_settings(Path("gone.toml"), {}, Experiment)
    with pytest.raises(ReportgenError) as caught:
        load_settings(tmp_path, {}, Experiment)
    assert str(caught.value).startswith(f"{tmp_path}: cannot be read")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("period_min = 40.0\nperiod_max = 20.0", r"period_min \(40\) is greater than period_max \(20\)"),
        ("period_max = 100.5", r"period_max \(100.5\) is longer than a sequence \(timesteps = 100\)"),
        ("sequences = 63\nbatch_size = 64", r"batch_size \(64\) is greater than sequences \(63\)"),
    ],
)
def test_fields_that_do_not_fit_together_are_refused(text: str, rule: str) -> None:
    assert re.search(rf"\[experiment\] {rule}", refusal(f"[experiment]\n{text}"))


def test_fields_that_just_fit_together_are_taken() -> None:
    settings = load(
        "[experiment]\nperiod_min = 60.0\nperiod_max = 60.0\ntimesteps = 60\nsequences = 64\nbatch_size = 64"
    )

    assert settings.experiment.warm_up == 30


def test_a_bad_flag_is_called_a_flag() -> None:
    with pytest.raises(ReportgenError, match=r"^--seed is -1: must be a whole number"):
        load_settings(None, {"experiment": {"seed": -1}}, Experiment)
    assert "flag" not in refusal("experiment.units = 0", experiment={"seed": 1})


@dataclass(frozen=True)
class Throws:
    """The settings of a study that trains nothing and draws no random number."""

    dice: Annotated[int, Meta(ge=1, le=9)] = 2
    weight: Annotated[float, Meta(ge=0, le=1)] = 0.5
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        validate(self)


@pytest.mark.parametrize("flag", ["seed", "networks"])
@pytest.mark.parametrize("text", ["", "experiment.dice = 3"])
def test_a_flag_for_what_a_study_has_not_is_refused_as_a_flag_with_what_it_has(flag: str, text: str) -> None:
    path = Path("course.toml")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportgenError) as caught:
        load_settings(path, {"experiment": {flag: 3}}, Throws)
    assert (
        str(caught.value) == f"--{flag}: this study has no such setting; those of [experiment] are dice, weight, names"
    )


def test_a_study_brings_settings_of_its_own() -> None:
    Path("course.toml").write_text("[experiment]\ndice = 9\nweight = 1\nnames = ['a']", encoding="utf-8")

    assert load_settings(Path("course.toml"), {}, Throws) == Settings(Throws(9, 1.0, ("a",)))
    assert tomllib.loads(default_settings_toml(Throws))["experiment"] == {"dice": 2, "weight": 0.5, "names": []}
    with pytest.raises(ValueError, match="str") as caught:
        Throws(names=("a", 1))  # type: ignore[arg-type]  # as a file may
    assert caught.value.args[:2] == ("names", ("a", 1))
    with pytest.raises(ReportgenError, match=r"^course\.toml: unknown key 'experiment\.dice'; the nearest is "):
        load_settings(Path("course.toml"), {}, Experiment)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("units", 0),
        ("units", True),
        ("units", 1.0),
        ("units", "1"),
        ("noise", math.nan),
        ("noise", math.inf),
        ("noise", True),
    ],
)
def test_what_a_program_makes_directly_is_held_to_the_same_bounds(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match="must be a") as caught:
        Experiment(**{field: value})
    assert caught.value.args[0] == field
    with pytest.raises(ValueError, match="must be a"):
        dataclasses.replace(Experiment(), **{field: value})


def test_a_flag_cannot_hide_that_its_section_is_no_table() -> None:
    assert "experiment is 3" in refusal("experiment = 3", experiment={"seed": 1})


def test_the_date_is_the_setting_else_source_date_epoch_else_today(monkeypatch: pytest.MonkeyPatch) -> None:
    before = datetime.date.today()
    assert before <= Report().day() <= datetime.date.today()

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86399")
    assert Report().day() == datetime.date(1970, 1, 1)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1733270400")
    with monkeypatch.context() as patch:  # midnight in Greenwich is the day before in Los Angeles
        patch.setenv("TZ", "PST8")
        time.tzset()
        assert Report().day() == datetime.date(2024, 12, 4)
    time.tzset()

    assert Report(date=datetime.date(2020, 2, 29)).day() == datetime.date(2020, 2, 29)


@pytest.mark.parametrize("epoch", ["yesterday", "1e3", "1.5", "nan", "9" * 20, "9" * 5000])
def test_a_bad_source_date_epoch_is_refused(monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(ReportgenError, match=r"^SOURCE_DATE_EPOCH is .*whole seconds"):
        Report().day()


def test_the_settings_file_that_init_writes_says_the_defaults() -> None:
    text = default_settings_toml(Experiment)

    assert load(text) == Settings(Experiment())
    for section, kind in (("experiment", Experiment), ("report", Report)):
        assert set(tomllib.loads(text)[section]) == names(kind) - {"date"}
    assert re.search(r"^# date = ", text, re.MULTILINE)


def toml(value: object) -> str:
    """Return a value as TOML writes it, tables inline."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return "{ " + ", ".join(f"{toml(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
        case datetime.date() | datetime.time():
            return value.isoformat()
    return repr(value)


SCALARS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.integers(0, 100)
    | st.floats()
    | st.booleans()
    | st.text()
    | st.dates()
    | st.datetimes()
    | st.times()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5
)
SECTIONS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys([*sorted(names(Experiment)), *sorted(names(Report)), "unit"], VALUES)
)


@given(
    st.dictionaries(st.text(), VALUES, max_size=2),
    st.fixed_dictionaries({}, optional={"experiment": SECTIONS | VALUES, "report": SECTIONS | VALUES}),
)
def test_any_table_gives_settings_or_one_line(noise: dict[str, object], sections: dict[str, object]) -> None:
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in (noise | sections).items())
    tomllib.loads(text)
    try:
        settings = load(text)
    except ReportgenError as error:
        line = str(error)
        assert line.splitlines() == [line]
        assert line.startswith("course.toml: ")
    else:
        given_ = sections.get("experiment", {})
        assert isinstance(given_, dict)
        assert given_.items() <= asdict(settings.experiment).items()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("report.author" + ".a" * 1500 + " = 1", "report.author is a dict without end: must be a line of text"),
        ("experiment.seed = 0x" + "f" * 5000, "experiment.seed is a int without end: must be a whole number"),
        ("experiment.noise = 1" + "0" * 400, "experiment.noise is 1000000"),
    ],
    ids=["tables in tables", "an integer too long to print", "an integer too great for a float"],
)
def test_a_value_that_python_cannot_print_or_compare_is_refused_by_name(text: str, shown: str) -> None:
    assert shown in refusal(text)


def test_a_file_larger_than_settings_are_is_not_parsed() -> None:
    """The parser takes a time that grows with the square of a dotted name's length."""
    assert load("[experiment]\nseed = 4\n#" + "a" * 15_000).experiment.seed == 4
    assert "is larger than 16,000 bytes" in refusal("report.author" + ".a" * 100_000 + " = 1")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes that have a name")
def test_what_would_never_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zeros.toml").symlink_to("/dev/zero")
    for name in ("pipe.toml", "zeros.toml"):
        with pytest.raises(ReportgenError, match=r"\.toml: is no file"):
            load_settings(tmp_path / name, {}, Experiment)
