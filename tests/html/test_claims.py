"""A claim that opens shows what it was tested by, in every world, and what would be said otherwise; all of it is computed."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from reportgen.evidence import Evidence
from reportgen.settings import Report, Settings
from reportgen.study import STUDIES
from tests.builds import build_here
from tests.coins import TEMPLATES, Tosses


def build_page() -> tuple[html.HtmlElement, Evidence]:
    told = build_here(Settings(Tosses(seed=6, tosses=100), Report()))
    return html.document_fromstring(Path("build/report.html").read_text(encoding="utf-8")), told.evidence


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[html.HtmlElement]:
    """Return the page of a report on three coins, of which two are found loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, "coins", "tests.coins:STUDY")
        patch.chdir(tmp_path_factory.mktemp("coins"))
        shutil.copytree(TEMPLATES, "templates")
        template = Path("templates/report.md.j2")
        template.write_text(
            template.read_text(encoding="utf-8")
            + "\nBefore it, {% claim many if toss.heads > 66 %}all{% some %}some, {{ held }} of {{ coins }}, &lt;b>{% none %}none"
            "{% endclaim %} and after.\n",
            encoding="utf-8",
        )
        page, evidence = build_page()
        assert sum(value > 66 for value in evidence["toss.heads"].cases) == 2
        yield page


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def opened(root: html.HtmlElement, name: str) -> html.HtmlElement:
    return root.get_element_by_id(f"claim-{name}")


def test_what_a_claim_says_is_marked_where_it_is_said(root: html.HtmlElement) -> None:
    (said,) = root.xpath('//span[@data-claim="loaded"]')
    assert text(said).startswith("Heads come up more often than with a fair coin")
    assert said.getnext().get("data-opens") == "loaded"
    assert said.getnext().get("href") == "#claim-loaded"


def test_a_claim_within_a_line_takes_none_of_the_words_beside_it(root: html.HtmlElement) -> None:
    (mark,) = root.xpath('//article[@class="essay"]//a[@data-opens="many"]')
    assert text(mark.getparent()) == "Before it, some, 2 of 3, <b> and after."
    assert root.xpath('//span[@data-claim="many"]') == []
    assert text(opened(root, "many").xpath('.//p[@class="statement"]')[0]) == "some, 2 of 3, <b>"


def test_verdicts_in_every_world_are_those_of_the_ledger(root: html.HtmlElement) -> None:
    rows = {
        text(row[0]): [text(cell) for cell in row[1:]]
        for row in opened(root, "loaded").xpath('.//table[@class="verdicts"]/tbody/tr')
    }
    assert rows == {"as claimed": ["✓ yes"] * 3, "loaded": ["✓ yes"] * 3, "of fair coins": ["✗ no"] * 3}
    assert "Held in 3 of 3 coins: with 95 % confidence it holds in at least 36 % of coins like these." in text(
        opened(root, "loaded")
    )


def test_the_plot_has_a_dot_for_each_coin_on_its_side_of_the_line(root: html.HtmlElement) -> None:
    (plot,) = opened(root, "many").xpath('.//figure[@class="dots"]/svg')
    dots = [(each.get("class"), float(each.get("cx"))) for each in plot.xpath(".//circle")]
    lines = {float(each.get("x1")) for each in plot.xpath('.//line[@class="threshold"]')}
    (line,) = lines
    assert len(dots) == 6  # of loaded and of fair coins
    assert all((kind == "good") is (at > line) for kind, at in dots)
    assert sum(kind == "good" for kind, _ in dots) == 2
    rows = opened(root, "many").xpath('.//figure[@class="dots"]//tbody/tr')
    assert [text(row[-1]) for row in rows].count("yes") == 2


def test_the_other_cases_are_there_as_their_author_wrote_them(root: html.HtmlElement) -> None:
    items = [text(each) for each in opened(root, "many").xpath('.//ul[@class="wordings"]/li')]
    assert items == [
        "If the test holds in every coin: all",
        "If the test holds in some coins: as it says",
        "If the test holds in no coin: none",
    ]


def test_where_it_would_be_false_is_measured_or_computed(root: html.HtmlElement) -> None:
    said = text(opened(root, "loaded").xpath('.//details[@class="false"]')[0])
    assert "It is false of fair coins, of 3 of 3 coins, as measured." in said
    found = re.search(r"Of coin (\d) it would be false if the share of heads were ([\d.]+) % instead of ([\d.]+)", said)
    assert found
    assert float(found[2]) == 60


def test_the_overview_lists_all_and_links_to_each(root: html.HtmlElement) -> None:
    rows = root.xpath('//table[@id="overview"]/tbody/tr')
    cells = [[text(cell) for cell in row] for row in rows]
    assert [(row.get("data-kind"), row.get("data-outcome")) for row in rows] == [
        ("finding", "all"),
        ("identity", "all"),
        ("finding", "less"),
    ]
    assert [row[2] for row in cells] == ["3 of 3", "3 of 3", "2 of 3"]
    assert [row[3] for row in cells] == ["36 %", "–", "13 %"]
    assert root.xpath('//table[@id="overview"]//a/@data-opens') == ["loaded", "bounds", "many"]


def test_a_study_without_claims_has_no_section_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(STUDIES, "coins", "tests.coins:STUDY")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(TEMPLATES, "templates")
    Path("templates/report.md.j2").write_text(
        "{.title}\n{{ title }}\n\n# {{ coins_heading }}\n\n{# definition: x #}\nHeads are one of the two sides that every coin has.\n"
    )
    page, _ = build_page()
    assert page.xpath('//*[@id="claims"]') == []
    assert "claims" not in text(page.xpath("//nav")[0])
