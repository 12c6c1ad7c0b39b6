"""The page as it is used: read without script, claims opened, by mouse and by keyboard alone, wide and narrow, light and dark."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.html.browser import NARROW, WIDE, no_wider_than_the_screen, opened

pytestmark = pytest.mark.ci

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [(each["id"], node["html"][:120]) for each in found for node in each["nodes"]]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_is_accessible_and_fits_the_screen(
    chromium: Browser, report: Path, colours: str, viewport: dict[str, int]
) -> None:
    with opened(chromium, report, color_scheme=colours, viewport=viewport) as page:
        expect(page.locator("#explorer")).to_have_attribute("data-state", "ready")
        assert violations(page) == []
        page.locator(".mark").first.click()
        assert violations(page) == []
        assert no_wider_than_the_screen(page)


def test_it_can_be_read_without_script(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, java_script_enabled=False) as page:
        mark = page.locator(".mark").first
        name = mark.get_attribute("data-opens")
        mark.click()
        assert page.url.endswith(f"#claim-{name}")
        article = page.locator(f"#claim-{name}")
        expect(article).to_be_in_viewport()
        article.locator("details.false summary").click()
        expect(article.locator("details.false p").first).to_be_visible()
        expect(page.locator("#panel")).to_be_hidden()
        assert "needs JavaScript" in page.locator("#explorer").inner_text()


def test_every_claim_opens_beside_the_text(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        panel = page.locator("#panel")
        marks = page.locator(".essay .mark")
        assert marks.count() > 30
        for number in range(marks.count()):
            mark = marks.nth(number)
            mark.click()
            expect(panel).to_be_visible()
            expect(panel.locator("h3")).to_contain_text(f"“{mark.get_attribute('data-opens')}”")
            assert mark.get_attribute("aria-expanded") == "true"
            box, beside = mark.bounding_box(), panel.bounding_box()
            assert box
            assert beside
            assert box["x"] + box["width"] <= beside["x"]  # it covers nothing of the text
            mark.click()
            expect(panel).to_be_hidden()
        names = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
        assert len(names) == len(set(names))


def test_by_keyboard_alone(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        assert page.url.endswith("#text")
        focused = page.locator(":focus")
        for _ in range(12):
            page.keyboard.press("Tab")
            if focused.get_attribute("class") == "mark":
                break
        name = focused.get_attribute("data-opens")
        assert name
        for key in ("Enter", " "):
            page.keyboard.press(key)
            expect(page.locator("#panel")).to_be_focused()
            page.keyboard.press("Tab")
            expect(page.locator("#panel .close")).to_be_focused()
            page.keyboard.press("Escape")
            expect(page.locator("#panel")).to_be_hidden()
            assert focused.get_attribute("data-opens") == name


def test_the_overview_sorts_and_filters(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        rows = page.locator("#overview tbody tr:visible")
        every = rows.count()
        head = page.locator("#overview th").nth(2)
        for order in ("ascending", "descending"):
            head.locator("button").click()
            assert head.get_attribute("aria-sort") == order
            held = [float(re.match(r"\d+", cell)[0]) for cell in rows.locator("td:nth-child(3)").all_inner_texts()]  # type: ignore[index]  # a count
            assert held == sorted(held, reverse=order == "descending")
        page.locator(".controls select").first.select_option("identity")
        assert 0 < rows.count() < every
        assert set(rows.locator("td:nth-child(2)").all_inner_texts()) == {"identity"}
        page.locator(".controls select").first.select_option("")
        page.locator(".controls input").fill("reservoir")
        assert 0 < rows.count() < every
        assert all("reservoir" in row.lower() for row in rows.all_inner_texts())
        assert page.locator(".controls output").inner_text() == f"{rows.count()} of {every}"
        page.locator("#overview a:visible").first.click()
        expect(page.locator("#panel")).to_be_visible()


def test_it_prints_without_what_only_a_screen_needs(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        page.emulate_media(media="print")
        for hidden in (".mark", "#explorer", "nav.contents", ".controls"):
            expect(page.locator(hidden).first).to_be_hidden()
        expect(page.locator(".essay h1")).to_be_visible()
