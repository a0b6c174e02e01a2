"""How a report is shown: a module for each format."""

from zonegraph.validation.report import html, json, junit, sarif, shacl, text

# What writes a report in the format of that name.
FORMATS = {
    "text": text.write,
    "json": json.write,
    "sarif": sarif.write,
    "turtle": shacl.write,
    "junit": junit.write,
    "html": html.write,
}
