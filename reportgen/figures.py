"""The figures that a report shows: those kept beside it, where nothing that they come from has changed, the others drawn."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reportgen import outputs
from reportgen.evidence import Evidence
from reportgen.picture import Picture, digest, digest_of
from reportgen.study import Notice, Study, Tell

FIGURES = Path("figures")
ABOUT = FIGURES / "figures.json"
DRAWERS = 2
"""Processes that draw: a third would save less than it takes to import Matplotlib."""


def kept_figures(fingerprint: str) -> dict[str, Picture]:
    """Return the figures of the last build that are what they were and come from the same."""
    pictures = {}
    try:
        about = json.loads(ABOUT.read_bytes())
        if about["fingerprint"] != fingerprint:
            return {}
        for name, figure in about["figures"].items():
            png, svg = ((FIGURES / f"{name}.{kind}").read_bytes() for kind in ("png", "svg"))
            picture = Picture(png, svg, figure["alt"])
            if digest_of(picture) == figure["sha256"]:
                pictures[name] = picture
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return pictures


def draw_figures(study: Study[Any, Any], names: Sequence[str], run: Any, evidence: Evidence) -> dict[str, Picture]:
    """Return figures, drawn in processes of their own: each core draws half of them."""
    from reportgen.pool import Task, carry_out_tasks, cores  # noqa: PLC0415 - a rebuild after an edit draws nothing

    count = min(DRAWERS, cores(), len(names))
    tasks: dict[int, Task] = {
        first: (_draw, (study.draw, names[first::count], run, evidence)) for first in range(count)
    }
    drawn: dict[str, Picture] = {}
    for part in carry_out_tasks(tasks, lambda *_: {}, lambda _: None, processes=count).values():
        drawn |= part
    return {name: drawn[name] for name in names}


def _draw(draw: Callable[..., Any], names: Sequence[str], run: Any, evidence: Evidence) -> dict[str, Picture]:
    from reportgen.drawing import png_and_svg  # noqa: PLC0415 - Matplotlib takes longer to import than a rebuild

    drawings = {name: draw(name, run, evidence) for name in names}
    return {name: Picture(*png_and_svg(drawing), drawing.alt) for name, drawing in drawings.items()}


def write_figures(
    shown: Mapping[str, Picture], kept: Mapping[str, Picture], fingerprint: str, tell: Tell
) -> tuple[Path, ...]:
    """Write the figures that are not those `kept`, and what all come from, so that the next build can tell whether they still hold.

    A file in the place of one that no build wrote is set aside, and that is told. Return the paths of those shown.
    """
    files = {FIGURES / f"{name}.{kind}": content for name, p in shown.items() for kind, content in _files(p)}
    if any(kept.get(name) != picture for name, picture in shown.items()):
        written = _written()
        there = {path: digest(path.read_bytes()) for path in FIGURES.glob("*.[ps][nv]g") if path.is_file()}
        about = {
            name: {"alt": picture.alt, "sha256": digest_of(picture)}
            for name, picture in (dict(shown) | {name: kept[name] for name in kept if name not in shown}).items()
        }
        # Said before it is done: a build that is killed in between leaves nothing that the next takes for somebody's own.
        ours = {*map(digest, files.values()), *(written & {*there.values()}), *_digests(kept)}
        told = {"fingerprint": fingerprint, "figures": about, "written": sorted(ours)}
        outputs.write(ABOUT, json.dumps(told, indent=1).encode())
        for path, content in files.items():
            if path in there and there[path] not in ours:
                aside = outputs.set_aside(path)
                tell(
                    Notice(f"{path} was not written by a build; it is now {aside} (own pictures: templates/pictures/)")
                )
            outputs.write(path, content)
    return tuple(files)


def _files(picture: Picture) -> tuple[tuple[str, bytes], ...]:
    return ("png", picture.png), ("svg", picture.svg)


def _digests(pictures: Mapping[str, Picture]) -> set[str]:
    return {digest(content) for picture in pictures.values() for _, content in _files(picture)}


def _written() -> set[str]:
    """Return the SHA-256 of the files that earlier builds wrote, as far as the last one knew."""
    try:
        return set(json.loads(ABOUT.read_bytes())["written"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()
