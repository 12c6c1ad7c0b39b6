"""What must be settled before a test module imports TensorFlow, how Hypothesis draws, and a real run to share."""

import os
from pathlib import Path

import hypothesis
import pytest

from reportgen.evidence import Evidence
from reportgen.lstm.evidence import measure
from reportgen.lstm.experiment import carry_out
from reportgen.lstm.run import Run
from reportgen.lstm.settings import Experiment
from tests.builds import SETTINGS, reportgen

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

# The first call into TensorFlow takes seconds, so no deadline can be fair; the same examples are drawn every time.
# To search further: pytest --hypothesis-profile=default
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.load_profile("ci")


@pytest.fixture(scope="session")
def small_run() -> Run:
    """Return a run small enough to train in seconds; its arrays are shared, so that no test may write into them."""
    experiment = Experiment(networks=2, units=8, epochs=20, sequences=512, timesteps=100, batch_size=16)
    return carry_out(experiment, lambda epoch: None)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the main job ran once, with one network; whoever changes something in it, changes it back."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "reportgen.toml").write_text(SETTINGS, encoding="utf-8")
    done = reportgen(folder)
    assert done.returncode == 0, done.stderr
    assert "1 of 11: network 1, loss" in done.stderr
    return folder


@pytest.fixture(scope="session")
def small_evidence(small_run: Run) -> Evidence:
    return measure(small_run)
