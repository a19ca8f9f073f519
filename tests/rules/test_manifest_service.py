"""Manifest rules about which load balancer a Service gets, its ports' switches, and its source ranges."""

import pytest

from auditor.model.service import MAX_ALSO, Port
from tests.rules.test_manifest_table import (
    DNS,
    INTERNAL,
    LOW,
    TLS,
    WEB,
    Case,
    check,
    fires,
    internal,
    one,
    only_git,
    quiet,
)
from tests.world import World

KIND = "azure-load-balancer-internal"
HA = "azure-load-balancer-enable-high-availability-ports"
IDLE = "azure-load-balancer-tcp-idle-timeout"
ALLOWED = "azure-allowed-ip-ranges"
SOURCES = "load-balancer-source-ranges"
SPEC = "spec.loadBalancerSourceRanges"
CONFIGURED = "azure-load-balancer-configurations"
SCTP = Port(port=9, name="sctp", protocol="SCTP", target_port=9)


def several(value: str, key: str = CONFIGURED, names: tuple[str, ...] | None = ("kubernetes", "team-b")) -> World:
    return internal({key: value}, world=World(multiple_load_balancers=names))


CASES = [
    *(fires("internal-not-exactly-true", repr(v), one({KIND: v}), KIND)
      for v in ("True", "TRUE", "tRuE", " true", "true ", "\ttrue\n", " True ")),
    fires("internal-not-exactly-true", "its subnet is not read either",
          one({KIND: "True", f"{KIND}-subnet": "snet-ilb"}),
          KIND, "subnet-without-internal"),
    fires("internal-not-exactly-true", "in Git alone", only_git(one({KIND: "True"})), KIND),
    fires("internal-not-exactly-true", "alive alone", one({KIND: "True"}, git=False), KIND),
    *(quiet("internal-not-exactly-true", repr(v), one({KIND: v}))
          for v in ("true", "false", "False", "", "no", "truee")),
    quiet("internal-not-exactly-true", "another word", one({KIND: "yes"}), "internal-not-a-boolean"),
    quiet("internal-not-exactly-true", "absent", one({})),
    quiet("internal-not-exactly-true", "of another type", one({KIND: "True"}, type="ClusterIP"),
          "annotation-without-effect"),
    *(fires("internal-not-a-boolean", repr(v), one({KIND: v}), KIND)
      for v in ("yes", "y", "1", "on", "t", "enable", "enabled", "YES", "On", " 1 ", "Enabled\n")),
    *(quiet("internal-not-a-boolean", repr(v), one({KIND: v}))
      for v in ("true", "false", "no", "", " ", "n", "0", "off", "f", "disabled", "internal", "11")),
    quiet("internal-not-a-boolean", "almost true", one({KIND: "True"}), "internal-not-exactly-true"),
    quiet("internal-not-a-boolean", "absent", one({})),

    fires("service-declared-twice", "otherwise", internal().declare_also("a", "b.yaml", ports=(TLS,)), None),
    fires("service-declared-twice", "with another annotation",
          internal().declare_also("a", "b.yaml", annotations={IDLE: "5"}), None),
    fires("service-declared-twice", "alike", internal().declare_also("a", "b.yaml"), None, severity=LOW),
    fires("service-declared-twice", "three times",
          internal().declare_also("a", "b.yaml").declare_also("a", "c.yaml", labels={"a": "b"}), None),
    fires("service-declared-twice", "once as a ClusterIP",
          internal().declare_also("a", "b.yaml", type="ClusterIP"), None),
    fires("service-declared-twice", "the last time as a ClusterIP",
          internal().declare_also("a", "b.yaml").change_git("a", type="ClusterIP"), None, "annotation-without-effect"),
    fires("service-declared-twice", "in Git alone",
          only_git(internal().declare_also("a", "b.yaml", ports=(TLS,))), None),
    fires("service-declared-twice", "the cluster has the other",
          internal({IDLE: "5"}).declare_also("a", "b.yaml").change_git("a", annotations={IDLE: None}), None),
    quiet("service-declared-twice", "once", internal()),
    quiet("service-declared-twice", "of no load balancer",
          one({}, type="ClusterIP").declare_also("a", "b.yaml", ports=(TLS,))),
    quiet("service-declared-twice", "alive alone", internal(git=False), "service-not-in-git"),

    fires("ha-ports-ineffective", "on a public Service", one({HA: "true"}), HA),
    fires("ha-ports-ineffective", "on a public Service with two ports", one({HA: "True"}, ports=(WEB, TLS)), HA),
    fires("ha-ports-ineffective", "two ports", internal({HA: "true"}, ports=(WEB, TLS)), HA),
    fires("ha-ports-ineffective", "not internal: it only looks so", one({HA: "true", KIND: "True"}), HA,
          "internal-not-exactly-true"),
    quiet("ha-ports-ineffective", "internal with one port", internal({HA: "true"})),
    quiet("ha-ports-ineffective", "off", internal({HA: "false"}, ports=(WEB, TLS))),
    quiet("ha-ports-ineffective", "not trimmed, so off", internal({HA: " true"}, ports=(WEB, TLS))),
    quiet("ha-ports-ineffective", "absent", one({}, ports=(WEB, TLS))),

    fires("sctp-on-public-service", "alone", one({}, ports=(SCTP,)), "spec.ports"),
    fires("sctp-on-public-service", "beside TCP", one({}, ports=(WEB, SCTP)), "spec.ports"),
    fires("sctp-on-public-service", "only looks internal", one({KIND: "TRUE"}, ports=(SCTP,)), "spec.ports",
          "internal-not-exactly-true"),
    quiet("sctp-on-public-service", "internal", internal({HA: "true"}, ports=(SCTP,))),
    quiet("sctp-on-public-service", "no SCTP", one({}, ports=(WEB, DNS))),

    fires("load-balancer-configuration-unknown", "one name", several("team-c"), CONFIGURED),
    fires("load-balancer-configuration-unknown", "two names", several("team-c, team-d"), CONFIGURED),
    fires("load-balancer-configuration-unknown", "key in another case",
          several("team-c", "Azure-Load-Balancer-Configurations"), "Azure-Load-Balancer-Configurations"),
    quiet("load-balancer-configuration-unknown", "known", several("kubernetes")),
    quiet("load-balancer-configuration-unknown", "known, in another case", several(" KUBERNETES ")),
    quiet("load-balancer-configuration-unknown", "one of two is known", several("team-c,kubernetes")),
    quiet("load-balancer-configuration-unknown", "blank", several(" ")),
    quiet("load-balancer-configuration-unknown", "absent",
          internal(world=World(multiple_load_balancers=("kubernetes",)))),
    quiet("load-balancer-configuration-unknown", "only one load balancer", several("team-c", names=())),
    quiet("load-balancer-configuration-unknown", "configured ones not known", several("team-c", names=None)),

    *(fires("idle-timeout-invalid", repr(v), internal({IDLE: v}), IDLE)
      for v in ("3", "101", "0", "-4", "", "abc", "4.5", "5m", "1_0", "9" * 12)),
    fires("idle-timeout-invalid", "on a public Service", one({IDLE: "3"}), IDLE),
    *(quiet("idle-timeout-invalid", repr(v), internal({IDLE: v})) for v in ("4", "100", " 30 ", "+5")),
    quiet("idle-timeout-invalid", "absent", internal()),

    *(fires("ip-ranges-invalid", repr(v), internal({ALLOWED: v}), ALLOWED)
      for v in ("10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "everybody", "10.0.0.0/8,10.1.0.1/16", "fd00::1/64",
      "10.0.0.0/8;11.0.0.0/8")),
    fires("ip-ranges-invalid", "the core annotation", one({SOURCES: "10.0.0.1/8"}), SOURCES),
    fires("ip-ranges-invalid", "the core annotation, beside a good one",
          one({ALLOWED: "10.0.0.0/8", SOURCES: "10.0.0.1/8"}), SOURCES),
    fires("ip-ranges-invalid", "both annotations", one({ALLOWED: "10.0.0.1/8", SOURCES: "10.0.0.1/8"}), ALLOWED),
    fires("ip-ranges-invalid", "the field", internal(source_ranges=("10.0.0.0/8", "10.1.2.3/16")), SPEC),
    fires("ip-ranges-invalid", "the field, beside a good annotation",
          internal({ALLOWED: "10.0.0.0/8"}, source_ranges=("10.1.2.3/16",)), SPEC),
    *(quiet("ip-ranges-invalid", repr(v), internal({ALLOWED: v}))
      for v in ("10.0.0.0/8", "10.0.0.0/8, 192.168.0.0/16", "fd00::/64", "0.0.0.0/0", "10.0.0.4/32", "", " ")),
    quiet("ip-ranges-invalid", "the field, with blanks", internal(source_ranges=(" 10.0.0.0/8 ",))),
    quiet("ip-ranges-invalid", "no range", one({}, source_ranges=())),

    fires("source-ranges-conflict", "field and annotation",
          internal({ALLOWED: "10.0.0.0/8"}, source_ranges=("10.0.0.0/8",)), SPEC),
    fires("source-ranges-conflict", "field and core annotation",
          one({SOURCES: "10.0.0.0/8"}, source_ranges=("11.0.0.0/8",)), SPEC),
    fires("source-ranges-conflict", "each with one that is valid",
          internal({ALLOWED: "x,10.0.0.0/8"}, source_ranges=("11.0.0.0/8", "y")), SPEC, "ip-ranges-invalid"),
    quiet("source-ranges-conflict", "no range of the field is valid",
          internal({ALLOWED: "10.0.0.0/8"}, source_ranges=("y",)), "ip-ranges-invalid"),
    quiet("source-ranges-conflict", "no range of the annotation is valid",
          internal({ALLOWED: "x"}, source_ranges=("10.0.0.0/8",)), "ip-ranges-invalid"),
    quiet("source-ranges-conflict", "two annotations", one({ALLOWED: "10.0.0.0/8", SOURCES: "11.0.0.0/8"})),
    quiet("source-ranges-conflict", "the field alone", internal(source_ranges=("10.0.0.0/8",))),
    quiet("source-ranges-conflict", "an empty annotation",
          internal(INTERNAL | {ALLOWED: ""}, source_ranges=("10.0.0.0/8",))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check(case)


def test_all_places_are_told() -> None:
    world = internal().declare_also("a", "b.yaml", source="apps").declare_also("a", "c.yaml", labels={"a": "b"})

    [found] = [one for one in world.report().findings if one.rule == "service-declared-twice"]

    assert found.message == "Git declares web/a 3 times: apps/b.yaml:1, main/c.yaml:1 and main/a.yaml:1."
    assert found.values["git"] == ["apps/b.yaml:1", "main/c.yaml:1", "main/a.yaml:1"]


def test_roots_that_change_one_base_differently() -> None:
    world = (
        internal().declare_also("a", "a.yaml", root="apps/blue", labels={"a": "b"}).change_git("a", root="apps/green")
    )

    [message] = [one.message for one in world.report().findings if one.rule == "service-declared-twice"]

    assert message == ("Git declares web/a twice: a.yaml:1 (built of apps/blue) and a.yaml:1 (built of apps/green).")


def test_where_too_many_declare_it_nothing_is_compared() -> None:
    world = internal({IDLE: "5"})
    for number in range(MAX_ALSO):
        world.declare_also("a", f"{number}.yaml", annotations={IDLE: "6"})
    world.change_git("a", annotations={IDLE: "7"}, ports=(TLS,))

    [found] = world.report().findings

    assert (found.rule, "at least 10 times" in found.message) == ("service-declared-twice", True)
