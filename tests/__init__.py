"""The tests: `make test` runs them, `make bench` measures."""
