"""Draw docs/model.svg from `ontology/`, and write the tables of docs/model.md (make docs).

The picture shows each class that a property joins to another one, with its kinds and its other properties. Classes stand
in columns to the right of those that lead to them, with the names of properties in columns between. Order and height in a
column follow from what is joined, so that few lines cross and none runs through a box or a name.
"""

import re
import textwrap
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from statistics import mean
from xml.sax.saxutils import escape

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.closure.ontology import instance_rules, read_axioms
from zonegraph.closure.rulefile import read_rules

DATA, *OTHERS = [v.OWL + kind for kind in ("DatatypeProperty", "ObjectProperty", "AnnotationProperty")]
iri = attrgetter("value")  # of a term; of a literal, its text
DOMAIN, RANGE, *ABOVE = [v.RDFS + name for name in ("domain", "range", "subClassOf", "subPropertyOf")]


def short(term: str) -> str:
    """Return a term's name: plain for our own, with its prefix for others."""
    return v.shorten(term).removeprefix("zg:")


class Model:
    """The ontology: its classes and properties in the order of the file, and what is inferred."""

    def __init__(self, root: Path) -> None:
        triples = []
        for path in (root / "ontology" / name for name in ("zonegraph.ttl", "framework.ttl")):
            if path.exists():
                parser = ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)
                triples += list(parser)
                v.declare(parser.prefixes)
        self.facts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for triple in triples:
            language = f"@{getattr(triple.object, 'language', None) or 'en'}".removesuffix("@en")
            self.facts[iri(triple.subject)][iri(triple.predicate) + language].append(iri(triple.object))
        types = {term: said[v.RDF_TYPE] for term, said in self.facts.items()}
        self.classes = [term for term, found in types.items() if v.OWL + "Class" in found]
        self.properties = [term for term, found in types.items() if {DATA, *OTHERS} & {*found}]
        self.values = {c: [term for term, found in types.items() if c in found] for c in self.classes}
        self.inferred: dict[str, str] = {}  # by what, as Markdown
        self.restated: dict[str, str] = {}  # by what rules within an article, as Markdown
        self.origins: dict[tuple[str, str], list[str]] = defaultdict(list)  # of an end: properties that end in the same
        chains = [rule for rule in instance_rules(read_axioms(triples)) if rule.name == "prp-spo2"]
        files = sorted((root / "ontology" / "rules").glob("*.rq"))
        for rule in [*chains, *(rule for file in files for rule in read_rules(file.name, file.read_text("utf-8")))]:
            chain = f"chain `{' / '.join(short(iri(p)) for _, p, _ in rule.body)}`"
            how = chain if rule in chains else f"rule [{rule.name}](../ontology/rules/{rule.name}.rq)"
            for subject, predicate, thing in rule.head:
                term = iri(thing if iri(predicate) == v.RDF_TYPE else predicate)
                if rule.graph is not None:  # articles state it too, of other ends
                    before = self.restated.get(term)
                    self.restated[term] = (
                        f"{before}, {how.removeprefix('rule ')}" if before else f"within an article: {how}"
                    )
                    continue
                self.inferred[term] = how
                self.origins[term, DOMAIN] += [iri(p) for s, p, _ in rule.body if s == subject]
                self.origins[term, RANGE] += [iri(p) for _, p, o in rule.body if o == thing]

    def one(self, term: str, predicate: str) -> str:
        """Return the first value of a term's property, or nothing."""
        return next(iter(self.facts[term][predicate]), "")

    def above(self, term: str) -> list[str]:
        """Return the classes or properties that a term is a kind of."""
        return [other for predicate in ABOVE for other in self.facts[term][predicate]]

    def end(self, term: str, side: str, seen: tuple[str, ...] = ()) -> str:
        """Return what a property has at an end: as declared, or as follows from what it is a kind of or inferred from."""
        others = [other for other in self.above(term) + self.origins[term, side] if other not in seen]
        return self.one(term, side) or next(filter(None, (self.end(p, side, (*seen, term)) for p in others)), "")

    def top(self, term: str) -> str:
        """Return the highest class of our own above a class."""
        return next((self.top(c) for c in self.above(term) if c.startswith(v.ZG)), term)


# ---------------------------------------------------------------- the picture

ROW, MARGIN, GUTTER = 16, 16, 36  # the height of a line; the space around the picture, and between columns
COLOURS = ["#2f5d9b", "#a4502a", "#2f7d5b", "#8a3f7c", "#7a6a1f", "#3d7f8f", "#9b3648", "#5a55a8", "#5c6b2b", "#6b5648"]
STYLE = """text{font:12px Arial,'Liberation Sans',Helvetica,sans-serif;fill:#1c2530}text.name{font-weight:bold;font-size:13px}
text.kind{fill:#6a7480}text.inferred{font-style:italic}rect{fill:#fff}.box{stroke-width:1.5}
.line{fill:none;stroke-width:1.4}.line.inferred{stroke-dasharray:5 4}"""
LEGEND = "Solid: stated. Dashed, slanted: inferred by a property chain or a rule. Grey: kinds of the class. owl:Thing: anything."


