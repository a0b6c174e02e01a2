"""Passages: ranges, digests and values are held against the articles' texts, or the printed words that evidence keeps."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import evidence, terms
from zonegraph import vocabulary as v
from zonegraph.evidence import phrases
from zonegraph.project import texts
from zonegraph.rdf.graph import Graph, Term
from zonegraph.rdf.turtle import Region
from zonegraph.terms import TYPE
from zonegraph.validation import checks, meant, reading
from zonegraph.validation.checks import ARTICLE, REVIEW, ZG, File, about, finding, region_of, slug
from zonegraph.validation.findings import (
    CHANGED,
    NOT_AT_HAND,
    NOT_IN_FOLDER,
    NOT_NAMED,
    PASSAGES,
    Edit,
    Finding,
    Fix,
    Other,
    table,
)
from zonegraph.validation.ranges import Finder, Text, in_characters, shown, whereabouts
from zonegraph.validation.reading.lexicon import Lexicon

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zonegraph.evidence.phrases import Range

RULES = table(
    "violation",
    PASSAGES,
    (
        "evidence-without-triple",
        "zg:Evidence must support a triple that has no more specific evidence.",
        "make zg:supports name a property that the subject has, or delete the evidence",
    ),
    ("range-outside-text", "A range must lie within the text.", "find the phrase again with `zonegraph evidence find`"),
    ("range-over-lines", "A range must lie within one line of the text.", "give each line its own range"),
    (
        "digest-of-range",
        "zg:digest must be that of the characters in its range.",
        "find the phrase again with `zonegraph evidence find`",
    ),
    (
        "range-in-characters",
        "A range must count the characters of the text, not its bytes.",
        "give the offsets in characters, as `zonegraph evidence find` does",
    ),
    (
        "text-digest-of-another",
        "zg:textDigest must be that of the text that the ranges come from.",
        "give the zg:textDigest of the text that is transcribed",
    ),
    (
        "as-printed-outside-range",
        "zg:asPrinted must be in the range.",
        "widen the range, or copy the words exactly as printed there",
    ),
) | table(
    "warning",
    PASSAGES,
    (
        "number-as-printed",
        "A number should be the one printed, in base units.",
        "enter the printed number in base units, or correct zg:asPrinted",
    ),
    (
        "unit-as-printed",
        "A number should have the unit printed with it.",
        "use the unit that is printed with the number",
    ),
    (
        "comparator-as-printed",
        "A comparator should match the words before the number.",
        "take the comparator from the words before the number; use zg:exactly if there are none",
    ),
    (
        "date-as-printed",
        "A date should be the printed one, with the same precision.",
        "enter the date as precisely as it is printed; mark what you worked out with zg:basis zg:inferred",
    ),
    (
        "wording-as-printed",
        "A wording should be exactly as printed.",
        "copy the wording exactly from the range, or give the range that it is in",
    ),
    (
        "name-as-printed",
        "A reference should point to the thing whose name is printed.",
        "point to the thing that is printed, correct the range or zg:asPrinted, or give the property a range of its own",
    ),
    (
        "joined-name",
        "Of two names printed as one, such as A-B, both should be values.",
        "enter the other one too, if both are meant",
    ),
    (
        "number-in-series-as-printed",
        "One of a series should be the one whose number is printed.",
        "point to the one with that number, or give the range that names this one",
    ),
    (
        "count-as-printed",
        "What is zg:closed by words that count its values should have as many of them.",
        "look for a missing value, or one entered under two IRIs; if the words count something else, give zg:completeness another range",
    ),
    (
        "speaker-as-printed",
        "zg:saidBy of a quotation should be whoever is named behind it.",
        "point zg:saidBy to the speaker who is named",
    ),
    (
        "date-of-one-sentence",
        "What one sentence gives a date should have it in each of the things entered from it.",
        "give it the same date or zg:inPassage, unless the sentence sets it apart",
    ),
    (
        "date-of-saying",
        "zg:date should be the day on which something was done, not that on which somebody said that it had been.",
        "use zg:notAfter in place of zg:date, in zg:supports too",
    ),
    (
        "said-of-oneself",
        "What somebody says should describe what the words speak of, not who says it.",
        "point to what the words speak of; who says it stands in zg:saidBy",
    ),
    (
        "note-on-the-page",
        "What a zg:note says of the page's date should be zg:published or zg:updated.",
        "work the date out again from the date of this page, and correct the note",
    ),
    (
        "deadline-not-period",
        "A date by which something is to be reached should be its deadline, not its period.",
        "use the property for deadlines in place of that for periods, in zg:supports too",
    ),
    (
        "deadline-as-printed",
        "A date by which something is to be reached should be the one that its sentence prints.",
        "give the subject that date, or the zg:Passage that has it; if another sentence gives the date, give it zg:evidence there",
    ),
    (
        "open-list-as-printed",
        "zg:completeness should not be zg:closed on words that leave a list open.",
        "use zg:open, or give zg:closed the range that says that these are all",
    ),
    (
        "several-as-printed",
        "Where the words speak of several, one alone should not be entered.",
        "point to the list of all that are meant, or give the property the range that names the one",
    ),
    (
        "measured-as-printed",
        "What is measured should be what the printed words speak of.",
        "choose the concept that is printed, or give its words a range of their own, with zg:supports",
    ),
    (
        "kind-as-printed",
        "A reference should point to a thing of the kind that is printed.",
        "point to the thing that the words mean, or give the property the range that names this one",
    ),
    (
        "status-as-printed",
        "A class or status should be the one that is printed: what is planned is not yet reported, and a draft is not adopted.",
        "choose the class or status that the words stand for, or give the range that says so",
    ),
    (
        "value-of-another-paragraph",
        "A date or number should rest on the paragraph that its subject is from, if it is printed there.",
        "give zg:evidence with that property the range in the paragraph of the zg:evidence without zg:supports",
    ),
    (
        "speaker-of-another-paragraph",
        "zg:inPassage should point to the zg:Passage of a speaker whom the paragraph names.",
        "point zg:inPassage to the zg:Passage of that speaker, or make one",
    ),
)


def find(
    files: list[File],
    digests: dict[str, str],
    named: Callable[[Lexicon], reading.Known],
    namesakes: reading.Namesakes,
    directory: str | None,
    words: Lexicon,
) -> tuple[list[Finding], dict[str, str]]:
    """Hold the passages of files against the texts.

    Parameters: `digests`, those of the texts of articles, by slug; `named`, which returns what ontology and reference data say of things
    and their names; `namesakes`, the things that share a place;
    `directory`, the folder of the texts, or None; `words`, to read by. Returns the findings, and by
    name the files that could not be held against their text, with the reason: of these only what needs no text is judged.
    """
    articles = [file for file in files if file.kind == ARTICLE]
    held = [file for file in files if file.kind == ARTICLE or (file.kind == REVIEW and _nodes(file.source.graph))]
    at_hand = texts.by_digest(directory) if held and directory is not None else {}
    known = named(words) if articles else None
    if known:
        known.namesakes = namesakes
    called = {digest: f"the text of {v.shorten(evidence.article_iri(slug))}" for slug, digest in digests.items()}
    all_texts = {digest: (called.get(digest, os.path.basename(path)), text) for digest, (path, text) in at_hand.items()}
    found: list[Finding] = []
    unchecked: dict[str, str] = {}
    for file in files:
        digest = digests.get(slug(file), "")
        text = _chosen(digest, all_texts) if file in held else None
        if file in held and text is None:
            has_name = any(os.path.basename(path) == f"{slug(file)}.txt" for path, _ in at_hand.values())
            missing = NOT_AT_HAND if directory is None else CHANGED if has_name else NOT_IN_FOLDER
            unchecked[file.name] = missing if digest else NOT_NAMED
        mistaken, fitting = _of_another_text(file, digest, text, all_texts)
        if mistaken:
            found.append(mistaken)
            text = fitting
            unchecked.pop(file.name, None)
        by_node = dict(_of_ranges(file, text))
        found += [one for several in by_node.values() for one in several]
        if file.kind == ARTICLE:
            triples = list(file.source.graph)
            for node in _idle(file.source.graph, evidence.carried(triples)):
                found.append(finding(file, RULES["evidence-without-triple"], region_of(file.source, node), node))
            for wrong in reading.disagreements(triples, slug(file), known, text and text.content):
                at_fault = [by_node[c.node][0].origin for c in wrong.carriers if c.node in by_node]
                found.append(_of_value(file, wrong, text)._replace(because=at_fault[0] if at_fault else None))
    return found, unchecked


def _nodes(graph: Graph) -> list[Term]:
    """Return the evidence and the omissions of a graph."""
    omissions = (s for s, kind in graph.subject_objects(TYPE) if kind == ZG.Omission)
    return list(dict.fromkeys([*graph.objects(None, ZG.evidence), *omissions]))


def _of_value(file: File, wrong: reading.Disagreement, text: Text | None) -> Finding:
    """Return the finding about a value that is printed otherwise, with a fix where it is known what is right."""
    (s, p, o), judgement, rule = wrong.triple, wrong.judgement, RULES[wrong.rule]
    here, remedy, fix = judgement.here, "", None
    region = file.source.objects.get((s, p, o))
    if judgement.quote and text:
        (carrier, *more) = wrong.carriers
        bounds = _bounds(file.source.graph, carrier.node) if carrier.node is not None else None
        found = whereabouts(text, judgement.quote, bounds or (0, 0))
        here, remedy = f"{here}; {found.here}", found.remedy
        if found.words and bounds and found.range and bounds[0] <= found.range[0] and found.range[1] <= bounds[1]:
            fix = _replaced(file, region, _reworded(o, found.words), f"write “{found.words}”")
        elif found.range and carrier.specific and not more:
            fix = _moved(file, carrier.node, text, found.range)
        elif (
            carrier.specific and not more and carrier.passage and not found.range and len(judgement.quote.split()) == 1
        ):
            short = carrier.printed or carrier.passage
            fix = _replaced(file, region, _reworded(o, short), f"write “{short}”") if len(short.split()) == 1 else None
    elif judgement.instead:
        fix = meant.property_instead(file.name, file.source, s, p, o, ox.NamedNode(judgement.instead))
    elif judgement.right:
        value = _term(judgement.right)
        right = meant.turtle(value, file.source)
        if wrong.rule == "joined-name":
            whole = any(
                carrier.node is not None and file.source.graph.has(carrier.node, ZG.value) for carrier in wrong.carriers
            )
            fix = None if whole else _inserted(file, region, f", {right}", f"add {right}")
        else:
            fix = region and meant.put(file.name, file.source, region, value)
            if fix and p == TYPE:
                fix = fix._replace(edits=(*fix.edits, *_named_by_class(file, s, o, judgement.right)))
            picked = (
                [c.node for c in wrong.carriers if c.picks_out and c.node is not None] if fix and p != ZG.value else []
            )
            for node in picked:  # the evidence names the value too
                again = _replaced(file, _region(file, node, ZG.value, o), right, "")
                fix = fix and again and fix._replace(edits=(*fix.edits, *again.edits))
    severity = "violation" if judgement.certain else ""
    message = f"{rule.message} Here {here}."
    return about(file, rule, s, p, o, message, remedy, others=_beside(file, wrong.other), fix=fix, severity=severity)


def _beside(file: File, triple: ox.Triple | None) -> list[Other]:
    """Return the other side of a finding, where the file states it."""
    s, p, o = triple if triple else (None, None, None)
    region = file.source.objects.get((s, p, o)) if triple else None  # type: ignore[arg-type]
    if region is None:
        return []
    value = f"“{o.value}”" if isinstance(o, ox.Literal) else checks.shown(o)  # type: ignore[arg-type]
    subject = f"{checks.shown(s)} " if isinstance(s, ox.NamedNode) else ""
    return [Other(file.name, region, f"{subject}{checks.shown(p)} {value}")]  # type: ignore[arg-type]


def _chosen(digest: str, all_texts: dict[str, tuple[str, str]]) -> Text | None:
    """Return the text of a digest, with the others; None if it is not at hand. Parameters: `all_texts`, name and content by digest."""
    others = dict(pair for other, pair in all_texts.items() if other != digest)
    return Text(*all_texts[digest], others) if digest in all_texts else None


def _of_another_text(
    file: File, digest: str, text: Text | None, all_texts: dict[str, tuple[str, str]]
) -> tuple[Finding | None, Text | None]:
    """Find if the digests of a file's ranges are those of another text than its zg:textDigest names. Returns that text too."""
    graph = file.source.graph
    ranges = [
        (*bounds, digests[0].value)
        for node in _nodes(graph)
        for bounds, digests in [(_bounds(graph, node), list(graph.objects(node, ZG.digest)))]
        if bounds and len(digests) == 1 and bounds[1] - bounds[0] <= evidence.LONGEST
    ]

    def fitting(content: str) -> int:
        return sum(phrases.digest(content, start, end) == digest for start, end, digest in ranges)

    stated = list(graph.triples(None, ZG.textDigest))
    if len(ranges) < _ENOUGH or len(stated) != 1 or (text and 2 * fitting(text.content) > len(ranges)):
        return None, None
    for other, (name, content) in all_texts.items():
        # The article may be called otherwise than its file, and no digest be known by the name of the file.
        if other not in (digest, stated[0][2].value) and 10 * fitting(content) >= 9 * len(ranges):
            s, p, o = stated[0]
            rule = RULES["text-digest-of-another"]
            message = f"{rule.message} Here the ranges fit {name}."
            fix = _replaced(file, file.source.objects.get((s, p, o)), f'"{other}"', "give the digest of that text")
            return about(file, rule, s, p, o, message, fix=fix), _chosen(other, all_texts)
    return None, None


