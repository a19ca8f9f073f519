"""How fast the auditor is, beside the least that reading the same files costs: `make bench`."""
