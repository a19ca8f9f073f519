"""Annotations, labels and tags in a recording: every key stays, and the values of those that a rule reads.

Labels that Kubernetes or AKS define stay too, since Services are chosen by them. Others may be anything, even a token.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from auditor.controller import estate, keys
from auditor.model.redacted import REDACTED
from auditor.rules import azure_pool, ignored, made_by, orphans

ANNOTATIONS = frozenset({made_by.HELM_NAME, made_by.HELM_NAMESPACE, made_by.ARGO_ID, ignored.COMPARE})
"""Those of Services that rules read beside the controller's."""
LABELS = frozenset({
    made_by.FLUX_NAME, made_by.FLUX_NAMESPACE, made_by.ARGO_INSTANCE,
    made_by.ENVOY_NAMESPACE, made_by.FLEET_NAMESPACE, made_by.ARGO_LABEL, *made_by.OTHERS,
    *(f"{group}/{what}" for group in ignored.FLUX.values() for what in ("name", "namespace")),
    *azure_pool.EXCLUDED, *azure_pool.CONTROL_PLANE, azure_pool.MANAGED,
})  # fmt: skip
_DEFINED = re.compile(
    r"([^/]+\.)?(kubernetes\.io|k8s\.io|kubernetes\.azure\.com)/.*|app|k8s-app|component|provider|agentpool"
)
TAGS = frozenset({estate.CLUSTER_TAG, estate.OWNER_TAG, *orphans.SERVICE_TAGS, *orphans.CLUSTER_TAGS})
_NO_SECRET = re.compile(r"(true|false|[0-9]{1,5})?", re.IGNORECASE)
"""Kept whatever the key: where Helm values have them without quotes, they are compared with the text in the cluster."""


def metadata(item: dict[str, Any]) -> None:
    """Mask annotations and labels of a Kubernetes object."""
    found = item.get("metadata")
    if isinstance(found, dict):
        _mask(found.get("annotations"), _is_read)
        _mask(found.get("labels"), lambda key: key in LABELS or _DEFINED.fullmatch(key) is not None)


def tags(document: Any) -> None:
    """Mask the tags of all resources in a document of Azure."""
    pending = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            for key, child in node.items():
                if key.lower() == "tags":
                    _mask(child, lambda key: key in TAGS or key.startswith(("k8s-azure-", "aks-managed-")))
                else:
                    pending.append(child)
        elif isinstance(node, list):
            pending += node


def _is_read(key: str) -> bool:
    return key in ANNOTATIONS or keys.is_known(key) or keys.is_mistaken(key)


def _mask(found: Any, is_read: Callable[[str], bool]) -> None:
    if isinstance(found, dict):
        for key, value in found.items():
            if isinstance(value, str) and not is_read(key) and not _NO_SECRET.fullmatch(value):
                found[key] = REDACTED
