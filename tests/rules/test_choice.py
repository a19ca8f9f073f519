"""Of several Services of one object: what is compared with which, what is not, and where nothing need be said."""

from typing import Any

import pytest

from auditor.controller.keys import IDLE_TIMEOUT, INTERNAL, INTERNAL_SUBNET, PREFIX
from auditor.model.service import Live, Owner, Partial, ServiceKey
from tests.rules.test_attach import FLUX, joined, live, says, spoken

PATH = f"{PREFIX}azure-load-balancer-health-probe-request-path"
YES, TEN, SUBNET = {INTERNAL: "true"}, {IDLE_TIMEOUT: "10"}, {INTERNAL_SUBNET: "snet-ilb"}
LOCAL = {"external_traffic_policy": "Local"}


def made(name: str, annotations: dict[str, str] | None = None, **fields: Any) -> Live:
    """A Service of the release."""
    return live(name, labels=FLUX, annotations=annotations or {}, **fields)


def map_of(annotations: dict[str, str], where: str = "spec.values.service", **more: Any) -> Partial:
    """A map in the values of the release."""
    short = {key.removeprefix(PREFIX): text for key, text in annotations.items()}
    return says(short, where=where, **more)


def outcome(services: list[Live], *maps: Partial) -> tuple[dict[str, set[str]], list[str]]:
    """What Git decides, by Service of which it decides anything; and the gaps, without their places."""
    snapshot = joined(services, *maps)
    return (
        {name: told for name, told in spoken(snapshot).items() if told},
        sorted(one.reason.partition("HelmRelease web/ingress ")[2] for one in snapshot.gaps),
    )


def test_a_map_for_two_services_that_both_are_as_it_says() -> None:
    services = [made("dns-tcp", YES | TEN), made("dns-udp", YES | TEN)]

    assert outcome(services, map_of(YES | TEN)) == ({}, [])


def test_one_of_two_that_has_lost_an_annotation() -> None:
    services = [made("dns-tcp", TEN), made("dns-udp", YES | TEN)]

    assert outcome(services, map_of(YES | TEN)) == (
        {"dns-udp": {INTERNAL, IDLE_TIMEOUT}},
        [
            (
                "(spec.values.service) is compared with web/dns-udp, which fits it best; whether it speaks of web/dns-tcp "
                "too is not known"
            )
        ],
    )


def test_one_of_two_that_has_lost_all_annotations() -> None:
    decided, (gap,) = outcome([made("a"), made("b", YES | TEN)], map_of(YES | TEN))

    assert (decided, "whether it speaks of web/a too" in gap) == ({"b": {INTERNAL, IDLE_TIMEOUT}}, True)


def test_a_word_of_the_path_tells_it_from_the_others() -> None:
    services = [made("mon-grafana", YES), made("mon-gateway")]

    assert outcome(services, map_of(YES, "spec.values.grafana.service")) == ({"mon-grafana": {INTERNAL}}, [])


def test_words_of_both_paths_tell_whose_annotation_was_lost() -> None:
    maps = map_of(YES, "spec.values.grafana.service"), map_of(YES, "spec.values.prometheus.service")

    decided = {"mon-grafana": {INTERNAL}, "mon-prometheus": {INTERNAL}}
    assert outcome([made("mon-grafana"), made("mon-prometheus", YES)], *maps) == (decided, [])
    assert outcome([made("mon-grafana", YES), made("mon-prometheus", YES)], *maps) == (decided, [])
    assert outcome([made("a"), made("b", YES)], *maps)[0] == {}


def test_equal_values_break_a_tie() -> None:
    services = [made("a", YES | SUBNET), made("b", YES | {INTERNAL_SUBNET: "snet-pls"})]
    maps = map_of(YES | SUBNET, "spec.values.x"), map_of(YES | {INTERNAL_SUBNET: "snet-pls"}, "spec.values.y")

    assert outcome(services, *maps) == ({one: {INTERNAL, INTERNAL_SUBNET} for one in ("a", "b")}, [])


