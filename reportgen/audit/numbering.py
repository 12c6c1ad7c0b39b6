"""The numbers and bullets that stand before paragraphs of lists (ECMA-376 part 1, 17.9)."""

from dataclasses import dataclass, field

from lxml import etree

from reportgen.audit.formats import Unknown, local, val
from reportgen.check.reader import W

# What LibreOffice writes for the bullets of ours: the same signs from the fonts of symbols.
_SYMBOLS = {"\uf0b7": "•", "\uf02d": "–", "\uf0a7": "▪", "\uf0be": "—"}
_LEVELS = tuple("012345678")
_SYMBOL_FONTS = ("Symbol", "OpenSymbol", "Wingdings")


@dataclass(frozen=True)
class Marker:
    """What stands before a paragraph: the words, how they stand there, and the properties of its level for paragraph and run."""

    text: str
    place: str
    paragraph: etree._Element | None
    run: etree._Element | None


@dataclass
class Lists:
    """The lists of a document, counted as it is read."""

    unknown: Unknown
    levels: dict[tuple[str, int], etree._Element] = field(default_factory=dict)  # by w:abstractNumId and level
    abstract: dict[str, str] = field(default_factory=dict)  # by w:numId
    starts: dict[tuple[str, int], int] = field(default_factory=dict)  # that a list overrides, by w:numId and level
    counts: dict[tuple[str, int], int] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)
    counted: set[tuple[str, int]] = field(default_factory=set)

    def read(self, root: etree._Element) -> None:
        """Take the lists of a part."""
        for child in root:
            name = local(child)
            if name == "abstractNum":
                for level in child.iterchildren(f"{W}lvl"):
                    key = val(child, "abstractNumId"), _number(level, "ilvl")
                    if key in self.levels or val(level, "ilvl") not in _LEVELS:
                        self.unknown(level, "a second time" if key in self.levels else "of no list")
                    self.levels[key] = level
                if child.find(f"{W}numStyleLink") is not None or child.find(f"{W}styleLink") is not None:
                    self.unknown(child, "a link to a list style")
            elif name == "num":
                if val(child, "numId") in self.abstract:
                    self.unknown(child, "a second time")
                self.abstract[val(child, "numId")] = val(child.find(f"{W}abstractNumId"))
                for override in child.iterchildren(f"{W}lvlOverride"):
                    start = override.find(f"{W}startOverride")
                    if start is not None:
                        self.starts[val(child, "numId"), _number(override, "ilvl")] = _number(start, "val")
                    if override.find(f"{W}lvl") is not None:
                        self.unknown(override, "a level of its own")

    def level(self, number: str, at: int) -> etree._Element | None:
        """Return the definition of a level of a list, if there is one."""
        return self.levels.get((self.abstract.get(number, ""), at))

    def next(self, number: str, at: int) -> Marker | None:
        """Count a paragraph, and return what stands before it."""
        abstract = self.abstract.get(number, "")
        level = self.levels.get((abstract, at))
        if level is None:
            return None
        # What a level leaves out, one reader takes from the paragraph's style and another from nowhere.
        said = level.find(f"{W}pPr/{W}ind")
        if not all(val(said, one) or val(said, other) for one, other in (("left", "start"), ("hanging", "firstLine"))):
            self.unknown(level, "that does not say where its text stands")
        start = _number(level.find(f"{W}start"), "val", 1)
        if (number, at) in self.starts and (number, at) not in self.begun:
            self.counts[abstract, at] = self.starts[number, at] - 1
        elif (abstract, at) not in self.counts and any(key[0] == abstract and key[1] > at for key in self.counted):
            self.unknown(level, "after deeper levels, which not all programs count")
        self.begun.add((number, at))
        self.counted.add((abstract, at))
        self.counts[abstract, at] = self.counts.get((abstract, at), start - 1) + 1
        for deeper in [key for key in self.counts if key[0] == abstract and key[1] > at]:
            del self.counts[deeper]
        place = (
            val(level.find(f"{W}lvlJc"), default="left").replace("left", "start"),
            val(level.find(f"{W}suff"), default="tab"),
        )
        return Marker(self._text(level, abstract), " ".join(place), level.find(f"{W}pPr"), level.find(f"{W}rPr"))

    def _text(self, level: etree._Element, abstract: str) -> str:
        form, text = val(level.find(f"{W}numFmt"), default="decimal"), val(level.find(f"{W}lvlText"))
        if form == "bullet":
            fonts = level.find(f"{W}rPr/{W}rFonts")
            font = val(fonts, "ascii")
            shown = "".join(_SYMBOLS.get(each, each) for each in text) if font in _SYMBOL_FONTS else text
            return shown if shown.isprintable() and max(shown or " ") < "\ue000" else f"{shown} of {font}"
        for at in range(9):
            other = self.levels.get((abstract, at))
            if f"%{at + 1}" in text and other is not None:
                first = _number(other.find(f"{W}start"), "val", 1)
                text = text.replace(
                    f"%{at + 1}", _written(self.counts.get((abstract, at), first), val(other.find(f"{W}numFmt")))
                )
        if form not in _FORMS:
            self.unknown(level, f"numbers of the form {form}")
        return text


def _number(element: etree._Element | None, name: str, default: int = 0) -> int:
    text = val(element, name)
    return int(text) if text.isdecimal() and len(text) < 6 else default


_FORMS = ("decimal", "lowerLetter", "upperLetter", "lowerRoman", "upperRoman", "none")


def _written(number: int, form: str) -> str:
    if form.endswith("Letter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form.endswith("Roman"):
        roman, left = "", number
        for value, sign in _ROMAN:
            roman, left = roman + sign * (left // value), left % value
        return roman if form == "lowerRoman" else roman.upper()
    return "" if form == "none" else str(number)


_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"),
    (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
