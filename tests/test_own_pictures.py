"""Pictures of the author's own, in any report: shown, carried, never overwritten; hostile ones are a line."""

import base64
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reportgen import outputs
from reportgen.assignment import read_assignment
from reportgen.audit import audit
from reportgen.audit.rerun import run_again
from reportgen.check import check_file
from reportgen.errors import ReportgenError
from reportgen.figures import kept_figures, write_figures
from reportgen.own_pictures import read_pictures, require_harmless
from reportgen.picture import Picture
from reportgen.pipeline import Built
from reportgen.provenance import carried_in_page, seal_page
from reportgen.settings import Report, Settings
from reportgen.study import STUDIES
from tests.audit.packages import parts, with_parts
from tests.audit.reports import carried, judged
from tests.builds import build_here
from tests.coins import TEMPLATES, Tosses
from tests.soundness import require_sound

REPORT = Path("build/report.docx")
ALT = "Three coins on a table, one of them on its edge."
PLAIN = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect id="a" width="9" height="9" style="fill:url(#b)"/></svg>'


def png(width: int = 400, height: int = 200) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (width, height), "#0072B2").save(content, "PNG")
    return content.getvalue()


@pytest.fixture(autouse=True)
def coins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put the guest of a few lines into a folder, with a picture of its author's own."""
    monkeypatch.setitem(STUDIES, "coins", "tests.coins:STUDY")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    shutil.copytree(TEMPLATES, "templates")
    put("coins.png", png())
    alternatives(f"coins = {json.dumps(ALT)}")


def put(name: str, content: bytes) -> None:
    path = Path("templates/pictures", name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def alternatives(text: str) -> None:
    Path("templates/pictures.toml").write_text(text, encoding="utf-8")


def show(name: str = "coins") -> None:
    """Show a picture in place of the figure, which takes a second to draw."""
    path = Path("templates/report.md.j2")
    before = path.read_text(encoding="utf-8").partition("![")[0].replace("@fig:heads", f"@fig:{name}")
    path.write_text(f"{before}{{# definition: what is shown #}}\n![Our coins.](fig:{name})\n", encoding="utf-8")


def toss(told: list[Any] | None = None, **experiment: Any) -> Built:
    settings = Settings(Tosses(**experiment), Report(author="A. Name"))
    return build_here(settings, (told if told is not None else []).append)


def refused() -> str:
    with pytest.raises(ReportgenError) as caught:
        read_pictures(Path("templates"))
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("svg", [b"", PLAIN.encode()])
def test_a_picture_is_shown_with_its_words_and_its_digest_is_carried(tmp_path: Path, svg: bytes) -> None:
    show()
    if svg:
        put("coins.svg", svg)
    built = toss()
    document = REPORT.read_bytes()
    require_sound(document)
    media = {name: part for name, part in parts(document).items() if name.startswith("word/media/")}
    assert png() in media.values()
    assert (svg in media.values()) == bool(svg)
    assert ALT in parts(document)["word/document.xml"].decode()
    assert {rule.code: rule.outcome for rule in check_file(REPORT, read_assignment(Path("templates")))}["C2"] == "pass"
    assert not Path("figures/coins.png").exists()
    assert built.figures == ()
    found = judged(document, tmp_path)
    assert found.verdict == "intact"
    assert found.inputs == ("what the author's own picture shows (coins)",)
    rerun = run_again(found, lambda _: None)
    assert (rerun.verdict, rerun.holds) == ("identical", True)
    assert {int(width) for width in re.findall(r'cx="(\d+)"', parts(document)["word/document.xml"].decode())} == {
        400 * 9525
    }
    assert carried(document).figures["coins"].alt == ALT
    page = Path("build/report.html").read_text(encoding="utf-8")
    assert f'<img src="data:image/png;base64,{base64.b64encode(png()).decode()}" alt="{ALT}">' in page
    assert audit(Path("build/report.html")).verdict == "intact"
    assert run_again(audit(Path("build/report.html")), lambda _: None).verdict == "identical"


def test_another_picture_in_its_place_is_found(tmp_path: Path) -> None:
    show()
    toss()
    document = REPORT.read_bytes()
    (place,) = (name for name, part in parts(document).items() if part == png())
    found = judged(with_parts(document, {place: png(401)}), tmp_path)
    assert found.verdict == "changed"
    assert "Figure 1 (coins)" in [change.where for change in found.changes]
    page = Path("build/report.html").read_text(encoding="utf-8")
    mine, other = (base64.b64encode(each).decode() for each in (png(), png(401)))
    for old, new in ((mine, other), (ALT, "Two coins on a table."), ("image/png", "image/gif")):
        told, around, _ = carried_in_page(page.encode())
        path = tmp_path / "changed.html"
        path.write_bytes(seal_page(around.replace(old.encode(), new.encode(), 1), told))  # bound to it anew
        assert audit(path).verdict == "changed", old


def test_a_name_is_that_of_one_figure_only_and_an_unknown_one_is_said() -> None:
    alternatives(f"coins = {json.dumps(ALT)}\nheads = {json.dumps(ALT)}")
    put("heads.png", png())
    with pytest.raises(ReportgenError, match="the picture 'heads' has the name of a figure that is drawn; rename it"):
        toss()
    alternatives(f"coins = {json.dumps(ALT)}")
    Path("templates/pictures/heads.png").unlink()
    show("coin")
    with pytest.raises(ReportgenError, match="there is no figure 'coin' to show; the nearest is 'coins'"):
        toss()


def test_a_picture_is_printed_no_larger_than_it_bears() -> None:
    assert Picture(png(1890, 800), b"", "").width_cm == 16
    assert Picture(png(192, 96), b"", "").width_cm == pytest.approx(2 * 2.54)
    assert Picture(png(1000, 4000), b"", "").width_cm == pytest.approx(5)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("", 'templates/pictures/coins.png: has no alternative text; write into templates/pictures.toml the line coins = "…"'),
        ('coins = ""', "templates/pictures.toml: coins must be the alternative text, a sentence of 10 to 1,000 characters"),
        ('coins = "          a         "', "coins must be the alternative text"),
        ("coins = 3", "coins must be the alternative text"),
        ('[coins]\nalt = "what is shown here"', "coins must be the alternative text"),
        (f'coins = "{ALT}"\ngone = "{ALT}"', "templates/pictures/gone.png: there is no such picture; put one there, or take 'gone'"),
        (f'coins = "{ALT}"\n"../x" = "{ALT}"', "'../x' cannot name a picture"),
        ("coins = ", "templates/pictures.toml: is not valid TOML"),
    ],
)  # fmt: skip
def test_every_picture_has_words(said: str, line: str) -> None:
    alternatives(said)
    assert line in refused()


