"""Write docs/rules.md: every rule, with what breaks it and what keeps it in tests/examples/shapes/."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from zonegraph.project import sources
from zonegraph.validation import rulebook
from zonegraph.validation.findings import general
from zonegraph.validation.rulebook import Entry

EXAMPLES = Path("tests", "examples", "shapes")
AROUND = 6  # lines that are shown before the one at fault, and after it
PROGRAM = "the program"
HEAD = """# Rules

By these rules `zonegraph validate` judges the project's files. `zonegraph validate --rule ID` shows one with the shape or query that states it;
[architecture.md](architecture.md#where-a-new-rule-goes) says how to add one, [reports.md](reports.md) how findings are written. In an example
`# here` marks the line of the finding. This page is written by `make docs`.
"""


def page(root: Path) -> str:
    """Return the page. Parameters: `root`, the project's folder."""
    project = sources.find(str(root))
    broken = examples(root)
    where = defaultdict(list)
    for id, entry in rulebook.entries(project).items():
        where[stated_in(project, id)].append(entry)
    parts = [HEAD]
    for file in sorted(where, key=lambda name: (name == PROGRAM, name)):
        link = file if file == PROGRAM else f"[{file}](../{file})"
        parts.append(f"## Stated in {link}\n")
        parts += [section(root, entry, broken.get(entry.rule.id)) for entry in where[file]]
    return "\n".join(parts)


def stated_in(project: sources.Project, id: str) -> str:
    """Return the file that states a rule; all queries of rules count as their folder."""
    path = rulebook.statement(project, id).path
    return "shapes/rules" if path.startswith("shapes/rules/") else path or PROGRAM


def section(root: Path, entry: Entry, example: tuple[Path, int] | None) -> str:
    """Return what the page says of a rule. Parameters: `example`, a file that breaks it, and the line."""
    rule = entry.rule
    about = f"; about {', '.join(f'`{target}`' for target in entry.targets)}" if entry.targets else ""
    group = f"; group {rule.group}" if rule.group else ""
    lines = [f"### {rule.id}\n", plain(general(rule.message)) + "\n"]
    remedy = plain(general(rule.remedy))
    stop = "" if remedy.endswith(("?", ".")) else "."
    lines.append(f"*{rule.severity}*, scope {entry.scope}{group}{about}. To mend it: {remedy}{stop}\n")
    if example is not None:
        path, line = example
        text = (root / path).read_text("utf-8")
        kept = passing(root, path)
        beside = f", kept in [{name(kept)}](../{kept.as_posix()})" if kept else "; all examples that pass keep it"
        language = "sparql" if path.suffix == ".rq" else "turtle"
        lines.append(f"Broken in [{name(path)}](../{path.as_posix()}){beside}:\n")
        lines.append(f"```{language}\n{excerpt(text, line)}```\n")
    return "\n".join(lines)


def plain(text: str) -> str:
    """Return a text in which Markdown finds no mark-up."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", text)


def name(path: Path) -> str:
    """Return a path as it is shown."""
    return path.relative_to(EXAMPLES).as_posix()


def examples(root: Path) -> dict[str, tuple[Path, int]]:
    """Return for each rule the first file that breaks it and says so, by itself rather than with others, and the line."""
    found: dict[str, tuple[Path, int]] = {}
    folder = root / EXAMPLES
    files = sorted([*folder.rglob("*.ttl"), *folder.rglob("*.rq")], key=lambda p: ("merge-" in p.as_posix(), p))
    for path in files:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for at_first, named in re.findall(r"# expect(-at-1)?: (.+)$", line):
                for id in named.split(","):
                    found.setdefault(id.strip(), (path.relative_to(root), 1 if at_first else number))
    return found


def passing(root: Path, broken: Path) -> Path | None:
    """Return the example that keeps what one breaks, its counterpart; None if it has none."""
    other = Path(broken.as_posix().replace("-fail", "-pass"))
    return other if (root / other).exists() else None


def excerpt(text: str, number: int) -> str:
    """Return the statement around a line, as far as it is near, with `# here` at the line and no other expectation."""
    lines = text.splitlines()
    first = last = number - 1
    while first > 0 and number - 1 - first < AROUND and not ends(lines[first - 1]):
        first -= 1
    while last < len(lines) - 1 and last - number + 1 < AROUND and not ends(lines[last]):
        last += 1
    shown = []
    for at in range(first, last + 1):
        line = re.sub('"[0-9a-f]{64}"', '"…"', re.sub(r"\s*# expect(-at-1)?: .*", "", lines[at]))
        line = line if len(line) <= 160 else f"{line[:159]}…"
        shown.append(f"{line}  # here" if at == number - 1 else line)
    return "".join(f"{line}\n" for line in shown)


def ends(line: str) -> bool:
    """Return whether a statement ends with a line, or none has begun."""
    code = re.sub(r"\s*# expect(-at-1)?: .*", "", line).rstrip()
    return not code or code.endswith(".") or code.startswith(("#", "@prefix", "PREFIX"))


if __name__ == "__main__":
    folder = Path(__file__).resolve().parent
    (folder / "rules.md").write_text(page(folder.parent), "utf-8", newline="\n")
