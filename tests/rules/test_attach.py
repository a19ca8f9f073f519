"""Partial declarations meet the Services that their objects made: what Git says there is compared, and nothing else."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from auditor.audit import audit
from auditor.controller.keys import HA_PORTS, INTERNAL, IPV4, PLS_CREATE, PLS_NAME
from auditor.model.finding import Report
from auditor.model.service import Declared, Live, Owner, Partial, Place, ServiceKey
from auditor.model.snapshot import Gap, GitSource, Snapshot
from auditor.rules.attach import SPEC, attached
from tests.world import NOW, World, full

FLUX = {"helm.toolkit.fluxcd.io/name": "ingress", "helm.toolkit.fluxcd.io/namespace": "web"}
HELM = {"meta.helm.sh/release-name": "ingress", "meta.helm.sh/release-namespace": "web"}
RELEASE = Owner("HelmRelease", "web", "ingress")
PRIVATE = {"azure-load-balancer-internal": "true"}


def says(annotations: Mapping[str, str] | None = None, owner: Owner = RELEASE, **more: Any) -> Partial:
    """A partial declaration; values stand from line 31 on."""
    given = full({"azure-load-balancer-internal": "true"} if annotations is None else annotations)
    keys = [*given, *(SPEC[name] for name in more.get("fields", {}))]
    defaults: dict[str, Any] = {
        "source": "main",
        "path": "clusters/weu/ingress.yaml",
        "line": 30,
        "where": "spec.values.service",
    }
    return Partial(
        owner=owner, annotations=given, places={key: Place(31 + i, 9) for i, key in enumerate(keys)}, **(defaults | more)
    )  # fmt: skip


def made(name: str = "web/ingress", annotations: Mapping[str, str] | None = None, **fields: Any) -> World:
    """A cluster with one Service, made by the release, which Git does not declare itself."""
    given = {"labels": FLUX} | fields
    return World().service(name, PRIVATE if annotations is None else annotations, git=False, **given)


def report(world: World, *partials: Partial, **changes: Any) -> Report:
    """The audit of a world in which Git says something of its Services."""
    return audit(dataclasses.replace(world.snapshot(), partials=partials, **changes), world.policy, NOW)


def found(world: World, *partials: Partial) -> list[tuple[str, str | None]]:
    """Rule and field of each finding that is about a Service."""
    return [(one.rule, one.field) for one in report(world, *partials).findings if one.service]


def gaps(world: World, *partials: Partial) -> list[str]:
    """The reasons of what is not seen."""
    return [one.reason or "" for one in report(world, *partials).coverage if not one.complete]


def test_a_service_as_git_says_is_clean() -> None:
    told = report(made(), says())

    assert (told.findings, told.not_judged, [one for one in told.coverage if not one.complete]) == ((), (), [])


def test_an_annotation_that_was_removed_live() -> None:
    world = made(annotations={})

    (finding,) = [one for one in report(world, says()).findings if one.rule == "annotation-drifted"]

    assert finding.values == {"git": "true", "cluster": None}
    (git,) = [one.details for one in finding.evidence if one.source == "git"]
    assert (git["path"], git["line"], git["column"]) == ("clusters/weu/ingress.yaml", 31, 9)
    assert git["declaredBy"] == {"kind": "HelmRelease", "namespace": "web", "name": "ingress"}


@pytest.mark.parametrize("key", ["azure-load-balancer-tcp-idle-timeout", "azure-pls-create", "other.example/x"])
def test_a_live_annotation_that_git_does_not_list_is_nobodys_drift(key: str) -> None:
    assert found(made(annotations=PRIVATE | {key: "true" if "pls" in key else "10"}), says()) == []


def test_a_pinned_address_that_was_changed_in_git() -> None:
    world = made(load_balancer_ip="10.240.0.9")

    told = report(world, says(fields={"load_balancer_ip": "10.240.0.10"}))

    assert [(one.rule, one.field, one.values) for one in told.findings if one.family == "sync"] == [
        ("spec-drifted", "spec.loadBalancerIP", {"git": "10.240.0.10", "cluster": "10.240.0.9"})
    ]


def test_the_place_of_a_value_in_another_file() -> None:
    partial = says({"azure-load-balancer-internal": "true"}, fields={"load_balancer_ip": "10.240.0.10"})
    away = {**partial.places, "spec.loadBalancerIP": Place(4, 2, "base/values.yaml")}

    told = report(made(load_balancer_ip="10.240.0.9"), dataclasses.replace(partial, places=away))

    (finding,) = [one for one in told.findings if one.rule == "spec-drifted"]
    assert (finding.evidence[0].details["path"], finding.evidence[0].details["line"]) == ("base/values.yaml", 4)


def test_no_finding_cites_git_for_what_git_does_not_decide() -> None:
    world = made(annotations=PRIVATE | {"azure-pls-create": "true", "azure-load-balancer-ipv4": "10.0.0.300"})
    told = report(world, says())

    assert {one.rule for one in told.findings} >= {"ip-invalid"}
    for finding in told.findings:
        assert "git" not in finding.values
        if finding.field:
            assert [one.source for one in finding.evidence if one.source == "git"] == []


def test_a_source_that_lags_behind_makes_it_pending() -> None:
    git = (GitSource(name="main", commit="b" * 40, applied="a" * 40, delay="3 commits behind since 10:12"),)

    (finding,) = [one for one in report(made(annotations={}), says(), git=git).findings if one.service]

    assert (finding.rule, str(finding.state)) == ("annotation-drifted", "pending")
    assert finding.evidence[0].details["delay"] == "3 commits behind since 10:12"


TRACKED = "argocd.argoproj.io/tracking-id"
APPLICATION = Owner("Application", "argocd", "ingress")
GATEWAY = Owner("Gateway", "web", "edge")
ENVOY = {"gateway.envoyproxy.io/owning-gateway-name": "edge", "gateway.envoyproxy.io/owning-gateway-namespace": "web"}
FLEET = {
    "networking.fleet.azure.com/multi-cluster-service-name": "shop",
    "networking.fleet.azure.com/multi-cluster-service-namespace": "web",
}
IN_WEB = ServiceKey("web", "ingress")
MADE: list[tuple[Owner, ServiceKey | None, dict[str, Any], bool]] = [
    (RELEASE, None, {"labels": FLUX}, True),
    (RELEASE, None, {"labels": FLUX | {"helm.toolkit.fluxcd.io/namespace": "flux"}}, False),
    (RELEASE, None, {"annotations": HELM}, True),
    (RELEASE, ServiceKey("web", "nginx"), {"annotations": HELM | {"meta.helm.sh/release-name": "nginx"}}, True),
    (RELEASE, ServiceKey("edge", "ingress"), {"annotations": HELM}, False),
    (RELEASE, None, {"annotations": HELM, "labels": FLUX | {"helm.toolkit.fluxcd.io/name": "x"}}, False),
    (RELEASE, None, {}, False),
    (APPLICATION, None, {"annotations": {TRACKED: "ingress:/Service:web/x"}}, True),
    (APPLICATION, None, {"annotations": {TRACKED: "argocd_ingress:/Service:web/x"}}, True),
    (APPLICATION, None, {"annotations": {TRACKED: "other_ingress:/Service:web/x"}}, False),
    (APPLICATION, None, {"annotations": {TRACKED: "ingress:/Service:web/copied"}}, False),
    (APPLICATION, None, {"annotations": {TRACKED: "ingress:apps/Deployment:web/x"}}, False),
    (APPLICATION, IN_WEB, {"labels": {"app.kubernetes.io/instance": "ingress"}}, True),
    (APPLICATION, ServiceKey("", "ingress"), {"labels": {"app.kubernetes.io/instance": "ingress"}}, True),
    (APPLICATION, ServiceKey("api", "x"), {"labels": {"app.kubernetes.io/instance": "ingress"}}, False),
    (APPLICATION, IN_WEB, {"labels": {"app.kubernetes.io/instance": "ingress"}, "annotations": HELM}, False),
    (GATEWAY, None, {"labels": {"gateway.networking.k8s.io/gateway-name": "edge"}}, True),
    (GATEWAY, None, {"labels": {"istio.io/gateway-name": "edge"}}, True),
    (GATEWAY, None, {"owners": (("Gateway", "edge"),)}, True),
    (GATEWAY, None, {"labels": ENVOY, "namespace": "envoy-gateway-system"}, True),
    (GATEWAY, None, {"labels": {"gateway.networking.k8s.io/gateway-name": "edge"}, "namespace": "api"}, False),
    (Owner("NginxIngressController", "", "internal"), None, {"owners": (("NginxIngressController", "internal"),)}, True),
    (Owner("NginxIngressController", "", "internal"), None, {"owners": (("Deployment", "internal"),)}, False),
    (Owner("MultiClusterService", "web", "shop"), None, {"labels": FLEET, "namespace": "fleet-system"}, True),
    (Owner("MultiClusterService", "api", "shop"), None, {"labels": FLEET}, False),
]  # fmt: skip


def live(name: str = "x", **fields: Any) -> Live:
    """A live LoadBalancer Service."""
    defaults: dict[str, Any] = {
        "namespace": "web",
        "annotations": {},
        "labels": {},
        "type": "LoadBalancer",
        "uid": name,
    }
    return Live(name=name, **(defaults | fields))


def joined(services: list[Live], *partials: Partial, **more: Any) -> Snapshot:
    """What becomes of partial declarations and Services."""
    defaults: dict[str, Any] = {"declared": ()}
    return attached(Snapshot(cluster="c", services=tuple(services), partials=partials, **(defaults | more)))


def spoken(snapshot: Snapshot) -> dict[str, set[str]]:
    """By name of the Service, what Git decides of it."""
    return {one.name: set(one.speaks_for or ()) for one in snapshot.declared or ()}


@pytest.mark.parametrize(("owner", "release", "fields", "expected"), MADE)
def test_who_made_a_service(
    owner: Owner, release: ServiceKey | None, fields: dict[str, Any], *, expected: bool
) -> None:
    snapshot = joined([live(**fields)], says(owner=owner, release=release))

    assert spoken(snapshot) == ({"x": {INTERNAL}} if expected else {})
    assert [one.kind for one in snapshot.gaps] == ([] if expected else ["declarations"])


def test_of_several_services_the_one_that_carries_most_of_the_keys() -> None:
    services = [
        live("a", labels=FLUX, annotations={INTERNAL: "true"}),
        live("b", labels=FLUX, annotations={INTERNAL: "true", PLS_CREATE: "true"}),
        live("metrics", labels=FLUX, type="ClusterIP", annotations={INTERNAL: "", PLS_CREATE: "", IPV4: ""}),
    ]

    snapshot = joined(services, says({"azure-load-balancer-internal": "true", "azure-pls-create": "true"}))

    assert spoken(snapshot) == {"a": set(), "b": {INTERNAL, PLS_CREATE}, "metrics": set()}
    assert [one.reason.partition(") ")[2] for one in snapshot.gaps] == [
        "is compared with web/b, which fits it best; whether it speaks of web/a too is not known"
    ]


def test_the_only_service_that_is_no_load_balancer_any_more() -> None:
    world = made(type="ClusterIP")

    assert ("spec-drifted", "spec.type") in found(world, says(fields={"type": "LoadBalancer"}))


def test_a_tie_is_not_judged_and_said() -> None:
    world = made("web/a", {}).service("web/b", {}, git=False, labels=FLUX)

    assert found(world, says()) == []
    assert gaps(world, says()) == [
        (
            "clusters/weu/ingress.yaml:30 HelmRelease web/ingress (spec.values.service) does not say of which Service it "
            "speaks: it may be web/a, web/b"
        )
    ]


def test_the_other_services_of_an_object_in_git_are_not_called_unknown_to_git() -> None:
    labels = {"gateway.networking.k8s.io/gateway-name": "edge"}
    world = made("web/a", PRIVATE, labels=labels).service("web/b", PRIVATE, git=False, labels=labels)
    world.service("web/stray", PRIVATE, git=False)

    told = report(world, says(owner=GATEWAY))

    assert [(one.rule, str(one.service)) for one in told.findings] == [("service-not-in-git", "web/stray")]


def test_a_release_of_which_the_cluster_has_nothing() -> None:
    assert gaps(World(), says()) == [
        (
            "clusters/weu/ingress.yaml:30 HelmRelease web/ingress (spec.values.service) speaks of a Service, and the cluster "
            "has none that it made"
        )
    ]
    assert found(World(), says()) == []


def test_where_not_all_services_were_read_none_is_said_to_be_absent() -> None:
    blind = Gap(source="kubernetes", scope="api", kind="services", reason="forbidden")

    (_, untold) = joined([], says(), gaps=(blind,)).gaps

    assert untold.reason.endswith("speaks of a Service that was not seen: not all Services could be read")


def test_a_service_with_a_manifest_of_its_own_is_judged_by_that() -> None:
    world = World().service("web/ingress", PRIVATE, labels=FLUX)

    assert found(world, says({"azure-load-balancer-internal": "false"})) == []


def test_two_maps_for_one_service_count_together() -> None:
    world = made(annotations={})

    told = found(world, says(), says({"azure-pls-create": "true"}, where="spec.values.extra"))

    assert told == [("annotation-drifted", INTERNAL), ("annotation-drifted", PLS_CREATE)]


def test_a_value_that_is_set_in_two_ways_is_not_compared_and_said() -> None:
    other = says(
        {"azure-load-balancer-internal": "false", "azure-pls-create": "true"}, path="clusters/neu/ingress.yaml"
    )
    world = made(annotations=PRIVATE)

    assert found(world, says(), other) == [("annotation-drifted", PLS_CREATE)]
    assert gaps(world, says(), other) == [
        (
            f"clusters/neu/ingress.yaml:30 HelmRelease web/ingress sets {INTERNAL} in two ways, so it is not compared: "
            "clusters/weu/ingress.yaml:31 and clusters/neu/ingress.yaml:31; keep one"
        )
    ]


def test_two_maps_for_one_service_while_another_has_none() -> None:
    world = made("web/a", PRIVATE).service("web/b", {}, git=False, labels=FLUX)
    rival = says({"azure-load-balancer-internal": "true"}, where="spec.values.internal")

    told = sorted(gaps(world, says(), rival))

    assert [reason.partition("(")[2] for reason in told] == [
        "spec.values.internal) does not say of which Service it speaks: it may be web/a, web/b",
        "spec.values.service) does not say of which Service it speaks: it may be web/a, web/b",
    ]


def test_what_is_no_string_in_git_and_yet_in_the_cluster_was_quoted_by_the_chart() -> None:
    partial = says(not_strings={INTERNAL: "bool"})

    assert found(made(), partial) == []
    assert ("annotation-not-a-string", INTERNAL) in found(made(annotations={}), partial)


def test_the_same_key_in_another_spelling() -> None:
    key, live_key = "azure-load-balancer-configurations", "azure-load-balancer-Configurations"

    assert found(made(annotations=PRIVATE | {live_key: "a"}), says(PRIVATE | {key: "a"})) == []


def test_what_git_does_not_list_is_judged_as_the_clusters() -> None:
    told = report(made(annotations=PRIVATE | {"azure-pls-name": "x"}), says())

    (finding,) = [one for one in told.findings if one.rule == "pls-annotations-without-create"]
    assert (finding.values, [one.source for one in finding.evidence]) == ({"cluster": None}, ["kubernetes"])


def test_manifests_that_could_not_be_read_hide_no_partial_declaration() -> None:
    world = made(annotations={})
    world.gaps.append(Gap(source="git", scope="main/apps", kind="manifests", reason="apps is a submodule"))

    assert ("annotation-drifted", INTERNAL) in found(world, says())


def test_without_services_nothing_is_attached() -> None:
    snapshot = Snapshot(cluster="c", declared=(), partials=(says(),))

    assert attached(snapshot) is snapshot


def test_where_git_was_not_read_it_stays_so() -> None:
    snapshot = joined([live(labels=FLUX)], says(), declared=None)

    assert [(one.kind, one.reason) for one in snapshot.gaps] == [("manifests", "was not read")]


def test_what_is_laid_over_differs_in_nothing_but_what_git_says() -> None:
    there = live(
        labels=FLUX, annotations={PLS_NAME: "a", HA_PORTS: "true"}, load_balancer_ip="10.0.0.1", ip_families=("IPv4",)
    )

    (laid,) = joined([there], says(fields={"load_balancer_ip": "10.0.0.2"})).declared or ()

    assert isinstance(laid, Declared)
    assert (laid.annotations, laid.load_balancer_ip) == ({**there.annotations, INTERNAL: "true"}, "10.0.0.2")
    assert (laid.ip_families, laid.type, laid.labels) == (there.ip_families, there.type, there.labels)
    assert laid.speaks_for == frozenset({INTERNAL, "spec.loadBalancerIP"})


@pytest.mark.parametrize("told", ["ClusterIP", None])
def test_a_chart_gives_only_load_balancers_what_only_they_have(told: str | None) -> None:
    fields = {"external_traffic_policy": "Local", "load_balancer_ip": "10.0.0.9", "source_ranges": ("10.0.0.0/8",)}
    world = made(type="ClusterIP")

    drifted = found(world, says(fields=fields | ({"type": told} if told else {})))

    assert [field for rule, field in drifted if rule == "spec-drifted"] == []
