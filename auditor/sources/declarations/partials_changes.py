"""What of a release does not stand in its values: `postRenderers`, patches of kustomize, and files of its chart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.sources.yaml_text import fields
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, Sequence

CHANGED = "changes its Services by spec.postRenderers, which are not followed; say it in spec.values"
_KIND = re.compile(r"""["']?kind["']?\s*:\s*["']?(\w+)""")
_PLAIN = re.compile(r"\w+")


def changes_services(spec: Mapping) -> bool:
    """True if a HelmRelease may patch Services: a patch that names other kinds does not."""
    return any(_of_service(patch) for patch in _patches(spec.get("postRenderers")))


def of_its_chart(spec: Mapping, *, said: bool) -> str:
    """What of a release stands in files of its chart; `said`: its own values speak of a Service."""
    chart = fields.inner(fields.inner(spec, "chart"), "spec")
    if any(chart.get(key) for key in ("valuesFiles", "valuesFile")):
        return "takes values from files of its chart (valuesFiles), which are not read; say it in spec.values"
    if not said and fields.word(fields.inner(chart, "sourceRef"), "kind") == "GitRepository":
        return "is made of a chart in Git, which is not rendered; say in spec.values what concerns its Services"
    return ""


def _patches(given: Node | None) -> Iterator[Node]:
    for one in given if isinstance(given, Sequence) else ():
        kustomize = one.get("kustomize") if isinstance(one, Mapping) else None
        for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
            listed = kustomize.get(key) if isinstance(kustomize, Mapping) else None
            yield from listed if isinstance(listed, Sequence) else ()


def _of_service(patch: Node) -> bool:
    if isinstance(patch, Scalar):
        kinds = _KIND.findall(patch.text)
        return not kinds or "Service" in kinds
    if not isinstance(patch, Mapping):
        return False
    target, text = patch.get("target"), patch.get("patch")
    kind = (target if isinstance(target, Mapping) else patch).get("kind")
    if isinstance(kind, Scalar) and kind.text:
        return kind.text == "Service" or _PLAIN.fullmatch(kind.text) is None  # a pattern may mean it
    return isinstance(target, Mapping) or (isinstance(text, Scalar) and _of_service(text))
