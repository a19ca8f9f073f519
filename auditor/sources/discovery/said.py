"""What an object of the GitOps tool says of its failure, as a clause: never what kustomize and helm repeat of files."""

from __future__ import annotations

import re

from auditor.sources.kubernetes.say import tidy
from auditor.sources.render.told import by_helm, by_kustomize

_KUSTOMIZE = re.compile(r"kustomize build\b|accumulating resources|kustomization\.yaml", re.IGNORECASE)
_HELM = re.compile(
    r"helm template\b|execution error at|parse error|: executing |specifications of the schema|--set\b", re.IGNORECASE
)


def said(message: str) -> str:
    """The clause of a message."""
    if _KUSTOMIZE.search(message):
        return f"kustomize build failed: {by_kustomize(message)}"
    if _HELM.search(message):
        return by_helm(message)
    return tidy(message)
