"""The settings of a build: frozen, typed, bounded, from TOML and flags."""

import datetime
import json
import os
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

from msgspec import Meta, ValidationError, convert

from reportgen.errors import ReportgenError, nearest
from reportgen.textfiles import decoded

SETTINGS_FILE = "reportgen.toml"
"""Read from the current folder if it is there and no other file is named."""

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


def validate(settings: Any) -> None:
    """Raise ValueError, with field, value and rule, where a field of a frozen dataclass is not of its type, or out of its bounds.

    Bounds stand beside the type, `Annotated[int, Meta(ge=1, le=50)]`; what else a rule should say, in `Meta(description="must be …")`.
    A whole number is taken for a float; nothing else is taken for what it is not: true is no number, nor is NaN within any bounds.
    """
    for name, kind in get_type_hints(type(settings), include_extras=True).items():
        value = getattr(settings, name)
        try:
            object.__setattr__(settings, name, convert(value, kind, builtin_types=(datetime.date,)))
        except ValidationError as error:
            raise ValueError(name, value, _rule(kind) or str(error)) from None


def _rule(kind: Any) -> str | None:
    base, meta = (*get_args(kind), Meta())[:2]
    if isinstance(meta, Meta) and meta.ge is not None and meta.le is not None:
        return f"must be a {'number' if base is float else 'whole number'} from {meta.ge:.15g} to {meta.le:.15g}"
    return meta.description if isinstance(meta, Meta) else None


_LATEST = 2107
_DATES = f"must be in a year up to {_LATEST}, the last that the archive of a Word document can hold"


@dataclass(frozen=True)
class Report:
    """What stands on the page and depends on no measurement.

    Raises ValueError where a value has another type or is out of bounds: with field, value and rule.
    """

    author: Annotated[str, Meta(description="must be a line of text")] = ""
    date: Annotated[datetime.date | None, Meta(description="must be a date, YYYY-MM-DD without quotes")] = None
    page_size: Annotated[Literal["A4", "Letter"], Meta(description="must be A4 or Letter")] = "A4"
    contents: Annotated[bool, Meta(description="must be true or false")] = False
    appendix: Annotated[Literal["claims", "full", "none"], Meta(description="must be claims, full or none")] = "claims"

    def __post_init__(self) -> None:
        """Check every field."""
        validate(self)
        try:
            object.__setattr__(self, "author", printable(self.author.strip()))
        except ValueError as error:
            raise ValueError("author", self.author, str(error)) from None
        if self.date is not None and self.date.year > _LATEST:
            raise ValueError("date", self.date, _DATES)

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
    """One build: an `experiment`, which is a study's own value, and a `report` on it."""

    experiment: Any
    report: Report = Report()


def load_settings(
    path: Path | None, flags: Mapping[str, Mapping[str, Any]], experiment: Callable[..., Any]
) -> Settings:
    """Return the settings of a TOML file, overridden by the flags that were given.

    Without a path, `reportgen.toml` in the current folder is read if it exists, else the defaults hold. `flags` has the
    file's form: section, then field; `experiment` is the dataclass of the study. Raises ReportgenError where the file is missing,
    malformed or out of bounds.
    """
    kinds = _sections(experiment)
    source = path
    if source is None and Path(SETTINGS_FILE).is_file():
        source = Path(SETTINGS_FILE)
    table = _lowered(_read_toml(source), experiment, source) if source else {}
    sections: dict[str, Any] = {}
    for name in table:
        if name not in kinds:
            raise ReportgenError(f"{source}: unknown key {name!r}{_hint(name, tuple(kinds), kinds)}")
    for name, kind in kinds.items():
        given = table.get(name, {})
        if not isinstance(given, dict):
            raise ReportgenError(f"{source}: {name} is {_short(given)}: must be a section, [{name}]")
        given = given | dict(flags.get(name, {}))
        known = tuple(each.name for each in fields(kind))  # type: ignore[arg-type]  # a dataclass
        for key in given:
            if key not in known:
                if source and key not in flags.get(name, {}):
                    raise ReportgenError(f"{source}: unknown key {f'{name}.{key}'!r}{_hint(key, known, kinds)}")
                raise ReportgenError(
                    f"{_flag(key)}: this study has no such setting; those of [{name}] are {', '.join(known)}"
                )
        try:
            sections[name] = kind(**given)
        except ValueError as error:
            where = f"{source or 'settings'}: "
            if len(error.args) == 1:
                raise ReportgenError(f"{where}[{name}] {error}") from None
            key, value, rule = error.args
            if key in flags.get(name, {}):
                raise ReportgenError(f"{_flag(key)} is {_short(value)}: {rule}") from None
            place = key if key.partition(".")[0] in _tables(experiment) else f"{name}.{key}"
            raise ReportgenError(f"{where}{place} is {'missing' if value is None else _short(value)}: {rule}") from None
    return Settings(**sections)


def default_settings_toml(experiment: Callable[..., Any]) -> str:
    """Return a settings file that says every default, for `init`."""
    lines = ["# The settings of a build. What is left out keeps the value that stands here."]
    for name, kind in _sections(experiment).items():
        lines.append(f"\n[{name}]")
        for key, value in asdict(kind()).items():
            lines.append(
                "# date = 2024-12-04  # if left out, the day of the build"
                if value is None
                else f"{key} = {json.dumps(value)}"
            )
    return "\n".join(lines) + "\n"


def _tables(experiment: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(experiment) if each.default_factory is dict)  # type: ignore[arg-type]  # as above


def _lowered(table: dict[str, Any], experiment: Callable[..., Any], source: Path) -> dict[str, Any]:
    """Return a file's table with what stands above its section: a setting that is itself one of tables, [measurement.pulse]."""
    above = {name: table.pop(name) for name in _tables(experiment) if isinstance(table.get(name), dict)}
    section = table.get("experiment", {})
    if not above or not isinstance(section, dict):
        return table
    for name in above.keys() & section.keys():
        raise ReportgenError(f"{source}: {name} stands at the top and in [experiment] too; keep one of both")
    return table | {"experiment": section | above}


def _sections(experiment: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    return {"experiment": experiment, "report": Report}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        # A pipe that nobody writes to, or a device, would never end.
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ReportgenError(f"{path}: is no file; give the path of a settings file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ReportgenError(f"{path}: is larger than {MOST_BYTES:,} bytes, which no settings file is")
        return tomllib.loads(decoded(content, path))
    except FileNotFoundError:
        raise ReportgenError(f"{path}: there is no such settings file") from None
    except OSError as error:
        raise ReportgenError(f"{path}: cannot be read as a settings file ({error})") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ReportgenError(f"{path}: is not valid TOML: {error}") from None


def _flag(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _hint(name: str, known: tuple[str, ...], kinds: Mapping[str, Any]) -> str:
    homes = [home for home, kind in kinds.items() if name in (each.name for each in fields(kind))]
    return f"; it belongs into the section [{homes[0]}]" if homes else nearest(name, known)


def _short(value: object) -> str:
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # tables in tables, and integers that Python does not print
        return f"a {type(value).__name__} without end"
    return text if len(text) <= 60 else text[:57] + "..."
