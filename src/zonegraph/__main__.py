"""The console command, and what `python -m zonegraph` does."""

import os
import signal


def _interrupted(*_: object) -> None:
    os.write(2, b"zonegraph: interrupted\n")
    os._exit(130)


# Until the command listens for itself, an interrupt ends it so, without a traceback. Where whoever started it has interrupts
# ignored, as a shell does for what runs in the background, they stay so.
if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    signal.signal(signal.SIGINT, _interrupted)

from zonegraph.cli import entry  # noqa: E402

if __name__ == "__main__":
    entry()
