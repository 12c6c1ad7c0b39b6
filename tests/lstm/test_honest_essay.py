"""Other settings change what is found; the essay must then say something else, and be whole. Minutes long: `make test-all`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reportgen.check import check_file
from reportgen.cli.templates import bundled_templates
from tests.check.answers import LSTM
from tests.soundness import require_sound

SETTINGS = {
    "seed 1": "seed = 1",
    "seed 2": "seed = 2",
    "seed 3": "seed = 3",
    "8 units": "units = 8",
    "48 units": "units = 48",
    "periods 25 to 80": "period_min = 25\nperiod_max = 80",
    "no noise": "noise = 0",
    "noise 0.4": "noise = 0.4",
    "one network": "networks = 1",
    "one epoch": "epochs = 1",
    "nothing learned": "learning_rate = 1e-9",
    "one period": "period_min = 20\nperiod_max = 20\nnetworks = 1",
    "one unit": "units = 1\nnetworks = 1",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_the_document_is_complete_and_contradicts_no_network(name: str, tmp_path: Path) -> None:
    (tmp_path / "reportgen.toml").write_text(f"[experiment]\n{SETTINGS[name]}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "--quiet"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    document = tmp_path / "build" / "report.docx"
    assert [rule.code for rule in check_file(document, LSTM) if rule.outcome == "fail"] == []
    require_sound(document.read_bytes())
    claims = json.loads((tmp_path / "build" / "evidence.json").read_text(encoding="utf-8"))["claims"]
    templates = "".join(path.read_text(encoding="utf-8") for path in bundled_templates().glob("*.md.j2"))
    assert sorted(claim["name"] for claim in claims) == sorted(re.findall(r"\{% (?:claim|identity) (\w+)", templates))
    for claim in claims:
        held, networks = sum(claim["verdicts"]), len(claim["verdicts"])
        assert claim["case"] == ("all" if held == networks else "some" if held else "none"), claim
        if claim["case"] == "some":
            assert f"{held} of {networks} networks" in " ".join(claim["statement"].split()), claim
        if claim["kind"] == "identity":
            assert claim["case"] == "all", claim
