"""Snapshot directories: read, written, and cleared of what must not be recorded."""
