"""Draw the ontology on one page, and list all of it: writes docs/model.svg and docs/model.md.

    python docs/draw_model.py [PROJECT]        (make docs)

What is drawn comes from `ontology/`: classes, properties, what a property joins, what a chain or a rule infers. Where it
is drawn stands in the tables below. After a change of the ontology:

- a class under another one appears in that one's box, a property in the box of its domain or in the box "anything";
- a class under none needs a line in PLACES (the script says so);
- a property is drawn as an arrow if it has a line in ROUTES, and in another box if it has one in HOMES;
- text that does not fit, things that overlap and lines left over are refused with the name of the table to change.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import rdflib
from pyoxigraph import NamedNode
from rdflib import OWL, RDF, RDFS, SKOS
from rdflib.collection import Collection

from zonegraph import vocabulary as v
from zonegraph.closure.rulefile import read_rule
from zonegraph.errors import UsageError

# ---------------------------------------------------------------- where things stand, in pixels

WIDTH, HEIGHT = 1400, 990  # the proportions of A4
HEAD, ROW, GAP = 24, 15, 4  # heights of a box's heading, of a line in it, of the space above, between and below lines


class Panel(NamedTuple):
    """A group of boxes: its colour, heading, and place."""

    colour: str
    heading: str
    x: int
    y: int
    width: int
    height: int


class Place(NamedTuple):
    """Where a class has its box; `first` names the sub-classes that are listed before the others."""

    panel: str
    x: int
    y: int
    width: int
    height: int = 0
    first: tuple[str, ...] = ()


class Route(NamedTuple):
    """How an arrow runs, as in "Act.left+20 x266 y206 Organization.right".

    It starts on a side of a box, at a distance from its top or left end or at the height of a line in another box
    ("@Place:City"), moves to an x or a y in turn, and ends on the side of a box. `label` is where the name is
    written if not above the longest level piece: x, y and what lies at x (start, middle, end).
    """

    path: str
    label: tuple[int, int, str] | None = None


PANELS = {
    "who": Panel("blue", "Who", 20, 66, 214, 280),
    "programmes": Panel("teal", "Programmes and zones", 330, 66, 584, 242),
    "where": Panel("green", "Where", 1066, 132, 314, 212),
    "what for": Panel("green", "What for", 1066, 354, 314, 136),
    "acts": Panel("amber", "Acts", 386, 362, 224, 178),
    "events": Panel("rose", "Strategies and events", 690, 362, 216, 178),
    "documents": Panel("violet", "Documents", 20, 358, 214, 392),
    "said": Panel("grey", "What is planned, reported, listed, said", 330, 548, 720, 202),
    "anything": Panel("grey", "Of anything", 1066, 500, 314, 152),
    "lists": Panel("grey", "Closed lists of values", 1066, 662, 314, 136),
    "prefixes": Panel("grey", "Prefixes", 1066, 808, 314, 166),
    "article graph": Panel("sand", "graph/article/<slug>", 20, 774, 430, 200),
    "review graph": Panel("sand", "graph/review/<slug>", 460, 774, 188, 138),
    "other graphs": Panel("sand", "", 460, 918, 188, 56),
    "curation graph": Panel("sand", "graph/curation", 658, 774, 176, 200),
    "inferred graph": Panel("sand", "graph/inferred", 844, 774, 206, 200),
}

PLACES = {
    "Organization": Place("who", 34, 92, 186, 142),
    "Person": Place("who", 34, 272, 186),
    "Programme": Place("programmes", 344, 158, 120, 46),
    "Batch": Place("programmes", 560, 158, 104, 46),
    "Zone": Place("programmes", 744, 158, 156, 136),
    "Place": Place("where", 1080, 158, 214, first=("Province", "City", "Region")),
    "Sector": Place("what for", 1080, 380, 214),
    "skos:ConceptScheme": Place("what for", 1080, 456, 214),
    "Act": Place("acts", 400, 388, 196),
    "Strategy": Place("events", 704, 388, 188),
    "Event": Place("events", 704, 430, 188),
    "Document": Place("documents", 34, 384, 186),
    "Article": Place("documents", 34, 542, 186),
    "ArticleSection": Place("documents", 34, 694, 186),
    "Quantity": Place("said", 344, 572, 196),
    "Indicator": Place("said", 622, 572, 98),
    "Unit": Place("said", 622, 636, 98),
    "Enumeration": Place("said", 734, 572, 190),
    "Question": Place("said", 734, 674, 190),
    "Goal": Place("said", 938, 572, 98),
    "Claim": Place("said", 938, 644, 98),
    "Measure": Place("said", 938, 701, 98),
    "Evidence": Place("article graph", 260, 798, 176),
    "Omission": Place("review graph", 470, 798, 168),
    "Conclusion": Place("curation graph", 668, 798, 156),
    "DateInterval": Place("inferred graph", 856, 890, 182),
}

# Arrows, several properties on one where they join the same boxes.
ROUTES = {
    ("servesIn",): Route("Person.top+93 Organization.bottom"),
    ("runBy",): Route("Programme.left+15 Organization.right"),
    ("ofProgramme",): Route("Batch.left+15 Programme.right"),
    ("inBatch",): Route("Zone.left+15 Batch.right"),
    ("inProgramme",): Route("Zone.top+24 y140 x424 Programme.top"),
    ("belongsTo",): Route("Zone.top+44 y121 x396 Programme.top"),
    ("overseenBy",): Route("Zone.top+64 y102 Organization.right", (622, 98, "middle")),
    ("locatedIn",): Route("Zone.right+7 Place.left"),
    ("liesWithin",): Route("Zone.right+22 Place.left"),
    ("inProvince",): Route("Zone.right@Place:Province Place.left"),
    ("inCity",): Route("Zone.right@Place:City Place.left"),
    ("inRegion",): Route("Zone.right@Place:Region Place.left"),
    ("within",): Route("Place.right+60 x1322 y258 Place.right", (1327, 242, "start")),
    ("focusesWithin",): Route("Zone.right+92 x1044 y387 Sector.left"),
    ("focusesOn",): Route("Zone.right+112 x1030 y398 Sector.left"),
    ("skos:broader",): Route("Sector.right+6 x1318 y398 Sector.right", (1298, 376, "start")),
    ("skos:inScheme",): Route("Sector.bottom+93 skos:ConceptScheme.top"),
    ("requestedBy", "guidedBy", "implementedBy"): Route("Zone.bottom+16 y326 x282 y186 Organization.right"),
    ("concerns",): Route("Act.top+100 y346 x780 Zone.bottom"),
    ("tiedTo",): Route("Zone.bottom+104 Strategy.top"),
    ("about",): Route("said.top+600 y318 x876 Zone.bottom", (935, 450, "start")),
    ("performedBy",): Route("Act.left+20 x266 y206 Organization.right", (330, 404, "middle")),
    ("byDocument",): Route("Act.left+90 Document.right"),
    ("publishedBy",): Route("Document.right+12 x250 y224 Organization.right", (244, 374, "end")),
    ("setOutIn",): Route("said.left+44 x300 y494 Document.right"),
    ("sectionOf",): Route("ArticleSection.top+93 Article.bottom"),
    ("indicator",): Route("Quantity.right+12 Indicator.left"),
    ("unit",): Route("Quantity.right+76 Unit.left"),
}

# Properties that stand in another box than that of their domain, or in several.
HOMES = {
    "evidence": ("anything",),
    "about": ("anything", "Conclusion"),
    "tiedTo": ("anything",),
    "date": ("Act", "Event"),
    "tookPartIn": ("Person",),
    "skos:broaderTransitive": ("Sector",),
    "title": ("Document", "ArticleSection"),
    "deadline": ("Quantity", "Goal"),
    "summary": ("Enumeration", "Goal", "Claim"),
    "oa:start": ("Evidence", "Omission"),
    "oa:end": ("Evidence", "Omission"),
    "digest": ("Evidence", "Omission"),
    "supports": ("Evidence", "Conclusion"),
    "value": ("Evidence", "Conclusion"),
    "note": ("Evidence",),
    "source": ("Omission",),
    "cites": ("other graphs",),
    **dict.fromkeys(  # what describes the ontology and the files; nowhere in the picture
        (
            "skos:definition",
            "skos:example",
            "dcterms:title",
            "dcterms:description",
            "dcterms:creator",
            "dcterms:created",
            "dcterms:license",
            "vann:preferredNamespacePrefix",
            "vann:preferredNamespaceUri",
        ),
        (),
    ),
}

# Properties that the example of the evidence inset draws as arrows.
IN_EXAMPLE = ("evidence", "source", "transcribes")

# The example of the evidence inset, read from the data: an article, and a statement that it makes.
EXAMPLE = ("2021-02-24-china-daily", "zone-chengdu-miit", "locatedIn", "inProvince")

GRAPHS = [
    (v.ARTICLE_GRAPH + "<slug>", "data/articles/<slug>.ttl", "what one article says, with its evidence, and nothing else"),
    (v.REVIEW_GRAPH + "<slug>", "data/review/<slug>.ttl", "what is said about a transcription; it counts in no answer"),
    (v.REFERENCE_GRAPH + "<file>", "data/reference/<file>.ttl", "what is true without any article, with its own source"),
    (v.CURATION_GRAPH, "data/curation.ttl", "what the curator concludes by comparing articles, and why"),
    (v.ONTOLOGY_GRAPH, "ontology/", "classes and properties, and how they stand to those of other vocabularies"),
    (v.DATASET_GRAPH, "written by the build", "what describes the dataset and its graphs, and which article each transcribes"),
    (v.QUERIES_GRAPH, "queries/", "the saved queries: question, parameters, columns, text"),
    (v.INFERRED_GRAPH, "written by the build", "what follows by the ontology's axioms and `ontology/rules/`"),
    ("default graph", "written by the build", "all of the above but reviews and queries, each triple once: what a plain pattern asks"),
]  # fmt: skip
OWN = {
    "zg": "terms: classes and properties",
    "zgd": "things: zones, places, bodies, articles",
    "sector": "sectors: the sector scheme",
    "zgsh": "shapes: SHACL shapes",
    "zgq": "queries: the saved queries",
}

# ---------------------------------------------------------------- what the ontology says


class Class(NamedTuple):
    """A class: its name, Chinese label, super-classes, values if it is a closed list, definition, example."""

    name: str
    chinese: str
    supers: list[str]
    values: list[str]
    definition: str
    example: str


class Property(NamedTuple):
    """A property: its name, kind, what it joins (empty where left open), what it is a kind of, how it is inferred."""

    name: str
    kind: rdflib.URIRef
    source: str
    target: str
    supers: list[str]
    inferred: str
    definition: str
    example: str


class Model(NamedTuple):
    """The ontology's classes and properties by name, in the order of its file, and the classes that a rule writes."""

    classes: dict[str, Class]
    properties: dict[str, Property]
    inferred_classes: set[str]


