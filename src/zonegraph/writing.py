"""Writing files so that nobody ever meets half of one."""

from __future__ import annotations

import os

from zonegraph.errors import UsageError


def write_atomically(path: str, content: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises UsageError if its folder cannot be written."""
    import shutil
    import tempfile

    folder, name = os.path.split(os.path.abspath(path))
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written: {error.strerror}\n  name a file in a folder that you may write"
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if os.path.exists(path):
            shutil.copymode(path, draft)
        else:
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(draft, 0o666 & ~umask)
        os.replace(draft, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}\n  name a file that you may write") from None
    finally:
        if os.path.exists(draft):
            os.unlink(draft)
