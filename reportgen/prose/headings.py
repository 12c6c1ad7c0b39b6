"""Which headings a folder of templates can print, told from their text alone: before there is anything to print in them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

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
_TEXT = re.compile(r""""[^"]*"|'[^']*'""")


def can_have_heading(folder: Path, texts: Mapping[str, str], heading: str) -> bool:
    """Return whether templates of a folder may print a heading; False only where it is certain that none does.

    `texts` are what templates print by name, as it is. Whatever a template may compute counts as any text.
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
                return True  # which is said where it is rendered
            source = _COMMENT.sub("", path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return True
        sources[name] = source
        for asked in _OTHERS.finditer(source):
            if not asked[2]:
                return True
            names += [asked[2]] if asked[2] not in names else []
    assigned = {
        word for source in sources.values() for tag in _ASSIGNS.findall(source) for word in re.findall(r"\w+", tag)
    }
    known = {name: text for name, text in texts.items() if name not in assigned}
    wanted = _bare(heading)
    return any(re.fullmatch(pattern, wanted) for source in sources.values() for pattern in _headings(source, known))


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