def name_of(term: object) -> str:
    """Return a term's name: plain for our own, with its prefix for others."""
    return v.shorten(str(term)).removeprefix("zg:")


def read_model(root: Path) -> Model:
    """Read the classes and properties of a project's ontology and what its chains and rules infer.

    Parameters: `root`, the project's folder. Returns the model; an end that the ontology leaves open is filled in
    where a super-property, the chain or the rule that infers the property settles it.
    """
    file = root / "ontology" / "zonegraph.ttl"
    text = file.read_text("utf-8")
    graph = rdflib.Graph().parse(data=text, format="turtle")

    def described(term: rdflib.term.Node) -> tuple[str, str]:
        return str(graph.value(term, SKOS.definition) or ""), str(graph.value(term, SKOS.example) or "")

    def position(term: rdflib.term.Node) -> tuple[int, str]:
        short = v.shorten(str(term))
        found = re.search(rf"^{re.escape(short)} a ", text, re.MULTILINE)
        return (found.start() if found else len(text)), short

    def names(term: rdflib.term.Node, predicate: rdflib.URIRef) -> list[str]:
        return [name_of(x) for x in sorted(graph.objects(term, predicate), key=position)]

    def of_kind(*kinds: rdflib.URIRef) -> list[rdflib.term.Node]:
        return sorted({s for kind in kinds for s in graph.subjects(RDF.type, kind)}, key=position)

    classes = {}
    for term in of_kind(OWL.Class):
        labels = [str(x) for x in graph.objects(term, SKOS.prefLabel) if getattr(x, "language", "") == "zh"]
        values = [name_of(s) for s in of_kind(OWL.NamedIndividual) if (s, RDF.type, term) in graph]
        classes[name_of(term)] = Class(
            name_of(term), "".join(labels), names(term, RDFS.subClassOf), values, *described(term)
        )

    rules = [
        read_rule(path.name, path.read_text("utf-8")) for path in sorted((root / "ontology" / "rules").glob("*.rq"))
    ]
    by_rule = {name_of(p.value): (rule, s) for rule in rules for s, p, _ in rule.head if isinstance(p, NamedNode)}
    by_rule.pop("rdf:type", None)
    written = {
        name_of(o.value)
        for rule in rules
        for _, p, o in rule.head
        if str(p) == f"<{v.RDF_TYPE}>" and isinstance(o, NamedNode)
    }

    properties: dict[str, Property] = {}
    chains: dict[str, list[str]] = {}
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    for term in of_kind(*kinds):
        kind = next(kind for kind in kinds if (term, RDF.type, kind) in graph)
        name = name_of(term)
        inferred = ""
        for chain in graph.objects(term, OWL.propertyChainAxiom):
            chains[name] = [name_of(link) for link in Collection(graph, chain)]
            inferred = "chain " + " / ".join(chains[name])
        if name in by_rule:
            inferred = f"rule {by_rule[name][0].name}"
        source, target = ("".join(names(term, end)) for end in (RDFS.domain, RDFS.range))
        supers = names(term, RDFS.subPropertyOf)
        properties[name] = Property(name, kind, source, target, supers, inferred, *described(term))

    def declared(name: str, end: str) -> str:
        """What the ontology says of one end of a property or of a property above it."""
        if name not in properties:
            return ""
        own = properties[name].source if end == "source" else properties[name].target
        return own or next((x for above in properties[name].supers if (x := declared(above, end))), "")

    def settle(name: str, end: str, seen: tuple[str, ...] = ()) -> str:
        """What is declared of one end of a property or holds of it because of what the property is inferred from."""
        if (found := declared(name, end)) or name in seen:
            return found
        origins = []
        if name in chains:
            origins.append(chains[name][0 if end == "source" else -1])
        if name in by_rule and end == "source":
            rule, subject = by_rule[name]
            origins += [name_of(p.value) for s, p, _ in rule.body if s == subject and isinstance(p, NamedNode)]
        return next((x for origin in origins if (x := settle(origin, end, (*seen, name)))), "")

    settled = {
        name: found._replace(source=settle(name, "source"), target=settle(name, "target"))
        for name, found in properties.items()
    }
    return Model(classes, settled, written)


