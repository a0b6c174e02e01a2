"""What the documentation shows is what happens."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import URIRef

import zonegraph
from tests.conftest import ROOT, bridges_project
from zonegraph import export
from zonegraph import vocabulary as v
from zonegraph.project.sources import Project
from zonegraph.validation import FORMATS

README = (ROOT / "README.md").read_text("utf-8")
ASKING, REPORTS = ((ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("asking", "reports"))


def examples() -> list[tuple[str, str]]:
    """The commands in `console` blocks with the output shown below each."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README + ASKING + REPORTS, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.mark.parametrize(("command", "output"), examples(), ids=[command for command, _ in examples()])
def test_an_example_prints_what_the_page_shows(zonegraph_process, command: str, output: str) -> None:  # type: ignore[no-untyped-def]
    program, *arguments = shlex.split(command)
    assert program == "zonegraph"
    result = zonegraph_process(*arguments, ZONEGRAPH_ARTICLES="")  # a reader has no texts at hand
    assert result.returncode == 0, result.stderr
    # `...` stands for anything, over lines where it is a line of its own.
    pattern = re.escape(output)
    pattern = re.sub(r"(?m)^\\\.\\\.\\\.\\\n", r"(?:.*\\n)*", pattern)
    pattern = pattern.replace(r"\.\.\.", ".*")
    assert re.fullmatch(pattern, result.stdout.replace("\r\n", "\n")), result.stdout


def test_a_finding_looks_as_the_page_on_reports_shows(zonegraph, few: Project, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (shown,) = re.findall(r"```text\n(.*?)```", REPORTS, re.DOTALL)
    prefixes = "".join(f"@prefix {name}: <{v.PREFIXES[name]}> .\n" for name in ("zg", "zgd"))
    (tmp_path / "new-article.ttl").write_text(
        f'{prefixes}\n\nzgd:zone-new a zg:Zone ;\n    zg:namedAs "the zone" .\n', "utf-8"
    )
    assert shown in zonegraph("validate", "new-article.ttl", "--project", few.root, cwd=tmp_path).stdout


def test_the_page_on_reports_names_every_format() -> None:
    assert re.findall(r"^\| `(\w+)` \|", REPORTS, re.MULTILINE) == list(FORMATS)
    assert re.findall(r"^## (\w+)$", REPORTS, re.MULTILINE) == list(FORMATS)


def test_the_query_in_the_curators_guide_cites_every_row(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    shown = re.search(r"```sparql\n(.*?)```", (ROOT / "docs" / "curating.md").read_text("utf-8"), re.DOTALL)
    assert shown
    (tmp_path / "mine.rq").write_text(shown[1], "utf-8")
    result = zonegraph("query", str(tmp_path / "mine.rq"), "--cite")
    assert result.returncode == 0, result.stderr
    table = result.stdout.partition("\n\n")[0].splitlines()[2:]
    assert table
    assert all(row.endswith("]") for row in table)


def test_the_recipe_for_virtuoso_names_every_graph_of_the_exported_file(project: Project) -> None:
    page = (ROOT / "docs" / "stores.md").read_text("utf-8")
    (recipe,) = re.findall(r"```\n(names=.*?\nendpoint=[^\n]*)\n", page, re.DOTALL)
    script = f'zonegraph() {{ {shlex.quote(sys.executable)} -m zonegraph "$@"; }}\n{recipe}\nprintf %s "$endpoint"'
    result = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    address, _, parameters = result.stdout.partition("?")
    exported = ox.parse(export.export(project, "nq", "all"), format=ox.RdfFormat.N_QUADS)
    graphs = {quad.graph_name.value for quad in exported if isinstance(quad.graph_name, ox.NamedNode)}
    assert address == "http://localhost:8890/sparql"
    named = urllib.parse.parse_qs(parameters, strict_parsing=True)
    assert named.pop("default-graph-uri") == [v.MERGE_GRAPH]
    assert named == {"named-graph-uri": sorted(graphs)}


def python_example() -> list[str]:
    import importlib.util

    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code
    return [line for line in code[1].splitlines() if importlib.util.find_spec("pandas") or "to_pandas" not in line]


def test_the_python_example_runs(tmp_path: Path) -> None:
    lines = python_example()
    (by_owlrl,) = [line for line in lines if "owlrl" in line]  # which takes half a minute for the whole graph
    exec("\n".join(line for line in lines if line != by_owlrl), {})
    exec(by_owlrl, {"graph": zonegraph.open(bridges_project(tmp_path))})


@pytest.mark.thorough(of="owlrl")
def test_the_python_example_runs_as_it_stands() -> None:
    names: dict[str, zonegraph.api.Graph] = {}  # type: ignore[name-defined]
    exec("\n".join(python_example()), names)
    inferred = tuple(
        URIRef(iri) for iri in (f"{v.ZGD}zone-tianjin-miit", f"{v.ZG}inCity", f"{v.ZGD}municipality-tianjin")
    )
    assert inferred not in names["graph"].rdflib()
    for closure in ("compiled", "owlrl"):
        assert inferred in names["graph"].rdflib(closure=closure)


def test_every_link_of_the_documentation_leads_to_a_file() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
