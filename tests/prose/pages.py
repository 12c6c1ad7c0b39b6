"""Pages to test with: evidence made by hand, a template beside it, and what came of the two."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from markdown_it.token import Token

from reportgen.errors import ReportgenError
from reportgen.evidence import Evidence, Measured, gather
from reportgen.lstm import evidence as lstm_evidence
from reportgen.prose.render import Prose, render

Values = tuple[float, ...] | float
NETWORKS = ("network", "networks")
WORLDS = {"trained": "", "untrained": "before training", "chrono": "with long memory from the start"}


def evidence(
    case: tuple[str, str] = NETWORKS,
    worlds: Mapping[str, str] = WORLDS,
    given: Collection[str] | None = None,
    **values: Values,
) -> Evidence:
    """Return measurements by name, `flow__age` for `flow.age`, `untrained__flow__age` for it in another world.

    Each has one value per case, or one for both of two; those of the family `task`, or those `given`, are settings.
    """
    counts = {len(each) for each in values.values() if isinstance(each, tuple)} or {2}

    def measure(number: int) -> Iterator[Measured]:
        for name, each in values.items():
            *_, family, short = name.split("__")
            value = each[number] if isinstance(each, tuple) else each
            setting = family == "task" if given is None else name.replace("__", ".") in given
            yield Measured(
                name.replace("__", "."), value, f"the {short}", "steps", f"By hand: {short} | 1.5.",
                settings=("experiment.epochs", f"experiment.{short}"), given=setting,
            )  # fmt: skip

    return gather(case, worlds, (measure(number) for number in range(counts.pop())))


def names_used(templates: str) -> tuple[list[str], set[str]]:
    """Return the measurements of the study that templates name, and those of them that they print as settings.

    A family is a module of the study's evidence: one that is added is known here.
    """
    families = "|".join(path.stem for path in Path(lstm_evidence.__file__).parent.glob("[a-z]*.py"))
    used = rf"\b(?:(?:untrained|chrono)\.)?(?:{families})\.[a-z]\w*"
    names = sorted(set(re.findall(used, re.sub('"[^"]*"', "", templates))))
    return names, set(re.findall(rf"({used}) (?:\}}\}}|\| count)", templates))


def _curve(network: int) -> Iterator[Measured]:
    yield Measured("flow.curve", np.ones(2) * network, "a curve", "", "By hand.", {"lag": np.arange(2.0)})


AGE = (2.5, 4.5)  # of two networks: median 3.5
EVIDENCE = evidence(
    flow__age=AGE,
    flow__big=12345.6,
    flow__three=3.0,
    flow__ten=10.5,
    flow__one=1.0,
    flow__tiny=2.4e-7,
    flow__zero=0.0,
    flow__below=-1.5,
    flow__error=0.0021,
    untrained__flow__age=(1.5, 1.25),
    task__noise=0.05,
    task__units=16.0,
    task__single=1.0,
)
WITH_CURVE = Evidence(
    NETWORKS, WORLDS, 2,
    {**EVIDENCE.measurements, **gather(NETWORKS, WORLDS, (_curve(network) for network in (0, 1))).measurements},
)  # fmt: skip


def rendered(
    folder: Path,
    template: str,
    found: Evidence = WITH_CURVE,
    texts: Mapping[str, str] | None = None,
    part: str = "",
) -> Prose:
    (folder / "report.md.j2").write_text(template, encoding="utf-8")
    (folder / "part.md.j2").write_text(part, encoding="utf-8")
    return render(folder, found, {"author": "A. Name"} if texts is None else texts)


def refusal(folder: Path, template: str, found: Evidence = WITH_CURVE, part: str = "") -> str:
    """Return the one line that refuses a template, its place shortened to `report:3`."""
    with pytest.raises(ReportgenError) as caught:
        rendered(folder, template, found, part=part)
    line = str(caught.value)
    assert line.splitlines() == [line]
    return line.replace(f"{folder}/", "").replace(".md.j2:", ":")


def words(tokens: Sequence[Token]) -> list[str]:
    """Return the text of each block: what its inline tokens say, which must be text and nothing but text."""
    blocks = []
    for token in tokens:
        if token.type == "inline":
            children = token.children or []
            if [child.type for child in children] == ["image"]:
                children = children[0].children or []
            assert {child.type for child in children} <= {"text", "softbreak"}, token.content
            blocks.append("".join(" " if child.type == "softbreak" else child.content for child in children))
    return blocks


def printed(folder: Path, template: str, found: Evidence = WITH_CURVE, part: str = "") -> str:
    """Return the plain text that a template prints, its blocks one after the other."""
    return " / ".join(words(rendered(folder, template, found, part=part).tokens))
