"""What stands outside claims: every such paragraph says why it may, or is listed.

No rule can tell whether a sentence is about the data. So a paragraph in which words stand outside `claim`, `identity` and `case`
carries a comment that says what it is instead, and why: `{# definition: … #}`, `{# citation: … #}` or `{# quotation: … #}`.
"""

import re

_KINDS = "definition|citation|quotation"

# What is never closed goes on to the end: else it would be looked for from every place where it may begin.
_TESTED = re.compile(r"\{%-?\s*(claim|identity|case)\b.*?(?:\bend\1\s*-?%\}|\Z)", re.DOTALL)
_REASON = re.compile(rf"\{{#-?\s*(?:{_KINDS}):\s*[^\s#].*?(?:#\}}|\Z)", re.DOTALL)
_NO_PROSE = re.compile(
    r"\{#.*?(?:#\}|\Z)|\{%.*?(?:%\}|\Z)|\{\{.*?(?:\}\}|\Z)"  # Jinja's
    r"|\$\$.*?(?:\$\$|\Z)(?:[ ]*\(eq:[\w-]+\))?|\$[^$\n]*\$"  # formulas, and the label of one
    r"|^\{\.[^}\n]*\}$|^[ ]*\|[^\n]*$|^[ ]{0,3}#{1,6}[ ][^\n]*$"  # attribute lines, rows of tables, headings
    r"|\]\((?:fig|tbl):[\w-]+\)",  # the end of a caption
    re.DOTALL | re.MULTILINE,
)
_EXCERPT = 60


def unmarked_paragraphs(source: str, file: str) -> list[str]:
    """Return, as `file:line: beginning`, the paragraphs of a template with words outside claims and no reason for it."""
    found = []
    line = 1
    for paragraph in re.split(r"(\n[ \t]*\n)", _TESTED.sub(_without_words, source)):
        if not _REASON.search(paragraph):
            prose = _NO_PROSE.sub(_only_newlines, paragraph)
            if word := re.search(r"[^\W\d_]{2,}", prose):
                above = line + prose.count("\n", 0, word.start())
                words = " ".join(prose[word.start() :].replace("·", " ").split())
                found.append(f"{file}:{above}: {words[:_EXCERPT]}{'…' if len(words) > _EXCERPT else ''}")
        line += paragraph.count("\n")
    return found


def _without_words(match: re.Match[str]) -> str:
    # A sign on each line: what stands before a claim and what stands behind it are one paragraph still.
    return "·" + match[0].count("\n") * "\n·"


def _only_newlines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
