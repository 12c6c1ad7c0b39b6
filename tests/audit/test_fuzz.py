"""What an edit by chance changes is found, wherever in a report it is: by what the audit says, or by the pages being the same."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.errors import ReportgenError
from tests.audit.fuzz import EDITS, edits
from tests.audit.office import needs_pages, pages
from tests.audit.reports import judged

BATCH = 60  # documents that LibreOffice reads in one go


def verdicts(report: bytes, count: int, seed: int, folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield what was edited, the verdict on it, "refused" where the audit says in a line that it cannot, and the document."""
    for name, document in edits(report, count, seed):
        try:
            found = judged(document, folder)
        except ReportgenError:
            yield name, "refused", document
            continue
        assert found.verdict != "intact", name
        assert found.verdict == "re-saved" or found.changes or found.unknown, name
        yield name, found.verdict, document


def shown_otherwise(folder: Path, report: bytes, saved: dict[str, bytes]) -> list[str]:
    """Return those of the edits whose pages are not those of the report, or are none."""
    documents = {"report": report} | {f"edit{number}": document for number, document in enumerate(saved.values())}
    shown = pages(folder, documents)
    return [name for number, name in enumerate(saved) if shown.get(f"edit{number}") != shown["report"]]


def test_no_edit_passes_for_intact_or_ends_the_audit(short: bytes, tmp_path: Path) -> None:
    seen = Counter((name.split()[1], verdict) for name, verdict, _ in verdicts(short, 150, 1, tmp_path))

    assert {edit for edit, _ in seen} == {edit.__name__ for edit in EDITS}, "an edit is never tried"
    assert {verdict for _, verdict in seen} == {"changed", "cannot be audited", "refused", "re-saved"}
    assert not any(edit in ("change_text", "change_picture") and verdict == "re-saved" for edit, verdict in seen), seen


@pytest.mark.slow
@needs_pages
def test_what_passes_for_re_saved_looks_the_same_on_every_page(short: bytes, tmp_path: Path) -> None:
    told = list(verdicts(short, 2000, 2, tmp_path))
    saved = {name: document for name, verdict, document in told if verdict == "re-saved"}
    assert len(told) == 2000
    assert saved

    names = list(saved)
    wrong = []
    for start in range(0, len(names), BATCH):
        folder = tmp_path / f"batch{start}"
        folder.mkdir()
        wrong += shown_otherwise(folder, short, {name: saved[name] for name in names[start : start + BATCH]})
    assert wrong == []
