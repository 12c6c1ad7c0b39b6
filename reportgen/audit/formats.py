"""How text is set in the end: what styles, lists, tables and the text itself say together (ECMA-376 part 1, 17.7.2)."""

import colorsys
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from reportgen.check.reader import MAX_BASED_ON, W

Format = dict[str, str]
Unknown = Callable[[etree._Element, str], None]
"""Takes what no rule here knows: the element, and what of it."""

OFF = ("0", "false", "off", "none")

# Of a run: what is on or off, what has one value, and what has several.
_TOGGLES = (
    "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss", "imprint", "vanish",
    "webHidden",
)  # fmt: skip
_RUN_VALUES = ("sz", "szCs", "highlight", "vertAlign", "position", "spacing", "w", "effect", "em", "rtl", "cs", "kern")
_COLOURS = ("themeColor", "themeTint", "themeShade")
_FILLS = ("themeFill", "themeFillTint", "themeFillShade")
_SEVERAL: Mapping[str, tuple[str, ...]] = {
    "color": ("val", *_COLOURS),
    "u": ("val", "color", *_COLOURS),
    "shd": ("val", "color", "fill", *_COLOURS, *_FILLS),
    "bdr": ("val", "sz", "space", "color", "shadow", "frame", *_COLOURS),
}
_FONTS = ("ascii", "hAnsi", "eastAsia", "cs")
# What says nothing of how text looks: its language, and what word processors note for themselves.
_RUN_SILENT = ("rStyle", "lang", "noProof", "snapToGrid")

_PARAGRAPH_SWITCHES = (
    "keepNext", "keepLines", "pageBreakBefore", "widowControl", "suppressAutoHyphens", "bidi", "contextualSpacing",
    "mirrorIndents", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE", "autoSpaceDN", "adjustRightInd",
    "snapToGrid",
)  # fmt: skip
_PARAGRAPH_VALUES = ("jc", "outlineLvl", "textDirection", "textAlignment")
_PARAGRAPH_SILENT = ("pStyle", "rPr", "suppressLineNumbers", "cnfStyle")
_SPACING = ("before", "after", "line", "lineRule", "beforeAutospacing", "afterAutospacing", "beforeLines", "afterLines")
_INDENTS = ("left", "start", "right", "end", "firstLine", "hanging")
SIDES = ("top", "left", "start", "bottom", "right", "end", "between", "bar", "insideH", "insideV")
BORDER = ("val", "sz", "space", "color", "shadow", "frame", *_COLOURS)

DEFAULTS = {
    "sz": {"20"}, "szCs": {"20"}, "color": {"auto"}, "u": {"none"},
    "highlight": {"none"}, "vertAlign": {"baseline"}, "position": {"0"}, "spacing": {"0"}, "w": {"100"}, "effect": {"none"},
    "em": {"none"}, "jc": {"start"}, "outlineLvl": {"9"}, "textDirection": {"lrTb"}, "textAlignment": {"auto", "baseline"},
    "lineRule": {"auto"}, "line": {"240"}, "before": {"0"}, "after": {"0"}, "start": {"0"}, "end": {"0"}, "first": {"0"},
    "widowControl": {"on"}, "kinsoku": {"on"}, "wordWrap": {"on"}, "overflowPunct": {"on"}, "autoSpaceDE": {"on"},
    "autoSpaceDN": {"on"}, "adjustRightInd": {"on"}, "snapToGrid": {"on"},
}  # fmt: skip

_LOGICAL = {
    "left": "start",
    "right": "end",
}  # what LibreOffice writes for text that runs from left to right, and Word need not


def local(element: etree._Element) -> str:
    """Return the name of an element of WordprocessingML without its namespace, and that of any other with it."""
    tag = str(element.tag)
    return tag.removeprefix(W)


def val(element: etree._Element | None, name: str = "val", default: str = "") -> str:
    """Return an attribute of WordprocessingML."""
    return default if element is None else element.get(f"{W}{name}", default)


