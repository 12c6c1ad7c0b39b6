"""A short report in which everything stands that our writer writes, of the coins, who are tossed in no time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.pipeline import build
from reportgen.settings import Report, Settings
from reportgen.study import STUDIES
from tests.coins import TEMPLATES, Tosses
from tests.soundness import require_sound

TEXT = """\
{.title}
{{ title }}

{.subtitle}
A report in which everything stands

{.author}
{{ author }}

{.note}
A note: coins were tossed, not thrown.

{.contents}
# Contents

# {{ coins_heading }}

We tossed every coin {{ toss.tosses | count("time") }}, as *nobody* did **before** [@feller1968];
see <https://example.org/coins> and `toss()`.

{% claim loaded if toss.heads > 60 against fair %}
Heads come up more often than with a fair coin, in {{ toss.heads | number(".0f", range=true) }} % of tosses (@fig:heads, @fig:again).
{% some %}
In {{ held }} of {{ coins }} coins heads come up more often than with a fair one (@fig:heads).
{% endclaim %}

![The coins, one by one.](fig:heads)

![The same coins, once more.](fig:again)

## What a coin is

The share is a fraction $\\frac{h}{n}$ of the tosses, with the mean

$$
\\bar{p} = \\frac{\\sum_{k=1}^{n} h_k}{n} \\left( 1 - \\sqrt{q} \\right)
$$ (eq:mean)

as @eq:mean says, and $\\tilde{p}^2 = \\ln x$ beside it.

[What was counted.](tbl:counted)

| coin | heads | of them tails |
|:-----|------:|:-------------:|
| first | many | no |
| second | few | yes |
| third | none | [see](https://example.org/third) |

As @tbl:counted says:

- a coin has two{# definition: of a coin #} sides,
- and an edge:
    1. thin,
    2. hard to stand on;
- no more.

1. First it is thrown.
2. Then it lands.

> Whoever tosses a coin has two{# quotation: nobody said it #} choices.

    toss(coin)

### A last word

Nothing more.

{.references}
# References
"""
REFERENCES = """\
[{"id": "feller1968", "type": "book", "title": "An Introduction to Probability", "author": [{"family": "Feller", "given": "W."}],
  "publisher": "Wiley", "issued": {"date-parts": [[1968]]}, "DOI": "10.1000/feller"}]
"""


@pytest.fixture(scope="session")
def coins() -> Iterator[None]:
    """Add the guest to the table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, "coins", "tests.coins:STUDY")
        yield


@pytest.fixture(scope="session")
def short(coins: None, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("short")
    templates = folder / "templates"
    templates.mkdir()
    (templates / "report.md.j2").write_text(TEXT, encoding="utf-8")
    (templates / "references.json").write_text(REFERENCES, encoding="utf-8")
    assignment = (TEMPLATES / "assignment.toml").read_text(encoding="utf-8")
    (templates / "assignment.toml").write_text(assignment, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        settings = Settings(Tosses(), Report(author="A. Name", contents=True))
        path = Path("build/report.docx")
        given = {"reference_doc": None, "marking_guide": False, "fresh": False}
        build(settings, Path("templates"), path, **given, tell=lambda event: None)  # type: ignore[arg-type]  # each has its own type
        document = path.read_bytes()
    require_sound(document)
    return document