_ENOUGH = 3  # ranges that must fit before another text is taken for the one meant


class _Held(NamedTuple):
    """A range that is held against a text: what has it, its offsets, and the digests and printed words that stand beside it."""

    file: File
    text: Text
    node: Term
    bounds: Range
    digests: list[str]
    printed: list[Term]

    @property
    def named(self) -> str:
        """The range as messages name it."""
        return _named(self.bounds)

    @property
    def passage(self) -> str:
        """What stands in the range."""
        return self.text.content[slice(*self.bounds)]

    def keeps(self, place: Range) -> bool:
        """Return whether another range has all that is printed."""
        return all(words.value in self.text.content[slice(*place)] for words in self.printed)

    def moved(self, place: Range | None, what: str = "") -> Fix | None:
        """Return the fix that gives another range; see `_moved`."""
        return _moved(self.file, self.node, self.text, place, what)


def _of_ranges(file: File, text: Text | None) -> Iterator[tuple[Term, list[Finding]]]:
    """Yield what is wrong with the ranges of a file, and with the words kept beside them, by node. What a range itself lacks, shapes say."""
    graph = file.source.graph
    ranges = {node: bounds for node in _nodes(graph) if (bounds := _bounds(graph, node))}
    nodes: dict[Range, list[Term]] = defaultdict(list)
    for node, bounds in ranges.items():
        nodes[bounds].append(node)
    finder = Finder(nodes)
    for node, bounds in ranges.items():
        start, end = bounds
        printed = list(graph.objects(node, ZG.asPrinted))
        if text is None or (end - start > evidence.LONGEST and end <= len(text.content)):
            found = [
                _said(
                    file,
                    "as-printed-outside-range",
                    node,
                    ZG.asPrinted,
                    words,
                    f"“{words.value}” is not in {_named(bounds)}",
                )
                for words in printed
                if len(words.value) > end - start
            ]
        else:
            digests = [d.value for d in graph.objects(node, ZG.digest) if re.fullmatch("[0-9a-f]{64}", d.value)]
            found = list(_of_range(_Held(file, text, node, bounds, digests, printed), finder))
        if found:
            yield node, found


