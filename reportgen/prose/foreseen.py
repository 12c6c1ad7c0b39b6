"""What templates print, told from their text alone, before there is anything to print in them: headings, and names nobody measures."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from reportgen.errors import nearest

MAIN = "report.md.j2"

_COMMENT = re.compile(r"\{#.*?(?:#\}|\Z)", re.DOTALL)
_OTHERS = re.compile(
    r"""\{%[-+]?\s*(include|extends|import|from)\b\s*(?:["']([^"'\n]*)["']\s*(?:[-+]?%\}|as\b|import\b|with))?"""
)
_ASSIGNS = re.compile(r"\{%[-+]?\s*(?:set|for|macro|with|from|import)\b[^%]*")
_MOST_BYTES = 200_000
_UNDERLINE = re.compile(r"[ \t]*(?:=+|-+)[ \t]*")
_EXPRESSION = re.compile(r"\{\{-?(.*?)-?(?:\}\}|\Z)", re.DOTALL)
_CODE = re.compile(r"""\{[{%](?:"[^"]*"|'[^']*'|(?![%}]\}).)*(?:[%}]\}|\Z)""", re.DOTALL)
_VERBATIM = re.compile(r"\{#.*?(?:#\}|\Z)|\{%[-+]?\s*raw\b.*?(?:\bendraw\s*[-+]?%\}|\Z)", re.DOTALL)
_DOTTED = re.compile(r"(?<![\w.)\]])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_TEXT = re.compile(r""""[^"]*"|'[^']*'""")


def can_have_heading(folder: Path, texts: Mapping[str, str], heading: str) -> bool:
    """Return whether templates of a folder may print a heading; False only where it is certain that none does.

    `texts` are what templates print by name, as it is. Whatever a template may compute counts as any text.
    """
    sources = _sources_in_reach(folder)
    if sources is None:
        return True
    sources = {name: _COMMENT.sub("", source) for name, source in sources.items()}
    assigned = _assigned_in(sources.values())
    known = {name: text for name, text in texts.items() if name not in assigned}
    wanted = _bare(heading)
    return any(re.fullmatch(pattern, wanted) for source in sources.values() for pattern in _headings(source, known))


def unknown_names(folder: Path, known: Collection[str]) -> Iterator[str]:
    """Yield, as `file:line: …`, each name in the templates of a report that is none of the measurements there can be.

    Where these are not known beforehand, there are none of them, and no name is of their kind.
    """
    sources = _sources_in_reach(folder) or {}
    assigned = _assigned_in(sources.values())
    for name, source in sources.items():
        for line, used in names_used(source):
            if used not in known and used.partition(".")[0] not in assigned and is_of_a_family(used, known):
                yield f"{folder / name}:{line}: {used} is not measured{nearest(used, known)}"


def is_of_a_family(name: str, known: Collection[str]) -> bool:
    """Return whether a name begins as a measurement does: `flow.…` where `flow.mean_age` is one, or `untrained.flow.…`."""
    return name.partition(".")[0] in {each.partition(".")[0] for each in known}


def names_used(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every dotted name in the tags and expressions of a template: `flow.mean_age`, `untrained.flow.mean_age`."""
    source = _VERBATIM.sub(_only_newlines, source)
    for code in _CODE.finditer(source):
        for found in _DOTTED.finditer(_TEXT.sub(lambda text: " " * len(text[0]), code[0])):
            yield source.count("\n", 0, code.start() + found.start()) + 1, found[0]


def _sources_in_reach(folder: Path) -> dict[str, str] | None:
    """Return by name the templates that a report is made of; None where that is not certain.

    What is wrong with them is said where they are rendered.
    """
    sources: dict[str, str] = {}
    names = [MAIN]
    for name in names:  # which grows while it is read
        path = folder / name
        try:
            if (
                not re.fullmatch(r"[\w-]+(?:[./][\w-]+)*", name)
                or not path.is_file()
                or path.stat().st_size > _MOST_BYTES
            ):
                return None
            source = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        sources[name] = source
        for asked in _OTHERS.finditer(_COMMENT.sub("", source)):
            if not asked[2]:
                return None
            names += [asked[2]] if asked[2] not in names else []
    return sources


def _assigned_in(sources: Iterable[str]) -> set[str]:
    """Return all words of the tags that may give a name another meaning: none of them is certain to be what it is elsewhere."""
    return {word for source in sources for tag in _ASSIGNS.findall(source) for word in re.findall(r"\w+", tag)}


def _only_newlines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _headings(source: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield a pattern for each heading that a template may print."""
    written = (text for code in _CODE.findall(re.sub(r"\bgiven\([^()]*\)", "", source)) for text in _TEXT.findall(code))
    if re.search(r"\{%[-+]?\s*(?:filter|call)\b", source) or any(re.search(r"#|\\|\n|==|--", text) for text in written):
        yield ".*"  # a text that could make a heading of what is printed beside it
    lines, above = source.split("\n"), ""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        before, sign, title = line.partition("#")
        if sign and (not before.strip() or "{" in before):  # what stands before it may print nothing
            joined = ".*" if below.lstrip().startswith(("{%-", "{{-")) else ""  # which strips the break
            yield _pattern(title.lstrip("#"), texts) + joined
        if _UNDERLINE.fullmatch(line) and above:
            yield ".*" + _pattern(above, texts)  # what stands in the lines above it belongs to it
        if not (line.lstrip().startswith("{%") and line.rstrip().endswith("%}")):
            above = line.strip()


def _pattern(line: str, texts: Mapping[str, str]) -> str:
    """Return a pattern for what a line prints: of an expression its text if that is known, else anything; anything behind a tag."""
    line, tag, _ = line.partition("{%")
    parts, at = [], 0
    for found in _EXPRESSION.finditer(line):
        parts += [
            _literal(line[at : found.start()]),
            re.escape(_bare(texts[name])) if (name := found[1].strip()) in texts else ".*",
        ]
        at = found.end()
    if parts.count(".*") > 1:
        return ".*"  # what holds many would take long to match
    return "".join([*parts, _literal(re.sub(r"[ \t]+#+[ \t]*$", "", line[at:])), ".*" if tag else ""])


def _literal(text: str) -> str:
    """Return a pattern for literal Markdown: itself, or anything where it may be more than text."""
    if re.search(r"[\[<&$@{]", text):
        return ".*"
    begins, ends = (r"\s*" if text[:1].isspace() else ""), (r"\s*" if text[-1:].isspace() else "")
    return f"{begins}{re.escape(_bare(text))}{ends}"


def _bare(text: str) -> str:
    """Return a text without signs of emphasis and of code, and without more blanks than one."""
    return " ".join(re.sub(r"[*_`\\]", "", text).split())
