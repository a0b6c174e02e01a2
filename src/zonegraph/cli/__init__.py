"""The command line: `zonegraph COMMAND` is `zonegraph.cli.COMMAND`, which declares its arguments and runs."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

from zonegraph import terminal
from zonegraph.deadline import Deadline
from zonegraph.errors import EngineError, UsageError, ZonegraphError
from zonegraph.suggest import nearest
from zonegraph.version import VERSION

# Nothing else is imported up here: what `main` imports, an interrupt may stop without a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType
    from typing import NoReturn

_EXIT_CODES = (
    "Exit codes: 0 success (also no rows, or ASK false); 1 findings; 2 wrong usage or unreadable input; "
    "3 engine or endpoint failure, or time-out; 130 interrupted."
)


def parser(command: str | None = None, profiles: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of the command line.

    Parameters: `command`, the one whose arguments it takes, or None for the help on all of them; `profiles`, the names of the
    project's profiles, which are commands as well.

    Wrong usage raises UsageError, with the nearest word that would have been right.
    """
    import argparse
    import re

    from zonegraph.cli.common import seconds, size

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise _misused(self.prog, message, list(self._option_string_actions))

        apart = False  # whether argparse is reading options and the rest one after the other

        def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
            if self.apart or self._subparsers is not None:
                return super().parse_known_args(args, namespace)
            # Options may stand anywhere: by itself argparse takes what is not one for complete at the first option after it.
            self.apart = True
            namespace, rest = self.parse_known_intermixed_args(self._joined(args), namespace)
            self.apart = False
            # Here each command complains of what it does not know; argparse would leave it to the program.
            if rest:
                self.error(f"unrecognized arguments: {' '.join(rest)}")
            for action in self._actions:  # an empty value is not the same as none; a script's variable was not set
                value = getattr(namespace, action.dest, None)
                if value == "" or (isinstance(value, list) and "" in value):
                    what = f"{action.option_strings[0]} ''" if action.option_strings else f"'' for {action.metavar}"
                    command = self.prog.partition(" ")[2]
                    raise UsageError(f"{command}: {what}: empty value", "give a value, or leave it out")
            return namespace, rest

        def _joined(self, args: Sequence[str]) -> list[str]:
            # `--sort -amount`: argparse takes the value for an option because it begins with a minus.
            joined: list[str] = []
            for word in args:
                before = self._option_string_actions.get(joined[-1]) if joined else None
                is_value = re.match("-[A-Za-z]", word) and word[:2] not in self._option_string_actions
                if is_value and before is not None and before.nargs is None and joined[-1].startswith("--"):
                    joined[-1] += f"={word}"
                else:
                    joined.append(word)
            return joined

    everywhere = Parser(add_help=False, formatter_class=_formatter)
    group = everywhere.add_argument_group("options of every command")
    group.add_argument(
        "--project",
        metavar="DIR",
        help="the project's folder (default: the current one if it is a project, else the packaged graph)",
    )
    group.add_argument(
        "--articles",
        metavar="DIR",
        help="the folder with the articles' texts (default: ZONEGRAPH_ARTICLES); without them, passages are shown as ranges and not checked against the text",
    )
    bounded = Parser(add_help=False, formatter_class=_formatter)
    group = bounded.add_argument_group("options of every command")
    group.add_argument("--timeout", type=seconds, metavar="S", help="end the command after S seconds (exit code 3)")
    group.add_argument(
        "--memory",
        type=size,
        metavar="SIZE",
        help="end the command if it uses more memory than SIZE, such as 500M or 2G (exit code 3)",
    )
    top = Parser(
        prog="zonegraph",
        description="A knowledge graph in which every answer leads back to a passage.",
        epilog=_EXIT_CODES,
        formatter_class=_formatter,
    )
    top.add_argument("--version", action="version", version=f"zonegraph {VERSION}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", prog="zonegraph")
    for name, summary in {
        **COMMANDS,
        **{name: f"show all that is known about one {name} on one page" for name in profiles},
    }.items():
        if command in (None, name):
            sub = commands.add_parser(
                name,
                help=summary,
                description=summary[0].upper() + summary[1:] + ".",
                parents=[everywhere] if name in LASTING else [everywhere, bounded],
                epilog=_EXIT_CODES,
                formatter_class=_formatter,
            )
            if command is not None:
                _module(name).arguments(sub)
    return top


def _module(command: str) -> ModuleType:
    import importlib

    return importlib.import_module(f"zonegraph.cli.{command if command in COMMANDS else 'profile'}")


