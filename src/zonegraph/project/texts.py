"""Reading files: bytes of at most a size, texts in UTF-8, places in a text, the texts of articles."""

from __future__ import annotations

import hashlib
import os
import stat
import sys

from zonegraph.errors import UsageError

MAX_FILE = 256 << 20  # bytes of one file; far more than anybody transcribes into one
STANDARD_INPUT, SHOWN_INPUT = "-", "<stdin>"  # how a path names it, and what messages call it
_AS_A_FILE = "save its content to a file and name that, or pipe it to standard input and name - instead"
_MARKS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (b"\xff\xfe\0\0", "UTF-32LE"),
    (b"\0\0\xfe\xff", "UTF-32BE"),
    (b"\xff\xfe", "UTF-16LE"),
    (b"\xfe\xff", "UTF-16BE"),
)
_ZEROS = {
    "x000": "UTF-32LE",
    "000x": "UTF-32BE",
    "x0x0": "UTF-16LE",
    "0x0x": "UTF-16BE",
}


def read_bytes(path: str) -> bytes:
    """Read a file, of at most MAX_FILE bytes.

    Raises UsageError that names the file and says why it cannot be read; what is not a regular file, such as a device or a
    pipe, is refused before it is opened, since it may never end or make the reader wait.
    """
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise UsageError(f"{path}: not a regular file (a device, a pipe or a socket)", _AS_A_FILE)
        if found.st_size > MAX_FILE:
            raise _too_large(path)
        with open(path, "rb") as file:
            content = file.read(MAX_FILE + 1)
    except IsADirectoryError:
        raise UsageError(f"{path}: is a folder, not a file", "name a file") from None
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file", f"check the name and the current folder ({os.getcwd()})") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}", "check its permissions") from None
    except ValueError:  # it holds a NUL or half a character
        raise UsageError(f"{path!r}: not a possible file name", "check the name") from None
    if len(content) > MAX_FILE:  # it grew meanwhile, or its size was not to be had
        raise _too_large(path)
    return content


def read_standard_input() -> bytes:
    """Read standard input, at most MAX_FILE bytes. Raises UsageError if there is more of it, or none."""
    try:
        content = sys.stdin.buffer.read(MAX_FILE + 1)
    except (AttributeError, OSError, ValueError):  # closed by the caller, or a folder
        raise UsageError(f"{SHOWN_INPUT}: cannot be read", "pipe the text in, or name a file") from None
    if len(content) > MAX_FILE:
        raise _too_large(SHOWN_INPUT)
    return content


def _too_large(path: str) -> UsageError:
    return UsageError(f"{path}: larger than {MAX_FILE >> 20} MiB", "split it into several files")


def read_text(path: str) -> str:
    """Read a source file (Turtle or SPARQL) as it stands: no newline is translated, a byte order mark is dropped.

    Raises UsageError as `read_bytes` and `decode` do.
    """
    return decode(read_bytes(path), path)


def decode(data: bytes, path: str) -> str:
    """Decode the bytes of a source file as `read_text` does; `path` names the source in messages.

    Raises UsageError if they are more than MAX_FILE, with line and column of the first byte that is not UTF-8, or of a carriage return alone: whether it
    ends a line, and with it a comment, is read differently by different programs.
    """
    if len(data) > MAX_FILE:  # an editor may have a text that was never a file
        raise _too_large(path)
    encoding = _wide_encoding(data)
    if encoding:
        raise UsageError(
            f"{path}:1:1: looks like {encoding}, not UTF-8",
            f"save the file as UTF-8 (for example: iconv -f {encoding} -t UTF-8)",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The error counts from behind a byte order mark.
        start = error.start + len(data) - len(error.object)
        before = data[:start]
        line = before.count(b"\n") + 1
        column = start - (before.rfind(b"\n") + 1) + 1
        raise UsageError(
            f"{path}:{line}:{column}: not UTF-8 (byte 0x{data[start]:02x})",
            "save the file as UTF-8 (for example: iconv -f GB18030 -t UTF-8)",
        ) from None
    if "\r" in text and text.count("\r") != text.count("\r\n"):
        import re  # only a mistake pays for it

        line, column = position(text, re.search("\r(?!\n)", text).start())  # type: ignore[union-attr]
        raise UsageError(
            f"{path}:{line}:{column}: a carriage return without a line feed; programs disagree on whether it ends a line",
            "end the line with a line feed; inside a string write \\r",
        )
    return text


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a character of a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _wide_encoding(data: bytes) -> str:
    """Return the name of the encoding if a file is UTF-16 or UTF-32, by its byte order mark or by its zeros; else empty.

    Without a mark: Turtle and SPARQL begin with ASCII characters, of which these encodings fill every other byte with zero.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    return _ZEROS.get("".join("0" if byte == 0 else "x" for byte in data[:4]), "")


def directory_of(option: str | None) -> str | None:
    """Return the folder of the articles' texts: `--articles`, else ZONEGRAPH_ARTICLES, else None.

    Raises UsageError if a folder is named that does not exist.
    """
    directory = option or os.environ.get("ZONEGRAPH_ARTICLES") or None
    if directory is not None and not os.path.isdir(directory):
        raise UsageError(
            f"{directory}: no such folder of article texts",
            "name the folder with --articles or ZONEGRAPH_ARTICLES, or leave it out to see only ranges",
        )
    return directory


def by_digest(directory: str) -> dict[str, tuple[str, str]]:
    """Return the texts in a folder: SHA-256 of the bytes -> (path, decoded text).

    Articles are found by digest, so the files' names do not matter.
    """
    result = {}
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if name.endswith(".txt") and os.path.isfile(path):
            data = read_bytes(path)
            # A text in another encoding is none that an article was transcribed from; its digest will not be asked for.
            result[hashlib.sha256(data).hexdigest()] = (path, data.decode("utf-8", "replace"))
    return result
