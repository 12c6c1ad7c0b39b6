"""Hostile settings files: names, values, syntax, bytes, sizes, and what is no file at all."""

import math
import os
import random
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path

from reportgen.lstm.settings import Experiment
from reportgen.settings import Report, default_settings_toml
from tests.hostile.inputs import Kind, damage, drawn, kept, listed, shift, spoil

FILE = Path("course.toml")

_SECTIONS = {"experiment": Experiment, "report": Report}
_NAMES = [each.name for kind in _SECTIONS.values() for each in fields(kind)]
_NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63, 10**30, 10**400, 0.0, -0.0, 5e-324, 1e308, math.inf, -math.inf, math.nan)
_LITERALS = (
    "true", "false", '""', "''", '"a"', "[]", "[[]]", "{}", "{a = {b = 1}}", "1979-05-27", "07:32:00", "0001-01-01T00:00:00Z",
    "0xffffffff", "0o777", "0b1", "1_000", "1__0", "01", "+1", ".5", "5.", "1e5", "9" * 5000, "0x" + "f" * 5000, "1e400", "nan",
    '"""\n"""', "'''\n'''", r'"\u0000"', r'"\uFFFE"', r'"\uD800"', r'"\U0010FFFF"', r'"\u202E"', r'"\x"', '"' + "a" * 100_000 + '"',
    "[" * 500 + "]" * 500, "{a=" * 500 + "1" + "}" * 500, "[1," * 20, "1_000_000", '"1000000"', "[1000000]", "{ units = 1000000 }",
)  # fmt: skip
_WORDS = [
    *_NAMES, *_LITERALS, "experiment", "report", "[experiment]", "[[experiment]]", "[report.author]", "[", "]", "=", ".", ",", "\n", "#",
    "a.b.c.d = 1\n", '"" = 1\n', "'a\\nb' = 1\n", "\ufeff", "\r", '"""', "'''",
]  # fmt: skip


def put(content: str | bytes, size: int | None = None) -> None:
    """Write the settings file, of another size than its content has if one is given."""
    FILE.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    if size is not None:
        os.truncate(FILE, size)


def _values(draw: random.Random) -> str:
    number = draw.choice((*_NUMBERS, draw.randint(-(10**6), 10**6), draw.uniform(-1e3, 1e3), 10 ** draw.randint(0, 25)))
    return draw.choice((repr(number), repr(number), draw.choice(_LITERALS)))


def values(draw: random.Random) -> None:
    """Give fields values of any size and type."""
    lines = []
    for name, kind in _SECTIONS.items():
        known = [each.name for each in fields(kind)]
        chosen = draw.sample(known, draw.randint(0, min(4, len(known))))
        lines += [f"[{name}]", *(f"{field} = {_values(draw)}" for field in chosen)]
    put("\n".join(lines))


def names(draw: random.Random) -> None:
    """Give names that are unknown, doubled, or in the wrong place."""

    def name() -> str:
        known = draw.choice([*_NAMES, *_SECTIONS])
        return draw.choice(
            (
                known,
                known + "s",
                known[::-1],
                f'"{known} "',
                f"{draw.choice(_NAMES)}.{known}",
                '""',
                f"'{known * 40}'",
                "ключ",
            )
        )

    lines = [
        draw.choice((f"[{name()}]", f"[[{name()}]]", *[f"{name()} = {_values(draw)}"] * 3))
        for _ in range(draw.randint(1, 6))
    ]
    put("\n".join(lines))


def syntax(draw: random.Random) -> None:
    """Make mistakes in a file that is right."""
    put(spoil(draw, default_settings_toml(Experiment), _WORDS))


def bytes_(draw: random.Random) -> None:
    """Damage a file that is right, or write it in another encoding, or write what was never text."""
    text = default_settings_toml(Experiment)
    right = text.encode()
    content = (
        damage(draw, right),
        shift(draw, right),
        right[: draw.randrange(len(right))],
        text.encode(draw.choice(("utf-16", "utf-16-le", "utf-32", "utf-7", "utf-8-sig", "cp037"))),
        draw.randbytes(draw.choice((0, 1, 100, 10_000))),
    )
    put(draw.choice(content))


def nesting(draw: random.Random) -> None:
    """Nest tables, arrays and dotted names, up to a depth that no reader follows."""
    depth = draw.choice((2, 30, 300, 1000, 3000, 30_000, 100_000))
    field = draw.choice(("report.author", "experiment.units", "experiment", "other"))
    forms: Mapping[int, str] = {
        0: f"{field} = " + "[" * depth + "]" * draw.choice((0, depth)),
        1: f"{field} = " + "{a=" * depth + "1" + "}" * draw.choice((0, depth)),
        2: f"{field}{'.a' * depth} = 1",
        3: f"[{field}{'.a' * depth}]",
        4: "\n".join(f"[{field}{'.a' * step}]" for step in range(min(depth, 2000))),
        5: f"{field} = [" + "{a=[" * depth + "]}" * depth + "]",
    }
    put(forms[draw.randrange(len(forms))])


_HUGE = {
    "a string of 10 MB": lambda: put('report.author = "' + "a" * 10_000_000 + '"'),
    "a name of 10 MB": lambda: put("a" * 10_000_000 + " = 1"),
    "a comment of 10 MB": lambda: put("#" + "a" * 10_000_000),
    "a number of 10 MB": lambda: put("experiment.seed = " + "9" * 10_000_000),
    "a hexadecimal number of a million digits": lambda: put("experiment.seed = 0x" + "f" * 1_000_000),
    "an array of a million": lambda: put("experiment.seed = [" + "1," * 1_000_000 + "]"),
    "a million lines": lambda: put("\n" * 1_000_000),
    "a million names": lambda: put("".join(f"a{number} = 1\n" for number in range(1_000_000))),
    "a million tables": lambda: put("".join(f"[a{number}]\n" for number in range(1_000_000))),
    "a name of a million dots": lambda: put("report.author" + ".a" * 1_000_000 + " = 1"),
    "100 MB": lambda: put("", size=100_000_000),
}
_NO_FILES = {
    "missing": lambda: None,
    "a folder": FILE.mkdir,
    "a pipe that nobody writes to": lambda: os.mkfifo(FILE),
    "a link to itself": lambda: FILE.symlink_to(FILE),
    "a link to nothing": lambda: FILE.symlink_to("gone"),
    "a link to what never ends": lambda: FILE.symlink_to("/dev/zero"),
    "an empty file that may not be read": lambda: FILE.touch(0),
}

KINDS: list[Kind] = [
    listed("kept files", [partial(put, path.read_bytes()) for path in kept("settings/*")]),
    drawn("values of any size and type", values, 60, 1900),
    drawn("names unknown, doubled, misplaced", names, 30, 800),
    drawn("mistakes in a right file", syntax, 50, 1500),
    drawn("bytes damaged, other encodings", bytes_, 20, 600),
    drawn("nested without end", nesting, 12, 182),
    listed("huge", list(_HUGE.values())),
    listed("no file", list(_NO_FILES.values())),
]
