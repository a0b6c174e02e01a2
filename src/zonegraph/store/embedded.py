"""The embedded store: Oxigraph, in memory or on disk."""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager, nullcontext
from itertools import islice

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import EngineError, UsageError
from zonegraph.rdf import sparql
from zonegraph.store import Bindings, Boolean, Triples
from zonegraph.store.query import Query, values_rows
from zonegraph.store.query import dataset as named_dataset
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from zonegraph.deadline import Deadline
    from zonegraph.store import Answer, Term
    from zonegraph.store.query import Named


class EmbeddedStore:
    """An Oxigraph store; `ox` is the store itself, for the build.

    A query runs in the thread that asks it and cannot be stopped: who bounds its time does so from outside, the command line
    by ending the process, the Python API by asking a `worker.WorkerStore`.
    """

    def __init__(
        self,
        store: ox.Store,
        *,
        rebuild: Callable[[], ox.Store | None] | None = None,
        merge: Sequence[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = (),
    ) -> None:
        """Take a store.

        Parameters: `rebuild`, called at the first failure of the engine, makes the store anew; it returns None if nothing was
        damaged; `merge`, the graphs that a query reads together as the default graph, none for that of the store.
        """
        self.ox = store
        self._merge = list(merge) or None
        self._rebuild = rebuild
        self._renewing = threading.Lock()

    @property
    def local(self) -> ox.Store:
        """The store itself; see `zonegraph.store.Store`."""
        return self.ox

    def within(self, deadline: Deadline) -> EmbeddedStore:
        """Return this store: who asks it cannot be kept waiting by anybody else; see the class."""
        deadline.left()
        return self

    def query(self, query: Query, *, bindings: Mapping[str, Term] | None = None, limit: int | None = None) -> Answer:
        """Evaluate a query; see `zonegraph.store.Store.query`. It takes as long as it needs."""
        require_judged(query)
        substitutions = {ox.Variable(name): term for name, term in (bindings or {}).items()}
        asked = self.ox
        try:
            return _ask(asked, query, substitutions, limit, self._merge)
        except EngineError:
            if not self.renew(asked):
                raise
            return _ask(self.ox, query, substitutions, limit, self._merge)

    @contextmanager
    def results(
        self,
        query: Query,
        base: str,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Iterator[ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples]:
        """Give the engine's own results of a query, to be written as they are worked out; the errors are those of `query`.

        Parameters: `base`, what relative IRIs of the query are resolved against; `default_graphs` and `named_graphs`, those of
        the dataset that is asked instead of the one that the query names; None for both to leave it so. Of several default
        graphs each triple counts once. A graph that is not held is empty there.
        """
        require_judged(query)
        asked = self.ox
        with _explained(query, asked):
            if default_graphs is None and named_graphs is None:
                _require_held(query, asked)
                if query.graphs:
                    read = named_dataset(query.text, base)
                    # A text that the guard reads otherwise is written so oddly that its dataset is left to the engine.
                    if {*read[0], *read[1]} == {named.graph for named in query.graphs}:
                        default_graphs, named_graphs = read
            default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] | None = _nodes(default_graphs)
            named: list[ox.NamedNode | ox.BlankNode] | None = _nodes(named_graphs)
            if default is not None and len(default) > 1:
                # The engine takes several graphs for a bag, in which a triple counts once for each graph.
                asked, default = _merged(asked, default, named or []), [ox.DefaultGraph()]
            with _evaluating():
                yield asked.query(
                    query.text,
                    base_iri=base,
                    prefixes=v.PREFIXES,
                    default_graph=default,
                    named_graphs=named,
                )

    def renew(self, damaged: ox.Store) -> bool:
        """Make the store anew, since it has proved damaged. Returns whether there is another one: it is made once, if it can be."""
        with self._renewing:  # of several threads that met the damage, the first makes it
            if self.ox is not damaged:
                return True
            rebuild, self._rebuild = self._rebuild, None
            another = None if rebuild is None else rebuild()
            if another is None:
                return False
            self.ox = another
            return True

    def update(self, update: Query) -> None:
        """Carry out a SPARQL update that the closure has compiled. Raises EngineError if the store fails."""
        require_judged(update)
        try:
            with _evaluating():
                self.ox.update(update.text)
        except (SyntaxError, ValueError, OSError, RuntimeError) as error:
            raise EngineError(*failure(error)) from None


def _ask(
    store: ox.Store,
    query: Query,
    substitutions: dict[ox.Variable, Term],
    limit: int | None,
    merge: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] | None,
) -> Answer:
    with _explained(query, store):
        _require_held(query, store)
        with _evaluating():
            found = store.query(query.text, prefixes=v.PREFIXES, substitutions=substitutions, default_graph=merge)
            return _collect(found, limit)


