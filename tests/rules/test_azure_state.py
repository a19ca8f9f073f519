"""Pending or drift, Services on their way out, several load balancers; and that every rule has its cases."""

from datetime import timedelta
from typing import Any

import pytest

from auditor.model.finding import State
from auditor.model.snapshot import Gap
from auditor.rules.registry import RULES
from tests.rules import (
    test_azure_estate,
    test_azure_frontend,
    test_azure_lbrules,
    test_azure_pls,
    test_azure_pls_fields,
    test_connections,
    test_orphans,
    test_sync,
    test_sync_state,
)  # fmt: skip
from tests.rules.azure_worlds import (
    DUAL,
    ILB,
    INTERNAL,
    LOCAL,
    ONE,
    PLS,
    Case,
    add_frontend,
    add_pls,
    add_rule,
    base,
    drop,
    expected,
    fires,
    frontend_id,
    gone,
    having,
    move,
    multi,
    outcome,
    part,
    quiet,
    table,
    upper,
)  # fmt: skip
from tests.world import GROUP, NOW, World

MODULES = (
    test_sync, test_sync_state, test_azure_frontend, test_azure_lbrules, test_azure_estate, test_azure_pls,
    test_azure_pls_fields,
    test_orphans, test_connections,
)  # fmt: skip
FAMILIES = {"sync", "azure", "orphans", "connections"}
RULE = "lb-rule-missing high web/a internal/rules/<1>-tcp-80"
BEGUN = timedelta(minutes=10)


def broken(**live: Any) -> World:
    """A rule of the Service is missing."""
    return drop(World().service("a"), "rules").change_live("a", **live)


def with_state(state: str, lb: str = INTERNAL) -> World:
    return having(broken(), lb_state={lb: state})


def everything_wrong() -> World:
    """An internal Service with a PLS, and everything about it is wrong in Azure."""
    world = World().service("a", PLS | {"azure-load-balancer-ipv4": "10.240.0.50"})
    world.change_frontend(ip="10.240.0.51").change_rule(protocol="Udp").change_probe(port=1)
    world.change_pls(
        visibility=(ONE,), proxy_protocol=True, nat_ips=(), fqdns=("x",), tags={"k8s-azure-cluster-name": "kubernetes"}
    )
    return add_rule(add_frontend(world, base(1) + "-x"), base(1) + "-TCP-9").change_live("a", ingress=("10.240.0.1",))


CASES: tuple[Case, ...] = (
    fires("lb-rule-missing", "long settled", broken, RULE),
    fires("lb-rule-missing", "just made", lambda: broken(created_at=NOW - BEGUN), RULE + " (pending)"),
    fires("lb-rule-missing", "just changed", lambda: broken(changed_at=NOW), RULE + " (pending)"),
    fires("lb-rule-missing", "changed a little longer ago",
          lambda: broken(changed_at=NOW - BEGUN - timedelta(seconds=1)), RULE),
    fires("lb-rule-missing", "Azure is at it", lambda: with_state("Updating"), RULE + " (pending)"),
    fires("lb-rule-missing", "Azure deletes it", lambda: with_state("deleting"), RULE + " (pending)"),
    fires("lb-rule-missing", "Azure is at another", lambda: with_state("Updating", "kubernetes"), RULE),
    fires("pls-visibility-drifted", "Azure is at the PLS", lambda: World().service("a", PLS).change_pls(
          visibility=(ONE,), state="Updating"), "pls-visibility-drifted critical web/a (pending)"),
    fires("frontend-missing", "of another Service that is new",
          lambda: drop(World().service("a").service("b"), "frontends", 0).change_live("b", created_at=NOW),
          "frontend-missing critical web/a"),
    quiet("lb-rule-extra", "being deleted: nothing is expected",
          lambda: everything_wrong().change_live("a", deleted_at=NOW)),
    quiet("orphaned-frontend", "being deleted: it is no orphan, and neither is its PLS",
          lambda: World().service("a", PLS).change_live("a", deleted_at=NOW)),
    fires("pls-in-wrong-resource-group", "being deleted: what it hangs on",
          lambda: (w := add_rule(World().service("a", PLS), "mine").change_live("a", deleted_at=NOW)).change_pls(
              id=(w.pls or [])[0].id.replace(GROUP, "x"), state="Failed"),
          "pls-in-wrong-resource-group high web/a", "foreign-rule-pins-frontend high web/a internal/rules/mine",
          "provisioning-failed high web/a pls/pls-<1>"),
    quiet("frontend-missing", "several: on any of its kind",
          lambda: move(multi().service("a").service("b"), "lb2-internal")),
    quiet("frontend-missing", "several: each on another",
          lambda: move(multi().service("a"), "lb2-internal").service("b")),
    quiet("backend-pool-empty", "several: a Local Service's own pool", lambda: having(
          multi().service("a", **LOCAL).change_rule(pool_id=part("backendAddressPools", "web-a")),
          pools={"kubernetes": 1, "web-a": 1})),
    fires("frontend-on-wrong-load-balancer", "several: on a public one", lambda: move(multi().service("a"), "lb2"),
          "frontend-on-wrong-load-balancer critical web/a"),
    fires("lb-rule-extra", "several: rules on the one it left", lambda: add_rule(
          move(multi().service("a"), "lb2-internal"), base(1) + "-TCP-80"),
              "lb-rule-extra medium web/a internal/rules/<1>-tcp-80"),
    fires("orphaned-lb-rule", "several: of a dead Service, on the second", lambda: add_rule(
          move(multi().service("a"), "lb2-internal"), base(9) + "-TCP-9", frontend_id(1, lb="lb2-internal"),
              "lb2-internal"),
          "orphaned-lb-rule medium - lb2-internal/rules/<9>-tcp-9"),
    fires("pls-lingering", "several: on the second", lambda: move(add_pls(
          multi().service("a"), "p", frontend_id()), "lb2-internal"), "pls-lingering high web/a"),
)  # fmt: skip


