"""The Markdown that the templates are written in: CommonMark and tables, with mathematics, labels and citations."""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

ESCAPED = "\uf8f2"
"""Stands, in what was typed, for a sign that was escaped, or called by its name: `\\*`, `&nbsp;`; brackets stand behind it."""

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


def _as_typed(state: StateCore) -> None:
    """Keep of each line of text what was typed as text, for `dialect`, before escaped signs and names of characters are joined to it."""
    for token in state.tokens:
        if token.type == "inline":
            token.meta["typed"] = list(_typed(token.children or []))
            _join(token.children or [])


def _typed(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Give kind and content of inline tokens, of what was escaped or named a sign that stands for any."""
    for token in tokens:
        sign = token.markup[1:] if token.markup in (r"\(", r"\)", r"\[", r"\]") else ""
        is_text = token.type != "text_special" or token.content == token.markup  # nothing is escaped in "\\a"
        yield token.type.removesuffix("_special"), token.content if is_text else f"{ESCAPED}{sign}"
        yield from _typed(token.children or [])


def _join(tokens: Sequence[Token]) -> None:
    """Join in captions what markdown-it joins elsewhere only."""
    for token in tokens:
        joined: list[Token] = []
        for child in token.children or []:
            child.type = child.type.removesuffix("_special")
            if joined and child.type == joined[-1].type == "text":
                joined[-1].content += child.content
            else:
                joined.append(child)
        if token.children is not None:
            token.children = joined
            _join(joined)


def _parser() -> MarkdownIt:
    # Neither HTML nor struck-out text is in the dialect: they are read only so that `dialect` can refuse them.
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    # double_inline only so that a `$$` inside a paragraph is seen, and not silently left as dollars.
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.use(attrs_block_plugin)
    parser.core.ruler.before("text_join", "as_typed", _as_typed)
    parser.inline.ruler.before("link", "citation", _citation)
    parser.inline.ruler.before("link", "cross_reference", _cross_reference)
    return parser


_PARSER = _parser()


def parse(text: str) -> list[Token]:
    """Parse a template's Markdown into markdown-it's flat list of block tokens, inline content in `children`.

    Beyond CommonMark and tables: `math_inline`, `math_block` and `math_block_label` (its label in `info`), the class of
    an attribute line `{.class}` on the block below it, and two tokens of our own: `citation` for `[@key; @key]`
    (`meta["keys"]`) and `cross_reference` for `@fig:name`, `@tbl:name` and `@eq:name` (`meta["label"]`).
    The `meta["typed"]` of an inline token holds what was typed in it, for `dialect`.
    """
    return _PARSER.parse(text)
