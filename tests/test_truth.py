"""The second reading of the essay (`make truth`): it finds what is false, and knows every sentence that the templates can print."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reportgen.cli.templates import bundled_templates
from tests.truth.judge import faults
from tests.truth.sentences import SENTENCES


def test_every_case_of_every_claim_has_a_second_reading() -> None:
    written = set()
    for template in ("task", "flow", "snapshot", "gates"):
        source = (bundled_templates() / f"{template}.md.j2").read_text(encoding="utf-8")
        tags = re.finditer(r"\{%-?\s*(claim|identity|some|none|otherwise|case|end\w+)\b\s*(\w*)", source)
        name, fallback = "", 0
        for tag in tags:
            match tag[1]:
                case "claim" | "identity":
                    name, fallback = tag[2], 0
                    written.add((name, 0, "all"))
                case "otherwise" if name:
                    fallback += 1
                    written.add((name, fallback, "all"))
                case "some" | "none" if name:
                    written.add((name, fallback, tag[1]))
                case "case" | "endclaim" | "endidentity":
                    name = ""
    assert set(SENTENCES) == written


def test_a_report_is_found_true(built: Path) -> None:
    found, claims, compared = faults(built / "build")
    assert found == []
    assert claims
    assert compared > len(claims)


def _printed(claims: Any) -> None:
    claim = next(claim for claim in claims if re.search(r"0\.\d\d", claim["statement"]))
    claim["statement"] = re.sub(r"0\.(\d)(\d)", lambda m: f"0.{9 - int(m[1])}{m[2]}", claim["statement"], count=1)


def _none(claims: Any) -> None:
    for claim in claims:
        other = SENTENCES.get((claim["name"], claim["fallback"], "none"))
        if claim["case"] == "all" and other and other.holds:
            claim |= {"case": "none"}


@pytest.mark.parametrize("forge", [_printed, _none])
def test_a_false_one_is_not(built: Path, forge: Callable[[Any], None], tmp_path: Path) -> None:
    for name in ("results.npz", "model.keras"):
        shutil.copy(built / "build" / name, tmp_path / name)
    written = json.loads((built / "build" / "evidence.json").read_text(encoding="utf-8"))
    forge(written["claims"])
    (tmp_path / "evidence.json").write_text(json.dumps(written), encoding="utf-8")
    assert faults(tmp_path)[0] != []
