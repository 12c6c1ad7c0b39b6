"""The Markdown that the templates are written in: CommonMark and tables, with mathematics, labels and citations."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

_KEY = r"@[A-Za-z0-9][\w.:/-]*"
_CITATION = re.compile(rf"\[\s*({_KEY}(?:\s*;\s*{_KEY})*)\s*\]")
_CROSS_REFERENCE = re.compile(r"@([a-z]+:\w+(?:-\w+)*)")


def _citation(state: StateInline, silent: bool) -> bool:
    # While the end of a link's text is sought (silent), what starts with a bracket counts as a link within a link and
    # ends the search. A citation may stand in the text of a link, and its brackets are balanced anyway.
    if silent or state.src[state.pos] != "[" or not (match := _CITATION.match(state.src, state.pos, state.posMax)):
        return False
    state.push("citation", "", 0).meta = {"keys": [key.strip()[1:] for key in match[1].split(";")]}
    state.pos = match.end()
    return True


def _cross_reference(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "@" or not (match := _CROSS_REFERENCE.match(state.src, state.pos, state.posMax)):
        return False
    if state.pos and state.src[state.pos - 1].isalnum():  # someone@fig:ure is an address
        return False
    if not silent:
        state.push("cross_reference", "", 0).meta = {"label": match[1]}
    state.pos = match.end()
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Text is text: what looks like HTML or one of its entities reaches the reader as it was typed.
    parser.disable(["html_block", "html_inline", "entity"])
    # double_inline only so that a `$$` inside a paragraph is seen, and not silently left as dollars.
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.use(attrs_block_plugin)
    parser.inline.ruler.before("link", "citation", _citation)
    parser.inline.ruler.before("link", "cross_reference", _cross_reference)
    return parser


_PARSER = _parser()


def parse(text: str) -> list[Token]:
    """Parse a template's Markdown into markdown-it's flat list of block tokens, inline content in `children`.

    Beyond CommonMark and tables: `math_inline`, `math_block` and `math_block_label` (its label in `info`), the class of
    an attribute line `{.class}` on the block below it, and two tokens of our own: `citation` for `[@key; @key]`
    (`meta["keys"]`) and `cross_reference` for `@fig:name`, `@tbl:name` and `@eq:name` (`meta["label"]`).
    """
    return _PARSER.parse(text)
