"""The settings of a build: frozen, typed, bounded, from TOML and flags."""

import datetime
import difflib
import json
import os
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from reportgen.errors import ReportgenError

SETTINGS_FILE = "reportgen.toml"
"""Read from the current folder if it is there and no other file is named."""

PageSize = Literal["A4", "Letter"]

MOST_CHARACTERS = 200
"""In a line of text from the settings."""


MOST_BYTES = 16_000
"""In a settings file; the one that says every default has some 300."""


def printable(text: str) -> str:
    """Return a text that is one line and that a document can hold; raise ValueError for any other."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"must be one line of at most {MOST_CHARACTERS} characters; it has {len(text)}")
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise ValueError(f"must be one line of text; it holds U+{ord(character):04X}")
    return text


def _bounded(default: float, least: float, most: float) -> Any:
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True)
class Experiment:
    """What is trained, on what, how often: everything that a measurement can depend on.

    Raises ValueError where a value has another type, is out of bounds, or does not go with another one.
    """

    seed: int = _bounded(1, 0, 2**31 - 1000)
    networks: int = _bounded(5, 1, 50)
    units: int = _bounded(16, 1, 256)
    epochs: int = _bounded(15, 1, 1000)
    sequences: int = _bounded(2048, 32, 100_000)
    timesteps: int = _bounded(100, 60, 1000)
    batch_size: int = _bounded(32, 1, 4096)
    learning_rate: float = _bounded(0.02, 1e-15, 1e6)
    period_min: float = _bounded(15.0, 4, 1000)
    period_max: float = _bounded(50.0, 4, 1000)
    noise: float = _bounded(0.1, 0, 10)

    def __post_init__(self) -> None:
        """Check every field, and then those that must go together."""
        for each in fields(self):
            value = getattr(self, each.name)
            kinds = (int, float) if each.type is float else (int,)
            least, most = each.metadata["least"], each.metadata["most"]
            if type(value) not in kinds or not least <= value <= most:  # NaN is not, either
                kind = "number" if each.type is float else "whole number"
                raise ValueError(each.name, value, f"must be a {kind} from {least:.15g} to {most:.15g}")
            object.__setattr__(self, each.name, float(value) if each.type is float else value)
        if self.period_min > self.period_max:
            raise ValueError(f"period_min ({self.period_min:g}) is greater than period_max ({self.period_max:g})")
        if self.period_max > self.timesteps:
            raise ValueError(
                f"period_max ({self.period_max:g}) is longer than a sequence (timesteps = {self.timesteps})"
            )
        if self.batch_size > self.sequences:
            raise ValueError(f"batch_size ({self.batch_size}) is greater than sequences ({self.sequences})")

    @property
    def warm_up(self) -> int:
        """Timesteps at the start of a sequence that no error is counted on: half of them."""
        return self.timesteps // 2


_LATEST = 2107
_DATES = f"must be in a year up to {_LATEST}, the last that the archive of a Word document can hold"


@dataclass(frozen=True)
class Report:
    """What stands on the page and depends on no network. Raises ValueError as `Experiment` does."""

    author: str = ""
    date: datetime.date | None = None
    page_size: PageSize = "A4"
    contents: bool = False

    def __post_init__(self) -> None:
        """Check every field."""
        if not isinstance(self.author, str):
            raise ValueError("author", self.author, "must be a line of text")  # noqa: TRY004 - as for every other field
        try:
            object.__setattr__(self, "author", printable(self.author.strip()))
        except ValueError as error:
            raise ValueError("author", self.author, str(error)) from None
        if self.date is not None and type(self.date) is not datetime.date:
            raise ValueError("date", self.date, "must be a date, YYYY-MM-DD without quotes")
        if self.date is not None and self.date.year > _LATEST:
            raise ValueError("date", self.date, _DATES)
        if self.page_size not in (sizes := get_args(PageSize)):
            raise ValueError("page_size", self.page_size, f"must be {' or '.join(sizes)}")
        if type(self.contents) is not bool:
            raise ValueError("contents", self.contents, "must be true or false")

    def day(self) -> datetime.date:
        """Return the document's date: the setting, else SOURCE_DATE_EPOCH, else today."""
        if self.date is not None:
            return self.date
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        if not epoch:
            return datetime.date.today()
        try:
            day = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).date()
        except (ValueError, OverflowError, OSError):
            raise ReportgenError(
                f"SOURCE_DATE_EPOCH is {epoch!r}: give whole seconds since 1970, or unset it"
            ) from None
        if day.year > _LATEST:
            raise ReportgenError(f"SOURCE_DATE_EPOCH is {epoch!r}: {_DATES}")
        return day


