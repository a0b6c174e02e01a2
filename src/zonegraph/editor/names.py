"""What an editor offers and explains at a place: the names of a project, as the file writes them."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from lsprotocol import types

from zonegraph import terminal
from zonegraph import vocabulary as v
from zonegraph.editor import place
from zonegraph.editor.index import Index, Name
from zonegraph.editor.place import PROPERTY, SUBJECT, VALUE
from zonegraph.project import texts
from zonegraph.rdf import turtle

_MOST = 200  # names offered at once; who types on gets the others
_FEW = 5  # files and classes that are named
_ENGLISH, _CHINESE = "en", "zh"


class Text(NamedTuple):
    """A file that somebody is typing: its text, its lines, and the encoding in which its editor counts columns."""

    text: str
    lines: list[str]
    encoding: str


def hover(index: Index, of: Text, at: types.Position) -> types.Hover | None:
    """Return what is known of the name at a position: labels, definition, who uses it and how often. None if nothing is."""
    word = place.word(of.text, place.offset(of.lines, at, of.encoding))
    name = index.names.get(place.iri(word.text, turtle.prefixes(of.text)))
    if name is None:
        return None
    start, end = (place.position(of.lines, *texts.position(of.text, n), of.encoding) for n in (word.start, word.end))
    content = types.MarkupContent(types.MarkupKind.Markdown, explained(index, name))
    return types.Hover(content, types.Range(start, end))


def explained(index: Index, name: Name) -> str:
    """Return what is known of a name, in Markdown."""
    head = " · ".join([f"**{v.shorten(name.iri)}**", *(_plain(label) for label in _labels(name))])
    parts = [head, _kind(name), _plain(name.definition), _used(index, name)]
    return "\n\n".join(filter(None, parts))


def _labels(name: Name) -> list[str]:
    """Return the labels of a name, the English one first, then the Chinese one."""
    order = [_ENGLISH, "", _CHINESE]
    languages = sorted(name.labels, key=lambda language: order.index(language) if language in order else len(order))
    return list(dict.fromkeys(name.labels[language] for language in languages))


def _kind(name: Name) -> str:
    def listed(iris: frozenset[str]) -> str:
        return ", ".join(sorted(map(v.shorten, iris))[:_FEW])

    if name.is_class:
        return "class" + (f" below {listed(name.above)}" if name.above else "")
    if name.is_property:
        parts = ["property"]
        if name.domains:
            parts.append(f"of {listed(name.domains)}")
        if name.ranges:
            parts.append(f"to {listed(name.ranges)}")
        return " ".join(parts)
    return listed(name.types)


def _used(index: Index, name: Name) -> str:
    """Return who uses a name, and how often."""
    if not name.uses:
        return "Used nowhere yet."
    total = sum(name.uses.values())
    in_articles = [file for file in name.uses if file in index.articles]
    most = Counter(name.uses).most_common(_FEW)
    files = ", ".join(f"{file} ({count})" for file, count in most)
    more = f", and {len(name.uses) - _FEW} more" if len(name.uses) > _FEW else ""
    times = "once" if total == 1 else f"{total} times"
    return f"Used {times}, in {len(in_articles)} of {len(index.articles)} articles: {_plain(files)}{more}."


def _plain(text: str) -> str:
    """Return a text in which Markdown sees no marks of its own, and a terminal nothing to obey."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#&" else c for c in terminal.clean(text))


# ---------------------------------------------------------------- completion


def complete(index: Index, of: Text, at: types.Position, *, is_turtle: bool) -> types.CompletionList:
    """Return the names that can stand at a position and go with what is typed of one.

    They are written with the prefixes of the file; one that it lacks is declared along with the name. After a property only what fits its range is
    offered, the names in use most often first. Parameters: `is_turtle`, whether the file is; of others only the word is read.
    """
    offset = place.offset(of.lines, at, of.encoding)
    there = place.around(of.text, offset) if is_turtle else place.Place(place.ANY)
    nothing = types.CompletionList(False, [])
    if not there.role:
        return nothing
    word = place.word(of.text, offset)
    typed = of.text[word.start : offset]
    declared = turtle.prefixes(of.text)
    used = _candidates(index, of.text, there, declared)
    ranked = []
    for iri, count in used.items():
        name = index.names.get(iri)
        written = _written(iri, declared)
        match = _match(typed, written, name) if written else None
        if match is not None:
            ranked.append((match, -count, written, iri))
    ranked.sort()
    start, end = (place.position(of.lines, *texts.position(of.text, n), of.encoding) for n in (word.start, word.end))
    shown = types.Range(start, end)
    items = [
        _item(index.names.get(iri), iri, written, f"{number:04}", shown, typed, declared)
        for number, (_, _, written, iri) in enumerate(ranked[:_MOST])
    ]
    return types.CompletionList(len(ranked) > _MOST, items)


