"""What may stand in a document that another program saved: what our writer writes, and what Word and LibreOffice add to that."""

from collections.abc import Iterator, Mapping
from functools import cache

from lxml import etree

from reportgen.audit.formats import is_mark, is_said
from reportgen.check.reader import M, W

_NAMESPACES = {
    "w": W,
    "m": M,
    "r": "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}",
    "wp": "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}",
    "a": "{http://schemas.openxmlformats.org/drawingml/2006/main}",
    "pic": "{http://schemas.openxmlformats.org/drawingml/2006/picture}",
    "w14": "{http://schemas.microsoft.com/office/word/2010/wordml}",
    "w15": "{http://schemas.microsoft.com/office/word/2012/wordml}",
    "a14": "{http://schemas.microsoft.com/office/drawing/2010/main}",
    "asvg": "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}",
    "mc": "{http://schemas.openxmlformats.org/markup-compatibility/2006}",
    "xml": "{http://www.w3.org/XML/1998/namespace}",
}

_MARKS = "w:bookmarkStart w:bookmarkEnd w:proofErr"
_BLOCKS = f"w:p w:tbl w:sdt {_MARKS}"
_INLINES = f"w:r w:hyperlink w:fldSimple w:sdt m:oMath m:oMathPara {_MARKS}"
_CHILDREN_OF_MATH = (
    "m:r m:f m:sSub m:sSup m:sSubSup m:sPre m:nary m:limLow m:limUpp m:rad m:acc m:bar m:d m:func m:m m:eqArr m:groupChr "
    "m:box"
)
_ARGUMENT = ("", f"{_CHILDREN_OF_MATH} m:argPr m:ctrlPr")