def is_on(element: etree._Element | None) -> bool:
    """Return whether an on-off property is there and not turned off (ECMA-376 part 1, 17.17.4)."""
    return element is not None and val(element, default="1") not in OFF


def only(element: etree._Element, names: Iterable[str], unknown: Unknown) -> None:
    """Tell of every attribute that is none of these."""
    known = {f"{W}{name}" for name in names}
    for name in element.attrib:
        if name not in known and not is_mark(str(name)):
            unknown(element, str(name))


def is_said(name: str, value: str) -> bool:
    """Return whether an attribute that is a length is one; what is none is zero to one reader and nothing to another."""
    return name not in _LENGTHS or bool(_LENGTH(value))


# ECMA-376 part 1, 17.18.87 and 17.18.105
_LENGTH = re.compile(r"-?\d+(\.\d+)?(%|cm|mm|in|pt|pc|pi)?").fullmatch
_LENGTHS = {
    f"{W}{name}"
    for name in (
        *("left", "right", "start", "end", "hanging", "firstLine", "before", "after", "line", "w", "h", "sz", "space"),
        *("top", "bottom", "header", "footer", "gutter", "linePitch", "pos"),
    )
}


def is_mark(name: str) -> bool:
    """Return whether an attribute is one by which Word finds things again, such as w:rsidR and w14:paraId."""
    namespace, _, word = name.rpartition("}")
    return word.startswith("rsid") or (
        namespace.startswith("{http://schemas.microsoft.com/office/word/20") and word in _MARKS
    )


_MARKS = ("paraId", "textId", "anchorId", "editId")


