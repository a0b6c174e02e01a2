"""The embedded store: Oxigraph, in memory or on disk."""

from __future__ import annotations

import re
import threading

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import EngineError, UsageError, nearest
from zonegraph.store import Bindings, Boolean, Triples, guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zonegraph.store import Answer


_STACK = 256 * 1024 * 1024  # bytes, reserved and not used; long chains of operators nest deep in the parser
_starting = threading.Lock()


class EmbeddedStore:
    """An Oxigraph store that answers read-only queries; `ox` is the store itself, for the build and the closure."""

    def __init__(self, store: ox.Store, rebuild: Callable[[], ox.Store] | None = None) -> None:
        """Take a store. Parameters: `rebuild`, what makes it anew if it proves damaged, called once."""
        self.ox = store
        self._rebuild = rebuild

    @property
    def local(self) -> ox.Store:
        """The store itself; see `zonegraph.store.Store`."""
        return self.ox

    def query(self, text: str, timeout: float | None = None) -> Answer:
        """Evaluate a query; see `zonegraph.store.Store.query`. Without `timeout` it may take as long as it needs."""
        outcome: list[Answer | BaseException] = []

        # Oxigraph can neither be cancelled nor interrupted. It does release the interpreter's lock, so it works in a
        # thread of its own while this one stays able to hear ^C and the clock.
        def work() -> None:
            try:
                outcome.append(_collect(self.ox.query(text, prefixes=v.PREFIXES)))
            except BaseException as error:
                outcome.append(error)

        with _starting:  # the size of the stack is the process's, read when a thread starts
            size = threading.stack_size(_STACK)
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            threading.stack_size(size)
        thread.join(timeout)
        if not outcome:
            raise EngineError(
                f"query: no answer within {timeout:g} s\n  allow more with --timeout, or ask for less (fewer patterns, a LIMIT)"
            )
        result = outcome[0]
        if isinstance(result, SyntaxError):
            raise UsageError(syntax_message(text, str(result.args[0]))) from None
        if isinstance(result, (ValueError, OSError, RuntimeError)):
            if self._rebuild is not None:
                rebuild, self._rebuild = self._rebuild, None
                self.ox = rebuild()
                return self.query(text, timeout)
            raise EngineError(
                f"query: the embedded store failed: {result}\n  if it is damaged: zonegraph status --clear-cache"
            ) from None
        if isinstance(result, BaseException):
            raise result
        return result


def _collect(result: object) -> Answer:
    if isinstance(result, ox.QuerySolutions):
        variables = [variable.value for variable in result.variables]
        indexes = range(len(variables))
        return Bindings(variables, [tuple(solution[i] for i in indexes) for solution in result])
    if isinstance(result, ox.QueryTriples):
        return Triples(list(result))
    return Boolean(bool(result))


def syntax_message(text: str, reason: str) -> str:
    """Return the message for a SPARQL syntax error: line, column, the line itself, what the parser expected."""
    match = re.match(r"error at (\d+):(\d+): (.*)", reason, re.DOTALL)
    if not match:
        return f"query: not valid SPARQL: {reason}"
    line, column = int(match.group(1)), int(match.group(2))
    lines = text.split("\n")
    source = lines[line - 1] if line <= len(lines) else ""
    expected = match.group(3)
    # The parser stops right after a name whose prefix it does not know, and often says something else about it.
    named = re.search(r"([\w.\-]*):[\w.\-]*$", source[: column - 1].rstrip())
    undeclared = named if named and named[1] not in {"_", *v.PREFIXES, *guard.declared(text)} else None
    if undeclared:
        prefix = undeclared.group(1)
        near = nearest(prefix, v.PREFIXES)
        expected = f"the prefix {prefix}: is not declared" + (f"; did you mean {near}:?" if near else "")
    elif len(expected) > 300:
        expected = expected[:297] + "..."
    message = f"query:{line}:{column}: not valid SPARQL: {expected}\n    {source}\n    {' ' * (column - 1)}^"
    if undeclared:
        message += f"\n  add at the top: PREFIX {prefix}: <...> (declared already: {', '.join(v.PREFIXES)})"
    return message