@dataclass(eq=False)
class Node:
    """What stands in a column: a class's box, the names on an arrow, or the gap through which an arrow passes."""

    column: int
    lines: list[tuple[str, str]] = field(default_factory=list)  # style, text
    colour: str = ""  # of a box
    y: float = 0  # of its middle
    left: list["Node"] = field(default_factory=list)  # what it is joined to in the columns beside its own
    right: list["Node"] = field(default_factory=list)

    @property
    def width(self) -> float:
        """About the width of what is drawn, rather too much than too little."""
        wide = {**dict.fromkeys("ijltfrI.,: ", 5), **dict.fromkeys("mwMW→", 12)}
        widths = [sum(wide.get(c, 9 if c.isupper() else 7.5) for c in text) for _, text in self.lines]
        return round(max(widths, default=0)) + (24 if self.colour else 8)

    @property
    def height(self) -> float:
        """The height of what is drawn; a box has room for all arrows."""
        return ROW * (max(len(self.lines) + 1, len(self.left), len(self.right)) if self.colour else len(self.lines))

    def port(self, other: "Node") -> float:
        """Return how far below the middle the line to another node begins."""
        beside = sorted(self.left if other in self.left else self.right, key=lambda node: node.y)
        return (beside.index(other) - (len(beside) - 1) / 2) * ROW


