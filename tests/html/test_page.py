"""The page as a file: it holds what it needs, lets nothing in, and takes no text for anything else."""

import base64
import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from reportgen.errors import ReportgenError
from reportgen.evidence import Evidence
from reportgen.html.claims import OpenedClaims
from reportgen.html.page import About, Explorer, bundle, write_page
from reportgen.html.pictures import inline_svg
from reportgen.manuscript import read_manuscript
from reportgen.prose.markdown import parse
from tests.manuscript.test_references import ITEMS
from tests.word.test_document import PICTURES, SAMPLE

NOTHING = OpenedClaims((), {}, {}, Evidence(("coin", "coins"), {"loaded": ""}, 0, {}), {})
EXPLORER = Explorer(
    {"explorer.js": 'export function startExplorer(root, data) {\n  root.append(data["</script>"]);\n}\n'},
    ".ex { color: red; }",
    [{"id": "one", "title": "<b>One</b>", "text": "</script>", "claims": [], "state": {}}],
    b'{"</script>": "<!--"}',
)


def page(markdown: str = SAMPLE, about: About | None = None, explorer: Explorer | None = None) -> str:
    manuscript = read_manuscript(parse(markdown), (), PICTURES, ITEMS)
    drawn = {name: inline_svg(picture, name) for name, picture in PICTURES.items()}
    return write_page(manuscript, (), drawn, NOTHING, about or About("T", "A", "en-US", "H"), explorer).decode()


def tree(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def test_it_loads_nothing_and_its_policy_names_what_runs() -> None:
    root = tree(page(explorer=EXPLORER))
    (policy,) = root.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')
    (style,), (script,) = root.xpath("//style/text()"), root.xpath('//script[@type="module"]/text()')
    for kind, text in (("style", style), ("script", script)):
        assert f"{kind}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert "unsafe" not in policy
    assert not root.xpath("//link | //iframe | //object | //embed | //base | //form | //script[@src] | //@style")
    assert all(address.startswith("data:") for address in root.xpath("//img/@src"))
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on")]
    assert ".ex { color: red; }" in style


def test_every_link_within_it_leads_somewhere_and_no_name_is_given_twice() -> None:
    root = tree(page())
    names = root.xpath("//@id")
    assert len(names) == len(set(names))
    within = [link[1:] for link in root.xpath("//a/@href") if link.startswith("#")]
    assert len(within) > 5
    assert set(within) <= set(names)


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<b>&amp;\"'", "</title>", "<!--"])
def test_titles_and_authors_are_text(text: str) -> None:
    root = tree(page("{.title}\nText\n", About(text, text, "en-US", text)))
    assert root.findtext(".//title") == text
    assert root.xpath('//meta[@name="author"]/@content') == [text]
    assert root.findtext(".//header") == text
    assert len(root.xpath("//script")) == 2  # what it carries, and what runs


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn")), max_size=60))
def test_no_text_is_taken_for_markup(text: str) -> None:
    tokens = parse("x")
    tokens[1].children[0].content = text  # type: ignore[index]  # an inline token has them
    manuscript = read_manuscript(tokens, (), {}, [])
    root = tree(write_page(manuscript, (), {}, NOTHING, About("", "", "en-US", ""), None).decode())
    (paragraph,) = root.xpath("//article/p")
    assert (paragraph.text or "").split() == text.split()
    assert len(paragraph) == 0


def test_what_scripts_read_cannot_end_their_element() -> None:
    root = tree(page(explorer=EXPLORER))
    data, steps = (root.get_element_by_id(name).text for name in ("explorer-data", "explorer-steps"))
    assert json.loads(data) == {"</script>": "<!--"}
    assert json.loads(steps) == EXPLORER.steps
    assert root.xpath("//b") == []


def test_without_an_explorer_there_is_none() -> None:
    root = tree(page())
    assert root.xpath('//*[@id="explorer"]') == []
    assert "The explorer" not in root.text_content()


MODULES = {
    "page.js": 'import { one, two as second } from "./a.js";\nexport function start() {\n  return one + second;\n}\n',
    "a.js": '/** What it\n * says. */\nimport { base } from "./b.js";\nexport const one = base;\n// a remark\nexport const two = 2;\n',
    "b.js": "const hidden = /** @type {const} */ (1);\n/** @type {number} */ (hidden);\nexport const base = hidden;\n/** x */\n",
    "unused.js": "throw new Error();\n",
}


def test_modules_are_bundled_in_the_order_in_which_they_need_each_other() -> None:
    script = bundle(MODULES, "start")
    assert script.index("const $b") < script.index("const $a") < script.index("const $page")
    assert "const {one, two: second} = $a;" in script.replace("{ ", "{").replace(" }", "}")
    assert "return { one, two };" in script
    assert script.endswith("$page.start();\n")
    assert "export const base".removeprefix("export ") in script  # the remarks around it took nothing with them
    assert not re.search(r"^(import|export)|remark|What it|unused|new Error", script, re.MULTILINE)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"b.js": 'import { one } from "./a.js";\n'}, "import each other in a circle"),
        ({"b.js": 'import { one } from "./c.js";\n'}, "imports 'c.js', which is not there"),
    ],
)
def test_modules_that_cannot_be_bundled(change: dict[str, str], says: str) -> None:
    with pytest.raises(ReportgenError, match=says):
        bundle(MODULES | change, "start")
