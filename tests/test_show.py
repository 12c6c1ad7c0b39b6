"""What is printed: numbers before their labels, wrapped between words, and no success claimed where nothing was."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.audit import Audit
from reportgen.audit.rerun import Rerun
from reportgen.audit.words import Change
from reportgen.check import Result
from reportgen.cli.show import audit_lines, checked_lines, rerun_lines, summary
from reportgen.evidence import Measured, gather
from tests.coins import STUDY

LONG = "the cost of holding the forget gate at its own mean in each unit, over the cost of holding it at another"
LABELS = {"a.short": "the held-out error", "a.long": LONG, "a.word": "x" * 100, "a.none": ""}


def built(findings: tuple[str, ...], claims: tuple[Any, ...] = ()) -> Any:
    """Return a stand-in for what a build leaves behind, of two coins."""

    def coin(number: int) -> Any:
        for name, label in LABELS.items():
            yield Measured(name, 0.001 + 0.001 * number, label, "steps", "counted")

    evidence = gather(("coin", "coins"), {"loaded": ""}, map(coin, range(2)))
    study = SimpleNamespace(case=STUDY.case, findings=findings)
    document = Path("build/report.docx")
    return SimpleNamespace(
        evidence=evidence,
        study=study,
        claims=claims,
        files=(document,),
        figures=(),
        document=document,
        page=document.with_suffix(".html"),
    )


def claim(kind: str, *, succeeds: bool) -> Any:
    return SimpleNamespace(kind=kind, succeeds=succeeds)


def shown(monkeypatch: pytest.MonkeyPatch, columns: int, *findings: str, claims: tuple[Any, ...] = ()) -> list[str]:
    """Return what stands under "Found", on a terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = list(summary(built(findings, claims), 1.234))
    return lines[2 : lines.index("", 1)]


def test_a_long_label_wraps_between_words_beside_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    number = "0.00150 steps (0.00100 to 0.00200)"

    assert shown(monkeypatch, 80, "a.short", "a.long") == [
        f"    {number}   the held-out error",
        f"    {number}   the cost of holding the forget gate at",
        f"    {'':{len(number)}}   its own mean in each unit, over the",
        f"    {'':{len(number)}}   cost of holding it at another",
        "  no findings, 0 identities.",
    ]


@pytest.mark.parametrize("columns", [1, 20, 40, 64, 65, 66, 80, 200])
def test_whatever_the_width_no_word_is_broken_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    lines = shown(monkeypatch, columns, "a.short", "a.long", "a.none")

    assert " ".join("\n".join(lines).split()).count("the held-out error") == 1
    words = " ".join(lines).split()
    for part in (*LONG.split(), "0.00150"):
        assert part in words
    assert max(map(len, lines)) <= max(columns, 4 + 34)


def test_a_word_that_no_line_has_room_for_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(line.endswith("x" * 100) for line in shown(monkeypatch, 80, "a.word"))


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ((), "no findings, 0 identities."),
        ((claim("identity", succeeds=True),), "no findings, 1 identity."),
        (
            (claim("finding", succeeds=True),) * 28 + (claim("identity", succeeds=True),) * 6,
            "28 of 28 findings hold in every coin, 6 identities.",
        ),
        (
            (claim("finding", succeeds=False),),
            "0 of 1 findings hold in every coin; the others say otherwise, 0 identities.",
        ),
    ],
    ids=["nothing", "an identity", "all", "none"],
)
def test_the_ledger_is_summed_up_and_nothing_holds_where_nothing_was_found(
    monkeypatch: pytest.MonkeyPatch, claims: tuple[Any, ...], said: str
) -> None:
    assert " ".join(" ".join(shown(monkeypatch, 80, claims=claims)).split()) == said
    assert "0 of 0" not in said


def test_a_check_says_of_each_rule_how_it_went() -> None:
    rules = [
        Result("A1", "assignment", "It opens.", "pass", ""),
        Result("A2", "assignment", "It says why.", "fail", "there is no heading “Why”"),
        Result("C1", "craft", "Figures have captions.", "n/a", ""),
    ]

    assert list(checked_lines(Path("a.docx"), rules, meets=False, strict=True)) == [
        "a.docx",
        "  ✓ A1   It opens.",
        "  ✗ A2   It says why.",
        "         there is no heading “Why”",
        "  – C1   Figures have captions.",
        "a.docx does not meet the assignment and the rules of the craft.",
    ]


def audited(count: int, *, differing: int = 0) -> list[str]:
    """Return what is said of an audit that finds so many of everything, of which some are not what they were, and of its rerun."""
    changes = tuple(Change(f"passage {number}", "then", "now") for number in range(differing))
    each = dict.fromkeys(map(str, range(count)))
    carried = SimpleNamespace(
        versions={},
        evidence=SimpleNamespace(count=count, measurements=each),
        study=SimpleNamespace(case=STUDY.case, name="coins", packages={}),
        figures=each,
        claims=tuple(each),
    )
    verdict: Any = "changed" if differing else "re-saved"
    stands_in: Any = carried
    found = Audit(Path("a.docx"), stands_in, stands_in, verdict, count, changes, (), (), (), (), other_version=False)
    rerun = Rerun("a number moved further than between machines", changes, changes, (), (), ())
    return [*audit_lines(found), *(rerun_lines(found, rerun) if differing else ())]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_what_a_build_and_an_audit_count_agrees_with_its_noun(count: int) -> None:
    made = built(())
    made.figures = (Path("figures/a"),) * (2 * count)
    said = "\n".join([*summary(made, 1.0), *audited(count)])

    wrong = r"\b1 (?:figure|passage|claim|coin)s\b" if count == 1 else rf"\b{count} (?:figure|passage|claim|coin)\b"
    assert not re.search(wrong, said)
    for noun in ("passage", "claim", "coin", *(["figure"] if count else [])):
        assert re.search(rf"\b{count} {noun}", said)
    assert ("claim follows from" in said) == (count == 1)


@pytest.mark.parametrize(
    ("differing", "said"),
    [
        (
            1,
            [
                "  ✗ 1 thing is not what was generated:",
                "      1 of 3 measurements is not the same to the last bit, 1 not as it is printed",
            ],
        ),
        (
            2,
            [
                "  ✗ 2 things are not what was generated:",
                "      2 of 3 measurements are not the same to the last bit, 2 not as they are printed",
            ],
        ),
    ],
)
def test_what_differs_agrees_with_its_verb(differing: int, said: list[str]) -> None:
    lines = audited(3, differing=differing)
    assert [line for line in lines if " of 3 " in line or "generated:" in line] == said