@contextmanager
def _explained(query: Query, store: ox.Store) -> Iterator[None]:
    """Raise what the engine says of a query as UsageError if the query is at fault, else as EngineError."""
    try:
        yield
    except SyntaxError as error:
        raise _syntax_error(query, str(error.args[0]), store) from None
    except (ValueError, OSError, RuntimeError) as error:
        unknown = re.fullmatch(r"The custom function (<[^>]*>) is not supported", str(error))
        if unknown:
            raise UsageError(
                f"{query.name}: the function {unknown[1]} is not known",
                "use a SPARQL 1.1 function, or a cast such as xsd:integer()",
            ) from None
        raise EngineError(*failure(error)) from None


def _require_held(query: Query, store: ox.Store) -> None:
    for named in query.graphs:
        if not _holds(store, named.graph):
            raise not_held(named, [str(graph.value) for graph in store.named_graphs()])


def _holds(store: ox.Store, graph: str) -> bool:
    try:
        return store.contains_named_graph(ox.NamedNode(graph))
    except ValueError:  # no IRI
        return False


def _nodes(graphs: Sequence[str] | None) -> list[Any] | None:
    return None if graphs is None else [ox.NamedNode(graph) for graph in dict.fromkeys(graphs)]


def _merged(
    store: ox.Store,
    default: Iterable[ox.NamedNode | ox.BlankNode | ox.DefaultGraph],
    named: Iterable[ox.NamedNode | ox.BlankNode],
) -> ox.Store:
    """Return a store whose default graph has each triple of some graphs once, beside some named graphs."""
    merged = ox.Store()
    for graph in default:
        merged.bulk_extend(
            ox.Quad(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, graph)
        )
    for graph in named:
        merged.bulk_extend(store.quads_for_pattern(None, None, None, graph))
    return merged


def failure(error: Exception) -> tuple[str, str]:
    """Return problem and remedy for an error of the engine that is not a fault of the query."""
    return f"query: the embedded store failed: {error}", "if the store is damaged, run zonegraph status --clear-cache"


def require_judged(query: object) -> None:
    """Raise TypeError for a query that is a mere text."""
    if not isinstance(query, Query):
        raise TypeError(f"a store takes a Query, not {type(query).__name__}; zonegraph.store.guard.judge makes one")


def not_held(named: Named, held: Iterable[str] = ()) -> UsageError:
    """Return the error for a graph that a query names after FROM and the store does not hold.

    Parameters: `held`, the graphs that it does hold, as far as they are known; the nearest is offered.
    """
    near = nearest(named.graph, held, 0.7)
    return UsageError(
        f"{named.place}: FROM <{named.graph}> is refused: it is not a graph in the store",
        (f"did you mean <{near}>? " if near else "") + "`zonegraph query graph-contents` lists its graphs",
    )


def seal() -> tuple[int, int] | None:
    """From now on let this process open no file and no socket while an embedded store evaluates a query.

    It is the second lock behind the guard: Oxigraph answers SERVICE over HTTP and has no option against it. It is for a
    process that does nothing else meanwhile, such as a command. Where the platform has no such limit, the guard is alone.
    Returns the limits that hold between queries, for `unseal`; None if there is no such limit.
    """
    global _evaluating
    try:
        import resource
    except ImportError:
        return None
    _evaluating = _no_new_files
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def unseal(limits: tuple[int, int] | None) -> None:
    """Let this process open files again, though a query may be under way, since it is about to end.

    Parameters: `limits`, those that held before any query.
    """
    global _evaluating
    _evaluating = nullcontext
    if limits is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@contextmanager
def _no_new_files() -> Iterator[None]:
    # Of several threads that evaluate at once the first denies files, and the last that is done lets them be opened again.
    global _under_way, _before
    with _counting:
        if not _under_way:
            _before = deny_new_files()
        _under_way += 1
    try:
        yield
    finally:
        with _counting:
            _under_way -= 1
            if not _under_way and _before is not None:
                import resource

                resource.setrlimit(resource.RLIMIT_NOFILE, _before)


_counting = threading.Lock()
_under_way = 0  # evaluations
_before: tuple[int, int] | None = None  # the limits that held before the first of them


def deny_new_files() -> tuple[int, int] | None:
    """Let this process open no further file or socket. Returns the limits that held before; None if there is no such limit."""
    try:
        import resource

        # The lowest number that is free, so that none of those below it is.
        try:
            lowest = os.dup(0)
        except OSError:
            lowest = os.open(os.devnull, os.O_RDONLY)
        os.close(lowest)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest if soft < 0 else min(lowest, soft), hard))
    except (ImportError, OSError, ValueError):
        return None
    return soft, hard


