"""A page is audited as a document is: from what it carries, to the byte; what it draws and runs, by running it again."""

import base64
import json
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reportgen.audit import CannotBeAudited, audit
from reportgen.audit.rerun import run_again
from reportgen.provenance import carried_in_page, from_json, is_page_as_written, seal_page, to_json
from reportgen.settings import Report, Settings
from reportgen.study import STUDIES
from tests.builds import build_here
from tests.coins import TEMPLATES, Tosses

PAGE = Path("build/report.html")


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, "coins", "tests.coins:STUDY")
        patch.chdir(tmp_path_factory.mktemp("coins"))
        shutil.copytree(TEMPLATES, "templates")
        settings = Settings(Tosses(), Report(author="A. Name"))
        build_here(settings)
        yield Path.cwd()


@pytest.fixture
def page(built_once: Path) -> Iterator[bytes]:
    whole = (built_once / PAGE).read_bytes()
    yield whole
    (built_once / PAGE).write_bytes(whole)


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(page: bytes) -> bytes:
        assert old in page
        return page.replace(old, new, 1)

    return change


def resealed(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change a page and bind what it carries to it anew, as whoever has this program can."""

    def forge(page: bytes) -> bytes:
        told, around, _ = carried_in_page(page)
        return seal_page(change(around), told)

    return forge


def with_evidence(page: bytes) -> bytes:
    told, around, _ = carried_in_page(page)
    table = json.loads(told)
    table["evidence"]["measurements"]["toss.heads"]["values"][0] = 99.0
    return seal_page(around, json.dumps(table).encode())


def test_an_untouched_page_is_intact_and_its_run_gives_it(page: bytes) -> None:
    found = audit(PAGE)
    assert (found.verdict, found.changes, found.faults) == ("intact", (), ())
    assert found.inputs == ("1 figure, until they are drawn anew", "the coins that its explorer runs")
    assert run_again(found, lambda _: None).verdict == "identical"
    assert is_page_as_written(page)


def test_it_carries_what_the_document_carries(page: bytes) -> None:
    document, of_page = audit(PAGE.with_suffix(".docx")).carried, audit(PAGE).carried
    assert to_json(document) == to_json(of_page)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (replaced(b"Heads come up more often", b"Heads come up less often"), "text"),
        (resealed(replaced(b"Heads come up more often", b"Heads come up less often")), "text"),
        (resealed(replaced(b"A. Name", b"B. Name")), "its markup"),
        (resealed(replaced(b"3 of 3", b"4 of 4")), "text"),
        (resealed(replaced(b"openClaims(document)", b"alert(1)")), "its scripts"),
        (resealed(replaced(b"--ink: ", b"--unk: ")), "its styles"),
        (resealed(replaced(b"img-src data:", b"img-src *")), "its markup"),
        (resealed(replaced(b"<main", b"<div hidden>x</div><main")), "text"),
        (resealed(replaced(b"Toss \\u003cthem>", b"Toss \\u003cus>")), "its scripts"),
        (resealed(replaced(b'aria-label="The share', b'aria-label="No share')), "its figures"),
    ],
)
def test_whatever_was_changed_is_found(page: bytes, change: Callable[[bytes], bytes], says: str) -> None:
    PAGE.write_bytes(change(page))
    found = audit(PAGE)
    assert found.verdict == "changed"
    assert says in [each.where.partition(" under")[0].partition(" before")[0] for each in found.changes]


def test_a_figure_that_was_drawn_otherwise_is_found_at_once_or_by_a_rerun(page: bytes) -> None:
    change = replaced(b'stroke="#', b'stroke-width="9" stroke="#')
    PAGE.write_bytes(change(page))
    assert any("its figures" in fault for fault in audit(PAGE).faults)
    PAGE.write_bytes(resealed(change)(page))
    found = audit(PAGE)
    assert found.verdict == "intact"  # a figure is an input, and says so
    assert run_again(found, lambda _: None).figures == ("heads",)


def test_what_the_explorer_runs_is_compared_with_the_run(page: bytes) -> None:
    PAGE.write_bytes(resealed(replaced(b'{"heads": [', b'{"heads": [1, '))(page))
    found = audit(PAGE)
    assert found.verdict == "intact"
    rerun = run_again(found, lambda _: None)
    assert rerun.faults == ("what its explorer runs is not what this run gives",)
    assert not rerun.holds


def test_a_script_in_a_figure_is_not_taken_for_a_figure(page: bytes) -> None:
    PAGE.write_bytes(
        resealed(lambda around: re.sub(rb"(<figure id=.*?)</svg>", rb"\1<script>1</script></svg>", around, flags=re.S))(
            page
        )
    )
    assert audit(PAGE).verdict == "changed"


def test_measurements_that_do_not_give_what_the_page_says(page: bytes) -> None:
    PAGE.write_bytes(with_evidence(page))
    found = audit(PAGE)
    assert found.verdict == "changed"
    assert any("says otherwise of the claim 'loaded'" in fault for fault in found.faults)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda page: re.sub(rb'id="carried">[^<]*', b'id="carried">', page), "it carries nothing"),
        (lambda page: re.sub(rb'id="carried">[^<]*', b'id="carried">AAAA', page), "damaged"),
        (lambda page: b"<!doctype html><title>Mine</title>", "it carries nothing"),
        (lambda page: seal_page(carried_in_page(page)[1], b"{}"), "damaged"),
        (
            lambda page: re.sub(
                rb'id="carried">[^<]*', b'id="carried">' + base64.b64encode(zlib.compress(b"0" * 2**27)), page
            ),
            "too much",
        ),
    ],
)
def test_what_cannot_be_audited(page: bytes, change: Callable[[bytes], bytes], says: str) -> None:
    PAGE.write_bytes(change(page))
    with pytest.raises(CannotBeAudited, match=says):
        audit(PAGE)


def test_what_a_page_carries_is_what_is_read(page: bytes) -> None:
    assert from_json(carried_in_page(page)[0]).title == audit(PAGE).carried.title
