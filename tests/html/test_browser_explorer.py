"""The explorer as it is used: each guided step, every control; what it computes is what was recorded, or it closes."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from reportgen.lstm import STUDY
from reportgen.lstm.interventions import forward
from reportgen.lstm.run import Run
from reportgen.results import unpack
from tests.html.browser import NARROW, browser, no_wider_than_the_screen, opened

pytestmark = pytest.mark.ci


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as made:
        yield made


@pytest.fixture(scope="module")
def report(built: Path) -> Path:
    return built / "build" / "report.html"


def embedded(report: Path, name: str) -> tuple[str, Any]:
    page = report.read_text(encoding="utf-8")
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found
    return found[1], json.loads(found[1])


def steps(report: Path) -> list[dict[str, Any]]:
    _, found = embedded(report, "explorer-steps")
    return list(found)


def ready(page: Page) -> None:
    expect(page.locator("#explorer")).to_have_attribute("data-state", "ready")


def test_each_guided_step_is_reached_by_its_fragment(chromium: Browser, report: Path) -> None:
    tour = steps(report)
    assert 6 <= len(tour) <= 9
    for step in tour:
        with opened(chromium, report, f"#explore?step={step['id']}") as page:
            ready(page)
            expect(page.locator("#explorer").get_by_text(str(step["title"])).first).to_be_visible()
            expect(page.locator("#explorer-title")).to_be_in_viewport()


def test_a_sentence_leads_to_its_step(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        ready(page)
        links = page.locator(".essay .try")
        assert links.count() >= 8
        link = links.first
        link.click()
        assert page.url.endswith(str(link.get_attribute("href")))
        expect(page.locator("#explorer-title")).to_be_focused()


def test_every_control_can_be_used(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as page:
        ready(page)
        explorer = page.locator("#explorer")
        for kind in ("select", "input", "button", "summary"):
            for number in range(explorer.locator(kind).count()):
                control = explorer.locator(kind).nth(number)
                if not control.is_visible() or not control.is_enabled():
                    continue
                if kind == "select":
                    options = control.locator("option").evaluate_all("each => each.map((option) => option.value)")
                    for option in options:
                        control.select_option(option)
                elif kind == "input":
                    control.press("ArrowRight")
                    control.press("End")
                    control.press("Home")
                else:
                    control.click()
        ready(page)
        assert no_wider_than_the_screen(page)


def test_wrong_fragments_do_no_harm(chromium: Browser, report: Path) -> None:
    for fragment in (
        "#explore?step=none&t=1e99&unit=-4&network=x",
        "#explore?" + "a" * 5000,
        "#explore?%",
        "#explore?hands=%5B%5D%00",
    ):
        with opened(chromium, report, fragment) as page:
            ready(page)


def test_weights_that_do_not_give_what_was_recorded_close_it(chromium: Browser, report: Path, tmp_path: Path) -> None:
    text, data = embedded(report, "explorer-data")
    world = data["networks"][0]["worlds"]["trained"]
    weights = np.frombuffer(base64.b64decode(world["weights"]), "<f4").copy()
    weights[3] += 0.5
    world["weights"] = base64.b64encode(weights.tobytes()).decode()
    forged = tmp_path / "forged.html"
    forged.write_text(report.read_text(encoding="utf-8").replace(text, json.dumps(data)), encoding="utf-8")
    with opened(chromium, forged) as page:
        explorer = page.locator("#explorer")
        expect(explorer).to_have_attribute("data-state", "refused")
        expect(explorer.get_by_role("alert")).to_be_visible()
        assert explorer.locator("canvas").count() == 0


def test_narrow_it_fits(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, "#explore", viewport=NARROW) as page:
        ready(page)
        assert no_wider_than_the_screen(page)


def test_what_is_embedded_is_what_was_recorded(built: Path, report: Path) -> None:
    run: Run = unpack(STUDY, (built / "build" / "results.npz").read_bytes()).run()
    _, data = embedded(report, "explorer-data")
    for number, network in enumerate(data["networks"]):
        for world, kept in network["worlds"].items():
            state = run.networks[number].states[world]
            again = forward(state.weights, run.probes.x[:1])
            for name in ("c", "h"):
                recorded = np.frombuffer(base64.b64decode(kept["recorded"][name]), "<f4").reshape(
                    -1, state.weights.units
                )
                assert np.allclose(recorded, getattr(again, name)[0, :: data["stride"]], atol=1e-4)