@dataclass
class Sheet:
    """The styles of a document by id, and what text has that names none."""

    unknown: Unknown
    fonts: Mapping[str, str]  # of the theme, as `settings.read_theme` gives both
    colours: Mapping[str, str]
    styles: dict[str, etree._Element] = field(default_factory=dict)
    defaults: dict[str, str] = field(
        default_factory=dict
    )  # by type, the id of the style that is taken where none is named
    run: Format = field(default_factory=dict)
    paragraph: Format = field(default_factory=dict)

    def read(self, root: etree._Element) -> None:
        """Take the styles of a part."""
        for child in root.iterchildren(f"{W}style"):
            if val(child, "styleId") in self.styles:
                self.unknown(child, f"{val(child, 'styleId')!r} a second time")
            self.styles[val(child, "styleId")] = child
            if is_on_attribute(child, "default"):
                self.defaults[val(child, "type")] = val(child, "styleId")
        found = root.find(f"{W}docDefaults")
        if found is not None:
            self.run |= self.run_format(found.find(f"{W}rPrDefault/{W}rPr"))
            self.paragraph |= self.paragraph_format(found.find(f"{W}pPrDefault/{W}pPr"))

    def chain(self, style: str, kind: str) -> list[etree._Element]:
        """Return a style and those that it is based on, the first of them first; of a name that is none, the default's."""
        known = (
            style if style in self.styles and val(self.styles[style], "type") == kind else self.defaults.get(kind, "")
        )
        found: list[etree._Element] = []
        while known in self.styles and len(found) < MAX_BASED_ON:
            found.insert(0, self.styles[known])
            known = val(self.styles[known].find(f"{W}basedOn"))
        return found

    def run_format(self, properties: etree._Element | None) -> Format:
        """Read properties of a run."""
        found: Format = {}
        for child in properties if properties is not None else ():
            name = local(child)
            if name in _TOGGLES:
                only(child, ("val",), self.unknown)
                found[name] = "on" if is_on(child) else "off"
            elif name in _RUN_VALUES:
                only(child, ("val",), self.unknown)
                found[name] = val(child, default="on")
            elif name in _SEVERAL:
                only(child, _SEVERAL[name], self.unknown)
                found[name] = self._drawn(child, name)
            elif name == "rFonts":
                found |= self._fonts(child)
            elif name not in _RUN_SILENT:
                self.unknown(child, "")
        return found

    def _fonts(self, element: etree._Element) -> Format:
        only(
            element,
            (*_FONTS, *(f"{each}Theme" for each in ("ascii", "hAnsi", "eastAsia")), "cstheme", "hint"),
            self.unknown,
        )
        found = {}
        for name in _FONTS:
            theme = val(element, "cstheme" if name == "cs" else f"{name}Theme")
            if font := self.fonts.get(theme, f"the theme's {theme}") if theme else val(element, name):
                found[name] = font
        if (hint := val(element, "hint")) not in ("", "default"):
            found["hint"] = hint
        return found

    def paragraph_format(self, properties: etree._Element | None) -> Format:  # noqa: PLR0912 - a case for each kind of property
        """Read properties of a paragraph, but for its numbering."""
        found: Format = {}
        for child in properties if properties is not None else ():
            name = local(child)
            if name in _PARAGRAPH_SWITCHES:
                only(child, ("val",), self.unknown)
                found[name] = "on" if is_on(child) else "off"
            elif name in _PARAGRAPH_VALUES:
                only(child, ("val",), self.unknown)
                if not val(child):
                    self.unknown(child, "without a value")
                found[name] = _LOGICAL.get(val(child), val(child))
            elif name == "spacing":
                only(child, _SPACING, self.unknown)
                found |= {each: val(child, each) for each in _SPACING if val(child, each)}
            elif name == "ind":
                only(child, _INDENTS, self.unknown)
                for each in _INDENTS:
                    if val(child, each):
                        found[_LOGICAL.get(each, each)] = val(child, each)
                # A hanging indent takes the place of a first line's, here and above.
                hanging, first = found.pop("hanging", ""), found.pop("firstLine", "")
                if hanging or first:
                    found["first"] = f"-{hanging}" if hanging not in ("", "0") else first or "0"
            elif name == "shd":
                found["shd"] = self.shading(child)
            elif name == "pBdr":
                found |= {f"border {local(side)}": self.border(side) for side in self.borders(child)}
            elif name == "tabs":
                for tab in child:
                    only(tab, ("val", "pos", "leader"), self.unknown)
                    kind = _LOGICAL.get(val(tab), val(tab))
                    leader = val(tab, "leader", "none")
                    found[f"tab {val(tab, 'pos')}"] = "" if kind in ("clear", "num") else f"{kind} {leader}"
            elif name == "numPr":
                self._number(child)
            elif name not in _PARAGRAPH_SILENT:
                self.unknown(child, "")
        return found

    def _number(self, element: etree._Element) -> None:
        """Tell of a paragraph's list and level that readers could take in two ways."""
        said = [(local(child), val(child).isdecimal()) for child in element]
        if said not in ([("ilvl", True), ("numId", True)], [("numId", True)], [("ilvl", True)]):
            self.unknown(element, "")

    def _drawn(self, element: etree._Element, name: str) -> str:
        if name == "color":
            return self._colour(element, "val", "theme")
        if name == "shd":
            return self.shading(element)
        if name == "bdr":
            return self.border(element)
        return " ".join(filter(None, (val(element), self._colour(element, "color", "theme"))))

    def shading(self, element: etree._Element) -> str:
        """Return what a paragraph, a run or a cell is filled with, nothing for nothing."""
        only(element, _SEVERAL["shd"], self.unknown)
        pattern, behind = val(element, default="clear"), self._colour(element, "fill", "themeFill")
        if pattern in ("clear", "nil"):
            return "" if behind in ("", "auto") or pattern == "nil" else behind
        return f"{pattern} {self._colour(element, 'color', 'theme')} {behind}"

    def border(self, element: etree._Element) -> str:
        """Return a border in words, nothing for none."""
        if val(element) in ("nil", "none", ""):
            return ""
        said = (val(element, "sz"), val(element, "space"), val(element, "shadow"), val(element, "frame"))
        words = (val(element), *(each for each in said if each not in OFF), self._colour(element, "color", "theme"))
        return " ".join(filter(None, words))

    def _colour(self, element: etree._Element, name: str, theme: str) -> str:
        """Return a colour, which the theme may say; what it said when the document was saved stands there too."""
        said = val(element, name).upper().replace("AUTO", "auto")
        key = val(element, f"{theme}Color" if theme == "theme" else theme)
        if key in ("", "none"):
            return said
        shade, tint = (val(element, f"{theme}{kind}") for kind in ("Shade", "Tint"))
        themed = _lightened(self.colours.get(_THEMED.get(key, key), ""), shade, tint)
        return said if _close(said, themed) else f"{themed or key} of the theme"

    def borders(self, element: etree._Element) -> Iterator[etree._Element]:
        """Give the sides of a border, and tell of what is none."""
        for side in element:
            if local(side) in SIDES:
                only(side, BORDER, self.unknown)
                yield side
            else:
                self.unknown(side, "")