# ---------------------------------------------------------------- the drawing

# Widths of Arial's characters in thousandths of the size; fonts that stand in for it have the same.
WIDTHS = {
    **dict.fromkeys("ijl'|", 222), **dict.fromkeys(" Ift.,/:;[]!", 278), **dict.fromkeys('r()-"*', 333),
    **dict.fromkeys("cksvxyzJ", 500), **dict.fromkeys("FTZ<>=≈≥≤", 611), **dict.fromkeys("ABEKPSVXY&⊂", 667),
    **dict.fromkeys("CDHNRUw", 722), **dict.fromkeys("GOQ", 778), **dict.fromkeys("mM", 833), **dict.fromkeys("W…→⇢", 1000),
}  # fmt: skip
COLOURS = {  # panel, heading, line; light, then dark
    "blue": ("#eef3fa", "#d5e2f3", "#5b7fae", "#18222f", "#24374f", "#6f93c4"),
    "teal": ("#eaf5f4", "#cbe7e4", "#3f8a84", "#14262a", "#1c4144", "#58a9a2"),
    "green": ("#eff6ec", "#d6e9cd", "#5f8f4a", "#1a2618", "#2b4325", "#7fb069"),
    "amber": ("#fbf4e6", "#f4e1b8", "#a67c1f", "#2a2314", "#4b3c17", "#c79f47"),
    "rose": ("#fbeff1", "#f3d6dc", "#a8596b", "#2b1a1f", "#4c2933", "#c9818f"),
    "violet": ("#f3f0fa", "#ded6f1", "#7562ab", "#211d30", "#372f55", "#9a89cf"),
    "grey": ("#f2f4f6", "#dde2e7", "#66727f", "#1d2126", "#323941", "#8f9ba8"),
    "sand": ("#f8f5ef", "#e8e0d0", "#86765a", "#25221c", "#403a2e", "#a99a7d"),
}
LIGHT = {
    "page": "#ffffff",
    "box": "#ffffff",
    "ink": "#1c2530",
    "faint": "#5d6875",
    "line": "#44505c",
    "dash": "#b0501c",
}
DARK = {"page": "#0f1318", "box": "#151b22", "ink": "#e6eaee", "faint": "#9fabb7", "line": "#aab6c1", "dash": "#f0a070"}


def style_sheet() -> str:
    """Return the style sheet: one scheme for light and print, one for dark screens."""

    def scheme(base: dict[str, str], dark: bool) -> Iterator[str]:
        yield f".page{{fill:{base['page']}}}.box{{fill:{base['box']}}}text{{fill:{base['ink']}}}"
        yield f".faint{{fill:{base['faint']}}}.line{{stroke:{base['line']}}}.tip{{fill:{base['line']}}}"
        yield f".dash .line{{stroke:{base['dash']}}}.dash .tip{{fill:{base['dash']}}}.dash{{fill:{base['dash']}}}"
        yield f".name{{stroke:{base['page']}}}.hollow{{fill:{base['page']};stroke:{base['line']}}}"
        for name, colours in COLOURS.items():
            panel, head, line = colours[3:] if dark else colours[:3]
            yield f".{name} .panel{{fill:{panel}}}.{name} .head{{fill:{head}}}.{name} .rim{{stroke:{line}}}.{name} .theme{{fill:{line}}}"

    fixed = (
        "svg{max-width:100%;height:auto}"
        "text{font-family:Arial,'Liberation Sans','Helvetica Neue',Helvetica,sans-serif;font-size:12px}"
        ".title{font-size:21px;font-weight:bold}.heading{font-weight:bold;font-size:13px}.theme{font-weight:bold}.class{font-weight:bold;font-size:12.5px}"
        ".small{font-size:11px}.rim{fill:none;stroke-width:1.2}.italic{font-style:italic}.end{text-anchor:end}"
        ".line{fill:none;stroke-width:1.4}.dash .line{stroke-dasharray:5 3}.middle{text-anchor:middle}"
        ".name{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
    )
    return "\n".join([
        fixed, *scheme(LIGHT, False), "@media screen and (prefers-color-scheme:dark){", *scheme(DARK, True), "}",
        "@page{size:A4 landscape;margin:8mm}@media print{svg{width:100%;height:100%}}",
    ])  # fmt: skip


