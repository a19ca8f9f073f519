"""What the tables of the sync, azure, orphans and connections rules share: the form of a case, ways to spoil a world.

A finding is written `rule severity service subject`, with ` (pending)` where it is; `<1>` is the base name of the first
Service, `internal` and `public` are the two load balancers. A case always names all findings of its world.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Literal

import pytest

from auditor.model import azure
from auditor.model.finding import Finding, Report, State
from auditor.model.service import Event
from auditor.model.snapshot import Gap
from tests.world import NODES, NOW, VNET, World, subject

INTERNAL, PUBLIC = "kubernetes-internal", "kubernetes"
ILB = {"azure-load-balancer-internal": "true"}
PLS = ILB | {"azure-pls-create": "true"}
DUAL: dict[str, Any] = {"ip_families": ("IPv4", "IPv6"), "ip_family_policy": "RequireDualStack"}
V6: dict[str, Any] = {"ip_families": ("IPv6",)}
LOCAL: dict[str, Any] = {"external_traffic_policy": "Local", "health_check_node_port": 31999}
ONE, TWO = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
SHORT = (
    ("loadbalancers/kubernetes-internal", "internal"), ("loadbalancers/kubernetes", "public"), ("loadbalancers/", ""),
    ("/frontendipconfigurations/", "/frontends/"), ("/loadbalancingrules/", "/rules/"),
    ("privatelinkservices/", "pls/"),
    ("virtualnetworks/vnet-aks/", ""), ("publicipaddresses/", "pips/"),
    ("/privateendpointconnections/", "/connections/"),
    ("/backendaddresspools/", "/pools/"), ("service.beta.kubernetes.io/", ""),
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A world and what is said of it; `rule` is what the case is about."""

    rule: str
    title: str
    kind: Literal["fires", "quiet", "blind"]
    world: Callable[[], World]
    found: tuple[str, ...]


def fires(rule: str, title: str, world: Callable[[], World], *found: str) -> Case:
    """The rule finds something."""
    return Case(rule, title, "fires", world, found)


def quiet(rule: str, title: str, world: Callable[[], World], *found: str) -> Case:
    """The rule finds nothing; others may."""
    return Case(rule, title, "quiet", world, found)


def blind(rule: str, title: str, world: Callable[[], World], *found: str) -> Case:
    """The rule cannot tell, and says so."""
    return Case(rule, title, "blind", world, found)


