"""The console command, and what `python -m zonegraph` does."""

import os
import signal

# Until the command listens for itself, an interrupt ends it without a traceback.
signal.signal(signal.SIGINT, lambda *_: os._exit(130))

from zonegraph.cli import entry  # noqa: E402

if __name__ == "__main__":
    entry()