class Area(NamedTuple):
    """A rectangle that something takes up, and what it is, for messages and for finding what overlaps."""

    what: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area) -> bool:
        """Whether two areas share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Area) -> bool:
        """Whether another area lies within this one."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


Text = list[tuple[str, str]]  # pieces of a line with the classes of their style


def width_of(text: str, size: float = 12, bold: bool = False) -> float:
    """Return the width of a text in pixels."""
    return sum(WIDTHS.get(c, 570) for c in text) * size / 1000 * (1.08 if bold else 1)


class Line(NamedTuple):
    """A line in a box: its key, text, and the definition shown when a pointer rests on it."""

    key: str
    text: Text
    hint: str = ""


class Box(NamedTuple):
    """A class's box: where it stands and what its lines say."""

    area: Area
    lines: list[Line]
    kinds: int  # how many of the lines are kinds of the class; they come first

    def top_of(self, index: int) -> float:
        """Return the height at which a line begins; the kinds stand a little apart from the properties."""
        apart = GAP if 0 < self.kinds <= index else 0
        return self.area.top + HEAD + GAP + ROW * index + apart

    def middle_of(self, key: str) -> float:
        """Return the height at which the middle of a line stands."""
        return self.top_of([line.key for line in self.lines].index(key)) + ROW / 2