def _candidates(index: Index, text: str, there: place.Place, declared: dict[str, str]) -> Counter[str]:
    """Return the names that can stand at a place, each with how often it is used so."""
    names = index.names.values()
    if there.role == PROPERTY:
        classes = [place.iri(kind, declared) for kind in there.classes]
        found = Counter({name.iri: 0 for name in names if name.is_property})
        found[v.RDF_TYPE] = 0
        for kind in classes:
            found.update(index.with_class.get(kind, {}))
        return found if classes else Counter({iri: _total(index, iri) for iri in found})
    property = place.iri(there.property, declared)
    if there.role == VALUE and property == v.RDF_TYPE:
        return Counter({name.iri: _total(index, name.iri) for name in names if name.is_class})
    if there.role == VALUE:
        over = [index.names[iri] for iri in index.over(property) if iri in index.names]
        if any(v.OWL + "DatatypeProperty" in name.types for name in over):
            return Counter()
        used = index.values.get(property, Counter[str]())
        ranges = {kind for name in over for kind in name.ranges}
        if ranges:
            fitting = set[str]().union(*(index.below(kind) for kind in ranges))
            found = Counter({name.iri: used[name.iri] for name in names if name.types & fitting})
            found.update({iri: 0 for iri, kinds in place.opened(text, declared).items() if kinds & fitting})
            return found
        if used:
            return used
    things = {name.iri: sum(name.uses.values()) for name in names if not (name.is_class or name.is_property)}
    if there.role in (SUBJECT, VALUE):
        return Counter({**dict.fromkeys(place.opened(text, declared), 0), **things})
    return Counter({name.iri: sum(name.uses.values()) for name in names})


def _total(index: Index, iri: str) -> int:
    return sum(index.names[iri].uses.values()) if iri in index.names else 0


def _written(iri: str, declared: dict[str, str]) -> str:
    """Return an IRI as the file would write it: with its own prefixes, else with ours; empty if it has no short form."""
    for known in (declared, v.PREFIXES):
        short = v.shorten(iri, known)
        if not short.startswith("<"):
            return short
    return ""


def _match(typed: str, written: str, name: Name | None) -> int | None:
    """Return how well a name goes with what is typed: 0 if it begins so, 1 if its local name does, 2 if the text stands in it or a label."""
    sought, candidate = typed.casefold(), written.casefold()
    if candidate.startswith(sought):
        return 0
    prefix, colon, local = sought.rpartition(":")
    if colon and not candidate.startswith(f"{prefix}:"):
        return None
    own = candidate.partition(":")[2]
    if own.startswith(local):
        return 1
    called = (own, *(label.casefold() for label in (*name.labels.values(), *name.others))) if name else (own,)
    return 2 if any(local in label for label in called) else None


def _item(
    name: Name | None,
    iri: str,
    written: str,
    order: str,
    shown: types.Range,
    typed: str,
    declared: dict[str, str],
) -> types.CompletionItem:
    prefix = written.partition(":")[0]
    missing = prefix not in declared
    kinds = types.CompletionItemKind
    kind = kinds.Value
    if iri == v.RDF_TYPE or (name and name.is_property):
        kind = kinds.Property
    elif name and name.is_class:
        kind = kinds.Class
    first = types.Range(types.Position(0, 0), types.Position(0, 0))
    return types.CompletionItem(
        label=written,
        kind=kind,
        detail=terminal.line(" · ".join(_labels(name))) if name else None,
        documentation=terminal.clean(name.definition) or None if name else None,
        sort_text=order,
        # An editor leaves out what does not go with the word: a name that was found by a label goes with what is typed.
        filter_text=f"{typed} {written}" if typed and not written.casefold().startswith(typed.casefold()) else written,
        text_edit=types.TextEdit(shown, written),
        additional_text_edits=[types.TextEdit(first, f"@prefix {prefix}: <{v.PREFIXES[prefix]}> .\n")]
        if missing
        else None,
    )
