"""What may stand in the styles, lists, header and footer of a document, and in which order (ECMA-376 part 1, 17.3 to 17.10 and annex A)."""

import re
from collections.abc import Mapping

from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TOGGLES = "b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid vanish webHidden"
_SIDES = "top start left bottom end right"
_ORDERS: Mapping[str, str] = {
    "styles": "docDefaults latentStyles style",
    "docDefaults": "rPrDefault pPrDefault",
    "rPrDefault": "rPr",
    "pPrDefault": "pPr",
    "latentStyles": "lsdException",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked personal "
    "personalCompose personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr",
    "tblStylePr": "pPr rPr tblPr trPr tcPr",
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs suppressAutoHyphens "
    "kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing "
    "mirrorIndents suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": f"rStyle rFonts {_TOGGLES} color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang "
    "eastAsianLayout specVanish oMath rPrChange",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd tblBorders shd "
    "tblLayout tblCellMar tblLook tblCaption tblDescription tblPrChange",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark headers tcPrChange",
    "numbering": "numPicBullet abstractNum num numIdMacAtCleanup",
    "abstractNum": "nsid multiLevelType tmpl name styleLink numStyleLink lvl",
    "num": "abstractNumId lvlOverride",
    "lvlOverride": "startOverride lvl",
    "lvl": "start numFmt lvlRestart pStyle isLgl suff lvlText lvlPicBulletId legacy lvlJc pPr rPr",
    "numPr": "ilvl numId numberingChange ins",
    "pBdr": "top left bottom right between bar",
    "tblBorders": f"{_SIDES} insideH insideV",
    "tcBorders": f"{_SIDES} insideH insideV tl2br tr2bl",
    "tblCellMar": _SIDES,
    "tcMar": _SIDES,
    "tabs": "tab",
}
"""By element, those that may stand in it, in the order that the schema has."""

_PLACES = {
    f"{_W}{name}": {f"{_W}{part}": at for at, part in enumerate(parts.split())} for name, parts in _ORDERS.items()
}
_SEVERAL = {
    f"{_W}{name}"
    for name in (
        "style",
        "tblStylePr",
        "lsdException",
        "numPicBullet",
        "abstractNum",
        "num",
        "lvl",
        "lvlOverride",
        "tab",
    )
}
_WORDS = re.compile(r"[^\W\d_]{2,}", re.UNICODE)
_LEVEL = re.compile(r"%\d")


def mended(part: bytes) -> tuple[bytes, list[str]]:
    """Return a part as the schema has it, and in words what was left out of it; what is of no such part as it is.

    Elements that the schema does not know where they stand are left out, and of those that may stand there once all but the first;
    the others come in its order. What is in namespaces of Word's own later versions stays, behind the rest. The words of a list's
    levels are left out: they would be said in the report, and nothing of it says them.
    """
    root = etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    before = etree.tostring(root)
    unknown, words = _put_in_order(root), _without_words(root)
    if etree.tostring(root) == before:
        return part, []
    told = [f"elements that no schema has there were left out ({', '.join(sorted(unknown))})"] if unknown else []
    told += [f"words of its lists were left out ({', '.join(sorted(words))})"] if words else []
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True), told


def _put_in_order(root: etree._Element) -> set[str]:
    unknown = set()
    for element in root.iter(*_PLACES):
        places = _PLACES[str(element.tag)]
        seen, kept = set(), []
        for child in list(element):
            known, word = child.tag in places, isinstance(child.tag, str)
            if known and (child.tag not in seen or child.tag in _SEVERAL):
                kept.append((places[str(child.tag)], child))
            elif word and not str(child.tag).startswith(_W) and _is_later(str(child.tag)):
                kept.append((len(places), child))
            elif word:
                unknown.add(etree.QName(child).localname)
            seen.add(child.tag)
        ordered = [child for _, child in sorted(kept, key=lambda each: each[0])]
        if ordered != list(element):
            element[:] = ordered
    return unknown


def _is_later(tag: str) -> bool:
    return bool(re.match(r"\{http://schemas\.microsoft\.com/office/word/20\d\d", tag))


def _without_words(root: etree._Element) -> set[str]:
    found = set()
    for text in root.iter(f"{_W}lvlText"):
        said = text.get(f"{_W}val", "")
        if words := _WORDS.findall(_LEVEL.sub(" ", said)):
            text.set(f"{_W}val", "".join(_LEVEL.findall(said)) or "•")
            found.update(words)
    return found
