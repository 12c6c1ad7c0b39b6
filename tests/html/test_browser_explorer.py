"""The explorer as it is used: each guided step, every control; what it computes is what was recorded, or it closes."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from reportgen.lstm import STUDY
from reportgen.lstm.evidence.example import measure_network, median_probe
from reportgen.lstm.interventions import forward
from reportgen.lstm.run import Run
from reportgen.results import unpack
from tests.html.browser import NARROW, no_wider_than_the_screen, opened

pytestmark = pytest.mark.ci


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
                    # Some take others away, or bring them, with the next frame.
                    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        ready(page)
        assert no_wider_than_the_screen(page)


def test_every_control_has_a_name_and_no_two_sliders_the_same(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, "#explore?wave=own") as page:
        ready(page)
        explorer = page.locator("#explorer")
        explorer.get_by_role("radio", name="transplant a snapshot").check()
        names = ["Timestep", "Period", "Phase at the start", "Noise", "Its period", "Its phase at the start"]
        assert explorer.get_by_role("slider").count() == len(names)
        for name in names:
            expect(explorer.get_by_role("slider", name=name, exact=True)).to_have_count(1)
        assert Axe().run(page).violations_count == 0


def test_the_last_step_keeps_the_focus_and_each_is_said(chromium: Browser, report: Path) -> None:
    tour = steps(report)
    with opened(chromium, report, f"#explore?step={tour[-2]['id']}") as page:
        ready(page)
        on = page.locator("#explorer").get_by_role("button", name="Next →")
        on.press("Enter")
        expect(page.locator("#explorer [aria-live] h3")).to_have_text(str(tour[-1]["title"]))
        expect(on).to_be_focused()
        expect(on).to_have_attribute("aria-disabled", "true")
        on.press("Enter")
        assert page.url.endswith(f"step={tour[-1]['id']}")


def test_a_step_is_in_sight_with_what_it_speaks_of(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, "#explore?step=views") as page:
        ready(page)
        for part in ("The flow", "The snapshot", "The gate", "Lay hands"):
            page.locator("#explorer").get_by_role("button", name=part, exact=True).click()
            focused = page.locator("#explorer h3:focus")
            expect(focused).to_be_in_viewport()
            guide = page.locator(".ex-sticky").bounding_box()
            heading = focused.bounding_box()
            assert guide
            assert heading
            assert guide["y"] >= 0
            assert guide["y"] + guide["height"] <= heading["y"] <= 500
    with opened(chromium, report, "#explore?step=views", viewport=NARROW) as page:
        ready(page)
        page.locator("#explorer").get_by_role("button", name="The snapshot", exact=True).click()
        page.locator("#explorer").get_by_role("button", name="To the step").nth(1).click()
        expect(page.locator("#explorer [aria-live] h3")).to_be_in_viewport()


def test_what_is_pictured_is_what_is_said(chromium: Browser, report: Path) -> None:
    pictures = {
        "c": "size of c ",
        "before": "c before",
        "step": "the change",
        "h": "size of h",
        "change": "what hands changed",
    }
    for name, told in pictures.items():
        with opened(chromium, report, f"#explore?t=30&picture={name}&do=push:20:1:1") as page:
            ready(page)
            expect(page.locator(".ex-pair figcaption").first).to_contain_text(told)


def test_a_value_that_cannot_be_is_refused_and_a_contradiction_replaced(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, "#explore") as page:
        ready(page)
        explorer = page.locator("#explorer")
        hands = explorer.locator(".ex-hands li")
        explorer.get_by_role("combobox", name="At", exact=True).select_option("other")
        value = explorer.get_by_role("spinbutton", name="Value", exact=True)
        for typed, told in (("-0.5", "−0.5 is out of bounds"), ("", "No number is given")):
            value.fill(typed)
            explorer.get_by_role("button", name="Hold it").click()
            expect(explorer.locator(".ex-answer")).to_contain_text(
                f"{told}: What the forget gate f says is from 0 to 1"
            )
            expect(value).to_be_focused()
            expect(hands).to_have_count(0)
        value.fill("0.25")
        for _ in range(2):
            explorer.get_by_role("button", name="Hold it").click()
            expect(hands).to_have_count(1)
        expect(explorer.locator(".ex-answer")).to_contain_text("Replaced: ")
        for kind, done in (("cut the input", "Cut"), ("feed the output back", "Feed")):
            explorer.get_by_role("radio", name=kind).check()
            explorer.get_by_role("button", name=done).click()
            expect(hands).to_have_count(2)
        expect(explorer.locator(".ex-answer")).to_contain_text("the input cut")


def test_the_unit_that_the_essay_works_out_is_one_press_away(chromium: Browser, report: Path) -> None:
    _, data = embedded(report, "explorer-data")
    with opened(chromium, report, "#explore?wave=own&do=cut:3") as page:
        ready(page)
        page.get_by_role("button", name="worked by hand").click()
        words = page.locator("#explorer .ex-views .ex-words").first
        expect(words).to_contain_text(f"At timestep {data['example']['t']}, c of unit {data['example']['unit']} is")
        expect(page).to_have_url(re.compile(f"t={data['example']['t']}&"))
        run = unpack(STUDY, (report.parent / "results.npz").read_bytes()).run()
        f = next(each for each in measure_network(run, 1, run.networks[0]) if each.name == "example.f")
        expect(words.locator(".ex-f")).to_have_text(f"f {f.value:.3f}")


def test_a_link_that_says_what_cannot_be_is_written_back(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, "#explore?t=1e9&unit=-5") as page:
        ready(page)
        expect(page).to_have_url(re.compile(r"#explore\?t=\d{1,4}$"))


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
            again = forward(state.weights, run.probes.x[[median_probe(run)]])
            for name in ("c", "h"):
                recorded = np.frombuffer(base64.b64decode(kept["recorded"][name]), "<f4").reshape(
                    -1, state.weights.units
                )
                assert np.allclose(recorded, getattr(again, name)[0, :: data["stride"]], atol=1e-4)
