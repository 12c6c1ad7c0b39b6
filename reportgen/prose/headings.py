"""Which headings a folder of templates can print, told from their text alone: before there is anything to print in them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

MAIN = "report.md.j2"

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_OTHERS = re.compile(
    r"""\{%[-+]?\s*(include|extends|import|from)\b\s*(?:["']([^"'\n]*)["']\s*(?:[-+]?%\}|as\b|import\b|with))?"""
)
_TAGS = r"(?:\{%[^\n]*?%\}|\{#[^\n]*?#\})"
_HEADING = re.compile(rf"^[ \t]*(?:{_TAGS}[ \t]*)*#{{1,6}}[ \t]+([^\n]*)(\n?[ \t]*\{{[%{{#]-)?", re.MULTILINE)
_UNDERLINED = re.compile(r"^[ \t]*([^\n|]*[^\s|][^\n|]*)()\n[ \t]*(?:=+|-+)[ \t]*$", re.MULTILINE)
_MACRO = re.compile(r"\{%[-+]?\s*macro\s+(\w+)(.*?)\{%[-+]?\s*endmacro\b", re.DOTALL)
_EXPRESSION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
# What prints a mark and nothing else, so that no line of it becomes a heading.
_MARK = re.compile(
    r"[a-z][\w.]*\s*\|\s*(?:number|count|called)\b[^|]*|given\([^()]*\)|[a-z][\w.]*(?<!\.statement)", re.DOTALL
)


def can_have_heading(folder: Path, texts: Mapping[str, str], heading: str) -> bool:
    """Return whether templates of a folder may print a heading; False only where it is certain that none does.

    `texts` are what templates print by name, as it is. Whatever a template may compute counts as any text.
    """
    wanted, names = _bare(heading), [MAIN]
    for name in names:  # which grows while it is read
        try:
            source = _COMMENT.sub("", (folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return True  # which is said where it is rendered
        if any(re.fullmatch(pattern, wanted) for pattern in _headings(source, texts)):
            return True
        for asked in _OTHERS.finditer(source):
            if not asked[2]:
                return True
            names += [asked[2]] if asked[2] not in names else []
    return False


def _headings(source: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield a pattern for each heading that a template may print."""
    if re.search(r"\{%-?\s*(?:filter|call)\b", source):
        yield ".*"
    plain = {macro[1] for macro in _MACRO.finditer(source) if "#" not in macro[2]}
    for found in _EXPRESSION.finditer(source):
        begins_line = not source[: found.start()].rpartition("\n")[2].strip()
        may_begin_one = begins_line and not _MARK.fullmatch(found[1])
        called = re.fullmatch(r"(\w+)\([^()#]*\)", found[1])
        may_begin_one = may_begin_one and not (called and called[1] in plain)
        if may_begin_one or re.search(r"#|\\n|\n\s*#", re.sub(r"given\(.*?\)", "", found[1])):
            yield ".*"
    for found in (*_HEADING.finditer(source), *_UNDERLINED.finditer(source)):
        yield _pattern(found[1], texts) + (".*" if found[2] else "")


def _pattern(line: str, texts: Mapping[str, str]) -> str:
    """Return a pattern for what a line prints: of an expression its text if that is known, else anything; anything behind a tag."""
    line, tag, _ = line.partition("{%")
    parts, at = [], 0
    for found in _EXPRESSION.finditer(line):
        parts += [_literal(line[at : found.start()]), re.escape(_bare(texts[found[1]])) if found[1] in texts else ".*"]
        at = found.end()
    return "".join([*parts, _literal(re.sub(r"[ \t]+#+[ \t]*$", "", line[at:])), ".*" if tag else ""]).strip()


def _literal(text: str) -> str:
    """Return a pattern for literal Markdown: itself, or anything where it may be more than text."""
    if re.search(r"[\[<&$@{]", text):
        return ".*"
    begins, ends = (r"\s*" if text[:1].isspace() else ""), (r"\s*" if text[-1:].isspace() else "")
    return f"{begins}{re.escape(_bare(text))}{ends}"


def _bare(text: str) -> str:
    """Return a text without signs of emphasis and of code, and without more blanks than one."""
    return " ".join(re.sub(r"[*_`\\]", "", text).split())
