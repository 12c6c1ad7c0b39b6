"""Pages of builds under other settings open without a message, with the explorer ready where there is one."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from reportgen.settings import Report, Settings
from reportgen.study import STUDIES
from tests import coins
from tests.builds import build_here, reportgen
from tests.html.browser import NARROW, WIDE, browser, no_wider_than_the_screen, opened

pytestmark = pytest.mark.ci

SHORT = "epochs = 2\nsequences = 64\n"
WITHOUT = dataclasses.replace(coins.STUDY, explorer=None)
"""The guest of the tests as one that brings no explorer."""


@pytest.mark.parametrize(
    "settings",
    [
        "networks = 1\nunits = 1\n",
        "networks = 1\nunits = 64\n",
        "networks = 2\nunits = 3\ntimesteps = 300\nnoise = 0\n",
    ],
)
def test_a_page_of_other_networks_opens(settings: str, tmp_path: Path) -> None:
    (tmp_path / "reportgen.toml").write_text(f"[experiment]\n{settings}{SHORT}", encoding="utf-8")
    done = reportgen(tmp_path)
    assert done.returncode == 0, done.stderr
    page = tmp_path / "build" / "report.html"
    assert page.stat().st_size < 3_000_000
    with browser() as chromium:
        for viewport in (WIDE, NARROW):
            with opened(chromium, page, "#explore", viewport=viewport) as shown:
                expect(shown.locator("#explorer")).to_have_attribute("data-state", "ready")
                shown.locator(".mark").first.click()
                assert no_wider_than_the_screen(shown)


@pytest.mark.parametrize("study", ["tests.coins:STUDY", "tests.html.test_browser_settings:WITHOUT"])
def test_a_page_of_another_study_opens(study: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(STUDIES, "coins", study)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(coins.TEMPLATES, "templates")
    build_here(Settings(coins.Tosses(), Report()))
    with browser() as chromium, opened(chromium, tmp_path / "build" / "report.html") as shown:
        shown.locator(".mark").first.click()
        expect(shown.locator("#panel h3")).to_be_visible()
        assert shown.locator("#explorer").count() == (study == "tests.coins:STUDY")
        if study == "tests.coins:STUDY":
            expect(shown.locator("#explorer")).to_contain_text("Toss <them>")
