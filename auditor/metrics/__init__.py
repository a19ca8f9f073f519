"""Runs in, Prometheus metrics out: what is said of them, and the two ways out that are not a web server."""
