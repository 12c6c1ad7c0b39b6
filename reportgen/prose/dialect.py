"""What other dialects of Markdown have and this one does not: it would reach the reader as it was typed, and is refused instead."""

import re
from collections.abc import Iterator, Sequence
from html.entities import html5

from markdown_it.token import Token

from reportgen.prose.markdown import ESCAPED
from reportgen.prose.numbers import descend

_TOKENS = {
    "s_open": ("struck-out text (~~)", "take it out, or say what replaced it"),
    "hr": ("a rule across the page", "a heading parts a text"),
}
_NO_TEXT = "\uf8f3"
_FOOTNOTE = "say it in the text, in parentheses, or cite a source as [@key]"
_ATTRIBUTES = "a class stands on a line of its own above its block, as in {.note}, and a blank line above that"
_FORMULA = "write it as a formula, $x^2$"

# What is left of them in text, where it begins a line (^) or anywhere; what it is; and what to write.
_LEFT: tuple[tuple[str, str, str], ...] = (
    (r"\^\[|\[\^[^\]\s]*\]", "a footnote", _FOOTNOTE),
    (r"^\[[ xX]\](?=\s|$)", "a task of a list", "write ☐, or ☒"),
    (r"^\[!\w+\]", "an alert", "write {.note} on a line above the paragraph"),
    (r"^:{3,}", "a fenced block", _ATTRIBUTES),
    (r"^[:~](?=\s)", "a list of definitions", "write **term**: and what it means"),
    (r"^#{1,6}(?=[^\W\d])", "a heading without a blank behind its #", "put one there"),
    (r"^\|", "a row of a table that is none", "below the first row stands |---|---|, with as many columns"),
    (r"^\+[-=:+]{2,}", "a table drawn with + and -", "write rows between |, and |---|---| below the first"),
    (r"^\[(?:toc|TOC)\]$|^\[\[_?TOC_?\]\]", "a table of contents", "build with --contents"),
    (r"\[\[", "a link in double brackets", "write [text](https://…)"),
    (r"\*\[[^\]]+\]:", "an abbreviation", "say in the text what it stands for"),
    (r"\]\[[^\]]*\]", "a link to a line that is not there", "write [text](https://…)"),
    (r"!\[", "a picture that is none", "write ![caption](fig:name)"),
    (r"\]\((?!(?:fig|tbl):)", "a link that is none", "write [text](https://…), without a blank in the address"),
    (r"(?<![\w:]):[a-z][a-z0-9_+-]*:(?![\w:])", "a name of an emoji", "write the character itself"),
    (r"==(?=\S)[^=]*?(?<=\S)==|\+\+(?=\S)[^+]*?(?<=\S)\+\+", "marked text", "write *emphasis*"),
    (r"\^[^\s^]+\^|(?<=\w)\^(?=\w)", "a superscript", _FORMULA),
    (r"(?<!~)~[^\s~]+~(?!~)", "a subscript", _FORMULA),
    (r"(?<=\S)[ \t]*\{[#.=][A-Za-z][^{}]*\}", "an attribute", _ATTRIBUTES),
    (r"\*\*|__(?=\w)", "emphasis that does not close", "no blank stands inside of its ** marks, and each that opens closes"),
    (r"`", "code that does not close", "as many ` close it as open it"),
    (r"\$\$|\$[^$\n]*[\\^_{}][^$\n]*\$", "a formula that is none", "no blank stands inside of its $ signs; $$ has lines of its own"),
    (r"\\[A-Za-z]{2,}(?=\{|[ \t]*$)", "TeX outside of a formula", "write Markdown, or `code`"),
    (rf"{ESCAPED}[()]|^{ESCAPED}\[$|{ESCAPED}\[(?=[^{ESCAPED}]*[\\^_=])[^{ESCAPED}]*{ESCAPED}\]",
     "a formula between brackets", "write $x$, or $$ on lines of their own"),
    (r"^%(?=\s)", "a block of titles", "write {.title} on a line above the paragraph"),
    (r"^\(@\w*\)|^#\.(?=\s)", "a mark of a list", "write 1., 2., 3."),
    (r"^Table:(?=\s)", "a caption of another kind", "write [caption](tbl:name) directly before the table"),
    (r"<!--", "a comment that does not close", "write {# … #}"),
)  # fmt: skip
# What a tag of a template may have parted, so that only the whole page tells.
_PARTED = (
    "a row of a table that is none", "a picture that is none", "a link that is none", "emphasis that does not close",
    "code that does not close", "a formula that is none", "a link to a line that is not there",
)  # fmt: skip
_PATTERNS = [(re.compile(pattern), what, instead) for pattern, what, instead in _LEFT]
_ENTITY = re.compile(r"&(#?\w+;)")
_NOTE = re.compile(r"^ {0,3}\[\^[^\]]*\]:", re.MULTILINE)


def unsupported(markdown: str, tokens: Sequence[Token], *, whole: bool = True) -> Iterator[tuple[int, str]]:
    """Yield line, and what it is and what to write instead, of Markdown whose marks would be printed as they were typed, or vanish.

    Of a template, which is not the `whole` page, marks are not told of that open on one side of a tag and close on the other.
    """
    code = {
        line for token in tokens if token.type in ("fence", "code_block") and token.map for line in range(*token.map)
    }
    for note in _NOTE.finditer(markdown):
        if (line := markdown.count("\n", 0, note.start())) not in code:
            yield line + 1, _said(note[0], "a footnote", _FOOTNOTE)
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        yield from ((line, problem) for problem in _of_token(token) if whole or token.type != "hr")
        yield from (
            (inline, problem) for inline, text in _lines(token, line) for problem in _of_text(text, whole=whole)
        )
        inline = line
        for child in descend(token.children or []):
            yield from ((inline, problem) for problem in _of_token(child))
            inline += child.type in ("softbreak", "hardbreak")


def _lines(token: Token, line: int) -> Iterator[tuple[int, str]]:
    """Give the number of each line of a paragraph, and its text, with a sign for whatever is no text."""
    text = ""
    for kind, content in token.meta.get("typed", ()):
        if kind in ("softbreak", "hardbreak"):
            yield line, text
            line, text = line + 1, ""
        else:
            text += content if kind == "text" else _NO_TEXT
    yield line, text


def _of_token(token: Token) -> Iterator[str]:
    if token.type in _TOKENS:
        yield _said(token.markup, *_TOKENS[token.type])
    elif token.type in ("html_block", "html_inline"):
        is_comment = token.content.lstrip().startswith("<!--")
        is_break = re.match(r"\s*<br\b", token.content)
        instead = (
            "write {# … #}"
            if is_comment
            else "write a backslash where the line ends"
            if is_break
            else "write Markdown, or &lt; for <"
        )
        yield _said(token.content, "a comment in HTML" if is_comment else "HTML", instead)


def _of_text(text: str, *, whole: bool) -> Iterator[str]:
    for pattern, what, instead in _PATTERNS:
        if (whole or what not in _PARTED) and (found := pattern.search(text)):
            yield _said(found[0], what, instead)
    for entity in _ENTITY.finditer(text):
        if entity[1] not in html5 and not entity[1].startswith("#"):
            yield _said(entity[0], "the name of no character", "write the character itself")


def _said(typed: str, what: str, instead: str) -> str:
    typed = " ".join(typed.replace(ESCAPED, "\\").replace(_NO_TEXT, "…").split())
    return f"{typed[:40]!r} is {what}, which no document here has; {instead}"
