"""Claims opened: what each was tested by, on which values, in which worlds, what else would have been said, and where it would be false."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from markupsafe import Markup

from reportgen.claims.confidence import CONFIDENCE, in_percent, lower_bound
from reportgen.claims.counterexample import nearest_counterexample
from reportgen.claims.language import Comparison, Test, in_words
from reportgen.claims.ledger import Claim, Wording
from reportgen.errors import ReportgenError
from reportgen.evidence import Evidence, significant
from reportgen.html.text import Article, inline, join, scrolling
from reportgen.manuscript import Manuscript
from reportgen.manuscript.source import read_source
from reportgen.prose.markdown import parse


@dataclass(frozen=True)
class OpenedClaims:
    """What is known of the claims of a text.

    tests, wordings: by claim, as in `Prose`; shares: by claim, test and world that it is against, in how many cases of a study it
    holds, in words.
    """

    claims: Sequence[Claim]
    tests: Mapping[str, Test]
    wordings: Mapping[str, Sequence[Wording]]
    evidence: Evidence
    shares: Mapping[tuple[str, str, str], str]


def claims_section(ledger: OpenedClaims, article: Article) -> Markup:
    """Write an overview of all claims and identities, and each of them opened; after the article, which says where each is said."""
    if not ledger.claims:
        return Markup("")
    opened = join(_opened(claim, ledger, article) for claim in ledger.claims)
    return Markup(
        '<section id="claims" aria-labelledby="all-claims">\n<h2 id="all-claims">All claims, opened</h2>\n{}{}</section>\n'
    ).format(_overview(ledger, article), opened)


def _overview(ledger: OpenedClaims, article: Article) -> Markup:
    evidence = ledger.evidence
    worlds = [(world, evidence.worlds[world]) for world in evidence.other_worlds]
    head = join(Markup('<th scope="col">{}</th>').format(words[:1].upper() + words[1:]) for _, words in worlds)
    rows = []
    for claim in ledger.claims:
        others = join(Markup("<td>{}</td>").format(_in_world(claim, world, evidence)) for world, _ in worlds)
        statement = Markup('<a href="#claim-{0}" data-opens="{0}">{1}</a>').format(
            claim.name, _without_links(_statement(claim, article))
        )
        held = Markup('<td data-sort="{}">{} of {}</td>').format(_share(claim), claim.held, len(claim.verdicts))
        rows.append(
            Markup('<tr data-kind="{}" data-outcome="{}"><td>{}</td><td>{}</td>{}<td>{}</td>{}</tr>\n').format(
                claim.kind,
                "all" if claim.succeeds else "less",
                statement,
                claim.kind,
                held,
                _bound(claim),
                others,
            )
        )
    hint = (
        "A finding could have come out otherwise; an identity follows from the equations. A dash: it was not asked there, or no bound "
        "holds, since a first wording did not hold in all."
    )
    table = Markup(
        '<table class="overview" id="overview">\n<thead><tr><th scope="col">Statement</th><th scope="col">Kind</th>'
        '<th scope="col">Held in</th><th scope="col">At least</th>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table>\n'
    ).format(head, join(rows))
    return Markup('<p class="hint">{}</p>\n').format(hint) + scrolling("Overview of claims", table)


def _share(claim: Claim) -> str:
    return f"{claim.held / max(len(claim.verdicts), 1):.3f}"


def _bound(claim: Claim) -> str:
    if claim.kind == "identity" or claim.fallback:
        return "–"
    return in_percent(lower_bound(claim.held, len(claim.verdicts)))


def _in_world(claim: Claim, world: str, evidence: Evidence) -> str:
    return f"{claim.worlds[world]} of {evidence.count}" if world in claim.worlds else "–"


def _statement(claim: Claim, article: Article) -> Markup:
    """Return what the text says of a claim, or its plain words where it was printed as something else."""
    return Markup(" ").join(article.said.get(claim.name, ())) or Markup.escape(_words(claim.statement))


def _without_links(written: Markup) -> Markup:
    """Return HTML without its links, whose words stay, so that it can stand within one."""
    return Markup(re.sub(r"</?a\b[^>]*>", "", written))


def _words(markdown: str) -> str:
    """Return the words of a statement, without its setting: text, whatever it looks like."""
    tokens = [child for token in parse(markdown) for child in token.children or []]
    kept = ("text", "code_inline", "math_inline", "softbreak")
    return " ".join("".join(token.content or " " for token in tokens if token.type in kept).split())


def _opened(claim: Claim, ledger: OpenedClaims, article: Article) -> Markup:
    evidence, test = ledger.evidence, ledger.tests[claim.name]
    case, _ = evidence.case
    against = f", and not {evidence.worlds[claim.against]}" if claim.against else ""
    parts = [
        Markup('<p class="statement">{}</p>\n').format(_statement(claim, article)),
        Markup('<p class="verdict {}">{}</p>\n').format("good" if claim.succeeds else "less", _verdict(claim, ledger)),
        Markup("<h4>The test</h4>\n<p>{}{}.</p>\n<p><code>{}{}</code></p>\n").format(
            claim.words[:1].upper() + claim.words[1:],
            against,
            claim.test,
            f" against {claim.against}" if claim.against else "",
        ),
        Markup("<h4>{} by {}</h4>\n{}").format(case[:1].upper() + case[1:], case, _by_case(claim, test, evidence)),
        *(_plot(comparison, worlds, evidence) for comparison, worlds in _to_plot(claim, test, evidence)),
        _otherwise(claim, ledger, article),
        Markup('<details class="false"><summary>Where would this be false?</summary>\n{}</details>\n').format(
            _false(test, evidence)
        ),
        Markup(
            '<p class="links"><a href="#at-{0}" aria-label="In the text: {0}">In the text</a>{1} '
            '<span class="place">{2}, line {3}</span></p>\n'
        ).format(
            claim.name, _step(article, claim.name), claim.template.replace("\\", "/").rpartition("/")[2], claim.line
        ),
    ]
    kind = "Finding" if claim.kind == "finding" else "Identity"
    return Markup(
        '<article class="opened" id="claim-{0}" aria-labelledby="title-{0}">\n<h3 id="title-{0}">{1} “{0}”</h3>\n{2}</article>\n'
    ).format(claim.name, kind, join(parts))


def _step(article: Article, name: str) -> Markup:
    if name not in article.steps:
        return Markup("")
    fragment, title = article.steps[name]
    return Markup(' · <a class="run" href="#{}">Run it: {}</a>').format(fragment, title)


def _verdict(claim: Claim, ledger: OpenedClaims) -> str:
    case, cases = ledger.evidence.case
    count = len(claim.verdicts)
    told = f"Held in {claim.held} of {count} {case if count == 1 else cases}"
    if claim.kind == "identity":
        return f"{told}: it follows from the equations, or from how they are computed, whatever the data."
    if claim.fallback:
        told += "; it is said because a first wording, which says more, did not hold in all, so no bound holds for it"
    elif claim.held:
        told += (
            f": with {in_percent(CONFIDENCE)} confidence it holds in at least {in_percent(lower_bound(claim.held, count))} of "
            f"{cases} like these"
        )
    if shares := ledger.shares.get((claim.name, claim.test, claim.against)):
        told += f"; in a study, in {shares}"
    return f"{told}."


def _by_case(claim: Claim, test: Test, evidence: Evidence) -> Markup:
    """Write the verdict on each case, in every world in which it was asked."""
    numbers = join(Markup('<th scope="col">{}</th>').format(number) for number in range(1, evidence.count + 1))
    rows = [_marks("as claimed", claim.verdicts)]
    for world, words in evidence.worlds.items():
        main = world not in evidence.other_worlds
        verdicts = test.judge(evidence) if main else test.judge_in(evidence, world)
        if verdicts is None:
            rows.append(
                Markup('<tr><th scope="row">{}</th><td colspan="{}">not asked: {}</td></tr>\n').format(
                    words, evidence.count, _why_not(test, world, evidence)
                )
            )
        elif not main or claim.against:
            rows.append(_marks(words or world, verdicts))
    table = Markup('<table class="verdicts"><thead><tr><td></td>{}</tr></thead>\n<tbody>\n{}</tbody></table>\n').format(
        numbers, join(rows)
    )
    return scrolling("Verdicts", table)


def _why_not(test: Test, world: str, evidence: Evidence) -> str:
    if world in {evidence.world_of(name) for name in test.names}:
        return "the test itself compares with it"
    return "not all of it was measured there"


def _marks(words: str, verdicts: Sequence[bool]) -> Markup:
    cells = "".join(_CELLS[verdict] for verdict in verdicts)
    return Markup('<tr><th scope="row">{}</th>{}</tr>\n').format(words, Markup(cells))


_CELLS = {
    True: '<td class="good">✓<span class="unseen"> yes</span></td>',
    False: '<td class="bad">✗<span class="unseen"> no</span></td>',
}


def _to_plot(claim: Claim, test: Test, evidence: Evidence) -> Iterator[tuple[Comparison, Sequence[str]]]:
    """Yield each comparison of a test once, with the worlds that it is drawn in.

    The main one, and those that the test was asked in as a whole, unless a comparison is the same in all of them.
    """
    main, *others = evidence.worlds
    shown: set[str] = set()
    for comparison in test.comparisons():
        if comparison.symbols not in shown:
            shown.add(comparison.symbols)
            fixed = all(evidence[name].everywhere or evidence.world_of(name) != main for name in comparison.names)
            yield comparison, [main, *(world for world in others if world in claim.worlds and not fixed)]


WIDTH, LEFT, ROW, GAP = 400, 4, 9, 20


def _plot(comparison: Comparison, worlds: Sequence[str], evidence: Evidence) -> Markup:
    """Draw both sides of a comparison, case by case, in the main world and in the others that the test was asked in."""
    sides = {}
    for world in worlds:
        with suppress(ArithmeticError):
            sides[world] = comparison.sides(evidence, "" if world not in evidence.other_worlds else world)
    values = [value for pairs in sides.values() for pair in pairs for value in pair]
    words = comparison.words(evidence)
    if not values:
        return Markup("")
    scale = _Scale(values)
    top, drawn = 4, list[Markup]()
    for world, pairs in sides.items():
        if len(sides) > 1:
            label = evidence.worlds[world] or world
            drawn.append(Markup('<text class="label" x="{}" y="{}">{}</text>').format(LEFT, top + 10, label))
            top += 16
        drawn.append(Markup("".join(_dots(comparison, pairs, scale, top))))
        top += ROW * len(pairs) + GAP - 8
    drawn.append(scale.axis(top))
    told = "; ".join(
        (f"{evidence.worlds[world] or world}: " if len(sides) > 1 else "")
        + ", ".join(f"{significant(left)} against {significant(right)}" for left, right in pairs)
        for world, pairs in sides.items()
    )
    rows = join(
        _values((evidence.worlds[world] or world) if len(sides) > 1 else "", pairs, comparison)
        for world, pairs in sides.items()
    )
    table = Markup(
        '<table><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th>'
        '<th scope="col">holds</th></tr></thead>\n<tbody>{}</tbody></table>'
    ).format(evidence.case[0], in_words(comparison.left, evidence), in_words(comparison.right, evidence), rows)
    title = words[:1].upper() + words[1:]
    log = ", on a logarithmic scale" if scale.logarithmic else ""
    return Markup(
        '<figure class="dots"><figcaption>{}{}. A dot for the first, a line or square for what it is compared with.</figcaption>\n'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}: {}">{}</svg>\n'
        "<details><summary>The numbers</summary>{}</details></figure>\n"
    ).format(title, log, WIDTH, top + 22, title, told, join(drawn), scrolling("The numbers", table))


def _dots(comparison: Comparison, pairs: Sequence[tuple[float, float]], scale: "_Scale", top: int) -> Iterator[str]:
    """Draw a dot for each case, and what it is compared with: a line where that is the same for all."""
    same = len({right for _, right in pairs}) == 1
    if same:
        at = scale.at(pairs[0][1])
        yield f'<line class="threshold" x1="{at}" x2="{at}" y1="{top - 2}" y2="{top + ROW * len(pairs) + 2}"/>'
    for row, (left, right) in enumerate(pairs):
        x, other, y = scale.at(left), scale.at(right), top + ROW * row + ROW // 2
        if not same:
            yield f'<line class="pair" x1="{x}" x2="{other}" y1="{y}" y2="{y}"/>'
            yield f'<rect class="threshold" x="{round(other - 2.5, 1)}" y="{y - 2.5}" width="5" height="5"/>'
        yield f'<circle class="{"good" if comparison.holds(left, right) else "bad"}" cx="{x}" cy="{y}" r="3.5"/>'


def _values(words: str, pairs: Sequence[tuple[float, float]], comparison: Comparison) -> Markup:
    world = Markup.escape(words)
    return Markup(
        "".join(
            f'<tr><th scope="row">{number} {world}</th><td>{significant(left)}</td><td>{significant(right)}</td>'
            f"<td>{'yes' if comparison.holds(left, right) else 'no'}</td></tr>\n"
            for number, (left, right) in enumerate(pairs, 1)
        )
    )


class _Scale:
    """Where a value lies across a plot; logarithmic where all are positive and far apart."""

    def __init__(self, values: Sequence[float]) -> None:
        low, high = min(values), max(values)
        self.logarithmic = low > 0 and high > 30 * low
        if not self.logarithmic:
            low, high = min(low, 0.0), max(high, 0.0)
        self.low, self.high = (self._of(low), self._of(high))
        if self.low == self.high:
            self.high = self.low + 1

    def _of(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def at(self, value: float) -> float:
        """Return the place of a value, in units of the plot."""
        room = WIDTH - 2 * LEFT - 12
        return round(LEFT + 6 + room * (self._of(value) - self.low) / (self.high - self.low), 1)

    def axis(self, y: int) -> Markup:
        """Draw the axis, with round numbers on it."""
        drawn = [f'<line class="axis" x1="{LEFT}" x2="{WIDTH - LEFT}" y1="{y}" y2="{y}"/>']
        for value in self._ticks():
            at = self.at(value)
            anchor = "start" if at < 30 else "end" if at > WIDTH - 30 else "middle"
            drawn.append(f'<line class="axis" x1="{at}" x2="{at}" y1="{y}" y2="{y + 4}"/>')
            drawn.append(f'<text x="{at}" y="{y + 16}" text-anchor="{anchor}">{significant(value)}</text>')
        return Markup("".join(drawn))

    def _ticks(self) -> list[float]:
        if self.logarithmic:
            first, last = math.ceil(self.low), math.floor(self.high)
            every = max(1, (last - first) // 5 + 1)
            decades = [10.0**power for power in range(first, last + 1, every)]
            return decades if len(decades) > 1 else [10**self.low, 10**self.high]
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / 2))
        step = next(step * factor for factor in (1, 2, 2.5, 5, 10) if (self.high - self.low) / (step * factor) <= 5)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{number * step:.6g}") for number in range(first, last + 1)]


_CASES = {"all": "in every {case}", "some": "in some {cases}", "none": "in no {case}"}


def _otherwise(claim: Claim, ledger: OpenedClaims, article: Article) -> Markup:
    """Write what the author would have had it say in the other cases, its numbers left open."""
    case, cases = ledger.evidence.case
    items = []
    for wording in ledger.wordings[claim.name]:
        said = (wording.fallback, wording.case) == (claim.fallback, claim.case)
        # Of a fallback, the reader needs its test; the first test stands above.
        which = f"otherwise, if {wording.test}" if wording.fallback else "if the test"
        when = f"{which[:1].upper()}{which[1:]} holds {_CASES[wording.case].format(case=case, cases=cases)}"
        text = (
            Markup("<em>as it says</em>") if said else _formatted(wording.text, article) or Markup("<em>nothing</em>")
        )
        items.append(
            Markup('<li{}><span class="when">{}:</span> {}</li>\n').format(
                Markup(' class="said"') if said else "", when, text
            )
        )
    if len(items) < 2:
        return Markup("")
    return Markup('<h4>What it would have said</h4>\n<ul class="wordings">\n{}</ul>\n').format(join(items))


def _formatted(text: str, article: Article) -> Markup:
    """Write Markdown that is not on the page; what it refers to may not be there either, and then it is plain."""
    tokens = parse(text)
    aside = Article(
        Manuscript(
            read_source(tokens),
            article.manuscript.labels,
            article.manuscript.bibliography,
            {},
            (),
            wants_contents=False,
        ),
        {},
        (),
        {},
        {},
    )
    lines = [node for node in aside.manuscript.source.nodes if node.type == "inline"]
    try:
        return Markup(" ").join(inline(aside, line.children) for line in lines)
    except (ReportgenError, ValueError, LookupError):
        return Markup.escape(_words(text))


def _false(test: Test, evidence: Evidence) -> Markup:
    """Say where the test fails: in which cases, in which worlds, and for which smallest change of one number."""
    case, cases = evidence.case
    lines = []
    verdicts = test.judge(evidence) or ()
    if failing := [str(number) for number, holds in enumerate(verdicts, 1) if not holds]:
        lines.append(f"It is false of {case if len(failing) == 1 else cases} {', '.join(failing)} here.")
    for world in evidence.other_worlds:
        judged = test.judge_in(evidence, world)
        if judged is not None and not all(judged):
            lines.append(
                f"It is false {evidence.worlds[world]}, of {judged.count(False)} of {len(judged)} {cases}, as measured."
            )
    if (found := nearest_counterexample(test, evidence)) is not None:
        unit = evidence[found.name].unit
        told = f"{significant(found.instead)}{f' {unit}' if unit not in ('', '×') else unit}"
        instead = (
            f"anything but {significant(found.value)}"
            if found.any_other
            else f"{told} instead of {significant(found.value)}"
        )
        lines.append(
            f"Of {case} {found.case + 1} it would be {'false' if verdicts[found.case] else 'true'} if "
            f"{evidence.label(found.name)} were {instead}, all else as measured: the least change of one number that turns a verdict."
        )
    if not lines:
        lines.append(
            "No change of one measured number alone makes it false; it compares settings, or several numbers that move together."
        )
    return join(Markup("<p>{}</p>\n").format(line) for line in lines)