@dataclass(frozen=True)
class Settings:
    """One build: an `experiment` and a `report` on it."""

    experiment: Experiment = Experiment()
    report: Report = Report()


SECTIONS: dict[str, type[Experiment | Report]] = {"experiment": Experiment, "report": Report}


def load_settings(path: Path | None, flags: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Return the settings of a TOML file, overridden by the flags that were given.

    Without a path, `reportgen.toml` in the current folder is read if it exists, else the defaults hold. `flags` has the
    file's form: section, then field. Raises ReportgenError where the file is missing, malformed or out of bounds.
    """
    source = path
    if source is None and Path(SETTINGS_FILE).is_file():
        source = Path(SETTINGS_FILE)
    table = _read_toml(source) if source else {}
    sections: dict[str, Any] = {}
    for name in table:
        if name not in SECTIONS:
            raise ReportgenError(f"{source}: unknown key {name!r}; {_hint(name, tuple(SECTIONS))}")
    for name, kind in SECTIONS.items():
        given = table.get(name, {})
        if not isinstance(given, dict):
            raise ReportgenError(f"{source}: {name} is {_short(given)}: must be a section, [{name}]")
        given = given | dict(flags.get(name, {}))
        known = tuple(each.name for each in fields(kind))
        for key in given:
            if key not in known:
                raise ReportgenError(f"{source}: unknown key {f'{name}.{key}'!r}; {_hint(key, known)}")
        try:
            sections[name] = kind(**given)
        except ValueError as error:
            where = f"{source or 'settings'}: "
            if len(error.args) == 1:
                raise ReportgenError(f"{where}[{name}] {error}") from None
            key, value, rule = error.args
            if key in flags.get(name, {}):
                raise ReportgenError(f"--{key.replace('_', '-')} is {_short(value)}: {rule}") from None
            raise ReportgenError(f"{where}{name}.{key} is {_short(value)}: {rule}") from None
    return Settings(**sections)


def default_settings_toml() -> str:
    """Return a settings file that says every default, for `init`."""
    lines = ["# The settings of a build. What is left out keeps the value that stands here."]
    for name, values in asdict(Settings()).items():
        lines.append(f"\n[{name}]")
        for key, value in values.items():
            lines.append(
                "# date = 2024-12-04  # if left out, the day of the build"
                if value is None
                else f"{key} = {json.dumps(value)}"
            )
    return "\n".join(lines) + "\n"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        # A pipe that nobody writes to, or a device, would never end.
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ReportgenError(f"{path}: is no file; give the path of a settings file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ReportgenError(f"{path}: is larger than {MOST_BYTES:,} bytes, which no settings file is")
        return tomllib.loads(content.decode("utf-8-sig"))
    except FileNotFoundError:
        raise ReportgenError(f"{path}: there is no such settings file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReportgenError(f"{path}: cannot be read as a settings file ({error})") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ReportgenError(f"{path}: is not valid TOML: {error}") from None


def _hint(name: str, known: tuple[str, ...]) -> str:
    homes = [home for home, kind in SECTIONS.items() if name in (each.name for each in fields(kind))]
    if homes:
        return f"it belongs into the section [{homes[0]}]"
    return f"the nearest known name is {difflib.get_close_matches(name, known, 1, cutoff=0)[0]!r}"


def _short(value: object) -> str:
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # tables in tables, and integers that Python does not print
        return f"a {type(value).__name__} without end"
    return text if len(text) <= 60 else text[:57] + "..."