def _of_range(held: _Held, finder: Finder) -> Iterator[Finding]:
    """Yield what is wrong with a range. Parameters: `finder` of the ranges of digests."""
    content, (start, end) = held.text.content, held.bounds
    fits = not held.digests or phrases.digest(content, start, end) in held.digests
    absent = [words for words in held.printed if words.value not in held.passage]
    in_bytes = _in_bytes(held, absent) if end > len(content) or not fits or absent else None
    if in_bytes:
        yield in_bytes
        return
    meant = (
        finder.of_digest(content, held.digests[0], start, end) if held.digests and not fits and end > start else None
    )
    if meant and not held.keeps(meant):
        meant = None
    if end > len(content):
        yield _beyond(held, meant)
        return
    if "\n" in held.passage:
        here = f"{held.named} spans more than one line"
        yield _said(held.file, "range-over-lines", held.node, evidence.END, None, here)
    outside = [] if meant else [_outside(held, words, finder) for words in absent]
    if not fits:
        mismatch = _mismatch(held, meant, finder, kept=not absent)
        yield mismatch._replace(because=outside[0].origin) if outside else mismatch
    yield from outside


def _in_bytes(held: _Held, absent: list[Term]) -> Finding | None:
    """Return the finding on a range that counts bytes; None if it does not. Parameters: `absent`, printed words that are not in it."""
    content = held.text.content
    counted = in_characters(content, *held.bounds)
    if not counted or not held.keeps(counted):
        return None
    if phrases.digest(content, *counted) not in held.digests and not absent:
        return None
    here = f"{held.named} counts bytes: it means {shown(content, counted)}, “{_cut(content[slice(*counted)])}”"
    return _said(held.file, "range-in-characters", held.node, evidence.START, None, here, fix=held.moved(counted))