@table(CASES)
def test_state(case: Case) -> None:
    assert outcome(case) == expected(case)


def test_everything_wrong_is_each_thing_once() -> None:
    assert everything_wrong().rules_found() == [
        "frontend-duplicated", "frontend-ip-drifted", "lb-rule-drifted", "lb-rule-extra", "pls-tags-drifted",
        "pls-visibility-drifted", "probe-drifted",
    ]  # fmt: skip


def test_orphans_and_git_are_never_pending() -> None:
    world = having(
        gone(World().service("a"), "a").service("b").change_live("b", changed_at=NOW), lb_state={INTERNAL: "Succeeded"}
    )
    world.service("c", ILB, live=False)
    assert {f.state for f in world.findings()} == {State.DRIFT}


@pytest.mark.parametrize("annotations", [ILB, PLS, ILB | {"azure-load-balancer-internal-subnet": "snet-ilb"}], ids=str)
@pytest.mark.parametrize("fields", [{}, DUAL, LOCAL, DUAL | LOCAL], ids=["plain", "dual", "local", "dual and local"])
def test_order_and_letter_case_of_azure_do_not_matter(annotations: dict[str, str], fields: dict[str, Any]) -> None:
    world = World().service("a", annotations, **fields).service("b", annotations, **fields).service("z", {})
    for what in (world.frontends, world.rules, world.probes):
        for things in what.values():
            things.reverse()
    world.live = (world.live or [])[::-1]
    assert upper(world).found() == []


@pytest.mark.parametrize("kind", ["fires", "quiet", "blind"])
def test_every_rule_has_its_cases(kind: str) -> None:
    told = {case.rule for module in (*MODULES,) for case in module.CASES if case.kind == kind}
    assert {rule.id for rule in RULES.values() if rule.family in FAMILIES} - told == set()


def test_no_case_is_told_twice() -> None:
    told = [(case.rule, case.kind, case.title) for module in MODULES for case in module.CASES]
    assert len(told) == len(set(told)), sorted(t for t in told if told.count(t) > 1)


def test_every_severity_of_the_page_occurs() -> None:
    told = {tuple(line.split()[:2]) for module in MODULES for case in module.CASES for line in case.found}
    for rule in RULES.values():
        if rule.family in FAMILIES:
            assert (rule.id, rule.severity.word) in told
            words = {w for w in ("critical", "high", "info") if rule.variants.startswith(w)}
            assert words <= {severity for name, severity in told if name == rule.id}


@pytest.mark.parametrize("source", ["Kubernetes", "k8s", " kubernetes ", "somebody"])
def test_a_gap_counts_however_its_source_is_spelled(source: str) -> None:
    world = World().service("web/a").service("web/b")
    world.live = [s for s in world.live or () if s.name != "b"]
    world.gaps = [Gap(source=source, scope="web", kind="services", reason="403")]

    assert world.rules_found() == []
    assert {"service-missing", "orphaned-frontend"} <= world.not_judged()


def test_its_own_frontend_does_not_take_the_address_of_a_service_that_left_the_scope() -> None:
    annotations = {"azure-load-balancer-internal": "true", "azure-load-balancer-ipv4": "10.240.9.10"}
    world = World().service("web/a", annotations).change_live("a", type="ClusterIP")

    assert "ip-taken" not in world.rules_found()
