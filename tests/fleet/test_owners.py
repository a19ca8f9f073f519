"""Where a change stopped: on its way to the object that makes the Service, or at it."""

from typing import Any

import pytest

from tests.fleet.fleet import Fleet, missing, reasons
from tests.fleet.repository import INTERNAL, SUBNET
from tests.fleet.test_flux import git
from tests.world import World

PATH = "apps/platform/gateway/gateway.yaml"
GATEWAYS = "gateways.gateway.networking.k8s.io"
CONTROLLERS = "nginxingresscontrollers.approuting.kubernetes.azure.com"


def gateway(subnet: str) -> dict[str, Any]:
    """The live Gateway."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "edge", "namespace": "web"},
        "spec": {"infrastructure": {"annotations": {INTERNAL: "true", SUBNET: subnet}}},
    }  # fmt: skip


@pytest.mark.parametrize(("subnet", "said"), [
    ("snet-pls", "Gateway web/edge has Git's value already: what makes the Service of it has not passed it on"),
    ("snet-ilb", f"Gateway web/edge has another {SUBNET} than Git: the change is not applied to it yet"),
])  # fmt: skip
def test_a_change_that_stopped_at_a_gateway(fleet: Fleet, subnet: str, said: str) -> None:
    fleet.files[PATH] = fleet.files[PATH].replace("snet-ilb", "snet-pls")
    fleet.objects = {GATEWAYS: [gateway(subnet)]}

    report = fleet.audited("prod/01")

    [finding] = report.findings
    assert (finding.rule, git(finding)["cause"]) == ("annotation-drifted", said)
    assert missing(report) == []


def test_a_controller_of_application_routing(fleet: Fleet) -> None:
    has = {"kind": "NginxIngressController", "metadata": {"name": "inside"}, "spec": {"loadBalancerAnnotations": {}}}
    fleet.objects = {CONTROLLERS: [has]}

    report = fleet.audited("prod/01", lambda world: world.change_live("nginx-inside-0", annotations={INTERNAL: None}))

    finding = next(one for one in report.findings if one.rule == "annotation-drifted")
    said = f"NginxIngressController inside has another {INTERNAL} than Git: the change is not applied to it yet"
    assert git(finding)["cause"] == said


def test_an_owner_that_may_not_be_read_is_a_gap(fleet: Fleet) -> None:
    fleet.files[PATH] = fleet.files[PATH].replace("snet-ilb", "snet-pls")
    fleet.objects = {GATEWAYS: [gateway("snet-pls")]}
    with fleet.serving("prod/01") as lab:
        lab.fault("/gateways", status=403)

        report = fleet.read(fleet.settings(lab, paths=("clusters/prod/01",)))

    assert [one.rule for one in report.findings] == ["annotation-drifted"]
    [reason] = reasons(report)
    assert "whether changes stopped at a Gateway is not known: " in reason
    assert "grant `list` on `gateways.gateway.networking.k8s.io` (ClusterRole aks-drift-auditor-gitops)" in reason


def test_nothing_is_asked_where_nothing_differs(fleet: Fleet) -> None:
    fleet.objects = {GATEWAYS: [gateway("snet-ilb")]}
    with fleet.serving("prod/01") as lab:
        fleet.read(fleet.settings(lab, paths=("clusters/prod/01",)))

        assert not [one for one in lab.requests if "/apis/" in one.target]


FLEET = """\
apiVersion: networking.fleet.azure.com/v1alpha1
kind: MultiClusterService
metadata:
  name: shared
  namespace: web
  annotations:
    networking.fleet.azure.com/azure-load-balancer-internal: "true"
spec:
  serviceImport: {name: shared}
"""


def test_a_service_of_several_clusters(fleet: Fleet) -> None:
    fleet.files = {"shared.yaml": FLEET}
    mark = "networking.fleet.azure.com/multi-cluster-service"

    labels = {f"{mark}-name": "shared", f"{mark}-namespace": "web"}
    made = World().service("fleet-system/web-shared-x", {INTERNAL: "true"}, git=False, labels=labels)

    assert fleet.audited("prod/01", made, paths=()).findings == ()

    made.change_live("web-shared-x", annotations={INTERNAL: None})
    report = fleet.audited("prod/01", made, paths=())
    finding = next(one for one in report.findings if one.rule == "annotation-drifted")
    assert (git(finding)["path"], git(finding)["line"], git(finding)["declaredBy"]["kind"]) == (
        "shared.yaml", 7, "MultiClusterService",
    )  # fmt: skip
