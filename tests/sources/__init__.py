"""Tests of what is gathered: manifests, JSON of Kubernetes and ARM, snapshot directories."""
