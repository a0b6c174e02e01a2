"""What runs before a commit and on every push judges each kind of file as what it is."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from zonegraph.cli import parser
from zonegraph.project.sources import Project

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs" / "continuous-integration.md").read_text("utf-8")
EXAMPLES: list[Any] = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
KINDS = {  # of files of a project, with the hook of each
    "ontology": "ontology",
    "rules": "ontology",
    "shapes": "shapes",
    "shape_rules": "shapes",
    "lexicon": "shapes",
    "queries": "queries",
    "reference": "data",
    "articles": "data",
    "review": "data",
    "curation": "data",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small project on another subject."""
    return Path(shutil.copytree(ROOT / "tests" / "projects" / "bridges", tmp_path / "bridges"))


def of(hook: dict[str, Any], names: list[str]) -> list[str]:
    """The files that pre-commit has a hook judge."""
    return [name for name in names if re.search(hook["files"], name)]


def run(zonegraph: Any, hook: dict[str, Any], folder: Path) -> tuple[int, str]:
    """Run a hook on all files, as pre-commit does. Returns the exit code and what is printed."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    program, *arguments = shlex.split(hook["entry"])
    assert program == "zonegraph"
    result = zonegraph(*arguments, *(of(hook, names) if hook.get("pass_filenames", True) else []), cwd=folder)
    return result.returncode, result.stdout


def test_each_file_of_a_project_has_one_hook_and_no_other_file_has_one(project: Project) -> None:
    for kind, hook in KINDS.items():
        for file in getattr(project, kind):
            assert [h["id"] for h in HOOKS if of(h, [file.name])] == [f"zonegraph-{hook}"]
    others = [
        "README.md",
        "docs/model.md",
        "tests/projects/bridges/data/curation.ttl",
        "shapes/other.json",
        "data/a.txt",
    ]
    assert not [h["id"] for h in HOOKS if of(h, others)]


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_a_hook_passes_what_conforms(zonegraph, repository: Path, hook: dict[str, Any]) -> None:  # type: ignore[no-untyped-def]
    code, output = run(zonegraph, hook, repository)
    assert code == 0, output
    assert output.startswith("conforms: ")


@pytest.mark.parametrize(
    ("hook", "name", "old", "new", "says"),
    [
        ("data", "data/articles/2019-06-02-valley-post.ttl", "bridge:length 412", "bridge:lenght 412", "unknown-term"),
        ("data", "data/reference/rivers-and-towns.ttl", "thing:", "thing;", "unreadable-file"),
        ("queries", "queries/bridges-over.rq", "SELECT", "SELECT ?nothing", "saved-query-column-explained"),
        ("ontology", "ontology/bridges.ttl", "bridge:spans a owl:ObjectProperty", "bridge:span a owl:ObjectProperty", "unknown-term"),
        ("ontology", "ontology/rules/bridges-of-river.rq", "CONSTRUCT", "CONSTRUCTS", "unreadable-file"),
        ("shapes", "shapes/bridge.ttl", "sh:", "sh;", "unreadable-file"),
    ],
)  # fmt: skip
def test_a_hook_finds_what_is_wrong_with_its_kind(  # type: ignore[no-untyped-def]
    zonegraph, repository: Path, hook: str, name: str, old: str, new: str, says: str
) -> None:
    path = repository / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    (asked,) = [h for h in HOOKS if h["id"] == f"zonegraph-{hook}"]
    code, output = run(zonegraph, asked, repository)
    assert code > 0
    assert says in output


def test_the_page_names_every_hook() -> None:
    (config,) = [example for example in EXAMPLES if "repos" in example]
    assert [hook["id"] for hook in config["repos"][0]["hooks"]] == [hook["id"] for hook in HOOKS]
    assert all(f"| `{hook['id']}` |" in PAGE for hook in HOOKS)


def test_the_workflow_uploads_what_validate_writes_although_it_fails(
    zonegraph_process, repository: Path, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    (workflow,) = [example for example in EXAMPLES if "permissions" in example]
    steps = workflow["jobs"]["validate"]["steps"]
    (command,) = [step["run"] for step in steps if "validate" in step.get("run", "")]
    upload = steps[-1]
    assert upload["if"] == "success() || failure()"
    assert workflow["permissions"]["security-events"] == "write"
    line, _, target = command.partition(" > ")
    assert upload["with"]["sarif_file"] == target
    article = repository / "data" / "articles" / "2019-06-02-valley-post.ttl"
    article.write_text(article.read_text("utf-8").replace("bridge:length 412", "bridge:lenght 412"), "utf-8")
    _, *arguments = shlex.split(line)
    result = zonegraph_process(*arguments, cwd=repository)
    assert result.returncode == 1
    (found,) = [r for r in yaml.safe_load(result.stdout)["runs"][0]["results"] if r["ruleId"] == "unknown-term"]
    location = found["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "data/articles/2019-06-02-valley-post.ttl"


def test_other_systems_run_a_command_that_there_is() -> None:
    from zonegraph.validation import FORMATS

    (recipe,) = [example["validate"] for example in EXAMPLES if "validate" in example]
    _, *arguments = shlex.split(recipe["script"][-1].partition(" > ")[0])
    assert recipe["artifacts"]["reports"]["junit"] == recipe["script"][-1].partition(" > ")[2]
    if "junit" in FORMATS:
        assert parser("validate").parse_args(arguments).format == "junit"
