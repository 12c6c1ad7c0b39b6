"""Figures as a page holds them: inline SVG where it is plain, so that it scales and prints as lines; else an image."""

import base64
import re
from functools import cache

from markupsafe import Markup

from reportgen.picture import Picture

_KNOWN = {
    "svg", "g", "path", "defs", "use", "clipPath", "rect", "circle", "ellipse", "line", "polyline", "polygon", "image", "text", "tspan",
    "title", "desc",
}  # fmt: skip
"""Elements that draw, run nothing and fetch nothing but what their address holds."""

_PROPERTIES = {
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-dashoffset",
    "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "opacity", "clip-path", "clip-rule", "image-rendering",
}  # fmt: skip
"""Of CSS, what SVG has an attribute for (SVG 2, presentation attributes), so that a page need not allow styles in its text."""

_IDENTIFIER = re.compile(r'id="(?<=\sid=")')
_STYLE = re.compile(r' style="([^"]*)"')


def inline_svg(picture: Picture, name: str) -> Markup:
    """Return a figure as an element of a page, with its alternative text, its identifiers apart from those of other figures."""
    svg = _plain(picture.svg.decode(errors="replace"))
    if svg is None:
        data = base64.b64encode(picture.svg).decode()
        return Markup('<img src="data:image/svg+xml;base64,{}" alt="{}">').format(data, picture.alt)
    svg = _IDENTIFIER.sub(f'id="{name}-', svg)
    svg = svg.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    label = Markup('<svg role="img" aria-label="{}" ').format(picture.alt)
    return label + Markup(svg.removeprefix("<svg "))


def inline_png(picture: Picture) -> Markup:
    """Return a picture of the author's own as an element of a page: to the byte what was given, so that an audit can tell."""
    data = base64.b64encode(picture.png).decode()
    return Markup('<img src="data:image/png;base64,{}" alt="{}">').format(data, picture.alt)


def png_in(element: str) -> bytes:
    """Return the PNG in an element that `inline_png` made, nothing for any other."""
    found = re.fullmatch(r'<img src="data:image/png;base64,([A-Za-z0-9+/=]*)" alt="[^"<>]*">', element)
    try:
        return base64.b64decode(found[1], validate=True) if found else b""
    except ValueError:
        return b""


def _plain(svg: str) -> str | None:
    """Return the element of an SVG file without what only tells of the file; None where it holds what a page does not let in."""
    svg = svg[svg.find("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    # What Matplotlib says of all lines is inherited as well from the outermost element.
    svg, ruled = re.subn(
        r"<defs>\s*<style[^>]*>\*\{stroke-linejoin: round; stroke-linecap: butt\}</style>\s*</defs>", "", svg
    )
    declared = {
        each.partition(":")[0].strip()
        for style in set(_STYLE.findall(svg))
        for each in style.split(";")
        if each.strip()
    }
    if not _draws_only(svg) or "&" in svg or not declared <= _PROPERTIES:
        return None
    svg = _STYLE.sub(_attributes, svg)
    opening, rest = svg.split(">", 1)
    opening = re.sub(r' (?:width|height|version|xmlns(?::\w+)?)="[^"]*"', "", opening)
    rest = re.sub(r"\n\s*", "\n", rest.replace("xlink:href", "href"))
    rule = ' stroke-linejoin="round" stroke-linecap="butt"' if ruled else ""
    return f"{opening}{rule}>{rest.rstrip()}"


def _draws_only(svg: str) -> bool:
    """Return whether an SVG element holds elements that draw and nothing else, whole, and fetches and runs nothing."""
    lower = svg.lower()  # and patterns that begin with letters: a page of figures has a million characters
    return (
        svg.startswith("<svg ")
        and svg.rstrip().endswith("</svg>")
        and svg.count("<svg") == svg.count("</svg") == 1
        and {name.lstrip("/") for name in set(_ELEMENT.findall(svg))} <= _KNOWN
        and not any(fetch in lower for fetch in ("<!", "<?"))
        and not any(fetch.search(lower) for fetch in _FETCHES)
    )


_ELEMENT = re.compile(r"<\s*(/?[^\s/>]*)")

_FETCHES = (
    re.compile(r"""href\s*=\s*(?!"#|"data:image/png;base64,)"""),
    re.compile(r"url\((?!#)"),
    re.compile(r"on\w+\s*="),
    re.compile(r'style\s*=(?!")'),
)


def is_plain(element: str) -> bool:
    """Return whether an element of a page is a figure such as `inline_svg` makes, which runs nothing and fetches nothing."""
    if element.startswith("<img "):
        return (
            re.fullmatch(r'<img src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]*" alt="[^"<>]*">', element) is not None
        )
    return _draws_only(element) and not _STYLE.search(element)


def _attributes(style: re.Match[str]) -> str:
    return _as_attributes(style[1])


@cache
def _as_attributes(style: str) -> str:
    declared = (each.partition(":") for each in style.split(";") if each.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in declared)