def _profiles(typed: list[str]) -> list[str]:
    """Return the names of the profiles of the project that the arguments name, except those that are also commands."""
    import argparse

    from zonegraph import catalogue
    from zonegraph.build import graphs
    from zonegraph.project import sources

    only_project = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    only_project.add_argument("--project")
    try:
        folder = only_project.parse_known_args(typed)[0].project
    except argparse.ArgumentError:  # --project has no value; the parser of the command will complain
        folder = None
    return [name for name in catalogue.profiles(graphs.profile_queries(sources.find(folder))) if name not in COMMANDS]


def _misused(prog: str, message: str, options: list[str]) -> UsageError:
    """Return what argparse has to say with the nearest word that it knows, and where the rest is told."""
    import re

    if message.startswith("argument COMMAND: "):
        message = message.partition(": ")[2]
    near = ""
    choice = re.match(r"(.*invalid choice: '(.*?)') \(choose from (.*)\)", message, re.DOTALL)
    unknown = re.match(r"unrecognized arguments: (.*)", message, re.DOTALL)
    if choice:
        choices = re.findall(r"[\w-]+", choice[3])
        message = f"{choice[1]}; choose from {', '.join(choices)}"
        near = nearest(choice[2], choices, 0.4)
    elif unknown and unknown[1].startswith("-"):
        near = nearest(unknown[1].split()[0].partition("=")[0], options, 0.6)
    elif unknown:
        message += " (parameters go after -p; put a text of several words in quotation marks)"
    name = prog.partition(" ")[2]
    message = f"{name}: {message}" if name else message
    return UsageError(message, (f"did you mean {near}? " if near else "") + f"`{prog} --help` shows the usage")


def _formatter(prog: str) -> argparse.HelpFormatter:
    import argparse

    # argparse would import shutil, at every start, to learn how wide the terminal is.
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):
        columns = 100
    return argparse.HelpFormatter(prog, width=min(columns, 120) - 2)


COMMANDS = {
    "query": "run a saved query, a SPARQL file, or SPARQL text; without a name, list the saved queries",
    "find": "find things by English or Chinese name, and words in the articles' texts",
    "validate": "check data against the shapes and the ontology; without a file, check the whole project",
    "export": "write the graph for other RDF tools",
    "explain": "show who says so: the passages, and for inferences the rule and its premises",
    "evidence": "fill in the ranges of quoted phrases, find phrases, check passages against the articles' texts",
    "article": "show an article's statements in the order of its text; without a slug, list the articles",
    "serve": "answer queries over HTTP: SPARQL, saved queries, pages of things",
    "mcp": "let an agent ask the graph: questions with citations, over the Model Context Protocol",
    "lsp": "serve an editor: findings, fixes, explanations and names while files are typed",
    "status": "show what the graph is made of: files, graphs, rules, cache, engines",
}


LASTING = frozenset(
    ("serve", "mcp")
)  # what goes on until a signal, bounds each request by itself, and minds signals itself


def main(arguments: Sequence[str] | None = None, *, own_process: bool = False) -> int:
    """Run one command.

    Parameters: `arguments`, without the program's name (default: the process's); `own_process`, whether the process is
    there for this command alone, so that a deadline, an interrupt or a want of memory may end it.
    Returns the exit code.
    """
    if (
        sys.stderr is None
    ):  # closed by the caller, who wants no messages; the number of the stream must not go to a file
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        return _fail(
            UsageError("standard output is closed", "send it to a file, or to /dev/null if you do not want it")
        )
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal may be unable to show a character; a file or a pipe always gets UTF-8.
            stream.reconfigure(**({"errors": "backslashreplace"} if stream.isatty() else {"encoding": "utf-8"}))
    try:
        typed = sys.argv[1:] if arguments is None else list(arguments)
        if any("\udc80" <= c <= "\udcff" for argument in typed for c in argument):
            raise UsageError("an argument is not UTF-8", "type it again, or set the terminal to UTF-8")
        if not typed:
            help = parser().format_help().rstrip().replace("\n", "\n  ")
            raise UsageError("no command given", help)
        if typed[0].startswith("-") and typed[0] not in ("-h", "--help", "--version"):
            raise UsageError(f"{typed[0]}: options go after the command", f"zonegraph COMMAND {' '.join(typed[:2])}")
        profiles: list[str] = []
        if typed[0] in ("-h", "--help"):
            with contextlib.suppress(ZonegraphError):  # help needs no project
                profiles = _profiles(typed[1:])
        elif typed[0] not in COMMANDS and typed[0] != "--version":
            profiles = _profiles(typed[1:])
        options = parser(typed[0] if typed[0] in (*COMMANDS, *profiles) else None, profiles).parse_args(typed)
        options.deadline = Deadline(None if options.command in LASTING else options.timeout)
        if own_process and options.command not in LASTING:
            from zonegraph.cli import watch

            watch.start(options.deadline, options.memory)
        with _texts_in(options.articles):
            code: int = _module(options.command).run(options)
        sys.stdout.flush()
        return code
    except ZonegraphError as error:
        return _fail(error)
    except BrokenPipeError:
        # The reader, `head` perhaps, has had enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        what = f"{error.filename or 'standard output'}: {error.strerror or error}"
        return _fail(UsageError(what, "check disk space and permissions"))
    except (MemoryError, RecursionError) as error:
        return _fail(EngineError(f"not enough memory ({type(error).__name__})", "ask for less at once"))
    except ImportError as error:
        what = f"the package {error.name} is not installed or is broken: {error}"
        return _fail(EngineError(what, "reinstall with: pip install zonegraph"))
    except KeyboardInterrupt:
        return _fail(ZonegraphError("interrupted"), 130)
    except Exception as error:  # a fault of the program's own: still one message, and a way to see more
        if os.environ.get("ZONEGRAPH_DEBUG"):
            raise
        what = f"internal error: {type(error).__name__}: {error}"
        return _fail(EngineError(what, "please report it, with the output under ZONEGRAPH_DEBUG=1"))