def _beyond(held: _Held, meant: Range | None) -> Finding:
    """Return the finding on a range that ends beyond the text. Parameters: `meant`, the range of its digest, if that is known."""
    content, fix = held.text.content, None
    here = f"{held.named} ends beyond the text ({len(content)} characters)"
    if meant:
        here, fix = f"{here}; its digest is that of {shown(content, meant)}", held.moved(meant)
    elif len(held.printed) == 1:
        words = held.printed[0].value
        found = whereabouts(held.text, words, held.bounds)
        here, fix = f"{here}; of “{words}”: {found.here}", held.moved(found.range)
    return _said(held.file, "range-outside-text", held.node, evidence.END, None, here, fix=fix)


def _mismatch(held: _Held, meant: Range | None, finder: Finder, *, kept: bool) -> Finding:
    """Return the finding on a digest that is not that of its range. Parameters: as in `_beyond`; `kept`, whether all that is printed is there."""
    content, fix = held.text.content, None
    here, others = f"it is not that of {held.named}", list[Other]()
    if meant:
        here = f"{here}, but of {shown(content, meant)}, “{_cut(content[slice(*meant)])}”"
        fix, others = held.moved(meant), _swapped(held.file, held.node, meant, finder)
    elif held.printed and kept:
        fix = held.moved(held.bounds, "give the digest of the range")
    else:
        for name, other in held.text.others.items():
            if phrases.digest(other, *held.bounds) in held.digests:
                here = f"{here}, but of the same range in {name}"
    return _said(held.file, "digest-of-range", held.node, ZG.digest, None, here, fix=fix, others=others)


