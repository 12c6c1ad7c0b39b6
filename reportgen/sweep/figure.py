"""The truth map: in what share of the networks each finding holds, under every setting and in every world."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from reportgen.drawing import Drawing, drawing
from reportgen.evidence import Evidence
from reportgen.sweep.findings import KINDS, NEARLY_ALL, Finding, Found

_ROW_CM, _HEAD_CM = 0.37, 3.0

LIGHT = 1.7
"""The share that would be the darkest blue: letters are black, and must be read on all that there are."""


def truth_map(found: Found, evidence: Evidence) -> Drawing:
    """Draw a row for each finding and a column for each setting, then for each world at the first of them; the more, the darker."""
    findings = in_order(found.findings)
    settings, worlds = list(findings[0].shares), list(findings[0].worlds)
    height = _HEAD_CM + _ROW_CM * len(findings)

    @drawing(height_cm=height)
    def draw(figure: Figure, _: object, evidence: Evidence) -> str:
        axes = figure.subplots()
        shares = np.array(
            [
                [each.shares[label].share if label in each.shares else np.nan for label in settings]
                + [each.worlds[world].share if world in each.worlds else np.nan for world in worlds]
                for each in findings
            ]
        )
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=LIGHT, aspect="auto")
        for (row, column), share in np.ndenumerate(shares):
            if np.isnan(share):
                continue
            axes.text(
                column,
                row,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=7,
            )
        columns = [*settings, *(evidence.worlds[world] for world in worlds)]
        axes.set_xticks(range(len(columns)), columns, rotation=30, ha="left", rotation_mode="anchor")
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(findings)), [each.name for each in findings])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        for row in _borders(findings):
            axes.axhline(row - 0.5, color="black", linewidth=1.2)
        if worlds:
            axes.axvline(len(settings) - 0.5, color="black", linewidth=1.2)
        return _alternative(findings, settings, [evidence.worlds[world] for world in worlds])

    return draw(found, evidence)


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings kind by kind, and in each those that hold in most networks first."""
    order = list(KINDS)
    return sorted(findings, key=lambda each: (order.index(each.kind), -each.first.share, each.name))


def _borders(findings: Sequence[Finding]) -> list[int]:
    return [n for n in range(1, len(findings)) if findings[n].kind != findings[n - 1].kind]


def _alternative(findings: Sequence[Finding], settings: Sequence[str], worlds: Sequence[str]) -> str:
    """Return in words what the map shows: of each column, how many findings hold in nearly all networks."""

    def told(shares: Sequence[float]) -> str:
        return f"{sum(share >= NEARLY_ALL for share in shares)} of {len(shares)}"

    by_setting = [
        f"{label}: {told([each.shares[label].share for each in findings if label in each.shares])}"
        for label in settings
    ]
    by_world = [
        f"{words}: {told([each.worlds[world].share for each in findings if world in each.worlds])}"
        for world, words in zip(findings[0].worlds, worlds, strict=True)
    ]
    return (
        f"A table of shares in per cent, {len(findings)} findings in rows, in columns the settings and the controls. "
        f"Findings that hold in at least {100 * NEARLY_ALL:.0f} % of the networks, by column: {'; '.join(by_setting + by_world)}."
    )
