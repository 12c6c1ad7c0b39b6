"""Templates of version 0.1 made into those of today: claims, comments, names of measurements, and the assignment's parts.

What has an answer in the text alone is rewritten; what has none is told with its line, for its author to decide.
"""

import itertools
import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from reportgen.assignment import ASSIGNMENT_FILE
from reportgen.errors import ReportgenError, nearest
from reportgen.prose.foreseen import is_of_a_family, names_used
from reportgen.textfiles import decoded, require_own

_PARTS = ("part_one", "part_two")
_VALUES = {
    "": ("course", "assignment", "title", "keywords"),
    "[submission]": ("to", "subject", "due", "timezone", "from"),  # of which 0.1 knew the first two
}
_TAG = re.compile(r"\{%([-+]?)\s*(claim|otherwise|endclaim)\b(.*?)([-+]?)%\}", re.DOTALL)
_OPENED = re.compile(r"\s*(?:(?P<name>\w+)\s+)?if\b(?P<test>.*)", re.DOTALL)
_NOT_READ = re.compile(r"\{#.*?(?:#\}|\Z)|\{%[-+]?\s*raw\b.*?(?:\bendraw\s*[-+]?%\}|\Z)", re.DOTALL)
_NO_CLAIM = re.compile(r"(\{#-?\s*)no claim:")
_HELD = re.compile(r"\{\{-?\s*held\b")
_OVER_LEDGER = re.compile(r"\{%[-+]?\s*for\s+\w+\s+in\s+ledger\b")
_TURNED = {"eq": "ne", "ne": "eq", "lt": "gteq", "gteq": "lt", "gt": "lteq", "lteq": "gt"}


@dataclass(frozen=True)
class Migration:
    """What becomes of a folder: `files` hold the new text of each that changes, by name; `left` says what its author decides."""

    files: Mapping[str, str]
    left: tuple[str, ...]


def migrate(folder: Path, shipped_assignment: str, known: Collection[str]) -> Migration:
    """Return what templates of version 0.1 become.

    `shipped_assignment` is the assignment.toml of today, of which the requirements are taken that 0.1 had built in; `known` are the
    measurements that there are. Raises ReportgenError, with file and line,
    where a file cannot be read.
    """
    paths = sorted(folder.glob("*.md.j2"))
    if not paths:
        raise ReportgenError(f"{folder}: holds no templates (*.md.j2); name the folder that does")
    files: dict[str, str] = {}
    left: list[str] = []
    for path in paths:
        old = _read(path, folder)
        new = _renamed(_with_reasons(_claims(old, str(path))), known)
        left += _unknown(new, str(path), known)
        if new != old:
            files[path.name] = new
    path = folder / ASSIGNMENT_FILE
    if path.exists():
        old = _read(path, folder)
        new = _assignment(old, path, shipped_assignment)
        if new != old:
            files[path.name] = new
            left.append(
                f"{path}: asks what the assignment that comes with the program does, which 0.1 had built in; read it"
            )
    return Migration(files, tuple(left))


def _read(path: Path, folder: Path) -> str:
    require_own(path, folder)
    return decoded(path.read_bytes(), path)


def _claims(source: str, file: str) -> str:
    """Return a template whose claims have one test and three cases where they had a chain of tests."""
    found = list(_tags(source))
    parts, at, k = [], 0, 0
    while k < len(found):
        if found[k][2] != "claim":
            k += 1
            continue
        end = next((n for n in range(k, len(found)) if found[n][2] == "endclaim"), None)
        if end is None:
            raise ReportgenError(
                f"{file}:{_line(source, found[k].start())}: this claim is never closed; end it with {{% endclaim %}}"
            )
        chain = found[k : end + 1]
        parts += [source[at : chain[0].start()], _claim(source, chain, file)]
        at, k = chain[-1].end(), end + 1
    return "".join([*parts, source[at:]])


def _tags(source: str) -> Iterator["re.Match[str]"]:
    skipped = [match.span() for match in _NOT_READ.finditer(source)]
    for match in _TAG.finditer(source):
        if not any(begin <= match.start() < end for begin, end in skipped):
            yield match