def test_what_is_no_png_is_refused(tmp_path: Path) -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (9, 9)).save(jpeg, "JPEG")
    moving = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(moving, "PNG", save_all=True, append_images=frames[1:])
    damaged = bytearray(png())
    damaged[60] ^= 255
    for content, line in (
        (jpeg.getvalue(), "coins.png: is no PNG, whatever its name says; save it as one"),
        (b"GIF89a", "coins.png: is no PNG"),
        (b"", "coins.png: is empty"),
        (png()[:100], "coins.png: is damaged, or no PNG"),
        (bytes(damaged), "coins.png: is damaged, or no PNG"),
        (moving.getvalue(), "coins.png: moves; a page holds still"),
        (png()[:16] + (60_000).to_bytes(4) + (60_000).to_bytes(4) + png()[24:], "coins.png: "),
        (bytes(5_000_001), "coins.png: is larger than 5 MB"),
    ):
        put("coins.png", content)
        assert line in refused()
    Path("templates/pictures/coins.png").unlink()
    (tmp_path / "outside.png").write_bytes(png())
    Path("templates/pictures/coins.png").symlink_to(tmp_path / "outside.png")
    assert "leads out of" in refused()
    Path("templates/pictures/coins.png").unlink()
    put("coins.svg", PLAIN.encode())
    assert "coins.png: there is no such picture; put one there, since many programs show no SVG" in refused()
    put("photo.jpg", jpeg.getvalue())
    assert "photo.jpg: is no picture that a report can show; save it as PNG" in refused()


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">\n{}</svg>'


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (SVG.format("<script>alert(1)</script>"), ":2: holds <script>"),
        (SVG.format("<a href='javascript:alert(1)'/>"), ":2: holds <a>"),
        (SVG.format("<foreignObject/>"), ":2: holds <foreignObject>"),
        (SVG.format("<animate attributeName='href' to='x'/>"), ":2: holds <animate>"),
        (SVG.format("<image href='http://example.org/a.png'/>"), ":2: holds <image>"),
        (SVG.format("<script xmlns='http://www.w3.org/1999/xhtml'/>"), ":2: holds <script>"),
        (SVG.format("<style xmlns='http://www.w3.org/1999/xhtml'/>"), ":2: holds <style>"),
        (SVG.format("<rect onclick='x()'/>"), ":2: runs something, onclick"),
        (SVG.format("<use xlink:href='http://example.org/a.svg#b'/>"), ":2: refers to something outside itself, 'http://"),
        (SVG.format("<use href='file:///etc/passwd'/>"), ":2: refers to something outside itself, 'file:"),
        (SVG.format("<rect style='fill:url(http://example.org/)'/>"), ":2: refers to something outside itself"),
        (SVG.format("<rect fill='url( \"//example.org/\")'/>"), ":2: refers to something outside itself"),
        (SVG.format("<rect style='fill:u\\72l(http://example.org/)'/>"), ":2: holds a style in disguise"),
        (SVG.format("<style>@import 'http://example.org/a.css';</style>"), ":2: holds a style that loads or runs something"),
        (SVG.format("<style>@im/**/port 'a.css'; rect { fill: image('a.png') }</style>"), ":2: holds a style that loads"),
        ("<?xml-stylesheet href='a.css'?>" + SVG.format(""), "holds an instruction to programs, or an entity"),
        ("<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + SVG.format("&a;"), "brings definitions of its own"),
        ("<!DOCTYPE svg SYSTEM 'http://www.w3.org/a.dtd' [<!ENTITY a 'b'>]>" + SVG.format(""), "brings definitions of its own"),
        ("<!DOCTYPE svg SYSTEM 'http://example.org/a.dtd'>" + SVG.format(""), "brings definitions of its own"),
        (SVG.format("<defs><g id='a'><use href='#b'/></g></defs><use href='#a'/>"), ":2: uses a <use> within a <use>"),
        (SVG.format("<g/>" * 20_001), "has more than 20,000 elements"),
        (SVG.format("<g>" * 3000 + "</g>" * 3000), "is no SVG ("),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "is no SVG; its first element is"),
        ("no XML", "is no SVG ("),
        ("", "is no SVG ("),
    ],
)  # fmt: skip
def test_an_svg_that_could_do_more_than_be_looked_at_is_refused(content: str, line: str) -> None:
    with pytest.raises(ReportgenError) as caught:
        require_harmless(Path("a.svg"), content.encode())
    assert str(caught.value).startswith("a.svg")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(ReportgenError):
        require_harmless(Path("a.svg"), content.encode("utf-16"))


