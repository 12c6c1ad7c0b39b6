"""Reports that carry what no build put there: settings without bounds, templates without end, measurements of nothing."""

import datetime
import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportgen import pipeline
from reportgen.lstm.settings import Experiment
from reportgen.manuscript import read_manuscript
from reportgen.prose.render import render
from reportgen.provenance import NAMESPACE, seal, to_json
from reportgen.settings import Report, Settings
from reportgen.word.document import compose
from reportgen.word.package import pack
from tests.hostile import templates
from tests.hostile.documents import packed, put
from tests.hostile.inputs import damage, drawn, listed, spoil

ITEM = "customXml/item1.xml"


@cache
def _report() -> tuple[bytes, str]:
    """Return a report of evidence made by hand, as a build writes it, and the JSON that it carries."""
    found, pictures = templates._results(), templates._pictures()
    with tempfile.TemporaryDirectory() as folder:
        for name, source in templates._sources().items():
            (Path(folder) / name).write_text(source, encoding="utf-8")
        settings = Settings(Experiment(networks=2), Report("A. Name", datetime.date(2024, 12, 4)))
        inputs = pipeline._read_inputs(settings, Path(folder), None, lambda event: None, marking_guide=False)
        prose = render(inputs.templates, found.evidence, inputs.texts)
    bare = compose(
        read_manuscript(prose.tokens, prose.places, pictures, inputs.references), inputs.properties, room=True
    )
    carried = pipeline._provenance(inputs, found, pictures, prose)
    return pack(seal(bare, carried)), to_json(carried).decode()


def prepare() -> None:
    """Make and import once, before processes are forked, what all of them need."""
    from reportgen import audit  # noqa: F401, PLC0415 - so that what it needs counts for what there is at rest

    _report()


def lay_honest() -> None:
    """Put the report that all the others were made from."""
    put(_report()[0])


def _with_item(xml: bytes, more: dict[str, bytes] | None = None) -> None:
    with zipfile.ZipFile(BytesIO(_report()[0])) as source:
        changed = {**(more or {}), ITEM: xml}
        put(packed({name: changed.get(name, source.read(name)) for name in source.namelist()}))


def _carry(text: str) -> None:
    _with_item(f'<provenance xmlns="{NAMESPACE}">{escape(text)}</provenance>'.encode("utf-8", "replace"))


def _changed(change: Callable[[Any], object]) -> None:
    table = json.loads(_report()[1])
    change(table)
    _carry(json.dumps(table))


_EXTREMES: tuple[Callable[[], Any], ...] = (
    lambda: None,
    lambda: True,
    lambda: -1,
    lambda: 10**400,
    lambda: 1e308,
    lambda: float("nan"),
    lambda: "",
    lambda: "x" * 100_000,
    lambda: "\ud800 \x00 {{ 7*7 }} <w:b/>",
    lambda: "../../secret.txt",
    lambda: [],
    lambda: {},
    lambda: [[]] * 1000,
    lambda: {"a": {"b": {"c": {}}}},
    lambda: [0.5] * 10_000,
)


def values(draw: random.Random) -> None:
    """Put extremes in place of one to three values, or leave them out."""
    table = json.loads(_report()[1])
    for _ in range(draw.choice((1, 1, 2, 3))):
        inside: Any = table
        while True:
            key = draw.choice(list(inside)) if isinstance(inside, dict) else draw.randrange(len(inside))
            deeper = inside[key]
            if not isinstance(deeper, dict | list) or not deeper or draw.random() < 0.15:
                break
            inside = deeper
        if draw.random() < 0.2:
            del inside[key]
        else:
            inside[key] = draw.choice(_EXTREMES)()
        if not table:
            break
    _carry(json.dumps(table))


def sources(draw: random.Random) -> None:
    """Make mistakes in the templates that are carried."""
    table = json.loads(_report()[1])
    name = draw.choice(sorted(table["templates"]))
    table["templates"][name] = spoil(draw, table["templates"][name], templates.WORDS)
    _carry(json.dumps(table))


def characters(draw: random.Random) -> None:
    """Change characters of the JSON."""
    _carry(damage(draw, _report()[1].encode()).decode("utf-8", "replace"))


def part(draw: random.Random) -> None:
    """Change bytes of the part that holds it."""
    _with_item(damage(draw, f'<provenance xmlns="{NAMESPACE}">{escape(_report()[1])}</provenance>'.encode()))


def _main(source: str) -> Callable[[], None]:
    def change(table: Any) -> None:
        table["templates"]["report.md.j2"] = source

    return partial(_changed, change)


def _set(path: str, value: Callable[[], Any]) -> Callable[[], None]:
    def change(table: Any) -> None:
        *way, last = path.split("/")
        for step in way:
            table = table[step]
        table[last] = value()

    return partial(_changed, change)


KINDS = (
    drawn("values, extreme or left out", values, 60, 800),
    drawn("templates with mistakes", sources, 30, 300),
    drawn("characters of JSON", characters, 20, 200),
    drawn("bytes of the part", part, 20, 200),
    listed(
        "settings, templates, measurements on purpose",
        [
            _set("settings/experiment/units", lambda: 1_000_000),
            _set("settings/experiment/networks", lambda: 10**9),
            _set("settings/experiment/epochs", lambda: 1e9),
            _set("settings/report/author", lambda: "a\nSubject: b"),
            _set("settings/report/date", lambda: "9999-12-31"),
            _set("templates/flow.md.j2", lambda: "x" * 600_000),
            _main("{% include '../secret.txt' %}"),
            _main("{% include '/etc/passwd' %}"),
            _main("{% include 'report.md.j2' %}"),
            _main("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}"),
            _main("{{ 'a' * 999999999 }}"),
            _main("{{ ''.__class__.__mro__ }}"),
            _main("{{ flow.__init__.__globals__ }}"),
            _main("*" * 50_000),
            _main("$" + "{" * 5_000 + "}" * 5_000 + "$"),
            _main("[" * 50_000),
            _main("> " * 3_000 + "x"),
            _set("evidence/measurements/task.error/values", lambda: [0.1] * 50),
            _set("evidence/measurements/task.error/values", lambda: [[0.1]] * 2),
            _set("evidence/measurements/task.error/values", lambda: [float("inf")] * 2),
            _set("evidence/measurements/task.error/label", lambda: "x" * 900_000),
            _set("references", lambda: [{"id": "hochreiter1997", "type": "article", "title": "x" * 500_000}]),
            _set(
                "references",
                lambda: [{"id": "hochreiter1997", "type": "book", "issued": {"date-parts": [["x"] * 999]}}],
            ),
            _set("figures", lambda: {str(n): {"alt": "a", "png": "b", "svg": "c"} for n in range(20_000)}),
            _set("claims", lambda: [json.loads(_report()[1])["claims"][0]] * 5_000),
            _set("looks", lambda: {f"word/{n}.xml": "eA==" for n in range(20_000)}),
            _set("texts/title", lambda: "<w:b/>{{ 7*7 }}&amp;"),
            _set("texts/title", lambda: "x" * 100_000),
            partial(_carry, ""),
            partial(_carry, "null"),
            partial(_carry, "[" * 100_000),
            partial(_carry, '{"a":' * 50_000),
            partial(_carry, "9" * 1_000_000),
            partial(_carry, '{"settings": {"experiment": {"seed": ' + "9" * 100_000 + "}}}"),
            partial(_with_item, f'<provenance xmlns="{NAMESPACE}"><a/></provenance>'.encode()),
            partial(_with_item, b""),
            partial(_with_item, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        ],
    ),
)