class Drawing:
    """The picture as far as it is drawn, and what was found wrong with it."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.parts: list[str] = []
        self.boxes: dict[str, Box] = {}
        self.labels: list[Area] = []
        self.runs: list[tuple[str, list[tuple[float, float]]]] = []
        self.names: list[tuple[float, float, str, str, str]] = []  # of arrows, written when all lines are drawn
        self.faults: list[str] = []

    def text(self, x: float, y: float, pieces: str | Text, style: str = "", hint: str = "") -> None:
        """Write a line of text; pieces may differ in style."""
        spans = "".join(
            f"<tspan class={quoteattr(kind)}>{escape(piece)}</tspan>" if kind else escape(piece)
            for piece, kind in ([(pieces, "")] if isinstance(pieces, str) else pieces)
        )
        title = f"<title>{escape(hint)}</title>" if hint else ""
        kind = f" class={quoteattr(style)}" if style else ""
        self.parts.append(f'<text x="{x:g}" y="{y:g}"{kind}>{title}{spans}</text>')

    def rectangle(self, area: Area, style: str, radius: int = 5) -> None:
        """Draw a rectangle."""
        self.parts.append(
            f'<rect x="{area.left:g}" y="{area.top:g}" width="{area.right - area.left:g}" '
            f'height="{area.bottom - area.top:g}" rx="{radius}" class="{style}"/>'
        )

    def fits(self, what: str, text: str, room: float, size: float = 12, bold: bool = False) -> None:
        """Note a fault if a text is wider than its room."""
        if (need := width_of(text, size, bold)) > room:
            self.faults.append(
                f"{what}: “{text}” needs {need:.0f} pixels and has {room:.0f}: widen it in PLACES or PANELS"
            )

    def node(self, x: float, y: float, width: float, text: str) -> None:
        """Draw a thing of the example."""
        self.rectangle(Area(text, x, y, x + width, y + 22), "box", 11)
        self.rectangle(Area(text, x, y, x + width, y + 22), "rim", 11)
        self.text(x + width / 2, y + 15, text, "small middle")
        self.fits(text, text, width - 12, 11)

    def panel(self, panel: Panel) -> None:
        """Draw a panel and its heading."""
        area = Area(panel.heading, panel.x, panel.y, panel.x + panel.width, panel.y + panel.height)
        self.parts.append(f'<g class="{panel.colour}">')
        self.rectangle(area, "panel", 9)
        self.text(panel.x + 14, panel.y + (15 if panel.colour == "sand" else 17), panel.heading, "theme")
        self.parts.append("</g>")

    def box(self, name: str, place: Place, lines: list[Line], kinds: int, above: str) -> None:
        """Draw a class: its heading, what it is a kind of, its kinds, a rule, its properties."""
        apart = GAP if 0 < kinds < len(lines) else 0
        height = max(place.height, HEAD + (ROW * len(lines) + 2 * GAP + apart if lines else 0))
        area = Area(name, place.x, place.y, place.x + place.width, place.y + height)
        box = self.boxes[name] = Box(area, lines, kinds)
        if not self.area_of(place.panel).holds(area):
            self.faults.append(
                f"PLACES: {name} reaches out of its panel: move it, or make {place.panel} higher in PANELS"
            )
        inferred = " dash italic" if name in self.model.inferred_classes else ""
        self.parts.append(f'<g class="{PANELS[place.panel].colour}">')
        self.rectangle(area, "box")
        head = Area("", area.left, area.top, area.right, area.top + HEAD)
        self.rectangle(head, "head")
        self.text(area.left + 9, area.top + 16.5, name, f"class{inferred}", self.model.classes[name].definition)
        self.fits(name, name + above, place.width - 22, 12.5, True)
        if above:
            self.text(area.right - 9, area.top + 16.5, above, "faint small end")
        for index, line in enumerate(lines):
            self.text(area.left + 9, box.top_of(index) + 11, line.text, "", line.hint)
            self.fits(name, "".join(piece for piece, _ in line.text), place.width - 16)
        if apart:
            y = box.top_of(kinds) - GAP / 2 + 1
            self.parts.append(f'<path d="M{area.left:g} {y:g}H{area.right:g}" class="rim" stroke-opacity=".35"/>')
        self.rectangle(area, "rim")
        self.parts.append("</g>")

    def area_of(self, name: str) -> Area:
        """Return the area of a box or panel."""
        if name in PANELS:
            panel = PANELS[name]
            return Area(name, panel.x, panel.y, panel.x + panel.width, panel.y + panel.height)
        if name not in self.boxes:
            raise UsageError(f"docs/draw_model.py: ROUTES names {name}, which has no line in PLACES")
        return self.boxes[name].area

    def points(self, path: str) -> list[tuple[float, float]]:
        """Return the corners of a route."""
        start, *turns, end = path.split()
        at = re.fullmatch(r"(.+)\.(left|right|top|bottom)(?:\+(\d+)|@(.+):(\w+))", start)
        if not at:
            raise UsageError(f"docs/draw_model.py: ROUTES: “{start}” is not like Box.left+20 or Box.left@Box:Line")
        area = self.area_of(at[1])
        offset = float(at[3] or 0)
        x = {"left": area.left, "right": area.right}.get(at[2], area.left + offset)
        y = {"top": area.top, "bottom": area.bottom}.get(at[2], area.top + offset)
        if at[4]:
            y = self.boxes[at[4]].middle_of(at[5])
        corners = [(x, y)]
        for turn in turns:
            x, y = (float(turn[1:]), y) if turn[0] == "x" else (x, float(turn[1:]))
            corners.append((x, y))
        name, side = end.rsplit(".", 1)
        area = self.area_of(name)
        x = {"left": area.left, "right": area.right}.get(side, x)
        y = {"top": area.top, "bottom": area.bottom}.get(side, y)
        if not (area.left <= x <= area.right and area.top <= y <= area.bottom):
            self.faults.append(f"ROUTES: “{path}” ends beside {name}, at {x:g}, {y:g}")
        corners.append((x, y))
        return corners

    def arrow(self, corners: list[tuple[float, float]]) -> None:
        """Draw a line with rounded corners and a tip at its end."""
        bends = [f"M{corners[0][0]:g} {corners[0][1]:g}"]
        for before, here, after in zip(corners, corners[1:], corners[2:], strict=False):
            near, far = toward(here, before, 7), toward(here, after, 7)
            bends.append(f"L{near[0]:g} {near[1]:g}Q{here[0]:g} {here[1]:g} {far[0]:g} {far[1]:g}")
        x, y = corners[-1]
        back = toward((x, y), corners[-2], 8)
        foot = toward((x, y), corners[-2], 5)
        bends.append(f"L{foot[0]:g} {foot[1]:g}")
        across = ((y - back[1]) / 2, (x - back[0]) / 2)
        tip = f"M{x:g} {y:g}L{back[0] + across[0]:g} {back[1] + across[1]:g}L{back[0] - across[0]:g} {back[1] - across[1]:g}Z"
        self.parts.append(f'<path d="{"".join(bends)}" class="line"/><path d="{tip}" class="tip"/>')

    def edge(
        self,
        corners: list[tuple[float, float]],
        label: str,
        dashed: bool,
        at: tuple[float, float, str] | None = None,
        hint: str = "",
    ) -> None:
        """Draw an arrow and its name."""
        if at is None:
            level = [(a, b) for a, b in pairwise(corners) if a[1] == b[1]]
            if level:
                a, b = max(level, key=lambda piece: abs(piece[0][0] - piece[1][0]))
                at = ((a[0] + b[0]) / 2, a[1] - 4, "middle")
            else:
                at = (corners[0][0] + 6, (corners[0][1] + corners[-1][1]) / 2 + 4, "start")
        x, y, anchor = at
        wide = width_of(label)
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
        self.labels.append(Area(label, left, y - 9, left + wide, y + 2))
        self.runs.append((label, corners))
        self.parts.append('<g class="dash">' if dashed else "<g>")
        self.arrow(corners)
        self.parts.append("</g>")
        style = f"name{' dash italic' if dashed else ''}{'' if anchor == 'start' else ' ' + anchor}"
        self.names.append((x, y, label, style, hint))

    def overlaps(self) -> Iterator[str]:
        """Return what stands in the way of what: boxes, panels, names of arrows, lines through boxes or names."""
        boxes = [box.area for box in self.boxes.values()]
        panels = [self.area_of(name) for name in PANELS]
        for areas in (boxes, panels):
            for i, area in enumerate(areas):
                yield from (f"{area.what} overlaps {other.what}" for other in areas[i + 1 :] if area.meets(other))
        page = Area("the page", 0, 0, WIDTH, HEIGHT)
        yield from (f"{area.what} reaches out of the page" for area in [*panels, *self.labels] if not page.holds(area))
        for i, label in enumerate(self.labels):
            for other in [*self.labels[i + 1 :], *boxes]:
                if label.meets(other):
                    yield f"the name {label.what} overlaps {other.what}"
        for what, corners in self.runs:
            for a, b in pairwise(corners):
                piece = Area(what, min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
                for area in boxes:
                    inner = Area(area.what, area.left + 1, area.top + 1, area.right - 1, area.bottom - 1)
                    if piece.meets(inner):
                        yield f"the line of {what} runs through {area.what}"
                for label in self.labels:
                    if label.what != what and piece.meets(label):
                        yield f"the line of {what} runs through the name {label.what}"


def toward(start: tuple[float, float], end: tuple[float, float], distance: float) -> tuple[float, float]:
    """Return the point at a distance from one point on the way to another, no farther than half of the way."""
    x, y = end[0] - start[0], end[1] - start[1]
    length = abs(x) + abs(y)  # lines are level or upright
    part = min(distance / length, 0.5) if length else 0
    return round(start[0] + x * part, 2), round(start[1] + y * part, 2)


def home_of(model: Model, name: str) -> str:
    """Return the box that a class is drawn in: its own, or that of the nearest class above it that has one."""
    if name in PLACES:
        return name
    supers = model.classes[name].supers if name in model.classes else []
    return next((home for above in supers if (home := home_of(model, above))), "")


def line_of(found: Property, label: str = "", value: str = "") -> Line:
    """Return the line that stands for a property in a box, with the value that it has in the example."""
    arrow = "⇢" if found.inferred else "→"
    text: Text = [(label or found.name, "dash italic" if found.inferred else "")]
    if value:
        text.append((f" {value}", "faint"))
    elif found.kind == OWL.ObjectProperty:
        text.append((f" {arrow} {found.target}" if found.target else f" {arrow} …", "faint"))
    return Line(found.name, text, found.definition)


def refuse(faults: list[str]) -> None:
    """Raise UsageError if there are faults. Parameters: `faults`, what stands in the way of the picture."""
    if faults:
        raise UsageError("\n  ".join(["docs/draw_model.py cannot draw the ontology:", *faults]))


def misfits(model: Model) -> Iterator[str]:
    """Return where the tables and the ontology differ."""
    for one in model.classes.values():
        above_drawn = any(one.name in model.classes[name].supers for name in PLACES if name in model.classes)
        if not (home_of(model, one.name) or one.values or above_drawn):
            yield f"class {one.name} has no place: add a line for it to PLACES"
    for name, place in PLACES.items():
        if name not in model.classes:
            yield f"PLACES: {name} is no class of the ontology: delete its line"
        yield from (
            f"PLACES: {name}: {x} is no class of the ontology: delete it" for x in place.first if x not in model.classes
        )
    for table, used in (("ROUTES", [x for names in ROUTES for x in names]), ("HOMES", list(HOMES))):
        yield from (
            f"{table}: {x} is no property of the ontology: delete it" for x in used if x not in model.properties
        )


def inside_boxes(model: Model) -> dict[str, list[Property]]:
    """Return the properties that are not drawn as arrows by the class, or "anything", in whose box they stand."""
    routed = {name for names in ROUTES for name in names} | set(IN_EXAMPLE)
    inside: dict[str, list[Property]] = {}
    for one in model.properties.values():
        if one.name not in routed or one.name in HOMES:
            domain = one.source if home_of(model, one.source) else "anything"
            for name in HOMES.get(one.name, (domain,)):
                inside.setdefault(name, []).append(one)
    return inside


def draw_classes(drawing: Drawing, inside: dict[str, list[Property]], example: Example) -> None:
    """Draw the box of each class that has a place, with its kinds and properties."""
    classes = drawing.model.classes
    for name, place in PLACES.items():
        below = [one for one in classes.values() if home_of(drawing.model, one.name) == name != one.name]
        below.sort(key=lambda one: place.first.index(one.name) if one.name in place.first else len(place.first))
        kinds = []
        for one in below:
            notes = [f"⊂ {', '.join(one.supers)}"] if name not in one.supers else []
            notes += [found.name for found in inside.get(one.name, [])]
            kinds.append(
                Line(one.name, [(one.name, ""), *((f"\u00a0\u00a0{note}", "faint") for note in notes)], one.definition)
            )
        values = example.evidence if name == "Evidence" else {}
        own = [line_of(one, starred(one, False), values.get(one.name, "")) for one in inside.get(name, [])]
        above = ", ".join(x for x in classes[name].supers if x not in PLACES)
        drawing.box(name, place, [*kinds, *own], len(kinds), f"⊂ {above}" if above else "")


def draw_arrows(drawing: Drawing) -> None:
    """Draw the properties of ROUTES, and hold where they start and end against the ontology."""
    model = drawing.model
    for names, route in ROUTES.items():
        pieces = route.path.split()
        start, end = (re.sub(r"\.(left|right|top|bottom).*", "", piece) for piece in (pieces[0], pieces[-1]))
        found = [model.properties[name] for name in names]
        for one in found:
            for said, drawn in ((one.source, start), (one.target, end)):
                if said and home_of(model, said) != drawn:
                    drawing.faults.append(f"ROUTES: {one.name} is drawn at {drawn}, and the ontology says {said}")
        hint = "\n".join(f"{one.name}: {one.definition}" for one in found)
        label = ", ".join(starred(one, True) for one in found)
        drawing.edge(drawing.points(route.path), label, bool(found[0].inferred), route.label, hint)


def draw(root: Path) -> str:
    """Return the picture of a project's ontology as SVG.

    Parameters: `root`, the project's folder.

    Raises:
        UsageError: if a class has no place, a table names what the ontology lacks, or things overlap; the message
            lists all that was found, with the table to change.
    """
    model = read_model(root)
    refuse(list(misfits(model)))
    drawing = Drawing(model)
    example = read_example(root)
    inside = inside_boxes(model)
    for panel in PANELS.values():
        drawing.panel(panel)
    draw_classes(drawing, inside, example)
    draw_arrows(drawing)
    subclass_line(drawing, "Article", "Document")
    anything(drawing, sorted(inside.get("anything", []), key=lambda one: ":" in one.name))
    closed_lists(drawing, [one for one in model.classes.values() if one.values])
    graphs(drawing, inside, example)
    legend(drawing)
    prefixes(drawing)
    for x, y, label, style, hint in drawing.names:
        drawing.text(x, y, label, style, hint)
    refuse([*drawing.faults, *drawing.overlaps()])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-labelledby="title summary">\n<title id="title">The model of zonegraph</title>\n'
        f'<desc id="summary">{escape(SUMMARY)}</desc>\n<style>\n{style_sheet()}\n</style>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" class="page"/>\n'
    )
    return head + "\n".join(drawing.parts) + "\n</svg>\n"


SUMMARY = (
    "Boxes are classes, with their kinds and properties; arrows are properties. A zone is in a batch of a programme that an "
    "organization runs; it is located in places and focuses on sectors; acts concern it and are recorded in documents; "
    "quantities, lists, goals and claims are about it. Dashed arrows are inferred. Every statement of an article stands in the "
    "article's named graph, with evidence: a range of its text. All terms are listed as text in model.md."
)


def starred(found: Property, arrow: bool) -> str:
    """Return a property's name, with a star if the ontology leaves open whose it is or, of an arrow, where it leads."""
    return found.name + ("*" if not found.source or (arrow and not found.target) else "")