def test_what_drawing_programs_write_is_let_in() -> None:
    inkscape = (
        "<sodipodi:namedview xmlns:sodipodi='http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd' onmouse='1'/>"
        "<g id='a' style='fill:url(#b);marker-end:url(\"#c\")'><use href='#d'/></g><path id='d' d='M0 0'/><!-- so -->"
    )
    require_harmless(Path("a.svg"), SVG.format(inkscape).encode())
    matplotlib = (
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    )
    require_harmless(Path("a.svg"), (matplotlib + SVG.format("<metadata/>")).encode())
    require_harmless(
        Path("a.svg"),
        Path(__file__).parent.parent.joinpath("examples/lab-report/templates/pictures/setup.svg").read_bytes(),
    )


@given(st.binary() | st.text().map(str.encode))
def test_nothing_but_a_line_comes_of_any_svg(content: bytes) -> None:
    with pytest.raises(ReportgenError):
        require_harmless(Path("a.svg"), content)


def written(seed: int, kept: dict[str, Picture], fingerprint: str) -> list[str]:
    """Write a figure as a build does, and return what it told."""
    told: list[Any] = []
    write_figures({"heads": Picture(png(seed), PLAIN.encode(), "heads")}, kept, fingerprint, told.append)
    return [notice.text for notice in told]


def test_a_build_overwrites_no_figure_that_it_did_not_write() -> None:
    Path("figures").mkdir()
    Path("figures/heads.png").write_bytes(b"mine")
    Path("figures/other.png").write_bytes(b"mine too")
    (line,) = written(3, {}, "a")
    assert line.startswith("figures/heads.png was not written by a build; it is now figures/heads.edited-1.png")
    assert Path("figures/heads.edited-1.png").read_bytes() == b"mine"
    assert written(4, {}, "b") == []  # another figure each time, and each is ours
    assert written(3, {}, "a") == []
    assert set(kept_figures("a")) == {"heads"}
    Path("figures/heads.svg").write_bytes(b"edited")
    assert kept_figures("a") == {}
    (line,) = written(3, {}, "a")
    assert line.startswith("figures/heads.svg was not written by a build; it is now figures/heads.edited-1.svg")
    assert sorted(path.name for path in Path("figures").iterdir()) == [
        "figures.json", "heads.edited-1.png", "heads.edited-1.svg", "heads.png", "heads.svg", "other.png",
    ]  # fmt: skip
    assert Path("figures/other.png").read_bytes() == b"mine too"


def test_a_build_that_is_killed_between_two_figures_leaves_nothing_that_the_next_takes_for_edited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written(3, {}, "a")
    write, left = outputs.write, [2]

    def killed(path: Path, content: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        write(path, content)

    monkeypatch.setattr(outputs, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        written(4, {}, "b")
    monkeypatch.setattr(outputs, "write", write)
    assert Path("figures/heads.png").read_bytes() == png(4)
    assert written(5, {}, "c") == []
