"""What the GitOps tool is told to ignore is nobody's drift; and where a change stopped."""

import dataclasses
import json
from typing import Any

import pytest

from auditor.lab.server import Lab
from auditor.model.service import Declared, Live, Owner, Partial
from auditor.model.snapshot import Ignored
from auditor.rules.ignored import agreed, applied_by, extraneous
from auditor.sources.discovery import live_owners
from auditor.sources.discovery.differences import pointer
from auditor.sources.discovery.live_objects import LiveObjects
from auditor.sources.discovery.live_owners import stopped_at
from auditor.sources.discovery.parameters import typed
from auditor.sources.gathered import Gathered
from auditor.sources.kubernetes.client import Client
from tests.sources.discovery.conftest import Write
from tests.sources.discovery.made import thing

KEY = "service.beta.kubernetes.io/azure-load-balancer-internal"
APP = Owner("Application", "argocd", "web")
TRACKED = {"argocd.argoproj.io/tracking-id": "web:/Service:web/front"}
GIT = Declared(
    namespace="web", name="front", annotations={KEY: "true", "a": "git"}, labels={}, load_balancer_ip="10.0.0.4",
    source="main", path="a.yaml", line=1,
)  # fmt: skip
LIVE = Live(
    namespace="web", name="front", annotations={**TRACKED, "a": "live", "b": "live"}, labels={},
    load_balancer_ip="10.0.0.5", external_traffic_policy="Local", uid="1", changed_by="operator",
)  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (".spec.loadBalancerIP", "/spec/loadBalancerIP"),
        ('.metadata.annotations["a.b/c"]', "/metadata/annotations/a.b~1c"),
        ('.metadata.annotations."a.b/c"', "/metadata/annotations/a.b~1c"),
        ('.metadata.annotations.["a~b"]', "/metadata/annotations/a~0b"),
        (".metadata", "/metadata"),
        (".spec.ports[]", None),
        (".spec | .x", None),
        ("", None),
    ],
)
def test_plain_paths_of_jq(expression: str, expected: str | None) -> None:
    assert pointer(expression) == expected


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ({"pointers": ("/metadata/annotations/a",)}, {"annotations": {KEY: "true", "a": "live"}}),
        ({"pointers": (f"/metadata/annotations/{KEY.replace('/', '~1')}",)}, {"annotations": {"a": "git"}}),
        ({"pointers": ("/metadata/annotations",)}, {"annotations": LIVE.annotations}),
        ({"pointers": ("/spec/loadBalancerIP",)}, {"load_balancer_ip": "10.0.0.5"}),
        ({"pointers": ("/spec",)}, {"load_balancer_ip": "10.0.0.5", "external_traffic_policy": "Local", "type": LIVE.type}),
        ({"pointers": ("/spec/replicas", "/status", "junk")}, {}),
        ({"managers": ("operator",)}, {"annotations": LIVE.annotations, "load_balancer_ip": "10.0.0.5", "external_traffic_policy": "Local"}),
        ({"managers": ("someone",)}, {}),
        ({"pointers": ("/spec",), "name": "other"}, {}),
        ({"pointers": ("/spec",), "namespace": "other"}, {}),
        ({"pointers": ("/spec",), "owner": Owner("Application", "argocd", "other")}, {}),
    ],
)  # fmt: skip
def test_what_is_ignored_agrees(rule: dict[str, Any], changed: dict[str, Any]) -> None:
    assert agreed(GIT, LIVE, [Ignored(**{"owner": APP, **rule})]) == dataclasses.replace(GIT, **changed)


def test_what_is_ignored_agrees_in_every_declaration() -> None:
    rule = Ignored(owner=APP, pointers=("/metadata/annotations",))
    other = dataclasses.replace(GIT, path="other.yaml")

    found = agreed(dataclasses.replace(GIT, also=(other,)), LIVE, [rule])

    assert found == dataclasses.replace(agreed(GIT, LIVE, [rule]), also=(agreed(other, LIVE, [rule]),))


def test_whose_service_it_is() -> None:
    flux = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}

    assert applied_by(Owner("Kustomization", "flux-system", "apps"), dataclasses.replace(LIVE, labels=flux))
    assert not applied_by(Owner("Kustomization", "flux-system", "apps"), LIVE)
    assert applied_by(APP, dataclasses.replace(LIVE, annotations={}, labels={"app.kubernetes.io/instance": "web"}))