NGINX = map_of({PATH: "/healthz"}, "spec.values.controller.service", fields=LOCAL)
INSIDE = map_of(YES | {PATH: "/healthz"}, "spec.values.controller.service.internal", fields=LOCAL)


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ({PATH: "/healthz"}, YES | {PATH: "/healthz"}),
        ({PATH: "/healthz"}, {PATH: "/healthz"}),
        ({}, YES | {PATH: "/healthz"}),
    ],
)
def test_both_services_of_ingress_nginx(outside: dict[str, str], inside: dict[str, str]) -> None:
    services = [
        made("in-controller", outside, **LOCAL),
        made("in-controller-internal", inside, **LOCAL),
    ]

    decided, gaps = outcome(services, NGINX, INSIDE)

    assert gaps == []
    assert {one: sorted(told) for one, told in decided.items()} == {
        "in-controller": sorted([PATH, "spec.externalTrafficPolicy"]),
        "in-controller-internal": sorted([PATH, INTERNAL, "spec.externalTrafficPolicy"]),
    }


def test_the_internal_service_of_ingress_nginx_beside_a_public_one_of_which_git_says_nothing() -> None:
    services = [made("in-controller"), made("in-controller-internal", YES)]

    assert outcome(services, map_of(YES, INSIDE.where)) == ({"in-controller-internal": {INTERNAL}}, [])


def test_a_map_of_a_service_that_is_not_made() -> None:
    maps = map_of(YES), map_of(SUBNET, "spec.values.service.annotationsUDP")

    decided, gaps = outcome([made("traefik", YES)], *maps)

    assert decided == {"traefik": {INTERNAL}}
    assert gaps == [
        (
            f"(spec.values.service.annotationsUDP) sets {INTERNAL_SUBNET}, which web/traefik lacks while it has all of "
            "another map: it is not known whether that Service is meant"
        )
    ]


def test_a_map_of_a_service_that_is_no_load_balancer() -> None:
    grafana = map_of(YES | SUBNET, "spec.values.grafana.service", fields={"type": "ClusterIP"})
    server = map_of(YES, "spec.values.server.service", fields={"type": "LoadBalancer"})
    own = {"prom": {INTERNAL, "spec.type"}}

    assert outcome([made("prom", YES)], grafana, server) == (own, [])
    assert outcome([made("prom", YES), made("grafana", YES | SUBNET, type="ClusterIP")], grafana, server)[0][
        "prom"
    ] == {INTERNAL, "spec.type"}
    decided, (gap,) = outcome([made("prom", YES)], grafana)
    assert (decided, "does not say of which Service it speaks: it may be web/prom" in gap) == ({}, True)


def test_the_only_service_whose_type_was_changed() -> None:
    plain = map_of(YES, fields={"type": "ClusterIP"})

    assert outcome([made("a", YES)], plain) == ({"a": {INTERNAL, "spec.type"}}, [])


def test_a_map_without_a_type_of_a_service_that_is_no_load_balancer() -> None:
    services = [made("prom", YES), made("grafana", YES | SUBNET, type="ClusterIP")]
    maps = map_of(YES | SUBNET, "spec.values.grafana.service"), map_of(YES, "spec.values.server.service")

    assert outcome(services, *maps) == ({"grafana": {INTERNAL, INTERNAL_SUBNET}, "prom": {INTERNAL}}, [])


def test_another_service_that_has_every_key_while_the_load_balancer_lacks_one() -> None:
    services = [made("vault", YES), made("vault-active", YES | TEN, type="ClusterIP")]

    decided, (gap,) = outcome(services, map_of(YES | TEN, fields={"type": "LoadBalancer"}))

    assert (decided, "it may be web/vault, web/vault-active" in gap) == ({}, True)


