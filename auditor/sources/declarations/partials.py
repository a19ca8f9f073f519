"""What other objects in Git say of the Services that are made of them.

Each kind of object that passes annotations on to a Service, and where it keeps them. What their controllers do was
read in their sources: helm-controller, Argo CD, the Gateway API, aks-app-routing-operator, fleet-networking.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from auditor.controller import keys
from auditor.model.service import Owner, Partial, Place
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.partials_applications import application, application_set
from auditor.sources.declarations.partials_maps import Found, is_ours
from auditor.sources.declarations.partials_releases import release
from auditor.sources.declarations.partials_sources import NOTHING, Known
from auditor.sources.declarations.partials_spoken import Speaker, silent, spoken
from auditor.sources.yaml_text import fields
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, Sequence, place

MAX_NESTED_LISTS = 8
FLEET_INTERNAL = "networking.fleet.azure.com/azure-load-balancer-internal"
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""What Go's strconv.ParseBool takes for yes."""
_OF_ITS_OWN = (
    "has annotations of its own, which its controller may pass on to its Service; write them in "
    "spec.infrastructure.annotations"
)
_OF_ENVOY = (
    "has annotations for Services of Gateways, which are not compared; write them in spec.infrastructure.annotations "
    "of each Gateway"
)
Told = Iterator[Partial | ShapeError]


def partials_in(root: Node, origin: Origin, known: Known = NOTHING) -> Told:
    """The partial declarations of a document, also of those inside lists; a ShapeError for what cannot be told."""
    for document in objects_in(root):
        try:
            yield from _of(document, origin, known)
        except ShapeError as e:
            e.reason = f"the {fields.word(document, 'kind')} {e.reason}"
            yield e


def objects_in(root: Node, depth: int = 0) -> Iterator[Mapping]:
    """The objects of the kinds that speak of Services."""
    if not isinstance(root, Mapping):
        return
    kind, version = fields.word(root, "kind"), fields.word(root, "apiVersion")
    if kind in KINDS:
        if version.startswith(KINDS[kind][0]):
            yield root
    elif kind.endswith("List") and depth < MAX_NESTED_LISTS and isinstance(items := root.get("items"), Sequence):
        for item in items:
            yield from objects_in(item, depth + 1)


def _of(document: Mapping, origin: Origin, known: Known) -> Told:
    metadata = fields.mapping(document, "metadata", "metadata") or Mapping()
    name = fields.text(metadata, "name", "metadata.name")
    if not name:
        return  # a patch, or made by a generator: it is none of the cluster's
    kind = fields.word(document, "kind")
    given = fields.text(metadata, "namespace", "metadata.namespace")
    namespace = "" if kind == "NginxIngressController" else given or origin.namespace
    speaker = Speaker(Owner(kind, namespace, name), origin, place(document)[0])
    yield from KINDS[kind][1](document, speaker, known)


def _release(document: Mapping, speaker: Speaker, known: Known) -> Told:
    yield from release(_spec(document), speaker, known)


def _application(document: Mapping, speaker: Speaker, known: Known) -> Told:
    yield from application(_spec(document), speaker, known.lines)


def _application_set(document: Mapping, speaker: Speaker, _: Known) -> Told:
    yield from application_set(document, speaker)


def _kustomization(document: Mapping, speaker: Speaker, _: Known) -> Told:
    """The folder that Flux applies."""
    spec = _spec(document)
    if fields.given(spec, "kubeConfig") is not None:
        return  # it is applied to another cluster
    path = posixpath.normpath("/" + (fields.text(spec, "path", "spec.path") or "")).lstrip("/")
    if "${" in path:
        return  # nobody knows which folder that is
    folder = f"the folder {path}" if path else "a whole repository"
    yield silent(
        speaker, f"applies {folder}, of which nothing was read; set `intent: flux`, or add it under `git:`", where=path
    )


def _gateway(document: Mapping, speaker: Speaker, _: Known) -> Told:
    infrastructure = fields.mapping(_spec(document), "infrastructure", "spec.infrastructure") or Mapping()
    annotations = fields.mapping(infrastructure, "annotations", "spec.infrastructure.annotations")
    if annotations is not None and any(map(is_ours, annotations)):
        yield from spoken(Found("spec.infrastructure", annotations), speaker)
    metadata = fields.mapping(document, "metadata", "metadata") or Mapping()
    own = fields.mapping(metadata, "annotations", "metadata.annotations") or Mapping()
    if annotations is None and any(map(is_ours, own)):
        yield silent(speaker, _OF_ITS_OWN)  # Istio passes them on where there are no others, most do not


def _envoy_proxy(document: Mapping, speaker: Speaker, _: Known) -> Told:
    """The configuration of a Gateway, or of a class of them: of which is not followed."""
    node: Node | None = _spec(document)
    for key in ("provider", "kubernetes", "envoyService", "annotations"):
        node = node.get(key) if isinstance(node, Mapping) else None
    if isinstance(node, Mapping) and any(map(is_ours, node)):
        yield silent(speaker, _OF_ENVOY, place(node)[0])


def _ingress_controller(document: Mapping, speaker: Speaker, _: Known) -> Told:
    spec = _spec(document)
    annotations = fields.mapping(spec, "loadBalancerAnnotations", "spec.loadBalancerAnnotations") or Mapping()
    if any(map(is_ours, annotations)) or fields.given(spec, "loadBalancerSourceRanges") is not None:
        found = Found("spec.loadBalancerAnnotations", annotations, (spec,), ("loadBalancerSourceRanges",))
        yield from spoken(found, speaker)


def _multi_cluster_service(document: Mapping, speaker: Speaker, _: Known) -> Told:
    """Only one annotation is passed on, under another name, and only where it says yes."""
    metadata = fields.mapping(document, "metadata", "metadata") or Mapping()
    annotations = fields.mapping(metadata, "annotations", "metadata.annotations") or Mapping()
    node = annotations.get(FLEET_INTERNAL)
    if isinstance(node, Scalar) and node.text in _TRUE:
        at = Place(*place(node))
        yield Partial(
            owner=speaker.owner, where="metadata", annotations={keys.INTERNAL: "true"}, source=speaker.origin.source,
            path=speaker.origin.path, line=at.line, places={keys.INTERNAL: at},
        )  # fmt: skip


def _spec(document: Mapping) -> Mapping:
    found = fields.mapping(document, "spec", "spec")
    return Mapping.at(document) if found is None else found


Reader = Callable[[Mapping, Speaker, Known], Told]
KINDS: dict[str, tuple[str, Reader]] = {
    "HelmRelease": ("helm.toolkit.fluxcd.io/", _release),
    "Application": ("argoproj.io/", _application),
    "ApplicationSet": ("argoproj.io/", _application_set),
    "Kustomization": ("kustomize.toolkit.fluxcd.io/", _kustomization),
    "Gateway": ("gateway.networking.k8s.io/", _gateway),
    "EnvoyProxy": ("gateway.envoyproxy.io/", _envoy_proxy),
    "NginxIngressController": ("approuting.kubernetes.azure.com/", _ingress_controller),
    "MultiClusterService": ("networking.fleet.azure.com/", _multi_cluster_service),
}
"""By kind: the group of its apiVersion, and what reads it."""
TELLING = ("argoproj.io/", "kustomize.toolkit.fluxcd.io/")
"""Groups of objects that tell something by being there."""
