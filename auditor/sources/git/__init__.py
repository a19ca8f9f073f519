"""Manifests out of Git: a bare, shallow copy is fetched, and read from its object database."""