_evaluating: Callable[[], AbstractContextManager[None]] = nullcontext


def _collect(result: object, limit: int | None) -> Answer:
    if isinstance(result, ox.QuerySolutions):
        variables = [variable.value for variable in result.variables]
        indexes = range(len(variables))
        return Bindings(variables, [tuple(solution[i] for i in indexes) for solution in islice(result, limit)])
    if isinstance(result, ox.QueryTriples):
        return Triples(list(islice(result, limit)))
    return Boolean(bool(result))


def _syntax_error(query: Query, reason: str, store: ox.Store | None = None) -> UsageError:
    """Return the error for a SPARQL syntax error: line, column, the line itself, what the parser expected.

    Parameters: `store`, whose terms are offered for a name without a prefix.
    """
    text, name = query.text, query.name
    match = re.match(r"error at (\d+):(\d+): (.*)", reason, re.DOTALL)
    if not match:
        return UsageError(f"{name}: not valid SPARQL: {reason}")
    line, column = int(match.group(1)), int(match.group(2))
    lines = text.split("\n")
    source = lines[line - 1] if line <= len(lines) else ""
    expected = match.group(3)
    # The parser stops right after a name whose prefix it does not know, and often says something else about it.
    ends = re.search(r"([\w.\-]*):[\w.\-]*$", source[: column - 1].rstrip())
    known = {"_", *v.PREFIXES, *sparql.Prologue(text).prefixes}
    undeclared = ends if ends and ends[1] not in known else None
    if undeclared:
        prefix = undeclared.group(1)
        near = nearest(prefix, v.PREFIXES)
        expected = f"the prefix {prefix}: is not declared" + (f"; did you mean {near}:?" if near else "")
    elif bare := re.search(r"(?<![:\w?$-])([\w-]+)(?:\s+[?$])?$", source[: column - 1].rstrip()):
        whole = [] if store is None else _prefixed(bare[1], store)
        if whole:
            expected = f"prefix missing: {' or '.join(whole)}"
        elif '":"' in expected:  # the parser took the word for a prefix
            expected = f"{bare[1]}: prefix missing; write a name like zg:{bare[1]}"
    if len(expected) > 300:
        expected = expected[:297] + "..."
    remedy = f"add at the top: PREFIX {prefix}: <...> (declared already: {', '.join(v.PREFIXES)})" if undeclared else ""
    return UsageError(
        f"{name}:{line}:{column}: not valid SPARQL: {expected}\n    {source}\n    {' ' * (column - 1)}^", remedy
    )


def _prefixed(local: str, store: ox.Store) -> list[str]:
    """Return the prefixed names that end in a local name and that the store holds."""
    found = []
    for prefix, namespace in v.PREFIXES.items():
        node = ox.NamedNode(namespace + local)
        places = ((node, None, None), (None, node, None), (None, None, node))
        held = any(next(store.quads_for_pattern(s, p, o), None) for s, p, o in places)
        if held and namespace != v.SH:  # whose local names, such as `select`, are SPARQL keywords
            found.append(f"{prefix}:{local}")
    return found


class _ParsedError(Exception):
    pass


class _Graphs:
    """Named graphs of which the first is asked for once the query has been parsed, and before it is evaluated."""

    def __iter__(self) -> Iterator[ox.NamedNode]:
        raise _ParsedError


def require_sparql(query: Query) -> None:
    """Raise UsageError, with the place, if a query is not SPARQL to Oxigraph; it is parsed and not evaluated."""
    try:
        with _evaluating():
            ox.Store().query(query.text, prefixes=v.PREFIXES, named_graphs=_Graphs())  # type: ignore[arg-type]
    except _ParsedError:
        return
    except SyntaxError as error:
        raise _syntax_error(query, str(error.args[0])) from None


def columns(query: Query) -> list[str] | None:
    """Return the names of the columns that a query asks for, in order, without evaluating it.

    Returns None if it is not a SELECT query, or not SPARQL.
    """
    text = query.text
    with _evaluating():
        # Joined with no rows at all, a pattern is nothing that Oxigraph evaluates, even to sort or to count.
        try:
            asked = ox.Store().query(f"{text}\nVALUES () {{}}", prefixes=v.PREFIXES)
        except SyntaxError:  # it ends with VALUES already
            *_, (_, start, end) = values_rows(text) or [((), 0, 0)]
            if [token.text for token in sparql.tokens(text[end:])] != ["}"]:
                return None
            try:
                asked = ox.Store().query(f"{text[:start]}{text[end:]}", prefixes=v.PREFIXES)
            except SyntaxError:
                return None
    return [variable.value for variable in asked.variables] if isinstance(asked, ox.QuerySolutions) else None
