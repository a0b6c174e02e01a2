"""Findings for an editor: validation is asked for those of a file as it is typed, and they become diagnostics and fixes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types

from zonegraph import terminal, validation
from zonegraph.closure import UnboundedError
from zonegraph.editor import index, place
from zonegraph.editor.index import Index
from zonegraph.errors import UsageError, ZonegraphError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Graph
from zonegraph.rdf.turtle import START, UNLOCATED, Region
from zonegraph.validation import Finding, by_itself, change, checks, files
from zonegraph.validation.checks import Terms
from zonegraph.validation.files import NO_DATA, Given
from zonegraph.validation.findings import UNREADABLE, folded
from zonegraph.validation.report import words

UNTITLED = texts.STANDARD_INPUT  # the path of a text that has no file
SOURCE = "zonegraph"
_SEVERITIES = {
    "info": types.DiagnosticSeverity.Information,
    "warning": types.DiagnosticSeverity.Warning,
    "violation": types.DiagnosticSeverity.Error,
}
_NOT_JUDGED = "not-judged"  # the code of a diagnostic that is no finding


class Standard(NamedTuple):
    """What a file is judged by at once: its project's root, which kind of file it is in it, what is declared there, all names."""

    root: str
    kind: str
    known: Terms
    names: Index


NOTHING = Standard("", checks.ARTICLE, Terms(set(), set(), set(), frozenset()), index.EMPTY)


class Shown(NamedTuple):
    """A diagnostic with the finding that it shows."""

    diagnostic: types.Diagnostic
    finding: Finding


def project_of(path: str, named: str | None) -> sources.Project:
    """Return the project that a file belongs to.

    Parameters: `named`, a project's folder, which then is the one; else it is the folder around the file that is a project, else that of
    the current folder, else the packaged one. Raises UsageError as `sources.find` does.
    """
    if named is None and path != UNTITLED:
        folders = Path(os.path.abspath(path)).parents
        named = next((str(folder) for folder in folders if sources.is_project(str(folder))), None)
    return sources.find(named)


def standard(path: str, named: str | None, before: Standard | None = None) -> Standard:
    """Return what a file is judged by at once.

    Parameters: as `project_of`; `before`, what it was before: what has not changed since is not read again. Raises UsageError if there is
    no such project, or its ontology cannot be read.
    """
    project = project_of(path, named)
    (given,) = files.named_files(project, [path], {path: b""})
    same = before if before and before.root == project.root else None
    names = index.read(project, same.names if same else index.EMPTY)
    if same and _declaring(project, names) == _declaring(project, same.names):
        return same._replace(kind=given.kind, names=names)
    ontology = [t for file in project.ontology for t in turtle.parse(file.path, rename=True)]
    return Standard(project.root, given.kind, checks.terms(Graph(ontology)), names)


def _declaring(project: sources.Project, names: Index) -> list[object]:
    return [names.of_file[file.name][0] for file in project.ontology if file.name in names.of_file]


def at_once(path: str, text: str, judged_by: Standard | None) -> list[Finding]:
    """Return what is wrong with a text by itself: syntax, literals and terms. It opens no file.

    Parameters: `judged_by`, None if nobody knows what is declared: then only whether it can be read.
    """
    by = judged_by or NOTHING
    name = texts.SHOWN_INPUT if path == UNTITLED else path  # as the judgement of the whole names it
    found = by_itself.find(Given(path, name, by.kind, text.encode("utf-8", "surrogatepass")), by.known)
    return found if judged_by else [finding for finding in found if finding.rule == UNREADABLE]


def whole(path: str, text: str, named: str | None, articles: str | None) -> tuple[list[Finding], str]:
    """Return all findings of a text that stands in place of what is saved, and why all files around it were read, if they were.

    Parameters: as `project_of`; `articles`, the folder of the articles' texts. What is wrong elsewhere, so that the file cannot be judged as it
    should, stands at its start.
    """
    content = text.encode("utf-8", "surrogatepass")
    try:
        project = project_of(path, named)
        (given,) = files.named_files(project, [path], {path: content})
        if given.kind in NO_DATA and not _is_saved(path, content):
            return by_itself.find(given, NOTHING.known), ""
        report = validation.validate(project, [path], articles=articles, contents={path: content})
        return [_here(finding, given.name) for finding in report.findings], report.whole
    except UsageError as error:
        unread = files.unreadable(Given(path, path, checks.ARTICLE, content), error)
        return [unread._replace(rule=_NOT_JUDGED)], ""
    except ZonegraphError as error:
        return [Finding(path, START, "violation", _NOT_JUDGED, error.problem, error.remedy)], ""


