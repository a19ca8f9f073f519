"""Tests of the controller model: parsers, names, addresses, rules and probes, against domain.md."""