def _outside(held: _Held, words: Term, finder: Finder) -> Finding:
    """Return the finding on printed words that are not in their range."""
    file, node, (start, end) = held.file, held.node, held.bounds
    found, fix = whereabouts(held.text, words.value, held.bounds), None
    if found.words and found.range:
        region = _region(file, node, ZG.asPrinted, words)
        fix = _replaced(file, region, str(ox.Literal(found.words)), f"write “{found.words}”")
        if fix and not (start <= found.range[0] and found.range[1] <= end):
            moved = held.moved(found.range)
            fix = moved and moved._replace(edits=(*moved.edits, *fix.edits))
    elif len(held.printed) == 1 and found.range:
        fix = held.moved(found.range)
    here = f"“{words.value}” is not in {held.named}, which is “{_cut(held.passage)}”; {found.here}"
    others = _swapped(file, node, found.range, finder) if found.range else []
    rule = "as-printed-outside-range"
    return _said(file, rule, node, ZG.asPrinted, words, here, found.remedy, fix=fix, others=others)


def _named(bounds: Range) -> str:
    return f"range {bounds[0]}-{bounds[1]}"


def _said(
    file: File,
    rule: str,
    node: Term,
    p: ox.NamedNode,
    value: Term | None,
    here: str,
    remedy: str = "",
    *,
    fix: Fix | None = None,
    others: Iterable[Other] = (),
) -> Finding:
    message = f"{RULES[rule].message} Here {here}."
    return about(file, RULES[rule], node, p, value, message, remedy, fix=fix, others=others)