def test_a_service_may_be_extraneous() -> None:
    option = {"argocd.argoproj.io/compare-options": "ServerSideDiff=true, IgnoreExtraneous"}

    assert extraneous(dataclasses.replace(LIVE, annotations=option))
    assert not extraneous(LIVE)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("null", None), ("10", 10), ("010", "010"), ("1.5", "1.5"), ("a\\,b", "a,b"), ("", "")])  # fmt: skip
def test_parameters_are_typed_as_helm_does(text: str, value: Any) -> None:
    assert typed(text) == value


def partial(kind: str, namespace: str, where: str) -> Partial:
    owner = Owner(kind, namespace, "x")
    return Partial(owner=owner, where=where, annotations={KEY: "true"}, source="main", path="a.yaml", line=1)


@pytest.mark.parametrize(
    ("declared", "spec", "annotations"),
    [
        (partial("Gateway", "web", "spec.infrastructure"), {"infrastructure": {"annotations": {KEY: "{}"}}}, {}),
        (partial("NginxIngressController", "", "spec.loadBalancerAnnotations"), {"loadBalancerAnnotations": {KEY: "{}"}}, {}),
        (partial("MultiClusterService", "web", "metadata"), {}, {"networking.fleet.azure.com/azure-load-balancer-internal": "{}"}),
        (partial("HelmRelease", "web", "spec.values.controller.service"), {"values": {"controller": {"service": {"annotations": {KEY: "{}"}}}}}, {}),
        (partial("HelmRelease", "web", "spec.values.listeners[1].lb"), {"values": {"listeners": [{}, {"lb": {KEY: "{}"}}]}}, {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("value", "said"), [("true", "has Git's value already"), ("false", f"has another {KEY} than Git")]
)
def test_where_a_change_stopped(
    declared: Partial, spec: Any, annotations: Any, value: str, said: str, write: Write, client: Client
) -> None:
    made = thing(declared.owner.kind, "x", declared.owner.namespace, spec=spec)
    made["metadata"]["annotations"] = annotations
    write(json.loads(json.dumps(made).replace('"{}"', json.dumps(value))))
    gathered = Gathered("kubernetes")

    found = live_owners.live_owners([declared], LiveObjects(client), gathered)

    assert said in (stopped_at(declared, found.get(declared.owner)) or "")
    assert gathered.gaps == []


def test_a_release_that_is_just_being_reconciled(write: Write, client: Client) -> None:
    declared = partial("HelmRelease", "web", "spec.values.service")
    status = {"conditions": [{"type": "Reconciling", "status": "True", "message": "Running 'upgrade' action"}]}
    values = {"values": {"service": {"annotations": {KEY: "true"}}}}
    write(thing("HelmRelease", "x", "web", spec=values, status=status))

    found = live_owners.live_owners([declared], LiveObjects(client), Gathered("kubernetes"))

    assert stopped_at(declared, found[declared.owner]) == "reconciling: Running 'upgrade' action"


def test_an_owner_that_may_not_be_read_is_a_gap_of_no_rule(write: Write, client: Client, lab: Lab) -> None:
    declared = partial("Gateway", "web", "spec.infrastructure")
    write(thing("Gateway", "x", "web"))
    lab.fault("gateways", status=403)
    gathered = Gathered("kubernetes")

    assert live_owners.live_owners([declared], LiveObjects(client), gathered) == {}
    assert [one.kind for one in gathered.gaps] == ["declarations"]
    assert "grant `list` on `gateways.gateway.networking.k8s.io`" in gathered.gaps[0].reason
    assert stopped_at(declared, None) is None


def test_a_release_with_values_from_elsewhere_is_not_judged(write: Write, client: Client) -> None:
    declared = partial("HelmRelease", "web", "spec.values.service")
    write(thing("HelmRelease", "x", "web", spec={"valuesFrom": [{"kind": "Secret", "name": "a"}]}))

    found = live_owners.live_owners([declared], LiveObjects(client), Gathered("kubernetes"))

    assert stopped_at(declared, found[declared.owner]) is None
