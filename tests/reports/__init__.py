"""The formats, the exit code and the rule book."""
