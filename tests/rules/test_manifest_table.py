"""The table in which the manifest and intent rules are tested, and what is asked of every case in it.

The severities and the subjects are copied from the contract, never from the code.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from auditor.controller.keys import PREFIX
from auditor.model.service import Port
from auditor.rules.registry import RULES
from tests.world import World, full, subject

CRITICAL, HIGH, MEDIUM, LOW = "critical", "high", "medium", "low"
SEVERITIES = {
    CRITICAL: "internal-not-exactly-true pls-auto-approves-everyone pls-name-claimed-twice",
    HIGH: """internal-not-a-boolean annotation-not-a-string subnet-not-a-name ip-invalid ip-private-on-public-service
        pls-on-public-service pls-on-ipv6 pls-name-invalid pls-ip-count-invalid pls-static-ips-exceed-count
        pls-static-ip-invalid pls-list-separator pls-subscription-invalid pls-proxy-breaks-probe probe-invalid
        node-ports-needed ip-ranges-invalid source-ranges-conflict sctp-on-public-service
        load-balancer-configuration-unknown ip-port-claimed-twice pls-customised-by-sharer subnet-unknown
        ip-not-in-subnet ip-reserved ip-taken service-declared-twice""",
    MEDIUM: """annotation-unknown subnet-without-internal ip-sources-conflict pls-annotations-without-create
        pls-visible-to-everyone pls-auto-approval-ineffective probe-protocol-ignored idle-timeout-invalid
        ha-ports-ineffective ip-shared-incompatibly""",
    LOW: """annotation-obsolete annotation-without-effect subnet-name-truncated ip-in-deprecated-field
        ip-dual-stack-half-pinned""",
}
SEVERITY = {rule: severity for severity, rules in SEVERITIES.items() for rule in rules.split()}
BY_FIELD = {"annotation-unknown", "annotation-not-a-string", "annotation-obsolete"}
"""Rules whose subject is the annotation key."""
INTERNAL = {"azure-load-balancer-internal": "true"}
PLS = INTERNAL | {"azure-pls-create": "true"}
GUID = "11111111-1111-1111-1111-111111111111"
WEB = Port(port=80, name="http", target_port=8080)
TLS = Port(port=443, name="tls", target_port=8443)
DNS = Port(port=53, name="dns", protocol="UDP", target_port=5353)

KIND = PREFIX + "azure-load-balancer-internal"

Found = tuple[str, str | None, str]
"""Rule, Service and subject, as `World.found()` gives them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One world, and everything that is found in it."""

    rule: str
    kind: str
    """`fires`, `quiet` or `blind`: the rule is listed as not judged."""
    title: str
    world: World
    found: list[Found]
    claims: list[tuple[str, str | None, str]] = dataclasses.field(default_factory=list)
    """Service, field and severity of each finding of the rule itself."""

    def __str__(self) -> str:
        return f"{self.rule}: {self.kind}: {self.title}"


def fires(rule: str, title: str, world: World, field: str | Iterable[str] | None, *also: str | Found,
          severity: str = "", services: Iterable[str] = ("web/a",)) -> Case:  # fmt: skip
    """A case in which the rule has one finding per Service (and field), and only `also` is found beside it.

    Keys get the prefix of the controller's annotations, but those that begin with `=`, which is left out.
    """
    fields = [field] if field is None or isinstance(field, str) else list(field)
    claims = [(service, _whole(f), severity or SEVERITY[rule]) for service in services for f in fields]
    found = [(rule, service, f"={f}" if rule in BY_FIELD else "") for service, f, _ in claims]
    return Case(rule, "fires", title, world, _also([*found, *also]), claims)


def quiet(rule: str, title: str, world: World, *also: str | Found) -> Case:
    """A case in which the rule is judged and has nothing to say."""
    return Case(rule, "quiet", title, world, _also(also))


def blind(rule: str, title: str, world: World, *also: str | Found) -> Case:
    """A case in which the rule cannot tell."""
    return Case(rule, "blind", title, world, _also(also))


def _also(found: Iterable[str | Found]) -> list[Found]:
    whole = ((f, "web/a", "") if isinstance(f, str) else f for f in found)
    return sorted(((r, service, (_whole(s) or "") if r in BY_FIELD else s) for r, service, s in whole), key=str)


def _whole(field: str | None) -> str | None:
    if field and field.startswith("="):
        return field[1:]
    return field if field is None or "/" in field or "." in field else PREFIX + field


def check(case: Case) -> None:
    report = case.world.report()
    found = [(f.rule, str(f.service) if f.service else None, subject(f)) for f in report.findings]
    mine = [f for f in report.findings if f.rule == case.rule]

    assert sorted(found, key=str) == case.found
    assert sorted((str(f.service), f.field, f.severity.word) for f in mine) == sorted(case.claims)
    assert all(f.family == RULES[case.rule].family and f.state == "drift" for f in mine)
    assert all(f.message and f.summary and f.commands for f in mine)
    assert (case.rule in {n.rule for n in report.not_judged}) == (case.kind == "blind")


def one(annotations: Mapping[str, str], *, world: World | None = None, **fields: Any) -> World:
    """A world with the Service `web/a`, in Git, alive and made; public unless the annotations say otherwise."""
    world = (world or World()).service("a", annotations, **fields)
    if not any(asked == "true" for s in world.live or () for asked in [s.annotations.get(KIND)] if s.in_scope):
        del world.frontends["kubernetes-internal"]  # else it would be an orphan: nobody is internal
    return world


def internal(annotations: Mapping[str, str] = INTERNAL, **fields: Any) -> World:
    """A world with the internal Service `web/a`."""
    return one(INTERNAL | dict(annotations), **fields)


def linked(annotations: Mapping[str, str] = PLS, **fields: Any) -> World:
    """A world with the internal Service `web/a` that asks for a Private Link Service."""
    return one(PLS | dict(annotations), **fields)


def written(world: World, annotations: Mapping[str, str]) -> World:
    """The same world, with annotations under these very keys, in Git and alive; the controller ignores them."""

    def write(service: Any) -> Any:
        return dataclasses.replace(service, annotations={**service.annotations, **annotations})

    world.declared = [write(s) for s in world.declared or ()]
    world.live = [write(s) for s in world.live or ()]
    return world


def typed(world: World, **kinds: str) -> World:
    """The same world, in whose manifest these keys (with `_` for `-`) have values that are no strings."""
    not_strings = full({key.replace("_", "-"): kind for key, kind in kinds.items()})
    return world.change_git("a", not_strings=not_strings)


def only_git(world: World) -> World:
    """The same world, of which nothing but Git was read."""
    world = world.copy()
    world.live = world.events = world.nodes = world.pls = world.public_ips = None
    world.lbs_read = world.vnets_read = False
    return world