def joined(model: Model) -> list[list[Node]]:
    """Return what each arrow passes from left to right: the box of a class, names and gaps, the box of another class."""
    arrows: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    inside: dict[str, list[tuple[str, str]]] = defaultdict(list)
    before: dict[str, list[str]] = defaultdict(list)

    def leads(source: str, target: str) -> bool:
        return source == target or any(leads(source, c) for c in before[target])

    def column(c: str) -> int:
        return max((column(other) + 2 for other in before[c]), default=0)

    for term in [term for term in model.properties if term.startswith(v.ZG)]:
        source, target = (model.top(model.end(term, side) or v.OWL + "Thing") for side in (DOMAIN, RANGE))
        style = "inferred" if term in model.inferred else "stated"
        if target in model.classes and not model.values[target] and not leads(target, source):
            arrows[source, target, style].append((style, short(term)))
            before[target].append(source)
        else:
            to = "" if DATA in model.facts[term][v.RDF_TYPE] else f" → {short(target)}"
            inside[source].append((style, short(term) + to))
    boxes, paths = {}, []
    names = [c for c in [v.OWL + "Thing", *model.classes] if any(c in key for key in arrows)]
    for c, colour in zip(names, COLOURS * len(names), strict=False):
        kinds = ", ".join(short(kind) for kind in model.classes if kind != c and model.top(kind) == c)
        lines = [("name", short(c)), *(("kind", line) for line in textwrap.wrap(kinds, 26)), *inside[c]]
        boxes[c] = Node(column(c), lines, colour)
    for (source, target, _), lines in arrows.items():
        between = [Node(number) for number in range(column(source) + 1, column(target))]
        between[len(between) // 4 * 2].lines = lines
        paths.append([boxes[source], *between, boxes[target]])
        for a, b in pairwise(paths[-1]):
            a.right.append(b)
            b.left.append(a)
    return paths


def settle(nodes: list[Node]) -> None:
    """Move the nodes of a column, in their order, as near as there is room to the height of what each is joined to."""
    blocks: list[list[float]] = []  # of nodes that touch: how much lower each should be than if all began at the top
    heights = [sum(n.height + ROW for n in nodes[:i]) + node.height / 2 for i, node in enumerate(nodes)]
    for node, height in zip(nodes, heights, strict=True):
        blocks.append([mean(n.y + n.port(node) - node.port(n) for n in node.left + node.right) - height])
        while len(blocks) > 1 and mean(blocks[-2]) > mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    for node, height, lower in zip(nodes, heights, [mean(block) for block in blocks for _ in block], strict=True):
        node.y = height + lower


def lay_out(paths: list[list[Node]]) -> list[list[Node]]:
    """Give all nodes their height, and return them in columns, so ordered that few lines cross."""
    nodes = list(dict.fromkeys(node for path in paths for node in path))
    columns = [[n for n in nodes if n.column == number] for number in range(max(n.column for n in nodes) + 1)]
    for sweep in range(100):  # the first ones order, the others settle
        for column in columns[:: 1 if sweep % 2 else -1]:
            if sweep < 20:
                column.sort(key=lambda n: mean(other.y for other in (n.left if sweep % 2 else n.right) or [n]))
            settle(column)
    return columns


def draw(model: Model) -> str:
    """Return the picture as SVG."""
    paths = joined(model)
    columns = lay_out(paths)
    nodes = [node for column in columns for node in column]
    widths = [max(node.width for node in column) for column in columns]
    lefts = [MARGIN + sum(widths[:i]) + GUTTER * i for i in range(len(columns))]
    top = min(node.y - node.height / 2 for node in nodes) - 2 * MARGIN - ROW
    width = max(lefts[-1] + widths[-1], MARGIN + Node(0, [("stated", LEGEND)]).width) + MARGIN
    height = max(node.y + node.height / 2 for node in nodes) - top + MARGIN
    shapes = [f'<text x="{MARGIN}" y="{MARGIN + 12}">{LEGEND}</text>']
    for path in paths:
        line, style = "", next(node.lines[0][0] for node in path[1:] if node.lines)
        for a, b in pairwise(path):
            end, y, to = lefts[b.column], a.y + a.port(b) - top, b.y + b.port(a) - top
            curve = (end - GUTTER, y, end - GUTTER / 2, y, end - GUTTER / 2, to, end, to)
            line += "{}{:.0f} {:.0f}C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}".format("L" if line else "M", *curve)
        shapes.append(f'<path d="{line}" class="line {style}" stroke="{path[0].colour}"/>')
        shapes.append(f'<path d="M{end:.0f} {to:.0f}l-9 -4.5v9z" fill="{path[0].colour}"/>')
    for node in [node for node in nodes if node.lines]:
        wide, inset, down = (widths[node.column], 12, 20) if node.colour else (node.width, 4, 12)
        x, y = lefts[node.column] + (widths[node.column] - wide) / 2, node.y - node.height / 2 - top
        look = f'rx="5" class="box" stroke="{node.colour}"' if node.colour else 'class="names"'
        shapes.append(f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{node.height:.0f}" {look}/>')
        for number, (style, words) in enumerate(node.lines):
            place = f'x="{x + inset:.0f}" y="{y + down + number * ROW:.0f}"'
            shapes.append(f'<text {place} class="{style}">{escape(words)}</text>')
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">
<title>The model: classes and the properties that join them</title><style>{STYLE}</style>
<rect width="100%" height="100%"/>
{chr(10).join(shapes)}
</svg>
"""


def tables(model: Model) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of the tables of the page, each by the heading of its first column."""

    def terms(*found: str) -> str:
        return ", ".join(f"`{v.shorten(term)}`" for term in found if term)

    def about(term: str) -> tuple[str, ...]:
        prefix = v.shorten(term).partition(":")[0]
        meaning = model.one(term, v.SKOS + "definition") or f"as [{prefix}]({v.PREFIXES[prefix]}) defines it"
        late = "*Deprecated.* " if model.one(term, v.OWL + "deprecated") == "true" else ""
        example = terms(*model.values.get(term, ())) or model.one(term, v.SKOS + "example")
        return (
            terms(*model.above(term)),
            model.inferred.get(term) or model.restated.get(term, ""),
            late + meaning,
            example,
        )

    def ends(term: str) -> tuple[str, str]:
        open_end = "literal" if DATA in model.facts[term][v.RDF_TYPE] else "*any*"
        return terms(model.end(term, DOMAIN)) or "*any*", terms(model.end(term, RANGE)) or open_end

    return {
        "Prefix": [(f"`{prefix}:`", f"`{namespace}`") for prefix, namespace in v.PREFIXES.items()],
        "Class": [(terms(c), model.one(c, v.SKOS + "prefLabel@zh"), *about(c)) for c in model.classes],
        "Property": [(terms(p), *ends(p), *about(p)) for p in model.properties],
    }


def fill(page: str, model: Model) -> str:
    """Return a page with the rows of each table written anew; its heading stays as it is."""
    for heading, rows in tables(model).items():
        start, end = next(found.span(1) for found in re.finditer(rf"\| {heading} \|.*\n\| ---.*\n((\|.*\n)*)", page))
        lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
        page = page[:start] + "".join(f"| {line} |\n" for line in lines) + page[end:]
    return page


if __name__ == "__main__":
    docs = Path(__file__).resolve().parent
    described = Model(docs.parent)
    (docs / "model.md").write_text(fill((docs / "model.md").read_text("utf-8"), described), "utf-8", newline="\n")
    (docs / "model.svg").write_text(draw(described), "utf-8", newline="\n")
