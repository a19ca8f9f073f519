"""The only room with clients: what is gathered from manifests, Kubernetes, Azure and recordings.

Bytes come in, values of `auditor.model` go out. What cannot be read becomes a `Gap` with one sentence;
nothing here judges, and nothing here prints.
"""