def test_a_service_that_is_named() -> None:
    services = [made("a", YES | TEN), made("b")]

    assert outcome(services, map_of(YES, service="b"))[0] == {"b": {INTERNAL}}
    assert outcome(services, map_of(YES, service="c")) == (
        {},
        ["(spec.values.service) speaks of the Service c, and the cluster has none that it made"],
    )


def test_what_one_map_leaves_empty_another_may_set() -> None:
    empty = map_of(YES, fields={"load_balancer_ip": ""})
    full = map_of(TEN, "spec.values.other", fields={"load_balancer_ip": "10.0.0.9"})

    for maps in ((empty, full), (full, empty)):
        snapshot = joined([made("a", YES | TEN)], *maps)
        assert ([one.load_balancer_ip for one in snapshot.declared or ()], snapshot.gaps) == (["10.0.0.9"], ())


def test_an_application_for_another_cluster() -> None:
    owner = Owner("Application", "argocd", "edge")
    there = says(owner=owner, release=ServiceKey("web", "edge"), elsewhere=True)

    assert joined([], there).gaps == ()
    assert spoken(joined([live("edge", labels={"app.kubernetes.io/instance": "edge"})], there)) == {"edge": {INTERNAL}}


GRAFANA, PROMETHEUS, ALERTS = "x-grafana", "x-stack-prometheus", "x-stack-alertmanager"
"""As the chart kube-prometheus-stack calls them."""
STACK = tuple(map_of(YES | SUBNET, f"spec.values.{name}.service") for name in ("grafana", "prometheus", "alertmanager"))


@pytest.mark.parametrize("now", [YES | {INTERNAL_SUBNET: "other"}, YES, {}], ids=["changed", "lacks one", "lacks all"])
@pytest.mark.parametrize("name", [GRAFANA, ALERTS])
def test_of_several_alike_the_one_that_was_changed(name: str, now: dict[str, str]) -> None:
    has = dict.fromkeys((GRAFANA, PROMETHEUS, ALERTS), YES | SUBNET) | {name: now}

    decided, gaps = outcome([made(one, annotations) for one, annotations in has.items()], *STACK)

    assert (decided.get(name), gaps) == ({INTERNAL, INTERNAL_SUBNET}, [])


def test_two_that_were_swapped() -> None:
    other = YES | {INTERNAL_SUBNET: "other"}
    services = [made(GRAFANA, other), made(ALERTS, YES | SUBNET)]
    maps = map_of(YES | SUBNET, "spec.values.grafana.service"), map_of(other, "spec.values.alertmanager.service")

    assert outcome(services, *maps)[0] == {GRAFANA: {INTERNAL, INTERNAL_SUBNET}, ALERTS: {INTERNAL, INTERNAL_SUBNET}}


def test_a_tie_beside_a_service_of_which_no_map_speaks() -> None:
    services = [made("a", YES), made("b", YES), made("c")]

    decided, (gap,) = outcome(services, map_of(YES))

    assert (decided, "it may be web/a, web/b, web/c" in gap) == ({}, True)


def test_a_tie_of_which_one_has_lost_everything_and_says_so_by_its_name() -> None:
    maps = (map_of(YES, "spec.values.grafana.service"), *STACK[1:])
    services = [made(GRAFANA), made(PROMETHEUS, YES | SUBNET), made(ALERTS, YES | SUBNET)]

    decided, gaps = outcome(services, *maps)

    assert (decided[GRAFANA], gaps) == ({INTERNAL}, [])


@pytest.mark.parametrize("other", [(), (map_of(YES | SUBNET, "spec.values.web.service"),)], ids=["alone", "two maps"])
def test_words_that_mislead_are_no_finding(other: tuple[Partial, ...]) -> None:
    said = YES | {INTERNAL_SUBNET: "other"}
    services = [made("main", said), made("app-x", YES | SUBNET)]

    decided, gaps = outcome(services, map_of(said, "spec.values.app.service"), *other)

    assert (decided, "it may be web/app-x, web/main" in gaps[0]) == ({}, True)