def subclass_line(drawing: Drawing, below: str, above: str) -> None:
    """Draw the line from a class that has a box of its own to the class it is a kind of."""
    low, high = drawing.boxes[below].area, drawing.boxes[above].area
    x = low.left + 93
    drawing.runs.append((f"{below} to {above}", [(x, low.top), (x, high.bottom + 10)]))
    drawing.parts.append(
        f'<path d="M{x:g} {low.top:g}V{high.bottom + 10:g}" class="line"/>'
        f'<path d="M{x:g} {high.bottom:g}l6 10h-12z" class="hollow"/>'
    )
    drawing.names.append((x + 10, (low.top + high.bottom) / 2 + 7, "is a kind of", "name faint small", ""))


def anything(drawing: Drawing, found: list[Property]) -> None:
    """List, in two columns, the properties that any thing may have."""
    panel = PANELS["anything"]
    half = (len(found) + 1) // 2
    for index, one in enumerate(found):
        line = line_of(one)
        x, y = panel.x + 14 + 150 * (index // half), panel.y + 37 + ROW * (index % half)
        drawing.text(x, y, line.text, "", line.hint)
        drawing.fits(panel.heading, "".join(piece for piece, _ in line.text), 142)
    if panel.y + 37 + ROW * (half - 1) > panel.y + panel.height - 8:
        drawing.faults.append(f"PANELS: {panel.heading}: {len(found)} properties do not fit: make it higher")


def closed_lists(drawing: Drawing, lists: list[Class]) -> None:
    """List the classes whose values are fixed, with their values."""
    panel = PANELS["lists"]
    y = panel.y + 37
    for found in lists:
        line: Text = [(found.name, "class")]
        x, hint, wide = panel.x + 14, found.definition, width_of(found.name, 12.5, True)
        for index, value in enumerate(found.values):
            piece = f"\u00a0 {value}" if index == 0 else f", {value}"
            if x + wide + width_of(piece, 11) > panel.x + panel.width - 10:
                drawing.text(x, y, [*line, (",", "small")], "", hint)
                x, y, line, hint, wide, piece = panel.x + 28, y + 13, [], "", 0, value
            line.append((piece, "small"))
            wide += width_of(piece, 11)
        drawing.text(x, y, line, "", hint)
        y += 16
    if y - 16 > panel.y + panel.height - 6:
        drawing.faults.append(f"PANELS: {panel.heading}: the values do not fit: make it higher")


def prefixes(drawing: Drawing) -> None:
    """List our own prefixes and those of the names in the picture, with their namespaces."""
    panel = PANELS["prefixes"]
    y = panel.y + 37
    for prefix, namespace in v.PREFIXES.items():
        if prefix not in OWN and not any(f">{prefix}:" in part for part in drawing.parts):
            continue
        drawing.text(panel.x + 14, y, [(f"{prefix}:", "class")])
        drawing.text(panel.x + 72, y, namespace, "small")
        word = OWN.get(prefix, "").partition(":")[0]
        drawing.text(panel.x + panel.width - 12, y, word, "small faint end")
        drawing.fits(f"the namespace of {prefix}:", namespace + word, panel.width - 90, 11)
        y += 16
    if y - 16 > panel.y + panel.height - 6:
        drawing.faults.append(f"PANELS: {panel.heading}: they do not fit: make it higher")


class Example(NamedTuple):
    """A statement of an article, the values of its evidence by property, and the province that follows from it."""

    article: str
    subject: str
    value: str
    evidence: dict[str, str]
    province: str


def read_example(root: Path) -> Example:
    """Read the statement of EXAMPLE from the data.

    Parameters: `root`, the project's folder. Returns the statement. Raises UsageError if the data lacks it.
    """
    slug, subject, stated, _ = EXAMPLE
    article = rdflib.Graph().parse(root / "data" / "articles" / f"{slug}.ttl")
    places = rdflib.Graph().parse(root / "data" / "reference" / "places.ttl")
    zg, zgd = rdflib.Namespace(v.ZG), rdflib.Namespace(v.ZGD)
    value = article.value(zgd[subject], zg[stated])
    around = [x for x in places.transitive_objects(value, zg.within) if (x, RDF.type, zg.Province) in places]
    evidence = [x for x in article.objects(zgd[subject], zg.evidence) if (x, zg.supports, zg[stated]) in article]
    if not (value and around and evidence):
        raise UsageError(
            f"docs/draw_model.py: EXAMPLE: {slug}.ttl and places.ttl do not state, with evidence, that zgd:{subject} is "
            f"zg:{stated} a place in a province; name a statement that they make"
        )
    first = min(evidence, key=lambda x: int(str(article.value(x, rdflib.URIRef(v.OA + "start")))))
    values = {}
    for predicate, found in article.predicate_objects(first):
        shown = v.shorten(found) if isinstance(found, rdflib.URIRef) else str(found)
        if name_of(predicate) == "digest":
            shown = shown[:6] + "…"
        values[name_of(predicate)] = f"“{shown}”" if name_of(predicate) in ("asPrinted", "digest") else shown
    return Example(f"zgd:article-{slug}", f"zgd:{subject}", v.shorten(str(value)), values, v.shorten(str(around[0])))


def graphs(drawing: Drawing, inside: dict[str, list[Property]], example: Example) -> None:
    """Draw, in the named graphs, one statement of an article, its evidence, and what is inferred from it."""
    _, _, stated, inferred = EXAMPLE
    left, top = PANELS["article graph"].x, PANELS["article graph"].y
    explained = "One file of data is one graph, which says who says it. The default graph merges all but reviews and queries, each triple once."
    drawing.text(left, top - 8, [("Evidence and named graphs", "heading"), (f"\u00a0\u00a0\u00a0{explained}", "faint")])
    box = drawing.boxes["Evidence"].area
    properties = drawing.model.properties
    drawing.parts.append('<g class="sand">')
    for y, width, name in ((804, 138, example.subject), (872, 138, example.value), (942, 206, example.article)):
        drawing.node(40, y, width, name)
    drawing.parts.append("</g>")
    drawing.edge([(109, 826), (109, 872)], stated, False)
    drawing.edge([(178, 815), (box.left, 815)], "evidence", False, None, properties["evidence"].definition)
    drawing.edge([(box.left, 912), (200, 912), (200, 942)], "source", False, None, properties["source"].definition)
    drawing.edge(
        [(33, 786), (26, 786), (26, 953), (40, 953)],
        "transcribes",
        False,
        (32, 932, "start"),
        properties["transcribes"].definition,
    )
    right = PANELS["inferred graph"].x
    drawing.parts.append('<g class="sand">')
    drawing.node(right + 12, 800, 138, example.subject)
    drawing.node(right + 12, 856, 150, example.province)
    drawing.parts.append("</g>")
    drawing.edge([(right + 81, 822), (right + 81, 856)], inferred, True)
    other = PANELS["other graphs"]
    cited = ", ".join(starred(found, False) for found in inside.get("other graphs", []))
    names = ("graph/reference/<file>", "graph/ontology", "graph/dataset", "graph/queries")
    for index, (name, note) in enumerate(zip(names, ("", "", "", cited), strict=True)):
        pieces = [(name, "theme small"), (f"\u00a0\u00a0{note}", "small")]
        drawing.text(other.x + 14, other.y + 14.5 + 12 * index, pieces)


def legend(drawing: Drawing) -> None:
    """Write the title and say how the picture is read."""
    drawing.text(20, 34, "The model of zonegraph", "title")
    drawing.text(
        20,
        54,
        "Which ministry approved which zone, where, when, for what, and which article says so. Names without a prefix are in zg:.",
        "faint",
    )
    x, y = 1066, 28
    for label, dashed in (
        ("stated in articles or reference data", False),
        ("inferred: a property chain or a rule", True),
    ):
        drawing.parts.append('<g class="dash">' if dashed else "<g>")
        drawing.arrow([(x, y - 4), (x + 44, y - 4)])
        drawing.parts.append("</g>")
        drawing.text(x + 54, y, label)
        y += 19
    for sign, meaning in (
        ("name*", "may also join things of other classes"),
        ("a → B", "a property that leads to a B; → … to any thing"),
        ("A ⊂ B", "A is a kind of B; kinds stand first in a box"),
    ):
        drawing.text(x, y, sign, "faint")
        drawing.text(x + 54, y, meaning)
        y += 19


# ---------------------------------------------------------------- the page


def page(root: Path) -> str:
    """Return the page that shows the picture and lists all prefixes, graphs, classes and properties, as Markdown.

    Parameters: `root`, the project's folder.
    """
    model = read_model(root)
    anyone = "*any*"

    def table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
        lines = [list(heading), ["---"] * len(list(heading)), *([*row] for row in rows)]
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

    def meaning(name: str, definition: str) -> str:
        prefix = name.partition(":")[0]
        return definition or f"as [{prefix}]({v.PREFIXES[prefix]}) defines it"

    def term(name: str) -> str:
        return f"`{name if ':' in name else 'zg:' + name}`"

    def several(names: Iterable[str]) -> str:
        return ", ".join(term(name) for name in names)

    def graph_name(iri: str) -> str:
        return f"`{iri}`" if iri.startswith(v.GRAPH) else iri

    classes = [
        (term(c.name), c.chinese, several(c.supers), meaning(c.name, c.definition), c.example or several(c.values))
        for c in model.classes.values()
    ]
    values = [(term(c.name), several(c.values)) for c in model.classes.values() if c.values]
    properties = [
        (
            term(p.name),
            term(p.source) if p.source else anyone,
            (term(p.target) if p.target else anyone)
            if p.kind != OWL.DatatypeProperty
            else (term(p.target) if p.target else "literal"),
            several(p.supers),
            how(p.inferred),
            meaning(p.name, p.definition),
            p.example,
        )
        for p in model.properties.values()
    ]
    return f"""<!-- Written by docs/draw_model.py (make docs) from the ontology; changes made here are lost. -->
# The model on one page

[![The model: classes, the properties that join them, evidence and named graphs](model.svg)](model.svg)

Opened by itself, [the picture](model.svg) shows each term's definition when the pointer rests on it, and prints on one
A4 page. Boxes are classes, arrows are properties. What is dashed is inferred and never typed in: by a property chain of the
ontology or by a rule of `ontology/rules/`. A star means that the ontology leaves an end open, so that the property may
join other things than those at which it is drawn.

## Prefixes

{table(("Prefix", "Namespace", "For"), [(f"`{prefix}:`", f"`{namespace}`", OWN.get(prefix, "")) for prefix, namespace in v.PREFIXES.items()])}

All are predeclared in `zonegraph query -e`.

## Named graphs

{table(("Graph", "From", "Holds"), [(graph_name(iri), file if " " in file else f"`{file}`", holds) for iri, file, holds in GRAPHS])}

`GRAPH ?g {{ ... }}` asks who says something, a plain pattern whether anyone does. `?g zg:transcribes ?article` leads from an
article's graph to the article.

## Classes

{table(("Class", "Chinese", "Kind of", "Meaning", "Example"), classes)}

Closed lists, whose values the ontology fixes:

{table(("Class", "Values"), values)}

## Properties

*any*: the ontology leaves the end open. *Inferred* says by which chain or rule; such a property is asked for, not entered.

{table(("Property", "From", "To", "Kind of", "Inferred", "Meaning", "Example"), properties)}
"""


def how(inferred: str) -> str:
    """Return by which chain or rule a property is inferred, as Markdown."""
    kind, _, what = inferred.partition(" ")
    if kind == "rule":
        return f"rule [{what}](../ontology/rules/{what}.rq)"
    return f"chain `{what}`" if kind else ""


def main(arguments: list[str]) -> int:
    """Write both files. Parameters: `arguments`, at most the project's folder. Returns the exit code."""
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    try:
        files = {"model.svg": draw(root), "model.md": page(root)}
    except UsageError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for name, text in files.items():
        path = root / "docs" / name
        path.with_suffix(".new").write_text(text, "utf-8", newline="\n")
        path.with_suffix(".new").replace(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
