"""LibreOffice, which saves a document anew, or shows what its pages look like."""

import shutil
import subprocess
from pathlib import Path

import pytest

SOFFICE, PDFTOPPM = shutil.which("soffice"), shutil.which("pdftoppm")
needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
needs_pages = pytest.mark.skipif(SOFFICE is None or PDFTOPPM is None, reason="LibreOffice or Poppler is not installed")


def converted(folder: Path, kind: str, documents: dict[str, bytes]) -> dict[str, bytes]:
    """Return documents as LibreOffice writes them; those that it cannot read are not among them."""
    source, target = folder / "source", folder / kind
    source.mkdir(exist_ok=True)
    for name, document in documents.items():
        (source / f"{name}.docx").write_bytes(document)
    command = [str(SOFFICE), "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", kind]
    files = [str(source / f"{name}.docx") for name in documents]
    subprocess.run([*command, "--outdir", str(target), *files], capture_output=True, check=True)
    return {name: path.read_bytes() for name in documents if (path := target / f"{name}.{kind}").exists()}


def pages(folder: Path, documents: dict[str, bytes]) -> dict[str, list[bytes]]:
    """Return the pages of documents as pixels."""
    found = {}
    for name, content in converted(folder, "pdf", documents).items():
        path = folder / "pdf" / f"{name}.pdf"
        path.write_bytes(content)
        made = folder / "pages"
        made.mkdir(exist_ok=True)
        subprocess.run([str(PDFTOPPM), "-r", "60", str(path), str(made / name)], check=True, capture_output=True)
        found[name] = [page.read_bytes() for page in sorted(made.glob(f"{name}-*.ppm"))]
    return found