def _swapped(file: File, node: Term, place: Range, finder: Finder) -> list[Other]:
    """Return the evidence that has the range which another should have: the two may be swapped."""
    for other in finder.nodes.get(place, ()):
        if other != node:
            region = _region(file, other, evidence.START, file.source.graph.value(other, evidence.START))
            return [Other(file.name, region, f"the evidence with range {place[0]}-{place[1]}")] if region else []
    return []


def _bounds(graph: Graph, node: Term) -> Range | None:
    if any(len(set(graph.objects(node, bound))) > 1 for bound in (evidence.START, evidence.END)):
        return None
    return evidence.bounds(*(terms.text(graph.value(node, bound)) for bound in (evidence.START, evidence.END)))


def _cut(words: str) -> str:
    return words if len(words) <= 60 else f"{words[:57]}..."


# ---------------------------------------------------------------- fixes


def _region(file: File, s: Term, p: ox.NamedNode, o: Term | None) -> Region | None:
    return None if o is None else file.source.objects.get((s, p, o))


def _replaced(file: File, region: Region | None, text: str, what: str) -> Fix | None:
    """Return the fix that writes a text over a region of a file; None if the region is not known."""
    return Fix(what, (Edit(file.name, region, text),)) if region and text else None


def _inserted(file: File, region: Region | None, text: str, what: str) -> Fix | None:
    after = region and Region(region.end_line, region.end_column, region.end_line, region.end_column)
    return _replaced(file, after or None, text, what)


def _named_by_class(file: File, s: Term, entered: Term, right: str) -> tuple[Edit, ...]:
    """Return the edits that rename a thing whose IRI begins with its class, where another class is right."""
    name, kind, other = v.local_name(s.value), v.local_name(entered.value).lower(), v.local_name(right).lower()
    if not isinstance(s, ox.NamedNode) or not name.startswith(f"{kind}-"):
        return ()
    new = ox.NamedNode(s.value.removesuffix(name) + other + name.removeprefix(kind))
    return meant.renamed(file.name, file.source, s, new)


def _moved(file: File, node: Term | None, text: Text, place: Range | None, what: str = "") -> Fix | None:
    """Return the fix that gives evidence another range, with its digest; None if it is not known which, or not written as usual."""
    if node is None or place is None or phrases.unfit(text.content, *place):
        return None
    graph, edits = file.source.graph, []
    right = (str(place[0]), str(place[1]), f'"{phrases.digest(text.content, *place)}"')
    for p, new in zip(evidence.RANGE, right, strict=True):
        values = list(graph.objects(node, p))
        region = _region(file, node, p, values[0]) if len(values) == 1 else None
        if region is None:
            return None
        if new not in (values[0].value, f'"{values[0].value}"'):
            edits.append(Edit(file.name, region, new))
    return Fix(what or f"give the range {place[0]}-{place[1]}", tuple(edits))


def _reworded(value: Term, words: str) -> str:
    """Return a literal with other words, as Turtle has it."""
    language = value.language if isinstance(value, ox.Literal) else None
    return str(ox.Literal(words, language=language) if language else ox.Literal(words))


def _term(right: str) -> Term:
    """Return what is right as a term: it is the IRI of a thing, or else as in Turtle."""
    return ox.NamedNode(right) if re.match(r"\w+://", right) else meant.parsed(right)


def _idle(graph: Graph, carried: dict[Term, list[ox.Triple]]) -> Iterator[Term]:
    """Yield the evidence that supports no triple, unless it names a property or value that its subject does not have."""
    for node, triples in carried.items():
        if not triples:
            subjects = list(graph.subjects(ZG.evidence, node))
            properties = list(graph.objects(node, ZG.supports))
            values: list[Term | None] = [*graph.objects(node, ZG.value)] or [None]
            if all(any(graph.has(s, p, o) for s in subjects) for p in properties for o in values):
                yield node