# By element: its attributes, and the elements in it; a star for those of which another module here knows what may stand in them.
_ALLOWED: Mapping[str, tuple[str, str]] = {
    "w:document": ("mc:Ignorable w:conformance", "w:body"),
    "w:hdr": ("mc:Ignorable", _BLOCKS),
    "w:ftr": ("mc:Ignorable", _BLOCKS),
    "w:body": ("", f"{_BLOCKS} w:sectPr"),
    # Text
    "w:p": ("", f"w:pPr {_INLINES}"),
    "w:pPr": ("", "*"),
    "w:r": (
        "",
        "w:rPr w:t w:tab w:br w:cr w:noBreakHyphen w:softHyphen w:fldChar w:instrText w:drawing w:lastRenderedPageBreak",
    ),
    "w:rPr": ("", "*"),
    "w:t": ("xml:space", ""),
    "w:tab": ("", ""),
    "w:br": ("w:type w:clear", ""),
    "w:cr": ("", ""),
    "w:noBreakHyphen": ("", ""),
    "w:softHyphen": ("", ""),
    "w:lastRenderedPageBreak": ("", ""),
    "w:fldChar": ("w:fldCharType w:dirty", ""),
    "w:instrText": ("xml:space", ""),
    "w:fldSimple": ("w:instr w:dirty", _INLINES),
    "w:hyperlink": ("r:id w:anchor w:history", _INLINES),
    "w:bookmarkStart": ("w:id w:name w:displacedByCustomXml", ""),
    "w:bookmarkEnd": ("w:id w:displacedByCustomXml", ""),
    "w:proofErr": ("w:type", ""),
    # Content controls: the frame of the table of contents, and the boxes to tick
    "w:sdt": ("", "w:sdtPr w:sdtEndPr w:sdtContent"),
    "w:sdtPr": ("", "w:alias w:tag w:id w:docPartObj w14:checkbox w:rPr"),
    "w:sdtEndPr": ("", "w:rPr"),
    "w:sdtContent": ("", f"{_INLINES} w:p"),
    "w:alias": ("w:val", ""),
    "w:tag": ("w:val", ""),
    "w:id": ("w:val", ""),
    "w:docPartObj": ("", "w:docPartGallery w:docPartUnique"),
    "w:docPartGallery": ("w:val", ""),
    "w:docPartUnique": ("w:val", ""),
    "w14:checkbox": ("", "w14:checked w14:checkedState w14:uncheckedState"),
    "w14:checked": ("w14:val", ""),
    "w14:checkedState": ("w14:val w14:font", ""),
    "w14:uncheckedState": ("w14:val w14:font", ""),
    # Tables
    "w:tbl": ("", "w:tblPr w:tblGrid w:tr w:bookmarkStart w:bookmarkEnd"),
    "w:tblPr": ("", "w:tblStyle w:tblW w:jc w:tblInd w:tblLayout w:tblCellMar w:tblBorders w:tblLook w:tblStyleRowBandSize "
        "w:tblStyleColBandSize"),
    "w:tblStyle": ("w:val", ""),
    "w:tblW": ("w:w w:type", ""),
    "w:jc": ("w:val", ""),
    "w:tblInd": ("w:w w:type", ""),
    "w:tblLayout": ("w:type", ""),
    "w:tblCellMar": ("", "*"),
    "w:tblBorders": ("", "*"),
    "w:tblLook": ("w:val w:firstRow w:lastRow w:firstColumn w:lastColumn w:noHBand w:noVBand", ""),
    "w:tblGrid": ("", "w:gridCol"),
    "w:gridCol": ("w:w", ""),
    "w:tr": ("", "w:trPr w:tc w:bookmarkStart w:bookmarkEnd"),
    "w:trPr": ("", "w:cantSplit w:tblHeader w:cnfStyle"),
    "w:cantSplit": ("w:val", ""),
    "w:tblHeader": ("w:val", ""),
    "w:cnfStyle": (
        "w:val w:firstRow w:lastRow w:firstColumn w:lastColumn w:oddVBand w:evenVBand w:oddHBand w:evenHBand "
        "w:firstRowFirstColumn w:firstRowLastColumn w:lastRowFirstColumn w:lastRowLastColumn",
        "",
    ),
    "w:tc": ("", f"w:tcPr {_BLOCKS}"),
    "w:tcPr": ("", "w:tcW w:tcBorders w:tcMar w:vAlign w:shd w:cnfStyle"),
    "w:tcW": ("w:w w:type", ""),
    "w:tcBorders": ("", "*"),
    "w:tcMar": ("", "*"),
    "w:vAlign": ("w:val", ""),
    # Pictures
    "w:drawing": ("", "wp:inline"),
    "wp:inline": ("distT distB distL distR", "wp:extent wp:effectExtent wp:docPr wp:cNvGraphicFramePr a:graphic"),
    "wp:extent": ("cx cy", ""),
    "wp:effectExtent": ("l t r b", ""),
    "wp:docPr": ("id name descr title", ""),
    "wp:cNvGraphicFramePr": ("", "a:graphicFrameLocks"),
    "a:graphicFrameLocks": ("noChangeAspect", ""),
    "a:graphic": ("", "a:graphicData"),
    "a:graphicData": ("uri", "pic:pic"),
    "pic:pic": ("", "pic:nvPicPr pic:blipFill pic:spPr"),
    "pic:nvPicPr": ("", "pic:cNvPr pic:cNvPicPr"),
    "pic:cNvPr": ("id name descr title", ""),
    "pic:cNvPicPr": ("", "a:picLocks"),
    "a:picLocks": ("noChangeAspect noChangeArrowheads", ""),
    "pic:blipFill": ("", "a:blip a:stretch"),
    "a:blip": ("r:embed", "a:extLst"),
    "a:extLst": ("", "a:ext"),
    "a:ext": ("uri cx cy", "asvg:svgBlip a14:useLocalDpi"),
    "asvg:svgBlip": ("r:embed", ""),
    "a14:useLocalDpi": ("val", ""),
    "a:stretch": ("", "a:fillRect"),
    "a:fillRect": ("", ""),
    "pic:spPr": ("bwMode", "a:xfrm a:prstGeom"),
    "a:xfrm": ("", "a:off a:ext"),
    "a:off": ("x y", ""),
    "a:prstGeom": ("prst", "a:avLst"),
    "a:avLst": ("", ""),
    # Equations
    "m:oMathPara": ("", "m:oMathParaPr m:oMath"),
    "m:oMathParaPr": ("", "m:jc"),
    "m:jc": ("m:val", ""),
    "m:oMath": _ARGUMENT,
    "m:r": ("", "m:rPr w:rPr m:t"),
    "m:rPr": ("", "m:sty m:nor"),
    "m:nor": ("m:val", ""),
    "m:sty": ("m:val", ""),
    "m:t": ("xml:space", ""),
    "m:ctrlPr": ("", "w:rPr"),
    **{f"m:{name}": _ARGUMENT for name in ("e", "sub", "sup", "num", "den", "deg", "lim", "fName")},
    "m:f": ("", "m:fPr m:num m:den"),
    "m:fPr": ("", "m:type m:ctrlPr"),
    "m:type": ("m:val", ""),
    "m:sSub": ("", "m:sSubPr m:e m:sub"),
    "m:sSup": ("", "m:sSupPr m:e m:sup"),
    "m:sSubSup": ("", "m:sSubSupPr m:e m:sub m:sup"),
    "m:sPre": ("", "m:sPrePr m:e m:sub m:sup"),
    **{f"m:{name}Pr": ("", "m:ctrlPr") for name in ("sSub", "sSup", "sPre", "limLow", "limUpp", "func")},
    "m:sSubSupPr": ("", "m:alnScr m:ctrlPr"),
    "m:alnScr": ("m:val", ""),
    "m:nary": ("", "m:naryPr m:sub m:sup m:e"),
    "m:naryPr": ("", "m:chr m:limLoc m:grow m:subHide m:supHide m:ctrlPr"),
    **{f"m:{name}": ("m:val", "") for name in ("chr", "limLoc", "grow", "subHide", "supHide", "degHide", "pos", "shp")},
    **{f"m:{name}": ("m:val", "") for name in ("begChr", "endChr", "sepChr", "vertJc")},
    "m:limLow": ("", "m:limLowPr m:e m:lim"),
    "m:limUpp": ("", "m:limUppPr m:e m:lim"),
    "m:rad": ("", "m:radPr m:deg m:e"),
    "m:radPr": ("", "m:degHide m:ctrlPr"),
    "m:acc": ("", "m:accPr m:e"),
    "m:accPr": ("", "m:chr m:ctrlPr"),
    "m:bar": ("", "m:barPr m:e"),
    "m:barPr": ("", "m:pos m:ctrlPr"),
    "m:d": ("", "m:dPr m:e"),
    "m:dPr": ("", "m:begChr m:sepChr m:endChr m:grow m:shp m:ctrlPr"),
    "m:func": ("", "m:funcPr m:fName m:e"),
    "m:groupChr": ("", "m:groupChrPr m:e"),
    "m:groupChrPr": ("", "m:chr m:pos m:vertJc m:ctrlPr"),
    "m:box": ("", "m:boxPr m:e"),
    "m:boxPr": ("", "m:ctrlPr"),
    "m:m": ("", "m:mPr m:mr"),
    "m:mPr": ("", "m:mcs m:ctrlPr"),
    "m:mcs": ("", "m:mc"),
    "m:mc": ("", "m:mcPr"),
    "m:mcPr": ("", "m:count m:mcJc"),
    "m:count": ("m:val", ""),
    "m:mcJc": ("m:val", ""),
    "m:mr": ("", "m:e"),
    "m:eqArr": ("", "m:eqArrPr m:e"),
    "m:eqArrPr": ("", "m:ctrlPr"),
    # Styles and lists
    "w:styles": ("mc:Ignorable", "w:docDefaults w:latentStyles w:style"),
    "w:docDefaults": ("", "w:rPrDefault w:pPrDefault"),
    "w:rPrDefault": ("", "w:rPr"),
    "w:pPrDefault": ("", "w:pPr"),
    "w:latentStyles": ("*", "*"),
    "w:style": (
        "w:type w:styleId w:default w:customStyle",
        "w:name w:aliases w:basedOn w:next w:link w:autoRedefine w:hidden w:uiPriority w:semiHidden w:unhideWhenUsed w:qFormat "
        "w:locked w:rsid w:pPr w:rPr w:tblPr w:trPr w:tcPr w:tblStylePr",
    ),
    **{
        f"w:{name}": ("w:val", "")
        for name in (
            "name", "aliases", "basedOn", "next", "link", "autoRedefine", "hidden", "uiPriority", "semiHidden", "unhideWhenUsed",
            "qFormat", "locked", "rsid", "tblStyleRowBandSize", "tblStyleColBandSize", "nsid", "multiLevelType", "tmpl", "start",
            "numFmt", "lvlText", "lvlJc", "pStyle", "suff", "startOverride", "abstractNumId",
        )
    },
    "w:tblStylePr": ("w:type", "w:pPr w:rPr w:tblPr w:trPr w:tcPr"),
    "w:numbering": ("mc:Ignorable", "w:abstractNum w:num w:numIdMacAtCleanup"),
    "w:numIdMacAtCleanup": ("w:val", ""),
    "w:abstractNum": (
        "w:abstractNumId w15:restartNumberingAfterBreak",
        "w:nsid w:multiLevelType w:tmpl w:name w:styleLink w:numStyleLink w:lvl",
    ),
    "w:styleLink": ("w:val", ""),
    "w:numStyleLink": ("w:val", ""),
    "w:lvl": (
        "w:ilvl w:tplc w:tentative",
        "w:start w:numFmt w:pStyle w:suff w:lvlText w:lvlJc w:pPr w:rPr",
    ),
    "w:num": ("w:numId", "w:abstractNumId w:lvlOverride"),
    "w:lvlOverride": ("w:ilvl", "w:startOverride w:lvl"),
    # The page
    "w:sectPr": (
        "",
        "w:headerReference w:footerReference w:type w:pgSz w:pgMar w:pgNumType w:cols w:formProt w:titlePg w:textDirection "
        "w:docGrid w:bidi w:footnotePr w:endnotePr",
    ),
    "w:headerReference": ("w:type r:id", ""),
    "w:footerReference": ("w:type r:id", ""),
    "w:type": ("w:val", ""),
    "w:pgSz": ("w:w w:h w:orient w:code", ""),
    "w:pgMar": ("w:top w:right w:bottom w:left w:header w:footer w:gutter", ""),
    "w:pgNumType": ("w:fmt w:start w:chapStyle w:chapSep", ""),
    "w:cols": ("w:space w:num w:equalWidth", ""),
    "w:formProt": ("w:val", ""),
    "w:titlePg": ("w:val", ""),
    "w:textDirection": ("w:val", ""),
    "w:docGrid": ("w:type w:linePitch w:charSpace", ""),
    "w:bidi": ("w:val", ""),
    "w:footnotePr": ("", "*"),
    "w:endnotePr": ("", "*"),
}  # fmt: skip
# What may stand in an element several times.
_SEVERAL = frozenset(
    f"{_INLINES} {_BLOCKS} {_CHILDREN_OF_MATH} m:oMath m:e m:mr m:t w:t w:tab w:br w:cr w:noBreakHyphen w:softHyphen w:fldChar w:instrText "
    "w:drawing w:lastRenderedPageBreak w:tr w:tc w:gridCol w:style w:tblStylePr w:abstractNum w:num w:lvl w:lvlOverride "
    "w:headerReference w:footerReference a:ext w:lsdException".split()
)
# Of these the parts have an order, which one reader goes by and another does not.
_ORDERED: Mapping[str, Mapping[str, int]] = {
    name: {part: at for at, part in enumerate(parts.split())}
    for name, (_, parts) in _ALLOWED.items()
    if name.startswith("m:") and parts and parts != _ARGUMENT[1]
}
_SWITCHES = frozenset(
    f"w:{name}"
    for name in (
        "cantSplit",
        "tblHeader",
        "formProt",
        "titlePg",
        "bidi",
        "autoRedefine",
        "hidden",
        "semiHidden",
        "unhideWhenUsed",
        "qFormat",
        "locked",
    )
)
# What says how an element looks comes first in it: of one that comes later, readers differ.
_FIRST = frozenset(
    ["w:pPr", "w:rPr", "w:tblPr", "w:trPr", "w:tcPr", "w:sdtPr", "m:rPr", "m:oMathParaPr", "m:argPr"]
    + [name for name in _ALLOWED if name.startswith("m:") and name.endswith("Pr") and name != "m:ctrlPr"]
)
_BEGUN_BY = frozenset(
    name for name in _ALLOWED if name in ("w:p", "w:r", "w:tbl", "w:tr", "w:tc", "w:sdt") or name.startswith("m:")
)
_TEXTS = frozenset(
    f"{_NAMESPACES[name.partition(':')[0]]}{name.partition(':')[2]}" for name in ("w:t", "w:instrText", "m:t")
)


