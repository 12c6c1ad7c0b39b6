"""What a document says once of all its pages: settings, fonts, the colours and fonts of its theme."""

from collections.abc import Callable, Mapping

from lxml import etree

from reportgen.audit.formats import Unknown, is_on, local, val
from reportgen.check.reader import A, M, W

_SWITCHES = (
    "mirrorMargins", "bordersDoNotSurroundHeader", "bordersDoNotSurroundFooter", "gutterAtTop", "doNotHyphenateCaps",
    "evenAndOddHeaders",
)  # fmt: skip
_VALUES = {"defaultTabStop": "720", "consecutiveHyphenLimit": "0", "hyphenationZone": "360"}
# What changes no page that is printed.
_SILENT = (
    "zoom", "autoHyphenation", "rsids", "themeFontLang", "decimalSymbol", "listSeparator", "proofState", "footnotePr",
    "endnotePr", "shapeDefaults", "hdrShapeDefaults", "docId", "hideSpellingErrors", "hideGrammaticalErrors",
    "removePersonalInformation", "removeDateAndTime", "activeWritingStyle", "defaultTableStyle", "view", "chartTrackingRefBased",
    "persistentDocumentId", "doNotTrackMoves", "saveSubsetFonts", "captions",
)  # fmt: skip
_COMPATIBILITY = (
    "overrideTableStyleFontSizeAndJustification", "enableOpenTypeFeatures", "doNotFlipMirrorIndents",
    "differentiateMultirowTableHeaders", "useWord2013TrackBottomHyphenation", "allowHyphenationAtTrackBottom",
    "allowSpaceOfSameStyleInTable",
)  # fmt: skip
_WORD = "http://schemas.microsoft.com/office/word"
# How Word sets mathematics where nothing says otherwise, and how our documents have it.
_MATHEMATICS = {
    "mathFont": ("Cambria Math",), "brkBin": ("before",), "brkBinSub": ("--",), "smallFrac": ("0",), "dispDef": ("", "1"),
    "lMargin": ("0",), "rMargin": ("0",), "defJc": ("centerGroup", "center"), "wrapIndent": ("1440",), "intLim": ("subSup",),
    "naryLim": ("undOvr",),
}  # fmt: skip
_WEB = (
    "optimizeForBrowser",
    "allowPNG",
    "relyOnVML",
    "doNotSaveAsSingleFile",
    "targetScreenSz",
    "pixelsPerInch",
    "encoding",
)
_COLOUR_MAP = {
    "bg1": "light1", "t1": "dark1", "bg2": "light2", "t2": "dark2", "hyperlink": "hyperlink",
    "followedHyperlink": "followedHyperlink", **{f"accent{n}": f"accent{n}" for n in range(1, 7)},
}  # fmt: skip


def read_settings(root: etree._Element, facts: dict[str, str], unknown: Unknown) -> None:
    """Take what settings change of the pages: facts by name, and in `hyphenation` whether words are broken."""
    facts["hyphenation"] = "on" if is_on(root.find(f"{W}autoHyphenation")) else ""
    seen = set()
    for child in root:
        name = local(child)
        if name in seen:
            unknown(child, "a second time")
        seen.add(name)
        if name in _SWITCHES:
            facts[f"setting {name}"] = "on" if is_on(child) else ""
        elif name in _VALUES:
            facts[f"setting {name}"] = "" if val(child) == _VALUES[name] else val(child)
        elif name in _PARTS:
            _PARTS[name](child, facts, unknown)
        elif name.rpartition("}")[2] not in _SILENT:
            unknown(child, "")


def _read_mathematics(element: etree._Element, facts: dict[str, str], unknown: Unknown) -> None:  # noqa: ARG001 - as the others
    for child in element:
        if child.get(f"{M}val", "") not in _MATHEMATICS.get(str(child.tag).removeprefix(M), ()):
            unknown(child, f"that says {child.get(f'{M}val', '')!r}")


def _read_colours(element: etree._Element, facts: dict[str, str], unknown: Unknown) -> None:  # noqa: ARG001 - as the others
    for key, value in element.attrib.items():
        name = str(key).removeprefix(W)
        if _COLOUR_MAP.get(name) != value:
            facts[f"setting clrSchemeMapping {name}"] = str(value)


def _read_characters(element: etree._Element, facts: dict[str, str], unknown: Unknown) -> None:  # noqa: ARG001 - as the others
    if val(element) != "doNotCompress":
        unknown(element, f"that says {val(element)!r}")


def _read_compatibility(element: etree._Element, facts: dict[str, str], unknown: Unknown) -> None:
    for child in element:
        name = val(child, "name")
        if val(child, "uri") != _WORD:
            unknown(child, f"of {val(child, 'uri')!r}")
        if local(child) == "compatSetting" and name == "compatibilityMode":
            facts["setting compatibilityMode"] = val(child)
        elif local(child) != "compatSetting" or name not in _COMPATIBILITY:
            unknown(child, f"{name!r}" if name else "")


_PARTS: Mapping[str, Callable[[etree._Element, dict[str, str], Unknown], None]] = {
    "compat": _read_compatibility,
    f"{M}mathPr": _read_mathematics,
    "clrSchemeMapping": _read_colours,
    "characterSpacingControl": _read_characters,
}


def read_web_settings(root: etree._Element, unknown: Unknown) -> None:
    """Look for what is more than how a document is saved for the web."""
    for child in root:
        if local(child) not in _WEB:
            unknown(child, "")


def read_fonts(root: etree._Element) -> dict[str, str]:
    """Return by a font's name what takes its place where it is missing, and its kind where that is one of symbols."""
    found: dict[str, str] = {}
    for font in root.iterchildren(f"{W}font"):
        symbols = "symbols" if val(font.find(f"{W}charset")) == "02" else ""
        said = (found.get(val(font, "name"), ""), val(font.find(f"{W}altName")), symbols)
        found[val(font, "name")] = " ".join(filter(None, said))
    return found


def read_theme(root: etree._Element) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the fonts of a theme by the names that w:asciiTheme and its like give them, and its colours by theirs."""
    fonts = {}
    for kind in ("major", "minor"):
        for script, names in (("latin", ("Ascii", "HAnsi")), ("ea", ("EastAsia",)), ("cs", ("Bidi",))):
            font = root.find(f"{A}themeElements/{A}fontScheme/{A}{kind}Font/{A}{script}")
            for name in names:
                fonts[f"{kind}{name}"] = "" if font is None else font.get("typeface", "")
    scheme = root.find(f"{A}themeElements/{A}clrScheme")
    colours = {
        etree.QName(each).localname: each[0].get("lastClr", "") or each[0].get("val", "")
        for each in (scheme if scheme is not None else ())
        if len(each)
    }
    return fonts, colours
