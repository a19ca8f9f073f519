"""Documents to plain values, as Go decodes them and as JSON can say them: no dates, no other objects."""

from __future__ import annotations

from typing import Any

from auditor.sources.yaml_text import goscalar
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar


def plain(node: Node) -> Any:
    """Dictionaries, lists and scalars of a document."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, Scalar):
        return goscalar.value(node)
    return [plain(one) for one in node]
