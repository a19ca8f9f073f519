"""Git beside the cluster: `service-missing`, `service-not-in-git`, `annotation-drifted`, `spec-drifted`."""

import dataclasses
from functools import partial
from typing import Any

from auditor.model.service import Owner, Port
from auditor.model.snapshot import GitSource, Snapshot
from auditor.rules.made_by import ARGO_INSTANCE, ARGO_LABEL, OTHERS
from tests.rules.azure_worlds import (
    ILB,
    ONE,
    PLS,
    TWO,
    Case,
    bare,
    blind,
    expected,
    fires,
    gap,
    having,
    outcome,
    quiet,
    table,
)
from tests.world import NOW, World

TRACKED = {"argocd.argoproj.io/tracking-id": "shop:/Service:web/a"}
APPLIED = {"kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}


class Fed(World):
    """A world whose source is applied by an Application and a Kustomization of a name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._owners = Owner("Application", "argocd", name), Owner("Kustomization", "flux-system", name)

    def snapshot(self) -> Snapshot:
        """With what applies its source."""
        return dataclasses.replace(super().snapshot(), git=(GitSource(name="main", owners=self._owners),))


HTTP = Port(port=80, name="http", target_port=8080)
DNS = Port(port=53, protocol="UDP", name="dns", target_port=53)

PRESENCE = (
    fires("service-missing", "declared only", lambda: bare().service("a", live=False), "service-missing high web/a"),
    fires("service-missing", "declared, public", lambda: bare().service("a", {}, live=False),
          "service-missing high web/a"),
    fires("service-missing", "the same name elsewhere", lambda: World().service("a", live=False).service("shop/a"),
          "service-missing high web/a"),
    quiet("service-missing", "there", lambda: World().service("a")),
    quiet("service-missing", "being deleted", lambda: World().service("a").change_live("a", deleted_at=NOW)),
    quiet("service-missing", "no LoadBalancer", lambda: bare().service("a", {}, live=False, type="ClusterIP")),
    quiet("service-missing", "of another class",
          lambda: bare().service("a", {}, live=False, load_balancer_class="x/y")),
    blind("service-missing", "no Services read", lambda: having(World().service("a"), live=None)),
    blind("service-missing", "Git not read", lambda: having(World().service("a"), declared=None)),
    blind("service-missing", "a namespace not read",
          lambda: gap(World().service("a", live=False), "kubernetes", "services", "namespace web")),
    fires("service-not-in-git", "internal", lambda: World().service("a", git=False), "service-not-in-git medium web/a"),
    fires("service-not-in-git", "public with a PLS",
          lambda: bare().service("a", {"azure-pls-create": "true", "azure-disable-load-balancer-floating-ip": "true"},
                                  git=False),
          "service-not-in-git medium web/a"),
    fires("service-not-in-git", "Helm's label alone",
          lambda: World().service("a", git=False, labels={"app.kubernetes.io/managed-by": "Helm"}),
          "service-not-in-git medium web/a"),
    quiet("service-not-in-git", "declared", lambda: World().service("a")),
    quiet("service-not-in-git", "public", lambda: bare().service("a", {}, git=False)),
    quiet("service-not-in-git", "has an owner", lambda: World().service("a", git=False).change_live("a", owners=(("Gateway", "a"),))),
    quiet("service-not-in-git", "of a Helm release",
          lambda: World().service("a", ILB | {"meta.helm.sh/release-name": "shop"}, git=False)),
    *(quiet("service-not-in-git", f"made of another object: {label}",
            partial(World().service, "a", git=False, labels={label: "edge"})) for label in OTHERS),
    blind("service-not-in-git", "Argo CD's own label, of an Application that no source reads",
          lambda: World().service("a", git=False, labels={ARGO_LABEL: "shop"})),
    fires("service-not-in-git", "Argo CD's own label, of an Application that is read",
          lambda: Fed("shop").service("a", git=False, labels={ARGO_LABEL: "shop", ARGO_INSTANCE: "chart"}),
          "service-not-in-git medium web/a"),
    quiet("service-not-in-git", "being deleted",
          lambda: World().service("a", git=False).change_live("a", deleted_at=NOW)),
    quiet("service-not-in-git", "ignored namespace", lambda: World().service("kube-system/a", git=False)),
    quiet("service-not-in-git", "Argo CD is told to leave it",
          lambda: World().service("a", ILB | {"argocd.argoproj.io/compare-options": "IgnoreExtraneous"}, git=False)),
    blind("service-not-in-git", "of an Application that no source reads",
          lambda: World().service("a", ILB | TRACKED, git=False)),
    blind("service-not-in-git", "of a Kustomization that no source reads",
          lambda: Fed("other").service("a", git=False, labels=APPLIED)),
    fires("service-not-in-git", "of an Application that is read",
          lambda: Fed("shop").service("a", ILB | TRACKED, git=False), "service-not-in-git medium web/a"),
    fires("service-not-in-git", "of a Kustomization that is read",
          lambda: Fed("shop").service("a", git=False, labels=APPLIED), "service-not-in-git medium web/a"),
    fires("service-not-in-git", "a mark that was copied",
          lambda: World().service("a", ILB | dict.fromkeys(TRACKED, "shop:/Service:web/b"), git=False),
          "service-not-in-git medium web/a"),
    blind("service-not-in-git", "Git not read", lambda: having(World().service("a"), declared=None)),
    blind("service-not-in-git", "a manifest not read",
          lambda: gap(World().service("a", git=False), "git", "manifests", "main: b.yaml")),
    blind("service-not-in-git", "no Services read", lambda: having(World().service("a", git=False), live=None)),
)  # fmt: skip

DIFFERENT: tuple[tuple[str, str | None, str | None], ...] = (
    ("azure-load-balancer-internal-subnet", "snet-pls", "snet-ilb"),
    ("azure-load-balancer-internal-subnet", None, "snet-ilb"),
    ("azure-load-balancer-ipv4", "10.240.0.50", "10.240.0.51"), ("azure-load-balancer-ipv4", "10.240.0.50", ""),
    ("azure-load-balancer-ipv6", None, "fd00:db8:deca:deed::99"),
    ("azure-load-balancer-tcp-idle-timeout", "10", "20"), ("azure-load-balancer-tcp-idle-timeout", None, "5"),
    ("azure-load-balancer-enable-high-availability-ports", "true", None),
    ("azure-disable-load-balancer-floating-ip", None, "TRUE"), ("azure-load-balancer-disable-tcp-reset", "true", "1"),
    ("azure-load-balancer-health-probe-protocol", "http", None),
    ("azure-load-balancer-health-probe-interval", "6", None),
    ("azure-load-balancer-health-probe-num-of-probe", "3", "2"),
    ("azure-load-balancer-health-probe-request-path", "/a", "/A"),
    ("azure-load-balancer-configurations", "x,y", "x"), ("azure-load-balancer-resource-group", "rg-a", None),
    ("azure-allowed-service-tags", "A,B", "A"), ("azure-allowed-ip-ranges", "10.0.0.0/8", None),
    ("load-balancer-source-ranges", "10.0.0.0/8", "10.1.0.0/16"),
    ("azure-deny-all-except-load-balancer-source-ranges", "true", None),
    ("azure-disable-load-balancer-nsg-rule", None, "true"), ("azure-additional-public-ips", "20.1.1.1", None),
    ("azure-pls-name", "mine", None), ("azure-pls-resource-group", "rg-x", " "),
    ("azure-pls-ip-configuration-subnet", "snet-pls", None), ("azure-pls-ip-configuration-ip-address-count", "2", None),
    ("azure-pls-ip-configuration-ip-address", "10.240.0.60", None), ("azure-pls-fqdns", "a.example", "A.example"),
    ("azure-pls-proxy-protocol", "true", None), ("azure-pip-name", "x", None),
    ("azure-dns-label-name", "", None), ("azure-pip-tags", "a=b", "a=c"),
    ("port_80_no_lb_rule", "true", None), ("port_80_no_probe_rule", None, "true"),
    ("port_80_health-probe_protocol", "https", None), ("port_80_health-probe_port", "8081", None),
    ("port_80_health-probe_interval", "7", None), ("port_80_health-probe_num-of-probe", None, "4"),
    ("port_80_health-probe_request-path", "/x", "/"),
)  # fmt: skip
SAME: tuple[tuple[str, str | None, str | None], ...] = (
    ("azure-load-balancer-internal-subnet", None, "  "), ("azure-load-balancer-ipv4", "", None),
    ("azure-load-balancer-ipv6", "fd00:db8:deca:deed::99", "FD00:DB8:DECA:DEED:0::99"),
    ("azure-load-balancer-tcp-idle-timeout", None, " 4"),
    ("azure-load-balancer-enable-high-availability-ports", "false", None),
    ("azure-disable-load-balancer-floating-ip", "true", "TRUE"), ("azure-load-balancer-disable-tcp-reset", None, "yes"),
    ("azure-load-balancer-health-probe-protocol", None, "TCP"),
    ("azure-load-balancer-health-probe-interval", "5", None),
    ("azure-load-balancer-health-probe-num-of-probe", None, "2"),
    ("azure-load-balancer-health-probe-request-path", "/", None),
    ("azure-load-balancer-configurations", "x, y", "Y,X"), ("azure-load-balancer-resource-group", "RG", "rg "),
    ("azure-allowed-service-tags", "A,B", "B, A"), ("azure-pls-create", "true", " TRUE "),
    ("azure-pls-name", "mine", " MINE "), ("azure-pls-resource-group", None, " "),
    ("azure-pls-resource-group", "mc_RG_cluster_eastus", "MC_rg_cluster_eastus"),
    ("azure-pls-ip-configuration-subnet", None, ""), ("azure-pls-ip-configuration-ip-address-count", " 1", None),
    ("azure-pls-fqdns", "a.example b.example", "b.example  a.example"), ("azure-pls-proxy-protocol", None, "false"),
    ("azure-pls-visibility", f"{ONE} {TWO}", f"{TWO.upper()} {ONE}"), ("azure-pls-visibility", None, " "),
    ("azure-pls-auto-approval", None, ""), ("azure-load-balancer-mode", None, "auto"),
    ("azure-shared-securityrule", None, "true"), ("azure-nonsense", None, "true"), ("example.org/owner", "me", "you"),
    ("port_80_no_lb_rule", None, "false"), ("port_80_health-probe_protocol", None, "tcp"),
    ("port_80_health-probe_interval", None, "5"), ("port_80_health-probe_request-path", None, "/"),
)  # fmt: skip


def _annotated(key: str, here: str | None, there: str | None) -> World:
    live = PLS if here is not None or there is not None else {}
    world = World().service("a", {k: v for k, v in (live | {key: there}).items() if v is not None})
    return world.change_git("a", annotations={key: here})


def _case(key: str, here: str | None, there: str | None, *, differs: bool) -> Case:
    title = f"{key} {here!r} beside {there!r}"
    if differs:
        return fires(
            "annotation-drifted", title, lambda: _annotated(key, here, there), f"annotation-drifted medium web/a {key}"
        )
    return quiet("annotation-drifted", title, lambda: _annotated(key, here, there))


ANNOTATIONS = (
    *(_case(key, here, there, differs=True) for key, here, there in DIFFERENT),
    *(_case(key, here, there, differs=False) for key, here, there in SAME),
    fires("annotation-drifted", "internal is grave", lambda: World().service("a").change_git("a", annotations={
          "azure-load-balancer-internal": "false"}), "annotation-drifted high web/a azure-load-balancer-internal"),
    fires("annotation-drifted", "True is not true", lambda: World().service("a").change_git("a", annotations={
          "azure-load-balancer-internal": "True"}), "annotation-drifted high web/a azure-load-balancer-internal",
          "internal-not-exactly-true critical web/a"),
    fires("annotation-drifted", "pls-create is grave",
          lambda: World().service("a", PLS).change_git("a", annotations={"azure-pls-create": None}),
          "annotation-drifted high web/a azure-pls-create"),
    fires("annotation-drifted", "visibility is grave",
          lambda: World().service("a", PLS | {"azure-pls-visibility": ONE}).change_git("a", annotations={
              "azure-pls-visibility": TWO}), "annotation-drifted high web/a azure-pls-visibility"),
    fires("annotation-drifted", "auto-approval is grave",
          lambda: World().service("a", PLS | {"azure-pls-auto-approval": ONE}).change_git("a", annotations={
              "azure-pls-auto-approval": None}), "annotation-drifted high web/a azure-pls-auto-approval"),
    fires("annotation-drifted", "as none of two declarations says",
          lambda: World().service("a", ILB | {"azure-load-balancer-tcp-idle-timeout": "5"}).declare_also("a", "b.yaml",
              annotations={"azure-load-balancer-tcp-idle-timeout": "6"}).change_git("a", annotations={
              "azure-load-balancer-tcp-idle-timeout": "7"}),
          "annotation-drifted medium web/a azure-load-balancer-tcp-idle-timeout", "service-declared-twice high web/a"),
    quiet("annotation-drifted", "as the other of two declarations says",
          lambda: World().service("a").declare_also("a", "b.yaml").change_git("a", annotations={
              "azure-load-balancer-internal": None}), "service-declared-twice high web/a"),
    fires("annotation-drifted", "a blank name is not an absent one",
          lambda: World().service("a", PLS).change_git("a", annotations={"azure-pls-name": " "}),
          "annotation-drifted medium web/a azure-pls-name", "pls-name-invalid high web/a"),
    fires("annotation-drifted", "Git does not declare it a LoadBalancer, but it is annotated",
          lambda: World().service("a", type="ClusterIP").change_git("a",
              annotations={"azure-load-balancer-internal": None}),
          "annotation-drifted high web/a azure-load-balancer-internal"),
    quiet("annotation-drifted", "any visibility with a * means everyone",
          lambda: World().service("a", PLS | {"azure-pls-visibility": f"{ONE} *"}).change_git("a", annotations={
              "azure-pls-visibility": "*"}), "pls-visible-to-everyone medium web/a"),
    quiet("annotation-drifted", "the configurations key in any case",
          lambda: World().service("a", ILB | {"azure-Load-Balancer-configurations": "x"}).change_git("a", annotations={
              "azure-load-balancer-configurations": "x", "azure-Load-Balancer-configurations": None})),
    quiet("annotation-drifted", "neither side is a LoadBalancer",
          lambda: bare().service("a", {"load-balancer-source-ranges": "10.0.0.0/8"}, type="ClusterIP").change_git(
              "a", annotations={"load-balancer-source-ranges": None})),
    blind("annotation-drifted", "Git not read", lambda: having(World().service("a"), declared=None)),
    blind("annotation-drifted", "no Services read", lambda: having(World().service("a"), live=None)),
)  # fmt: skip


def _ports(*ports: Port) -> World:
    return World().service("a", ports=(HTTP, DNS)).change_git("a", ports=ports)


PORTS_DIFFER = {
    "another port": (Port(port=81, name="http", target_port=8080), DNS), "one less": (HTTP,), "none": (),
    "another name": (Port(port=80, name="web", target_port=8080), DNS),
    "another protocol": (HTTP, Port(port=53, name="dns", target_port=53)),
    "another target": (Port(port=80, name="http", target_port="http"), DNS),
    "an appProtocol": (Port(port=80, name="http", target_port=8080, app_protocol="http"), DNS),
    "a node port": (Port(port=80, name="http", target_port=8080, node_port=31000), DNS),
}  # fmt: skip
FIELDS = (
    ("spec.ipFamilies", "ip_families", ("IPv4", "IPv6"), ("IPv4",)),
    ("spec.ipFamilies", "ip_families", ("IPv6",), ("IPv4",)),
    ("spec.ipFamilyPolicy", "ip_family_policy", "PreferDualStack", "SingleStack"),
    ("spec.externalTrafficPolicy", "external_traffic_policy", "Local", "Cluster"),
    ("spec.sessionAffinity", "session_affinity", "ClientIP", "None"),
    ("spec.loadBalancerSourceRanges", "source_ranges", ("10.0.0.0/8",), None),
    ("spec.loadBalancerSourceRanges", "source_ranges", (), ("10.0.0.0/8",)),
    ("spec.allocateLoadBalancerNodePorts", "allocate_node_ports", True, False),
)  # fmt: skip


def _field(name: str, here: Any, there: Any) -> World:
    live: dict[str, Any] = {} if there is None else {name: there}
    return World().service("a", **live).change_git("a", **{name: here})


SPEC = (
    *(fires("spec-drifted", title, partial(_ports, *ports), "spec-drifted medium web/a spec.ports")
      for title, ports in PORTS_DIFFER.items()),
    *(fires("spec-drifted", f"{field} {here} beside {there}", partial(_field, name, here, there),
            f"spec-drifted medium web/a {field}") for field, name, here, there in FIELDS),
    *(quiet("spec-drifted", f"Git leaves {name} out, beside {there}", partial(_field, name, None, there))
      for _, name, _, there in dict.fromkeys((f, n, None, t) for f, n, _, t in FIELDS) if there is not None),
    fires("spec-drifted", "Git leaves the type out", lambda: World().service("a").change_git("a", type="ClusterIP"),
          "annotation-without-effect low web/a", "spec-drifted high web/a spec.type"),
    fires("spec-drifted", "the cluster has another type", lambda: bare().service("a", made=False).change_live(
          "a", type="ClusterIP", finalizers=()), "spec-drifted high web/a spec.type"),
    fires("spec-drifted", "another address",
          lambda: World().service("a", load_balancer_ip="10.240.0.60").change_git("a", load_balancer_ip="10.240.0.61"),
          "ip-in-deprecated-field low web/a", "spec-drifted medium web/a spec.loadBalancerIP"),
    fires("spec-drifted", "another class", lambda: bare().service("a", {}, load_balancer_class="x/y").change_git(
          "a", load_balancer_class="x/z"), "spec-drifted medium web/a spec.loadBalancerClass"),
    fires("spec-drifted", "an affinity that any type has",
          lambda: bare().service("a", type="ClusterIP").change_git("a", session_affinity="ClientIP"),
          "annotation-without-effect low web/a", "spec-drifted medium web/a spec.sessionAffinity"),
    fires("spec-drifted", "as none of two declarations says",
          lambda: World().service("a", ports=(HTTP,)).declare_also("a", "b.yaml", ports=(DNS,)).change_git("a", ports=(HTTP, DNS)),
          "service-declared-twice high web/a", "spec-drifted medium web/a spec.ports"),
    quiet("spec-drifted", "as the other of two declarations says",
          lambda: World().service("a").declare_also("a", "b.yaml").change_git("a", ports=(DNS,)),
          "service-declared-twice high web/a"),
    quiet("spec-drifted", "ports in another order", lambda: _ports(DNS, HTTP)),
    quiet("spec-drifted", "ranges in another order",
          lambda: World().service("a", source_ranges=("10.0.0.0/8", "10.1.0.0/16")).change_git(
              "a", source_ranges=("10.1.0.0/16", "10.0.0.0/8"))),
    quiet("spec-drifted", "an empty list beside none", lambda: World().service("a").change_git("a", source_ranges=())),
    quiet("spec-drifted", "neither is a LoadBalancer nor annotated",
          lambda: bare().service("a", {}, type="ClusterIP").change_git("a", ports=(DNS,))),
    quiet("spec-drifted", "live only", lambda: bare().service("a", {}, git=False)),
    blind("spec-drifted", "Git not read", lambda: having(World().service("a"), declared=None)),
    blind("spec-drifted", "no Services read", lambda: having(World().service("a"), live=None)),
)  # fmt: skip

CASES: tuple[Case, ...] = (*PRESENCE, *ANNOTATIONS, *SPEC)


@table(CASES)
def test_sync(case: Case) -> None:
    assert outcome(case) == expected(case)
