"""Figures in a page: lines where they are plain, an image where they are not, never what runs or fetches."""

import base64

import pytest
from lxml import etree
from matplotlib.figure import Figure

from reportgen.drawing import Drawing, png_and_svg
from reportgen.html.pictures import inline_svg, is_plain
from reportgen.picture import Picture

PLAIN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path id="a" d="M 0 0" style="fill: none; stroke: #ff0000"/></svg>'


def inline(svg: str, alt: str = "A line.") -> str:
    return str(inline_svg(Picture(b"", svg.encode(), alt), "task"))


def test_a_plot_becomes_lines_that_need_no_styles() -> None:
    figure = Figure()
    figure.subplots().plot([1, 2], [2, 1])
    made = str(inline_svg(Picture(*png_and_svg(Drawing(figure, "A line that falls.")), "A line that falls."), "fall"))
    element = etree.fromstring(made)
    assert (element.tag, element.get("role"), element.get("aria-label")) == ("svg", "img", "A line that falls.")
    assert element.get("width") is None
    assert element.get("viewBox") == "0 0 460.8 345.6"
    assert "style" not in {name for each in element.iter() for name in each.attrib}
    assert not list(element.iter("style", "metadata"))
    names = [each.get("id", "") for each in element.iter() if each.get("id")]
    assert names
    assert all(name.startswith("fall-") for name in names)
    links = [
        str(value) for each in element.iter() for name, value in each.items() if name == "href" or "url(" in str(value)
    ]
    assert links
    assert all(link.strip("url()#").removeprefix("#") in names for link in links)
    assert is_plain(made)


def test_styles_become_attributes() -> None:
    path = etree.fromstring(inline(PLAIN))[0]
    assert dict(path.items()) == {"id": "task-a", "d": "M 0 0", "fill": "none", "stroke": "#ff0000"}


def test_an_alternative_text_is_text() -> None:
    assert etree.fromstring(inline(PLAIN, 'A "quote" & <b>')).get("aria-label") == 'A "quote" & <b>'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<path onload="alert(1)"/>',
        '<path\nonload="alert(1)"/>',
        '<image href="https://example.org/a.png"/>',
        '<image xlink:href="data:image/svg+xml;base64,AAAA"/>',
        '<use href="other.svg#a"/>',
        '<path fill="url(https://example.org/#a)"/>',
        '<path style="background: red"/>',
        "<path style='fill: red'/>",
        "<foreignObject><p>text</p></foreignObject>",
        "<a href='#a'>text</a>",
        "<style>path { fill: red }</style>",
        "<![CDATA[<script>]]>",
        "</svg><script>alert(1)</script><svg>",
        "<svg></svg>",
    ],
)
def test_whatever_a_page_does_not_let_in_is_an_image(inside: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    made = inline(svg, "<it>")
    assert made == f'<img src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" alt="&lt;it&gt;">'
    assert is_plain(made)
    assert not is_plain(f'<svg role="img" aria-label="">{inside}</svg>')


def test_an_entity_in_a_file_makes_it_an_image() -> None:
    assert inline('<svg xmlns="http://www.w3.org/2000/svg"><text>&amp;</text></svg>').startswith("<img ")


def test_an_image_with_more_than_an_image_is_not_plain() -> None:
    assert not is_plain('<img src="data:image/svg+xml;base64,AA==" alt="a"><script>alert(1)</script>')
    assert not is_plain('<img src="https://example.org/a.svg" alt="a">')
