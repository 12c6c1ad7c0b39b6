"""The words and phrases of an assignment, as what matches them in a text."""

import re
from functools import lru_cache

from reportgen.assignment import Terms

_BETWEEN = r"[^\w.!?;]{1,3}"  # a space, a hyphen, parentheses: all but the end of a sentence
_FEW_WORDS = rf"{_BETWEEN}(?:\w{{1,30}}{_BETWEEN}){{0,2}}?"
_LETTERS = r"\w{0,30}"


@lru_cache(maxsize=512)
def matching(terms: Terms) -> re.Pattern[str]:
    """Return a pattern that finds any of these terms as whole words, in small letters or capitals.

    Every repetition in it is bounded, so that a search takes time in proportion to the text, whoever wrote terms and text.
    """
    if not terms:
        return re.compile(r"(?!)")  # nothing
    return re.compile(rf"\b{alternatives(terms)}\b", re.IGNORECASE)


def alternatives(terms: Terms) -> str:
    """Return the inner part of such a pattern, for one that has more around it."""
    return f"(?:{'|'.join(map(_term, terms))})"


def _term(term: str) -> str:
    """Return the pattern of one term: words with few signs between them, and up to two more words where it has dots."""
    return "".join(
        _FEW_WORDS if piece == " ... " else _BETWEEN if piece in (" ", "-") else _word(piece)
        for piece in re.split(r"( \.\.\. |[ -])", term)
    )


def _word(word: str) -> str:
    """Return the pattern of a word or of several that may stand in one place; those of "flow(s)" are two."""
    pattern = re.sub(r"\(([^()]+)\)", r"(?:\1)?", word).replace("*", _LETTERS)
    return f"(?:{pattern})" if "|" in word else pattern