# The names of a theme's colours in text, and in the theme (17.18.97).
_THEMED = {
    "dark1": "dk1", "text1": "dk1", "light1": "lt1", "background1": "lt1", "dark2": "dk2", "text2": "dk2", "light2": "lt2",
    "background2": "lt2", "hyperlink": "hlink", "followedHyperlink": "folHlink",
}  # fmt: skip


def _lightened(colour: str, shade: str, tint: str) -> str:
    """Return a colour made darker or lighter in 255ths, as Word does: its luminance is changed."""
    if not re.fullmatch("[0-9A-Fa-f]{6}", colour):
        return ""
    hue, light, saturation = colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)))
    if re.fullmatch("[0-9A-Fa-f]{2}", shade):
        light *= int(shade, 16) / 255
    if re.fullmatch("[0-9A-Fa-f]{2}", tint):
        light = light * int(tint, 16) / 255 + 1 - int(tint, 16) / 255
    return "".join(f"{round(255 * part):02X}" for part in colorsys.hls_to_rgb(hue, light, saturation))


def _close(one: str, other: str) -> bool:
    if not all(re.fullmatch("[0-9A-F]{6}", each) for each in (one, other)):
        return False
    return all(abs(int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) <= 3 for at in (0, 2, 4))


def is_on_attribute(element: etree._Element, name: str) -> bool:
    """Return whether an attribute is there and says yes."""
    return val(element, name) not in ("", *OFF)


def toggled(formats: Iterable[Format]) -> Format:
    """Join what styles of several kinds say: what two of them turn on is off (ECMA-376 part 1, 17.7.3)."""
    joined: Format = {}
    for each in formats:
        for name, value in each.items():
            both = name in _TOGGLES and value == joined.get(name) == "on"
            joined[name] = "off" if both else value
    return joined


def merged(formats: Iterable[Format]) -> Format:
    """Join what is said one after the other; the last word counts."""
    joined: Format = {}
    for each in formats:
        joined |= each
    return joined


def settled(form: Format) -> Format:
    """Leave out what is as it would be anyway."""
    found = {
        name: value for name, value in form.items() if value not in ("", "off") and value not in DEFAULTS.get(name, ())
    }
    for name in (
        "widowControl",
        "snapToGrid",
        "kinsoku",
        "wordWrap",
        "overflowPunct",
        "autoSpaceDE",
        "autoSpaceDN",
        "adjustRightInd",
    ):
        if form.get(name) == "off":
            found[name] = "off"
    # Letters are kerned from a size on (17.3.2.19), of which LibreOffice keeps whether they are.
    kerned, size = found.pop("kern", "0"), found.get("sz", "20")
    if not (kerned.isdecimal() and size.isdecimal()):
        found["kern"] = kerned
    elif 0 < int(kerned) <= int(size):
        found["kern"] = "on"
    if found.get("ascii") == found.get("hAnsi") == found.get("eastAsia"):
        found.pop("hint", None)  # it chooses among the three
    return found