def _claim(source: str, chain: "list[re.Match[str]]", file: str) -> str:
    """Return one claim.

    Then, the first statement was printed whose test held in every network, or in one at least where it says in how many, `{{ held }}`.
    Now, each test has its cases. So a statement that says in how many becomes the case `some` of its test (and the case of all, if
    none is written before it), and one whose test is that the test before it fails becomes `none`, unless another test comes between.
    """
    written, above, begun = [], None, ""
    for tag, following in itertools.pairwise(chain):
        opened = _OPENED.fullmatch(tag[3])
        if not opened:  # written for today: cases without a test
            return source[chain[0].start() : chain[-1].end()]
        test, body = (
            _parsed(opened["test"], f"{file}:{_line(source, tag.start())}"),
            source[tag.end() : following.start()],
        )
        says_held = bool(_HELD.search(body))
        open_, close = f"{{%{tag[1]}", f"{tag[4]}%}}"
        if above is not None and says_held and test == above and begun == "all":
            written.append(f"{open_} some {close}{body}")
            begun = "some"
        elif above is not None and not says_held and begun in ("all", "some") and _fails_exactly_where(test, above):
            written.append(f"{open_} none {close}{body}")
            begun = "none"
        else:
            written.append(f"{tag[0]}{body}")
            above, begun = test, "all"
            if says_held:
                written.append(f"{open_} some {close}{body}")
                begun = "some"
    return "".join([*written, chain[-1][0]])


def _parsed(test: str, place: str) -> nodes.Expr:
    try:
        output = Environment().parse(f"{{{{ {test} }}}}").body[0]
    except TemplateSyntaxError as error:
        raise ReportgenError(f"{place}: the test of a claim cannot be read ({error.message})") from None
    assert isinstance(output, nodes.Output)
    return output.nodes[0]


def _fails_exactly_where(test: nodes.Expr, other: nodes.Expr) -> bool:
    """Return whether a test holds of a network exactly where another fails, as people write that: with `not`, or a sign turned round."""
    if isinstance(test, nodes.Compare) and isinstance(other, nodes.Compare) and len(test.ops) == len(other.ops) == 1:
        turned = nodes.Operand(_TURNED[other.ops[0].op], other.ops[0].expr)
        return test == nodes.Compare(other.expr, [turned])
    return test == nodes.Not(other) or other == nodes.Not(test)


def _with_reasons(source: str) -> str:
    """Return a template whose comments `no claim: …` say which kind of paragraph it is: one that cites, or one that defines."""
    paragraphs = re.split(r"(\n[ \t]*\n)", source)
    return "".join(
        _NO_CLAIM.sub(lambda found, kind="citation" if "[@" in text else "definition": f"{found[1]}{kind}:", text)
        for text in paragraphs
    )


def _renamed(source: str, known: Collection[str]) -> str:
    """Return a template in which a measurement of another condition has that before its name: `untrained.flow.x` for `flow.x_untrained`."""
    worlds = {name.partition(".")[0] for name in known if name.count(".") > 1}
    names = {name for _, name in names_used(source) if name not in known}
    for name in sorted(names, key=len, reverse=True):
        for world in worlds:
            base, ending = name.removesuffix(f"_{world}"), name.endswith(f"_{world}")
            if ending and f"{world}.{base}" in known:
                source = re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", f"{world}.{base}", source)
    return source


def _unknown(source: str, file: str, known: Collection[str]) -> Iterator[str]:
    where: dict[str, list[str]] = {}
    for line, name in names_used(source):
        if name not in known and is_of_a_family(name, known):
            where.setdefault(name, []).append(str(line))
    for name, lines in where.items():
        also = f" (and in line {', '.join(dict.fromkeys(lines[1:]))})" if set(lines[1:]) - {lines[0]} else ""
        yield f"{file}:{lines[0]}: {name} is no longer measured{nearest(name, known)}{also}"
    for loop in _OVER_LEDGER.finditer(source):
        yield (
            f"{file}:{_line(source, loop.start())}: `ledger` is two tables now, `findings` and `identities`; take this template from a "
            "new `init`"
        )


def _assignment(source: str, path: Path, shipped: str) -> str:
    """Return today's assignment.toml with what one of 0.1 says: its lines, the headings of its two parts, how to hand in."""
    try:
        old: dict[str, Any] = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ReportgenError(f"{path}: is not valid TOML: {error}") from None
    if not set(_PARTS) & set(old):
        return source
    given = {"": old, "[submission]": old.get("submission", {})}
    section, part, lines = "", "", []
    for line in shipped.splitlines():
        if line.startswith("["):
            section = line
        key, _, value = line.partition(" = ")
        part = json.loads(value) if (section, key) == ("[[part]]", "name") else part
        if (section, key) == ("[[part]]", "heading"):
            lines.append(f"{key} = {_toml(old.get(part, part))}")
        elif key in _VALUES.get(section, ()):
            lines += [f"{key} = {_toml(given[section][key])}"] if key in given[section] else []
        else:
            lines.append(line)
    further = old.keys() - {*_VALUES[""], *_PARTS, "submission"}
    texts = [f"{key} = {_toml(old[key])}" for key in old if key in further and isinstance(old[key], str)]
    return "\n".join([*lines, *(["", "[texts]", *texts] if texts else []), ""])


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _line(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1
