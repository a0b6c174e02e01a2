"""Writing files so that nobody ever meets half of one."""

from __future__ import annotations

import os

from zonegraph.errors import UsageError

DRAFTS: set[str] = set()  # files and folders that are being written and not in their place yet


def discard_drafts() -> None:
    """Delete what is being written, because the process is about to end."""
    if not DRAFTS:
        return
    import contextlib
    import shutil

    for draft in list(DRAFTS):
        with contextlib.suppress(OSError):
            os.unlink(draft)
        shutil.rmtree(draft, ignore_errors=True)


def write_atomically(path: str, content: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    A link stays, and what it leads to is written. What exists and is not a regular file, such as a device or a pipe, is
    written to as it stands. Raises UsageError if the file or its folder cannot be written.
    """
    import shutil
    import stat

    draft = ""
    try:
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            mode = None
        if mode is not None and not stat.S_ISREG(mode):
            with open(path, "wb") as file:
                file.write(content)
            return
        if mode is not None and not os.access(path, os.W_OK):  # its folder would let it be replaced all the same
            raise UsageError(f"{path}: cannot be written: Permission denied", "name a file that you can write to")
        target = os.path.realpath(path)
        folder, name = os.path.split(target)
        try:
            draft = os.path.join(folder, f".{name}-{os.urandom(6).hex()}")
            DRAFTS.add(draft)  # before it is there, so that whoever ends the process knows of it
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise UsageError(
                f"{path}: cannot be written: {error.strerror}", "name a file in a folder that you can write to"
            ) from None
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if mode is not None:
            shutil.copymode(target, draft)
        else:
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(draft, 0o666 & ~umask)
        os.replace(draft, target)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}", "name a file that you can write to") from None
    finally:
        if os.path.exists(draft):
            os.unlink(draft)
        DRAFTS.discard(draft)
