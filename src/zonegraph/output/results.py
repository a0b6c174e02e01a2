"""The W3C formats of SPARQL 1.1 results: CSV, TSV, JSON, XML; every character as it is."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph import terms
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zonegraph.store import Bindings, Term

_RESULTS = "http://www.w3.org/2005/sparql-results#"


def as_boolean(value: bool, format: str) -> str:
    word = "true" if value else "false"
    if format == "json":
        return f'{{"head": {{}}, "boolean": {word}}}\n'
    if format == "xml":
        return f'<?xml version="1.0"?>\n<sparql xmlns="{_RESULTS}"><head/><boolean>{word}</boolean></sparql>\n'
    return word + "\n"


def as_csv(answer: Bindings) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180, as SPARQL 1.1 Query Results CSV and TSV asks
    writer.writerow(answer.variables)
    for row in answer.rows:
        writer.writerow(f"_:{term.value}" if isinstance(term, ox.BlankNode) else terms.text(term) for term in row)
    return out.getvalue()


def as_tsv(answer: Bindings) -> str:
    lines = ["\t".join("?" + name for name in answer.variables)]
    lines += ["\t".join("" if term is None else str(term).replace("\t", "\\t") for term in row) for row in answer.rows]
    return "\n".join(lines) + "\n"


def as_json(answer: Bindings) -> str:
    import json

    bindings = [
        {name: _json_term(term) for name, term in zip(answer.variables, row, strict=True) if term is not None}
        for row in answer.rows
    ]
    return (
        json.dumps(
            {"head": {"vars": answer.variables}, "results": {"bindings": bindings}}, ensure_ascii=False, indent=1
        )
        + "\n"
    )


def as_xml(answer: Bindings) -> str:
    from xml.sax.saxutils import escape, quoteattr

    from zonegraph.rdf import rdfxml

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<sparql xmlns="{_RESULTS}">', " <head>"]
    lines += [f"  <variable name={quoteattr(name)}/>" for name in answer.variables]
    lines += [" </head>", " <results>"]
    for row in answer.rows:
        lines.append("  <result>")
        for name, term in zip(answer.variables, row, strict=True):
            if term is not None:
                fields = _json_term(term)
                tag = fields.pop("type")
                unwritable = rdfxml.unwritable(fields["value"])
                if unwritable:
                    raise UsageError(
                        f"?{name}: the value contains {unwritable}, which XML cannot represent", "choose another format"
                    )
                value = escape(fields.pop("value"), {"\r": "&#13;"})
                attributes = "".join(f" {key}={quoteattr(content)}" for key, content in fields.items())
                lines.append(f"   <binding name={quoteattr(name)}><{tag}{attributes}>{value}</{tag}></binding>")
        lines.append("  </result>")
    return "\n".join([*lines, " </results>", "</sparql>"]) + "\n"


def _json_term(term: Term) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if not isinstance(term, ox.Literal):
        raise UsageError(
            "the answer has a triple term, which SPARQL 1.1 result formats cannot represent",
            "select its subject, predicate and object instead",
        )
    result = {"type": "literal", "value": term.value}
    if term.language:
        result["xml:lang"] = term.language
    elif term.datatype.value != v.XSD + "string":
        result["datatype"] = term.datatype.value
    return result
