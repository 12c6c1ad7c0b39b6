"""The wheel, installed and run where no checkout is in reach: what it lacks, the user lacks."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.soundness import require_sound

CHECKOUT = Path(__file__).resolve().parents[1]
TINY = """\
[experiment]
networks = 1
units = 4
epochs = 1
sequences = 64
timesteps = 60
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=CHECKOUT, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True)
    return folder


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in `folder`, the installed wheel ahead of an editable install of the checkout."""
    environment = os.environ | {"PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_holds_every_template(wheel: Path) -> None:
    templates = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "templates").rglob("*") if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix("reportgen/") for name in archive.namelist() if "/templates/" in name}
    assert packed == templates
    assert "templates/report.md.j2" in packed


def test_holds_the_package_and_nothing_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        roots = {name.split("/")[0] for name in archive.namelist()}
    assert roots == {"reportgen", f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"}


def test_is_what_the_other_tests_import(installed: Path, tmp_path: Path) -> None:
    found = run(installed, tmp_path, "-c", "import reportgen; print(reportgen.__file__)")
    assert found.stdout.strip() == str(installed / "reportgen" / "__init__.py"), found.stderr


def test_tells_its_version(wheel: Path, installed: Path, tmp_path: Path) -> None:
    told = run(installed, tmp_path, "-m", "reportgen", "--version")
    assert told.returncode == 0, told.stderr
    assert wheel.name.split("-")[1] in told.stdout


def test_tells_its_usage(installed: Path, tmp_path: Path) -> None:
    told = run(installed, tmp_path, "-m", "reportgen", "--help")
    assert told.returncode == 0, told.stderr
    assert "Usage:" in told.stdout
    assert "--settings" in told.stdout
    assert not list(tmp_path.iterdir()), "--help wrote a file"


@pytest.mark.ci
def test_builds_a_report_or_says_what_does_not_hold(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    built = run(installed, tmp_path, "-m", "reportgen", "--settings", "tiny.toml")
    document = tmp_path / "build" / "report.docx"
    if built.returncode == 0:
        require_sound(document.read_bytes())
    else:
        assert built.returncode == 1, built.stderr
        assert "does not hold" in built.stderr.strip().splitlines()[-1]
        assert not document.exists()
