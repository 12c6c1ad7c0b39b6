"""The page: one file that opens from anywhere, loads nothing, sends nothing, and holds what the report holds."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reportgen.errors import ReportgenError
from reportgen.html.claims import OpenedClaims, claims_section
from reportgen.html.text import begin, blocks, contents
from reportgen.manuscript import Manuscript

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Explorer:
    """What a guest brings for a page to run.

    modules: the source of its scripts by name, of which `explorer.js` exports `startExplorer`; style: CSS; steps: the guided tour, each
    step with `id`, `title`, `text`, the `claims` that it illustrates and a `state`; data: what the scripts run, as JSON.
    """

    modules: Mapping[str, str]
    style: str
    steps: Sequence[Mapping[str, Any]]
    data: bytes


@dataclass(frozen=True)
class About:
    """What the page says of itself: title, author, language as BCP 47 has it, and the line above the text."""

    title: str
    author: str
    language: str
    header: str


def read_explorer(folder: Path, data: bytes) -> Explorer:
    """Return a guest's explorer from the folder of its scripts, and what they run."""
    modules = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js"))}
    style = (folder / "explorer.css").read_text(encoding="utf-8")
    return Explorer(modules, style, json.loads((folder / "steps.json").read_text(encoding="utf-8")), data)


def _steps_by_claim(explorer: Explorer | None) -> dict[str, tuple[str, str]]:
    """Return by claim the fragment and the title of the step that illustrates it."""
    steps = explorer.steps if explorer else ()
    return {claim: (f"explore?step={step['id']}", str(step["title"])) for step in steps for claim in step["claims"]}


def write_page(
    manuscript: Manuscript,
    claimed: Sequence[Mapping[str, bool]],
    drawn: Mapping[str, Markup],
    ledger: OpenedClaims,
    about: About,
    explorer: Explorer | None,
) -> bytes:
    """Write a text into a page that can be read without script, with an empty block for what it is to carry.

    `claimed` says which claims stand in which line, `drawn` gives figures by name as `inline_svg` does. Raises ReportgenError for
    what the dialect does not have.
    """
    text = begin(manuscript, drawn, claimed, _steps_by_claim(explorer))
    body = blocks(text, manuscript.source.blocks)
    opened = claims_section(ledger, text)
    style = _style(explorer)
    script = bundle(_modules(explorer), "start")
    head = Markup(
        '<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="author" content="{author}">\n<title>{title}</title>\n'
        "<style>{style}</style>\n</head>\n"
    ).format(
        language=about.language,
        policy=_policy(style, script),
        author=about.author,
        title=about.title,
        style=Markup(style),
    )
    links = contents(text, numbered=True)
    own = [("explorer", "The explorer")] if explorer else []
    own += [("claims", "All claims, opened")] if ledger.claims else []
    extra = Markup("").join(Markup('<li class="level-1"><a href="#{}">{}</a></li>').format(*each) for each in own)
    return (
        head
        + Markup(
            '<body>\n<a class="skip" href="#text">To the text</a>\n<header class="top">{header}</header>\n<div class="columns">\n'
            '<nav class="contents" aria-label="Contents">\n{links}<ol class="toc own">{extra}</ol>\n</nav>\n'
            '<main id="text" tabindex="-1">\n'
            '<article class="essay">\n{body}</article>\n{explorer}{claims}</main>\n</div>\n'
            '<aside class="panel" id="panel" aria-label="An opened claim" tabindex="-1" hidden></aside>\n'
        ).format(
            header=about.header,
            links=links,
            extra=extra,
            body=body,
            explorer=_explorer(explorer),
            claims=opened,
        )
        + _block("carried", "text/plain", "")
        + Markup('<script type="module">{}</script>\n</body>\n</html>\n').format(Markup(script))
    ).encode()


def _explorer(explorer: Explorer | None) -> Markup:
    if explorer is None:
        return Markup("")
    steps = json.dumps(explorer.steps, ensure_ascii=False, separators=(",", ":"))
    return (
        Markup(
            '<section id="explorer" aria-labelledby="explorer-title">\n<h2 id="explorer-title" tabindex="-1">The explorer</h2>\n'
            "<noscript><p>The explorer runs the networks of this report in the browser, and needs JavaScript for that; nothing else "
            "here does.</p></noscript>\n</section>\n"
        )
        + _block("explorer-data", "application/json", explorer.data.decode())
        + _block("explorer-steps", "application/json", steps)
    )


def _block(name: str, kind: str, content: str) -> Markup:
    """Write what scripts read: no character in it can end the element, or begin another (HTML, 4.12.1.3)."""
    safe = content.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup('<script type="{}" id="{}">{}</script>\n').format(kind, name, Markup(safe))


def _policy(style: str, script: str) -> str:
    hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script))
    return "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'".format(
        *hashes
    )


def _style(explorer: Explorer | None) -> str:
    style = (_HERE / "page.css").read_text(encoding="utf-8") + (explorer.style if explorer else "")
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", style).strip().replace("</", "<\\/")


def _modules(explorer: Explorer | None) -> dict[str, str]:
    own = {path.name: path.read_text(encoding="utf-8") for path in sorted((_HERE / "script").glob("*.js"))}
    brought = dict(explorer.modules) if explorer else {}
    if taken := (own.keys() & brought.keys()) - {"explorer.js"}:
        raise ReportgenError(f"the explorer has a script of the name {min(taken)!r}, which is the page's own")
    return own | brought


_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.-]+)";[ \t]*\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const|class) (\w+)", re.MULTILINE)


def bundle(modules: Mapping[str, str], start: str) -> str:
    """Return ES modules as one script, each in a function of its own, in the order in which they need each other; then call `start`.

    `page.js` exports what is called. A page that opens from a file cannot import files, whatever they hold. Imports are named ones, a
    line each, from the same folder, and exports are declarations. Raises ReportgenError for a module that is not there or a circle.
    """
    written: dict[str, str] = {}

    def write(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ReportgenError(f"the scripts {' and '.join(above)} import each other in a circle")
        if name not in modules:
            raise ReportgenError(f"the script {above[-1] if above else ''} imports {name!r}, which is not there")
        if name in written:
            return
        source = modules[name]
        for _, needed in _IMPORT.findall(source):
            write(needed, (*above, name))
        source = _IMPORT.sub(
            lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = {_variable(found[2])};\n", source
        )
        exported = ", ".join(found[1] for found in _EXPORT.findall(source))
        source = _EXPORT.sub(r"\1 \2", source)
        written[name] = f"const {_variable(name)} = (() => {{\n{source}\nreturn {{ {exported} }};\n}})();\n"

    write("page.js", ())
    script = "".join(written.values()) + f"{_variable('page.js')}.{start}();\n"
    return _REMARK.sub("", script).replace("</", "<\\/")


_REMARK = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/)[ \t]*\n", re.MULTILINE | re.DOTALL)
"""A comment that has its lines for itself."""


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))