def keep_graph(path: str, named: str | None) -> str:
    """Let the cache have the graph that changes of an article are laid over; it is built if need be.

    Parameters: as `project_of`. Returns why changes cannot be laid over it, or nothing.
    """
    try:
        project = project_of(path, named)
        article = change.only_article(project, files.named_files(project, [path], {path: b""}))
        if article is not None:
            with change.laid_over(project, article, paid=True):
                pass
    except UnboundedError as error:
        return str(error)
    except UsageError as error:
        return error.problem
    return ""


def _is_saved(path: str, content: bytes) -> bool:
    try:
        return texts.read_bytes(path) == content
    except UsageError:
        return False


def _here(finding: Finding, name: str) -> Finding:
    """Return a finding of this file, or one of another file as one at this file's start."""
    if finding.because and finding.because.path != name:
        finding = finding._replace(because=finding.because._replace(path=name, region=START))
    if finding.path == name:
        return finding
    message = f"{finding.path}:{finding.line}: {finding.message}"
    return finding._replace(path=name, region=START, message=message, fix=None)


def moved(findings: list[Finding], before: str, after: str) -> list[Finding]:
    """Return the findings of a text that still stand where lines have not changed since, at the lines where these are now.

    They are shown until the new text is judged as a whole, and offer no fix.
    """
    old, new = before.split("\n"), after.split("\n")
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    shift = len(new) - len(old)

    def now(region: Region) -> Region | None:
        if region.line > len(old) - tail:
            return region._replace(line=region.line + shift, end_line=region.end_line + shift)
        return None if region.end_line > head else region

    kept = []
    for finding in findings:
        region, because = now(finding.region), finding.because
        if because and because.path == finding.path:
            because = because._replace(region=now(because.region) or because.region)
        if region:
            kept.append(finding._replace(region=region, others=(), fix=None, because=because))
    return kept


# ---------------------------------------------------------------- as the protocol has them


def shown(findings: list[Finding], uri: str, root: str, text: str, encoding: str) -> list[Shown]:
    """Return findings of a file as diagnostics.

    What follows from another one that is shown is left out, and counted there. Parameters: `uri` of the file; `root`, of the project, below
    which other files are named; `text`, by which columns are counted in units of `encoding`.
    """
    lines = text.split("\n")
    return [
        Shown(_diagnostic(finding, following, uri, root, lines, encoding), finding)
        for finding, following in folded(findings).items()
    ]


def _diagnostic(
    finding: Finding, following: list[Finding], uri: str, root: str, lines: list[str], encoding: str
) -> types.Diagnostic:
    # An editor may show it on a terminal, and in any case a name the wrong way round.
    message = terminal.clean(finding.message.removesuffix(UNLOCATED).rstrip())
    if finding.remedy:
        message += f"\nRemedy: {terminal.clean(finding.remedy)}"
    if following:
        message += f"\n{terminal.clean(words.following(following))}"
    related = []
    for other in finding.others:
        same = other.path == finding.path
        path = os.path.join(root, other.path)
        where = uri if same else Path(os.path.abspath(path)).as_uri()
        around = lines if same else _lines(path)
        location = types.Location(where, place.span(around, other.region, encoding))
        related.append(types.DiagnosticRelatedInformation(location, terminal.clean(other.what)))
    return types.Diagnostic(
        range=place.span(lines, _visible(finding.region, lines), encoding),
        message=message,
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        source=SOURCE,
        related_information=related or None,
    )


def _lines(path: str) -> list[str]:
    """Return the lines of another file; none if it cannot be read, and columns are taken as they are."""
    try:
        return texts.read_text(path).split("\n")
    except UsageError:
        return []


def _visible(region: Region, lines: list[str]) -> Region:
    """Return a region that can be seen: of one without a character the rest of its line."""
    if region[:2] != region[2:] or region.line > len(lines):
        return region
    return region._replace(end_column=max(len(lines[region.line - 1].rstrip()) + 1, region.column))


def fixes(
    items: list[Shown], wanted: types.Range, uri: str, version: int | None, text: str, encoding: str, *, versioned: bool
) -> list[types.CodeAction]:
    """Return the fixes of what is shown within a range, as edits of the file.

    Parameters: `version` of the text that was judged; `versioned`, whether the editor takes edits that name it. A fix that changes another
    file is left out.
    """
    lines = text.split("\n")
    actions = []
    for diagnostic, finding in items:
        fix = finding.fix
        if fix is None or not _touch(diagnostic.range, wanted) or any(e.path != finding.path for e in fix.edits):
            continue
        edits = [types.TextEdit(place.span(lines, edit.region, encoding), edit.text) for edit in fix.edits]
        if versioned:
            document = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
            change = types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, list(edits))])
        else:
            change = types.WorkspaceEdit(changes={uri: edits})
        actions.append(
            types.CodeAction(
                title=terminal.line(fix.what),
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                edit=change,
                is_preferred=True,
            )
        )
    return actions


def _touch(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end
