"""What the Azure cloud controller would make of a Service: a faithful re-statement of its parsers, names and shapes.

Nothing in this room reads a file, a clock or a network. The source of every behaviour is
kubernetes-sigs/cloud-provider-azure (master of August 2026, commit 7b31c76): docs/domain.md says where, and docstrings
name the file below its `pkg/provider`.
"""