def name_of(clark: str) -> str:
    """Return a name with its usual prefix; one without a usual prefix as it is."""
    if not clark.startswith("{"):
        return clark
    namespace, _, local = clark.rpartition("}")
    prefix = _prefixes().get(f"{namespace}}}")
    return f"{prefix}:{local}" if prefix else clark


@cache
def _prefixes() -> dict[str, str]:
    return {namespace: prefix for prefix, namespace in _NAMESPACES.items()}


@cache
def _rule(tag: str) -> tuple[frozenset[str], frozenset[str]] | None:
    found = _ALLOWED.get(name_of(tag))
    return None if found is None else (frozenset(found[0].split()), frozenset(found[1].split()))


def strangers(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield what no rule knows of a part with text: an element, and what of it; what stands in a stranger is not looked at."""
    for element in root.iter():
        yield from _loose_text(element)
        # Wherever it stands, even where nothing uses it: one reader gives up the whole part for it.
        for name, value in element.attrib.items():
            if not is_said(str(name), str(value)):
                yield element, f"with {name_of(str(name))}={str(value)[:40]!r}"
    ahead = [root]
    while ahead:
        element = ahead.pop()
        rule = _rule(str(element.tag))
        if rule is None:
            yield element, ""
            continue
        attributes, children = rule
        for name in element.attrib if "*" not in attributes else ():
            known = name_of(str(name))
            if known not in attributes and not is_mark(str(name)):
                yield element, f"with {known}={element.get(str(name), '')[:40]!r}"
        yield from _out_of_place(element)
        for child in element if "*" not in children else ():
            known = name_of(str(child.tag))
            if known in children:
                ahead.append(child)
            else:
                yield child, f"in {name_of(str(element.tag))}"


def _loose_text(element: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    if element.tag not in _TEXTS and (element.text or "").strip():
        yield element, f"with the text {(element.text or '').strip()[:60]!r}"
    if (element.tail or "").strip():
        yield element, f"followed by the text {(element.tail or '').strip()[:60]!r}"


def _out_of_place(element: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield what stands where one reader takes it and another does not."""
    seen = set()
    own = name_of(str(element.tag))
    before = ""
    for child in element:
        known = name_of(str(child.tag))
        if known in _FIRST and own in _BEGUN_BY and before not in ("", *_FIRST):
            yield child, f"after <{before}>"
        if child.tag in seen and known not in _SEVERAL:
            yield child, f"a second time in {own}"
        seen.add(child.tag)
        before = known
    if own in _ORDERED and (order := [_ORDERED[own].get(name_of(str(child.tag)), 0) for child in element]) != sorted(
        order
    ):
        yield element, "whose parts are in another order"
    if _ALLOWED.get(own, ("", ""))[0] == "w:val" and own not in _SWITCHES and element.get(f"{W}val") is None:
        yield element, "without a value"
    if own == "w:style" and element.find(f"{W}name") is None:  # LibreOffice then makes one of its own
        yield element, "without a name"
