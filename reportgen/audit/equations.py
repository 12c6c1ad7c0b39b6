"""Equations in a line, so that Word's and LibreOffice's ways to write one read the same, and no two that differ do."""

import unicodedata

from lxml import etree

from reportgen.check.package import NotWord
from reportgen.check.reader import M

MAX_DEPTH = 100  # of an equation, in itself

# The mark of a structure before its arguments, which stand in braces.
_STRUCTURES = {
    "sSub": ("", "e", "_", "sub"), "sSup": ("", "e", "^", "sup"), "sSubSup": ("", "e", "_", "sub", "^", "sup"),
    "sPre": ("pre", "sub", "^", "sup", "", "e"), "limLow": ("", "e", "under", "lim"), "limUpp": ("", "e", "over", "lim"),
    "rad": ("√", "deg", "", "e"),
}  # fmt: skip
# What LibreOffice writes for accents that combine.
_ACCENTS = {"\u0302": "^", "\u0303": "~", "\u0304": "¯", "\u0305": "¯"}
# An italic letter of mathematics is the letter that an equation sets in italics; no other sign has two ways to be written.
_ITALICS = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (0x210E, *range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C))
    if "ITALIC" in unicodedata.name(chr(code), "") or code == 0x210E
}
_HIDING = {"subHide": "sub", "supHide": "sup", "degHide": "deg"}


def linear(element: etree._Element, depth: int = 0) -> str:  # noqa: PLR0911, PLR0912 - one for each kind of element
    """Return an equation, or a part of one, in a line; how its letters are set, and its spaces, are left out.

    What a property would hide is marked. Raises NotWord where it is nested without end.
    """
    if depth > MAX_DEPTH:
        raise NotWord("an equation is nested more than a hundred times")
    tag = str(element.tag).removeprefix(M)
    if tag == "t":
        return "".join((element.text or "").translate(_ITALICS).split())
    if tag.endswith("Pr"):
        return ""

    def part(name: str) -> str:
        text = "".join(linear(child, depth + 1) for child in element.findall(f"{M}{name}"))
        hidden = any(
            _given(element, tag, each) in ("1", "on", "true") for each, what in _HIDING.items() if what == name
        )
        if name in _HIDING.values() and tag in ("nary", "rad") and not (hidden or text):
            return "□"  # it shows that something is to be written there
        return f"hidden{{{text}}}" if hidden and text else text

    def argument(name: str) -> str:
        text = part(name)
        return f"{{{text}}}" if text else ""

    match tag:
        case "f":
            kind = _given(element, tag, "type") or "bar"
            if kind == "lin":  # as LibreOffice writes what was typed with a slash
                return f"{part('num')}/{part('den')}"
            return f"{'' if kind == 'bar' else kind}{argument('num')}/{argument('den')}"
        case "nary":
            sign = _given(element, tag, "chr") or "∫"
            return f"{sign}_{argument('sub')}^{argument('sup')}{argument('e')}"
        case "acc":
            accent = _given(element, tag, "chr") or "\u0302"
            return f"{_ACCENTS.get(accent, accent)}{argument('e')}"
        case "bar":
            return f"{'below' if _given(element, tag, 'pos') == 'bot' else '¯'}{argument('e')}"
        case "groupChr":
            return f"{_given(element, tag, 'chr') or '⏟'}{_given(element, tag, 'pos')}{argument('e')}"
        case "d":
            opening, between, closing = (
                _given(element, tag, name, default)
                for name, default in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
            )
            return opening + between.join(linear(child, depth + 1) for child in element.findall(f"{M}e")) + closing
        case "m" | "eqArr":
            rows = element.findall(f"{M}mr") or element.findall(f"{M}e")
            return f"{tag}{{{';'.join(linear(row, depth + 1) for row in rows)}}}"
        case "mr":
            return "&".join(linear(child, depth + 1) for child in element)
    if tag in _STRUCTURES:
        return "".join(argument(each) if at % 2 else each for at, each in enumerate(_STRUCTURES[tag]))
    return "".join(linear(child, depth + 1) for child in element)


def _given(element: etree._Element, tag: str, name: str, default: str = "") -> str:
    found = element.find(f"{M}{tag}Pr/{M}{name}")
    return default if found is None else found.get(f"{M}val", "1" if name.endswith("Hide") else "")
