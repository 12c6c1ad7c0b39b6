"""The essay as HTML: the same words as in the Word document, from the same tree."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby

from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from reportgen.errors import ReportgenError
from reportgen.manuscript import Manuscript, classes, excerpt, only_child, require_known_class

_CLASSES: Mapping[str, Mapping[str, str]] = {
    "paragraph": dict.fromkeys(("title", "subtitle", "author", "date", "note"), ""),
    "heading": {"references": "", "contents": ""},
    "table": {"small": ""},
}


@dataclass
class Article:
    """What every function of the writer reads: the text, its figures as they stand in a page, the claims in each line of it.

    `steps`: by claim, where an explorer shows it, as fragment and title; `anchors`: by heading the fragment that leads there; `said`
    collects by claim what was written of it.
    """

    manuscript: Manuscript
    drawn: Mapping[str, Markup]
    claimed: Sequence[Mapping[str, bool]]
    steps: Mapping[str, tuple[str, str]]
    anchors: Mapping[SyntaxTreeNode, str]
    said: dict[str, list[Markup]] = field(default_factory=dict)
    marked: set[str] = field(default_factory=set)


def join(parts: Iterable[Markup]) -> Markup:
    """Return pieces of HTML one after the other."""
    return Markup("").join(parts)


def begin(
    manuscript: Manuscript,
    drawn: Mapping[str, Markup],
    claimed: Sequence[Mapping[str, bool]],
    steps: Mapping[str, tuple[str, str]],
) -> Article:
    """Return a article that has begun: no text is written yet."""
    return Article(manuscript, drawn, claimed, steps, _anchors(manuscript))


def blocks(article: Article, nodes: Sequence[SyntaxTreeNode]) -> Markup:
    """Write blocks one after the other. Raises ReportgenError for what the dialect does not have, as the Word writer does."""
    return join(_block(article, node, before) for before, node in zip([None, *nodes[:-1]], nodes, strict=True))


def _anchors(manuscript: Manuscript) -> dict[SyntaxTreeNode, str]:
    anchors: dict[SyntaxTreeNode, str] = {}
    for node in manuscript.headings:
        slug = "-".join(re.findall(r"\w+", plain(node).lower())) or "section"
        taken = sum(re.fullmatch(rf"{re.escape(slug)}(-\d+)?", anchor) is not None for anchor in anchors.values())
        anchors[node] = f"{slug}-{taken + 1}" if taken else slug
    return anchors


def plain(node: SyntaxTreeNode) -> str:
    """Return the words of a node, without their setting."""
    return "".join(child.content for child in node.walk() if child.type in ("text", "code_inline", "math_inline"))


def _block(  # noqa: PLR0911 - one case for each kind of block, nothing else
    article: Article, node: SyntaxTreeNode, before: SyntaxTreeNode | None
) -> Markup:
    known = require_known_class(article.manuscript.source, node, _CLASSES)
    match node.type:
        case "paragraph":
            if known is None and (figure := only_child(node, "image")) is not None:
                return _figure(article, figure)
            caption = only_child(node, "link")
            if caption is not None and str(caption.attrs["href"]).startswith("tbl:"):
                return Markup("")  # written within its table
            if known == "title":
                return Markup('<h1 class="title">{}</h1>\n').format(_text(article, node))
            return Markup("<p{}>{}</p>\n").format(_class(known), _text(article, node))
        case "heading":
            return _heading(article, node)
        case "bullet_list" | "ordered_list":
            return _list(article, node)
        case "blockquote":
            return Markup("<blockquote>{}</blockquote>\n").format(blocks(article, node.children))
        case "table":
            caption = None if before is None or before.type != "paragraph" else only_child(before, "link")
            labels = caption is not None and str(caption.attrs["href"]).startswith("tbl:")
            return _table(article, node, caption if labels else None, known)
        case "math_block":
            return Markup('<div class="equation">{}</div>\n').format(math(node.content, block=True))
        case "math_block_label":
            label = article.manuscript.labels[node.info]
            made = math(node.content, block=True)
            return Markup('<div class="equation" id="{}">{}<span class="number">{}</span></div>\n').format(
                label.bookmark, made, label.text
            )
        case "fence" | "code_block":
            return Markup("<pre><code>{}</code></pre>\n").format(node.content.rstrip("\n"))
    raise ReportgenError(
        f"{article.manuscript.source.place(node)}a {node.type.replace('_', ' ')} ({excerpt(node)}) cannot stand in a page: "
        "write it another way"
    )


def _class(name: str | None) -> Markup:
    return Markup(' class="{}"').format(name) if name else Markup("")


def _text(article: Article, node: SyntaxTreeNode) -> Markup:
    return inline(article, node.children[0].children)


def _heading(article: Article, node: SyntaxTreeNode) -> Markup:
    level = min(int(node.tag[1:]) + 1, 6)
    if "contents" in classes(node):
        return Markup("<h{0}>{1}</h{0}>\n{2}").format(level, _text(article, node), contents(article, numbered=False))
    written = Markup('<h{0} id="{1}">{2}</h{0}>\n').format(level, article.anchors[node], _text(article, node))
    return written + _references(article) if "references" in classes(node) else written


def contents(article: Article, *, numbered: bool) -> Markup:
    """Write links to the headings of the first two levels."""
    entries = (
        Markup('<li class="level-{}"><a href="#{}">{}</a></li>').format(node.tag[1:], anchor, plain(node))
        for node, anchor in article.anchors.items()
        if int(node.tag[1:]) < 3
    )
    return Markup("<{0} class=toc>{1}</{0}>\n").format("ol" if numbered else "ul", join(entries))


def _list(article: Article, node: SyntaxTreeNode) -> Markup:
    tag = "ul" if node.type == "bullet_list" else "ol"
    start = int(node.attrs.get("start", 1))
    first = Markup(' start="{}"').format(start) if start != 1 else Markup("")
    items = (Markup("<li>{}</li>\n").format(blocks(article, item.children)) for item in node.children)
    return Markup("<{0}{1}>\n{2}</{0}>\n").format(tag, first, join(items))


def _figure(article: Article, node: SyntaxTreeNode) -> Markup:
    label = article.manuscript.labels[str(node.attrs["src"])]
    drawn = article.drawn[str(node.attrs["src"]).removeprefix("fig:")]
    caption = inline(article, node.children)
    return Markup('<figure id="{}">\n{}\n<figcaption><strong>{}.</strong> {}</figcaption>\n</figure>\n').format(
        label.bookmark, drawn, label.text, caption
    )


_ALIGNED = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}


def _table(article: Article, node: SyntaxTreeNode, caption: SyntaxTreeNode | None, known: str | None) -> Markup:
    parts = (
        Markup("<{0}>\n{1}</{0}>\n").format(part.tag, join(_row(article, row) for row in part.children))
        for part in node.children
    )
    rows = join(parts)
    if caption is None:
        return scrolling("Table", Markup("<table{}>\n{}</table>\n").format(_class(known), rows))
    label = article.manuscript.labels[str(caption.attrs["href"])]
    words = inline(article, caption.children)
    # Beside the table and not within it: a table may scroll, and what it shows is to be read without.
    table = Markup('<table{} aria-labelledby="{}">\n{}</table>\n').format(_class(known), label.bookmark, rows)
    above = Markup('<figcaption id="{}"><strong>{}.</strong> {}</figcaption>\n').format(
        label.bookmark, label.text, words
    )
    return Markup('<figure class="tabled">\n{}{}</figure>\n').format(above, scrolling(label.text, table))


def scrolling(label: str, table: Markup) -> Markup:
    """Return a table that scrolls by itself where it is wider than the screen; a script lets the keyboard reach those that do."""
    return Markup('<div class="scroll" data-label="{}">\n{}</div>\n').format(label, table)


def _row(article: Article, row: SyntaxTreeNode) -> Markup:
    cells = []
    for cell in row.children:
        aligned = _ALIGNED.get(str(cell.attrs.get("style")))
        content = inline(article, cell.children[0].children if cell.children else [])
        scope = Markup(' scope="col"') if cell.tag == "th" and content else Markup("")
        tag = "td" if cell.tag == "th" and not content else cell.tag  # a header that says nothing heads nothing
        cells.append(Markup("<{0}{1}{2}>{3}</{0}>").format(tag, scope, _class(aligned), content))
    return Markup("<tr>{}</tr>\n").format(join(cells))


def _references(article: Article) -> Markup:
    listed = article.manuscript.bibliography
    entries = []
    for key, entry in zip(listed.items, listed.entries, strict=True):
        number = listed.cite([key])
        spans = []
        for span in entry:
            text = Markup("<em>{}</em>").format(span.text) if span.italic else Markup.escape(span.text)
            spans.append(_anchor(span.href, text) if span.href else text)
        entries.append(
            Markup('<li id="{}"><span class="number">{}</span> <span>{}</span></li>\n').format(
                _entry(number), number, join(spans)
            )
        )
    return Markup('<ul class="references">\n{}</ul>\n').format(join(entries))


def _entry(number: str) -> str:
    return f"ref-{number.strip('[]')}"


def _anchor(address: str, text: Markup) -> Markup:
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, text)


def inline(article: Article, nodes: Sequence[SyntaxTreeNode]) -> Markup:
    """Write what stands in a line, what a claim says within a mark that opens it."""
    written = Markup("")
    for names, part in groupby(nodes, lambda node: tuple(_claims_in(article, node).items())):
        piece = join(_inline(article, node) for node in part)
        for name, alone in names:
            if alone:
                article.said.setdefault(name, []).append(piece)
            if alone and piece.strip():
                opened = Markup(' id="at-{}"').format(name) if name not in article.marked else Markup("")
                article.marked.add(name)
                piece = Markup('<span class="claim" data-claim="{0}"{1}>{2}</span>{3}').format(
                    name, opened, piece.rstrip(), _mark(article, name)
                ) + (Markup(" ") if piece[-1:].isspace() else Markup(""))
            elif piece.strip() and name not in article.marked:
                article.marked.add(name)
                piece += Markup('<span id="at-{}"></span>').format(name) + _mark(article, name)
        written += piece
    return written


def _mark(article: Article, name: str) -> Markup:
    """Write what opens a claim, and what leads to where it can be tried."""
    opens = Markup('<a class="mark" href="#claim-{0}" aria-label="Open the claim {0}" data-opens="{0}"></a>').format(
        name
    )
    if name not in article.steps:
        return opens
    fragment, title = article.steps[name]
    return opens + Markup('<a class="try" href="#{}" aria-label="Run it in the explorer: {}"></a>').format(
        fragment, title
    )


def _claims_in(article: Article, node: SyntaxTreeNode) -> Mapping[str, bool]:
    line = article.manuscript.source.lines.get(node)
    return article.claimed[line] if line is not None and line < len(article.claimed) else {}


def _inline(article: Article, node: SyntaxTreeNode) -> Markup:  # noqa: PLR0911 - one case for each kind of inline content
    match node.type:
        case "text":
            return Markup.escape(node.content)
        case "softbreak":
            return Markup(" ")
        case "hardbreak":
            return Markup("<br>\n")
        case "code_inline":
            return Markup("<code>{}</code>").format(node.content)
        case "strong" | "em":
            return Markup("<{0}>{1}</{0}>").format(node.type, join(_inline(article, child) for child in node.children))
        case "link":
            address = str(node.attrs["href"])
            return _anchor(address, join(_inline(article, child) for child in node.children))
        case "math_inline":
            return math(node.content, block=False)
        case "cross_reference":
            label = article.manuscript.labels[node.meta["label"]]
            word = "Equation\u00a0" if label.word == "Equation" else ""
            return Markup('{}<a href="#{}">{}</a>').format(word, label.bookmark, label.text)
        case "citation":
            cite = article.manuscript.bibliography.cite
            cited = (
                Markup('<a href="#{}">{}</a>').format(_entry(number), number)
                for number in (cite([key]) for key in node.meta["keys"])
            )
            return Markup(", ").join(cited)
    raise ReportgenError(
        f"{article.manuscript.source.place(node)}a {node.type.replace('_', ' ')} cannot stand in a line of text: write it another way"
    )


def math(latex: str, *, block: bool) -> Markup:
    """Return LaTeX as MathML. Raises ReportgenError for what is no LaTeX."""
    return _mathml(latex, "block" if block else "inline")


@cache
def _mathml(latex: str, display: str) -> Markup:
    from xml.etree.ElementTree import tostring  # noqa: PLC0415 - only a text with mathematics pays for it

    from latex2mathml.converter import convert_to_element  # noqa: PLC0415 - as above

    latex = re.sub(r"(\\[A-Za-z]+|\w)\u0303", r"\\tilde{\1}", latex)
    try:
        made = convert_to_element(latex, display=display)
    except Exception as error:  # the converter raises whatever its parser happens to raise
        raise ReportgenError(f"the formula ${latex.strip()}$ cannot be read ({error!r})") from error
    for part in made.iter():  # it writes characters as HTML's entities, and has them taken for text
        if part.text:
            part.text = html.unescape(part.text)
    return Markup(tostring(made, encoding="unicode"))