@contextlib.contextmanager
def _texts_in(folder: str | None) -> Iterator[None]:
    """Let the articles' texts be looked for in a folder while a command runs; None for where they were."""
    before = os.environ.get("ZONEGRAPH_ARTICLES")
    if folder:
        os.environ["ZONEGRAPH_ARTICLES"] = folder
    try:
        yield
    finally:  # whoever calls a command from within a process keeps his own
        if folder and before is None:
            del os.environ["ZONEGRAPH_ARTICLES"]
        elif folder and before is not None:
            os.environ["ZONEGRAPH_ARTICLES"] = before


def _fail(error: ZonegraphError, code: int | None = None) -> int:
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    print(f"zonegraph: {error}", file=sys.stderr)
    return error.exit_code if code is None else code


def entry() -> None:
    """The console command: run `main` and leave at once, whatever other threads and the engine still do."""
    # A command makes many triples and hardly a circle: to look through them for circles at the usual pace takes a tenth of it.
    gc.set_threshold(200_000)
    code = main(own_process=True)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def show(text: str, *, cleaned: bool = False) -> None:
    """Print a result for people, cleaned wherever it goes, to standard output.

    Parameters: `cleaned`, whether it is already, line by line, so that its colours are kept.
    """
    sys.stdout.write(text if cleaned else terminal.clean(text))
    sys.stdout.flush()


def write(content: str | bytes) -> None:
    """Print a result for programs to standard output: SPARQL, RDF, rows in a format of their own.

    A file or a pipe gets it as it is. A terminal, where nobody but people reads, gets it cleaned, and what is Turtle, SPARQL
    or JSON still says the same.
    """
    if sys.stdout.isatty():
        show(content if isinstance(content, str) else content.decode())
    elif isinstance(content, str):
        # A file's name may hold a byte that is not UTF-8; Python keeps it as half a character, and JSON has an escape for it.
        sys.stdout.write(content.encode("utf-8", "backslashreplace").decode())
    else:
        sys.stdout.buffer.write(content)
    sys.stdout.flush()


def say(lines: Sequence[str]) -> None:
    """Print remarks that are not a result, a line each, to standard error."""
    sys.stderr.write(terminal.lines(lines))


def say_below(*remarks: Callable[[], Sequence[str]]) -> None:
    """Print remarks below an answer that is printed already, so that none of them can make the command fail.

    Parameters: `remarks`, functions that return lines. One that fails, because an endpoint breaks off for instance, ends in
    a line that says so, and those after it are left out.
    """
    for remark in remarks:
        try:
            say(remark())
        except ZonegraphError as error:
            say([f"zonegraph: the answer is complete, but the remarks below it are not: {error.problem}"])
            return


def date_option(text: str | None) -> str | None:
    """Return an `--as-of` date as a day; of a month or a year it is the last. Raises UsageError if it is none."""
    if text is None:
        return None
    from zonegraph.dates import span

    days = span(text) if text.isascii() and len(text) <= len("2021-02-24") else None
    if days is None:
        raise UsageError(f"--as-of {text}: not a date", "write it like --as-of 2021-02-24")
    if days[1] != text:
        say([f"--as-of {text} is read as its last day, {days[1]}"])
    return days[1]
