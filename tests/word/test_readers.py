"""The writer's documents as other people's programs read them: pandoc and mammoth."""

import io
import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import mammoth
import pypandoc
import pytest
from lxml import etree

from tests.word.test_document import PICTURES, SAMPLE, write

HEADINGS = [(1, "The cell state"), (2, "A figure"), (3, "Lists"), (1, "Appendix"), (1, "References")]
ALTERNATIVE_TEXTS = ["What is <left> & what is gone", "A loop"]
DOIS = ["https://doi.org/10.1162/neco.1997.9.8.1735"]
LINKS = [
    "https://example.org/?a=1&b=2",
    *DOIS,
    "https://openreview.net/forum?id=SJcKhk-Ab",
    "https://colah.github.io/posts/2015-08-Understanding-LSTMs/",
]


@pytest.fixture(scope="module")
def document() -> bytes:
    return write("{.contents}\n# Contents\n\n" + SAMPLE, PICTURES)


@pytest.fixture(scope="module")
def pandoc(document: bytes, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Return the blocks of pandoc's reading of the sample."""
    path = tmp_path_factory.mktemp("pandoc") / "sample.docx"
    path.write_bytes(document)
    command = [pypandoc.get_pandoc_path(), "--from", "docx", "--to", "json", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    blocks = json.loads(done.stdout)["blocks"]
    assert isinstance(blocks, list)
    return blocks


def elements(tree: Any, kind: str) -> Iterator[Any]:
    """Yield the contents of every element of a kind in pandoc's tree, in order."""
    if isinstance(tree, dict):
        if tree.get("t") == kind:
            yield tree["c"]
        tree = list(tree.values())
    if isinstance(tree, list):
        for child in tree:
            yield from elements(child, kind)


def text(tree: Any) -> str:
    """Return the words of a part of pandoc's tree, its mathematics left out."""
    if isinstance(tree, dict):
        match tree.get("t"):
            case "Str":
                return str(tree["c"])
            case "Space" | "SoftBreak" | "LineBreak":
                return " "
            case "Math":
                return ""
            case "Link" | "Span":
                return text(tree["c"][1])
        return text(tree.get("c", []))
    return "".join(map(text, tree)) if isinstance(tree, list) else ""


def test_pandoc_reads_the_headings(pandoc: list[Any]) -> None:
    headings = [(level, text(words)) for level, _, words in elements(pandoc, "Header")]
    assert headings == [(1, "Contents"), *HEADINGS]  # the first is, as in Word's own files, based on Heading 1


def test_pandoc_reads_figures_with_caption_and_alternative_text(pandoc: list[Any]) -> None:
    figures = list(elements(pandoc, "Figure"))
    images = [image for figure in figures for image in elements(figure, "Image")]
    assert [text(alternative) for _, alternative, _ in images] == ALTERNATIVE_TEXTS
    assert [target[0].rpartition(".")[2] for _, _, target in images] == ["svg", "svg"]
    captions = [text(figure[1]) for figure in figures]
    assert captions == [
        "Figure\u00a01. The river  after [3], see Figure\u00a02 and Equation\u00a0(1).".replace(
            "Figure\u00a0", "Figure "
        ),
        "Figure 2. The snapshot.",
    ]


def test_pandoc_reads_tables_with_caption_and_header(pandoc: list[Any]) -> None:
    tables = [(text(table[1]), text(table[3])) for table in elements(pandoc, "Table")]
    assert tables == [
        ("", ""),  # lays out the equations and their numbers
        ("Table 1. Errors of , see [3].", "NetworkError"),
        ("Table 2. The ledger.", "ClaimVerdict"),
    ]


def test_pandoc_reads_every_equation_as_an_equation(pandoc: list[Any]) -> None:
    def plain(latex: str) -> str:
        """Take out what says how a letter is set, and what only groups."""
        return re.sub(r"\\(mathit|left|right)|[{}\s]", "", latex)

    equations = [(kind["t"], plain(latex)) for kind, latex in elements(pandoc, "Math")]
    assert equations == [
        ("InlineMath", r"\widetildec_t"),
        ("InlineMath", r"\sum_k=1^Tg_k"),
        ("DisplayMath", r"c_t=f_t\odotc_t-1+i_t\odotg_t"),
        ("DisplayMath", r"c_T=\sum_k=1^T(\prod_j=k+1^Tf_j)i_kg_k+\widetildec_T"),
        ("DisplayMath", r"\tau=-1/\overline\lnf"),
        ("InlineMath", "c_t"),
        ("InlineMath", "R^2"),
    ]


def test_pandoc_follows_links_and_references(pandoc: list[Any]) -> None:
    targets = [target[0] for _, _, target in elements(pandoc, "Link")]
    assert [target for target in targets if not target.startswith("#")] == LINKS
    anchors = {attributes[0] for attributes, _ in elements(pandoc, "Span")}
    anchors |= {attributes[0] for _, attributes, _ in elements(pandoc, "Header")}
    within = [target[1:] for target in targets if target.startswith("#")]
    assert len(within) > 12
    assert set(within) <= anchors


@pytest.fixture(scope="module")
def html(document: bytes) -> etree._Element:
    read = mammoth.convert_to_html(io.BytesIO(document))
    assert [message.message for message in read.messages if message.type == "error"] == []
    return etree.fromstring(f"<body>{read.value}</body>")


def test_mammoth_reads_headings_alternative_texts_and_links(html: etree._Element) -> None:
    headings = [(int(h.tag[1]), "".join(map(str, h.itertext()))) for h in html.iter("h1", "h2", "h3")]
    assert headings == HEADINGS
    assert [image.get("alt") for image in html.iter("img")] == ALTERNATIVE_TEXTS
    targets = [str(link.get("href")) for link in html.iter("a") if link.get("href")]
    assert [target for target in targets if not target.startswith("#")] == LINKS
    names = {link.get("id") for link in html.iter("a", "h1", "h2", "h3")}
    assert {target[1:] for target in targets if target.startswith("#")} <= names


def test_mammoth_reads_captions_lists_and_tables(html: etree._Element) -> None:
    paragraphs = ["".join(map(str, p.itertext())) for p in html.iter("p")]
    assert [p for p in paragraphs if re.match(r"(Figure|Table) \d\.", p)] == [
        "Figure 1. The river  after [3], see Figure 2 and Equation\u00a0(1).",
        "Figure 2. The snapshot.",
        "Table 1. Errors of , see [3].",
        "Table 2. The ledger.",
    ]
    assert [[str(item.text) for item in each.findall("li")] for each in html.findall("ol")] == [
        ["one", "two", "three"],
        ["five"],
    ]
    assert ["".join(map(str, cell.itertext())) for cell in html.iter("th")] == ["Network", "Error", "Claim", "Verdict"]
