"""What a controller writes on the Services that it makes, so that they can be found from the object in Git.

Read in the sources of helm-controller, Helm, Argo CD, fleet-networking and aks-app-routing-operator, and in the labels
that the Gateway API, Istio and Envoy Gateway document.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from auditor.model.service import Live, Partial, ServiceKey

FLUX_NAME, FLUX_NAMESPACE = "helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"
KUSTOMIZATION_NAME, KUSTOMIZATION_NAMESPACE = (
    "kustomize.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/namespace",
)
HELM_NAME, HELM_NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"
ARGO_ID, ARGO_INSTANCE = "argocd.argoproj.io/tracking-id", "app.kubernetes.io/instance"
ARGO_LABEL = "argocd.argoproj.io/instance"
"""The label that Argo CD's documentation proposes in place of the one that charts set too."""
GATEWAY_NAMES = ("gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name")
"""On a Service beside its Gateway."""
ENVOY_NAME, ENVOY_NAMESPACE = (
    "gateway.envoyproxy.io/owning-gateway-name",
    "gateway.envoyproxy.io/owning-gateway-namespace",
)
"""Envoy Gateway keeps its Services in a namespace of its own."""
FLEET_NAME, FLEET_NAMESPACE = (
    "networking.fleet.azure.com/multi-cluster-service-name",
    "networking.fleet.azure.com/multi-cluster-service-namespace",
)

ENVOY_CLASS = "gateway.envoyproxy.io/owning-gatewayclass"
ISTIO_OPERATOR = "install.operator.istio.io/owning-resource"
OTHERS = (*GATEWAY_NAMES, ENVOY_NAME, ENVOY_CLASS, FLEET_NAME, ISTIO_OPERATOR)
"""Labels of Services that a controller makes of another object, some of which have no ownerReference."""

Mark = tuple[str, str, str]
"""Kind of mark, namespace, name."""
Makers = Mapping[Mark, list[Live]]
_ARGO = frozenset({"argo", "instance"})


def by_maker(services: Iterable[Live]) -> Makers:
    """The Services by the marks of whatever made them."""
    found: dict[Mark, list[Live]] = defaultdict(list)
    for one in services:
        for mark in dict.fromkeys(_marks(one)):
            found[mark].append(one)
    return found


def made_by(partial: Partial, makers: Makers) -> list[Live]:
    """The Services that the object of a partial declaration has made, each once."""
    if partial.owner.kind == "ApplicationSet":
        marks = [mark for mark in makers if mark[0] in _ARGO and fnmatchcase(mark[2], _template(partial))]
    else:
        marks = list(_sought(partial))
    found = {one.key: one for mark in marks for one in makers.get(mark, ())}
    return list(found.values())


def _template(partial: Partial) -> str:
    """A pattern of the names of an ApplicationSet's Applications."""
    return partial.release.name if partial.release else partial.owner.name


def of_another_object(live: Live) -> bool:
    """True if a controller makes this Service of another object: that one is in Git, or is not."""
    return live.owned or any(label in live.labels for label in OTHERS)


def _marks(live: Live) -> Iterator[Mark]:
    labels, annotations = live.labels, live.annotations
    if FLUX_NAME in labels:
        yield "flux", labels.get(FLUX_NAMESPACE, ""), labels[FLUX_NAME]
    elif HELM_NAME in annotations:
        yield "helm", annotations.get(HELM_NAMESPACE, ""), annotations[HELM_NAME]
    tracked = annotations.get(ARGO_ID, "")
    if tracked.endswith(f":/Service:{live.namespace}/{live.name}"):  # else it was copied from another object
        # `[<namespace>_]<application>:<group>/<kind>:<namespace>/<name>`
        namespace, _, name = tracked.partition(":")[0].rpartition("_")
        yield "argo", namespace, name
    elif not tracked and (instance := labels.get(ARGO_LABEL) or _instance(live)):
        yield "instance", live.namespace, instance
        yield "instance", "", instance
    yield from (("gateway", live.namespace, labels[key]) for key in GATEWAY_NAMES if key in labels)
    if ENVOY_NAME in labels:
        yield "gateway", labels.get(ENVOY_NAMESPACE, ""), labels[ENVOY_NAME]
    if ENVOY_NAME in labels or ENVOY_CLASS in labels:
        yield "envoy", "", ""
    if FLEET_NAME in labels:
        yield "fleet", labels.get(FLEET_NAMESPACE, ""), labels[FLEET_NAME]
    if KUSTOMIZATION_NAME in labels:
        yield "kustomization", labels.get(KUSTOMIZATION_NAMESPACE, ""), labels[KUSTOMIZATION_NAME]
    for kind, name in live.owners:
        yield ("gateway", live.namespace, name) if kind == "Gateway" else (f"owner {kind}", "", name)


def _instance(live: Live) -> str:
    """Charts set this label too: on what Helm or Flux installed it is no mark of Argo CD."""
    by_helm = {FLUX_NAME, HELM_NAME} & {*live.labels, *live.annotations}
    return "" if by_helm else live.labels.get(ARGO_INSTANCE, "")


def _sought(partial: Partial) -> Iterator[Mark]:
    kind, namespace, name = partial.owner
    if kind == "HelmRelease":
        yield "flux", namespace, name
        yield "helm", *(partial.release or ServiceKey(namespace, name))
    elif kind == "Application":
        yield "argo", namespace, name
        yield "argo", "", name
        yield "instance", partial.release.namespace if partial.release else "", name
    elif kind == "Gateway":
        yield "gateway", namespace, name
    elif kind == "EnvoyProxy":
        yield "envoy", "", ""
    elif kind == "Kustomization":
        yield "kustomization", namespace, name
    elif kind == "MultiClusterService":
        yield "fleet", namespace, name
    else:
        yield f"owner {kind}", "", name
