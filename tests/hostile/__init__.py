"""Attacks: what strangers' files, queries, answers and broken disks try, and what must come of it."""
