"""`python -m zonegraph` does what the console command does."""

from zonegraph.cli import entry

entry()