def table(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Parametrise a test with cases."""
    return pytest.mark.parametrize("case", [pytest.param(c, id=f"{c.rule}: {c.kind}, {c.title}") for c in cases])


def outcome(case: Case) -> list[str]:
    """What is said of the world of a case; the rule's silence for want of evidence, and a crash, are part of it."""
    report = case.world().report()
    blind_too = [f"({case.rule} cannot tell)"] if case.rule in {n.rule for n in report.not_judged} else []
    return [*said(report), *blind_too, *(f"{c.scope}: {c.reason}" for c in report.coverage if c.kind == "rule")]


def expected(case: Case) -> list[str]:
    """What a case expects to be said."""
    named = any(line.startswith(case.rule + " ") for line in case.found)
    assert named == (case.kind == "fires"), "the case does not do what it is called"
    return [*sorted(case.found), *([f"({case.rule} cannot tell)"] if case.kind == "blind" else [])]


def said(report: Report) -> list[str]:
    """The findings of a report, in short."""
    return sorted(_line(finding) for finding in report.findings)


def _line(finding: Finding) -> str:
    what = subject(finding)
    for long, short in SHORT:
        what = what.replace(long, short)
    what = re.sub(r"a00000000000040008000(\d{11})", lambda found: f"<{int(found[1])}>", what)
    words = (finding.rule, finding.severity.word, str(finding.service or "-"), what)
    return " ".join(words).rstrip() + (" (pending)" if finding.state is State.PENDING else "")


# -- names -----------------------------------------------------------------------------------------------------------


def base(number: int) -> str:
    """The base name of the nth Service of a world."""
    return f"a00000000000040008000{number:011d}"


def uid(number: int) -> str:
    """The UID of the nth Service of a world."""
    return f"00000000-0000-4000-8000-{number:011d}0"


def part(kind: str, name: str, lb: str = INTERNAL) -> str:
    """The id of a part of a load balancer."""
    return f"{NODES}/loadBalancers/{lb}/{kind}/{name}"


def frontend_id(number: int = 1, suffix: str = "", lb: str = INTERNAL) -> str:
    """The id of the nth Service's frontend."""
    return part("frontendIPConfigurations", base(number) + suffix, lb)


# -- spoiling --------------------------------------------------------------------------------------------------------


def having(world: World, **attributes: Any) -> World:
    """Replace attributes of the world."""
    for name, value in attributes.items():
        setattr(world, name, value)
    return world


def gap(world: World, source: str, kind: str, scope: str = "a part") -> World:
    """Some of a collection was not read."""
    world.gaps.append(Gap(source=source, scope=scope, kind=kind, reason="refused"))
    return world


def drop(world: World, what: str, index: int | None = None, lb: str = INTERNAL) -> World:
    """Take one (or all) of the frontends, rules or probes away."""
    found = getattr(world, what)[lb]
    del found[slice(None) if index is None else slice(index, index + 1)]
    return world


def no_lb(world: World, *names: str) -> World:
    """Take whole load balancers away."""
    for name in names:
        for what in (world.frontends, world.rules, world.probes):
            what.pop(name)
    return world


def gone(world: World, name: str) -> World:
    """The Service is gone from Git and cluster; what the controller made of it is still there."""
    world.live = [s for s in world.live or () if s.name != name]
    world.declared = [s for s in world.declared or () if s.name != name]
    return world


def add_frontend(world: World, name: str, ip: str | None = "10.240.0.77", lb: str = INTERNAL, **fields: Any) -> World:
    """Somebody, or an old controller, made another frontend."""
    subnet = f"{VNET}/subnets/snet-nodes" if ip else None
    where = part("frontendIPConfigurations", name, lb)
    given: dict[str, Any] = {"ip": ip, "version": "IPv4", "subnet_id": subnet} | fields
    world.frontends[lb].append(azure.Frontend(id=where, name=name, **given))
    return world


def add_rule(world: World, name: str, on: str | None = None, lb: str = INTERNAL, **fields: Any) -> World:
    """Another load-balancing rule, on the frontend with id `on` (the first Service's if not given)."""
    given: dict[str, Any] = {"frontend_id": on or frontend_id(1, lb=lb), "protocol": "Tcp", "frontend_port": 9}
    given |= {"backend_port": 9} | fields
    world.rules[lb].append(azure.LbRule(id=part("loadBalancingRules", name, lb), name=name, **given))
    return world


def add_probe(world: World, name: str, lb: str = INTERNAL) -> World:
    """Another probe."""
    world.probes[lb].append(azure.Probe(id=part("probes", name, lb), name=name, protocol="Tcp", port=1, interval=5))
    return world


def add_other(world: World, kind: str, name: str, on: str | None = None, lb: str = INTERNAL) -> World:
    """An inbound NAT rule or an outbound rule."""
    rule = azure.OtherRule(id=part(kind, name, lb), name=name, frontend_ids=(on or frontend_id(1, lb=lb),))
    world.other_rules.setdefault(lb, []).append(rule)
    return world


def add_pls(world: World, name: str, *on: str, group: str | None = None, **fields: Any) -> World:
    """Another Private Link Service, with our tags, on these frontends."""
    where = NODES if group is None else NODES.replace("MC_rg_cluster_eastus", group)
    given: dict[str, Any] = {"tags": {"k8s-azure-cluster-name": "kubernetes"}, "state": "Succeeded"} | fields
    pls = azure.PrivateLinkService(id=f"{where}/privateLinkServices/{name}", name=name, frontend_ids=on, **given)
    world.pls = [*(world.pls or ()), pls]
    return world


def move(world: World, new: str, old: str = INTERNAL) -> World:
    """Everything on one load balancer is on another instead."""
    for what in (world.frontends, world.rules, world.probes):
        what.setdefault(new, []).extend(_moved(thing, old, new) for thing in what[old])
        what[old] = []
    world.pls = [_moved(pls, old, new) for pls in world.pls or ()]
    return world


def _moved(thing: Any, old: str, new: str) -> Any:
    def swap(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(swap(v) for v in value)
        return value.replace(f"/loadBalancers/{old}/", f"/loadBalancers/{new}/") if isinstance(value, str) else value

    return dataclasses.replace(thing, **{f.name: swap(getattr(thing, f.name)) for f in dataclasses.fields(thing)})


def upper(world: World) -> World:
    """Azure writes every id in capitals, but for the names of what the controller made."""

    def shout(thing: Any) -> Any:
        changed = {
            f.name: _shouted(getattr(thing, f.name))
            for f in dataclasses.fields(thing)
            if f.name.endswith(("id", "ids"))
        }
        return dataclasses.replace(thing, **changed)

    for what in (world.frontends, world.rules, world.probes):
        for lb, things in what.items():
            what[lb] = [shout(thing) for thing in things]
    world.pls = [shout(pls) for pls in world.pls or ()]
    return world


def _shouted(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_shouted(v) for v in value)
    if not isinstance(value, str):
        return value
    head, _, name = value.rpartition("/")
    return f"{head.upper()}/{name}"


def bare() -> World:
    """A world that has only the public load balancer: an internal one would be an orphan without a Service."""
    return no_lb(World(), INTERNAL)


def several(world: World) -> World:
    """There is a second pair of load balancers."""
    for what in (world.frontends, world.rules, world.probes):
        for name in ("lb2", "lb2-internal"):
            what.setdefault(name, [])
    return world


def multi() -> World:
    """A cluster with several load balancers."""
    return several(World(multiple_load_balancers=("kubernetes", "lb2")))


def shared_probe(lb: str = INTERNAL) -> World:
    """A world whose load balancer works in shared-probe mode."""
    return add_probe(World(), "cluster-service-shared-health-probe", lb)


def event(reason: str, number: int = 1, message: str = "", ago: int = 5, version: str = "1") -> Event:
    """An event of some minutes ago about the nth Service."""
    return Event(
        uid=uid(number), reason=reason, message=message, at=NOW - timedelta(minutes=ago), resource_version=version
    )


def minutes(number: int) -> timedelta:
    """That many minutes."""
    return timedelta(minutes=number)
