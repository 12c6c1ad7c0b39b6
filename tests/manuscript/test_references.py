from typing import Any

import pytest

from reportgen.errors import ReportgenError
from reportgen.manuscript.references import Span, bibliography

# One item of each kind that the report uses, and how the IEEE Reference Guide sets it.
ITEMS: list[dict[str, Any]] = [
    {
        "id": "hochreiter1997",
        "type": "article-journal",
        "title": "Long short-term memory",
        "author": [{"family": "Hochreiter", "given": "Sepp"}, {"family": "Schmidhuber", "given": "Jürgen"}],
        "container-title": "Neural Computation",
        "volume": "9",
        "issue": "8",
        "page": "1735-1780",
        "issued": {"date-parts": [[1997, 11]]},
        "DOI": "10.1162/neco.1997.9.8.1735",
    },
    {
        "id": "tallec2018",
        "type": "paper-conference",
        "title": "Can recurrent neural networks warp time?",
        "author": [{"family": "Tallec", "given": "Corentin"}, {"family": "Ollivier", "given": "Yann"}],
        "container-title": "International Conference on Learning Representations",
        "issued": {"date-parts": [[2018]]},
        "URL": "https://openreview.net/forum?id=SJcKhk-Ab",
    },
    {
        "id": "olah2015",
        "type": "webpage",
        "title": "Understanding LSTM networks & <others>",
        "author": [{"family": "Olah", "given": "Christopher"}],
        "container-title": "Colah’s blog",
        "issued": {"date-parts": [[2015, 8, 27]]},
        "accessed": {"date-parts": [[2026, 1, 5]]},
        "URL": "https://colah.github.io/posts/2015-08-Understanding-LSTMs/",
    },
    {
        "id": "rumelhart1986",
        "type": "chapter",
        "title": "Learning internal representations by error propagation",
        "author": [
            {"family": "Rumelhart", "given": "David E."},
            {"family": "Hinton", "given": "Geoffrey E."},
            {"family": "Williams", "given": "Ronald J."},
        ],
        "container-title": "Parallel Distributed Processing",
        "editor": [{"family": "Rumelhart", "given": "David E."}, {"family": "McClelland", "given": "James L."}],
        "publisher": "MIT Press",
        "publisher-place": "Cambridge, MA",
        "page": "318-362",
        "issued": {"date-parts": [[1986]]},
    },
    {
        "id": "greff2015",
        "type": "article",
        "title": "LSTM: A search space odyssey",
        "author": [{"family": "Greff", "given": "Klaus"}],
        "number": "arXiv:1503.04069",
        "issued": {"date-parts": [[2015]]},
        "DOI": "10.48550/arXiv.1503.04069",
    },
]
EXPECTED = {
    "hochreiter1997": "S. Hochreiter and J. Schmidhuber, “Long short-term memory,” *Neural Computation*, vol. 9, "
    "no. 8, pp. 1735–1780, Nov. 1997, doi: <10.1162/neco.1997.9.8.1735>.",
    "tallec2018": "C. Tallec and Y. Ollivier, “Can recurrent neural networks warp time?” in *International Conference "
    "on Learning Representations*, 2018. [Online]. Available: <https://openreview.net/forum?id=SJcKhk-Ab>",
    "olah2015": "C. Olah, “Understanding LSTM networks & <others>,” Colah’s blog. Accessed: Jan. 05, 2026. [Online]. "
    "Available: <https://colah.github.io/posts/2015-08-Understanding-LSTMs/>",
    "rumelhart1986": "D. E. Rumelhart, G. E. Hinton, and R. J. Williams, “Learning internal representations by error "
    "propagation,” in *Parallel Distributed Processing*, D. E. Rumelhart and J. L. McClelland, Eds., Cambridge, MA: "
    "MIT Press, 1986, pp. 318–362.",
    "greff2015": "K. Greff, “LSTM: A search space odyssey,” 2015, arXiv:1503.04069. doi: <10.48550/arXiv.1503.04069>.",
}


def marked(entry: tuple[Span, ...]) -> str:
    return "".join(f"<{span.text}>" if span.href else f"*{span.text}*" if span.italic else span.text for span in entry)


@pytest.mark.parametrize("key", EXPECTED)
def test_each_kind_of_entry_is_set_in_the_ieee_style(key: str) -> None:
    (entry,) = bibliography(ITEMS, [key]).entries
    assert marked(entry) == EXPECTED[key]


def test_references_are_numbered_by_first_appearance_and_only_the_cited_are_listed() -> None:
    cited = bibliography(ITEMS, ["tallec2018", "hochreiter1997", "tallec2018"])
    assert cited.cite(["hochreiter1997", "tallec2018"]) == "[2], [1]"
    assert [marked(entry)[:9] for entry in cited.entries] == ["C. Tallec", "S. Hochre"]


def test_a_doi_leads_to_the_resolver_and_an_address_to_itself() -> None:
    first, second = bibliography(ITEMS, ["hochreiter1997", "tallec2018"]).entries
    assert [span.href for span in first if span.href] == ["https://doi.org/10.1162/neco.1997.9.8.1735"]
    assert [span.href for span in second if span.href] == ["https://openreview.net/forum?id=SJcKhk-Ab"]


def test_keys_that_differ_in_case_only_are_two() -> None:
    cited = bibliography([{**ITEMS[0], "id": "A"}, {**ITEMS[1], "id": "a"}], ["a", "A"])
    assert [marked(entry)[:9] for entry in cited.entries] == ["C. Tallec", "S. Hochre"]


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(ReportgenError, match=r"\[@hochreiter97\].*nearest is 'hochreiter1997'"):
        bibliography(ITEMS, ["hochreiter97"])


@pytest.mark.parametrize("address", ["file:///etc/passwd", "//server/share", "javascript:alert(1)", "notes.txt"])
def test_an_address_that_leads_into_a_machine_is_an_error(address: str) -> None:
    item = {"id": "a", "type": "webpage", "title": "A", "URL": address}
    with pytest.raises(ReportgenError, match=r"the reference 'a' leads to .* write a URL that starts with https://"):
        bibliography([item], ["a"])


def test_an_id_given_twice_is_an_error() -> None:
    with pytest.raises(ReportgenError, match="two references have the id 'olah2015'"):
        bibliography([*ITEMS, ITEMS[2]], [])


def test_an_item_without_a_type_is_an_error() -> None:
    with pytest.raises(ReportgenError, match=r"reference 1 .*'x'.* type"):
        bibliography([{"id": "x"}], [])


@pytest.mark.parametrize("wrong", [{"jornal": "x"}, {"issued": 1997}, {"author": ["Hochreiter"]}])
def test_what_is_not_csl_json_names_its_item(wrong: dict[str, Any]) -> None:
    with pytest.raises(ReportgenError, match="reference 'hochreiter1997' is not valid CSL-JSON"):
        _ = bibliography([{**ITEMS[0], **wrong}], ["hochreiter1997"]).entries
