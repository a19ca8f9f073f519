"""The load-balancing rules and probes of one Service on one frontend (domain.md §4.3, azure_loadbalancer.go:3170)."""

from dataclasses import dataclass, field

from auditor.controller import grammar, keys, naming, probes
from auditor.controller.asked import Asked
from auditor.controller.probes import ExpectedProbe, Unparsable
from auditor.model.service import Port

DEFAULT_TIMEOUT, LONGEST_TIMEOUT = 4, 100
PROTOCOLS = {"TCP": "Tcp", "UDP": "Udp", "SCTP": "All"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRule:
    """A load-balancing rule that the controller makes."""

    name: str
    protocol: str
    frontend_port: int
    backend_port: int
    floating_ip: bool
    distribution: str
    idle_timeout: int | None
    """None: the annotation does not parse, so it is not compared."""
    tcp_reset: bool | None
    """None: not compared (it is for TCP only)."""
    probe: str | None
    """Name of its probe; None where it has none."""
    probe_known: bool = True
    """False: its probe depends on a value that does not parse."""


@dataclass(slots=True)
class Expected:
    """The rules and probes of one Service on one frontend, by lower-cased name."""

    rules: dict[str, ExpectedRule] = field(default_factory=dict)
    probes: dict[str, ExpectedProbe] = field(default_factory=dict)
    unsure_probes: set[str] = field(default_factory=set)
    """Names of probes that depend on a value that does not parse: neither missing nor extra nor compared."""


def idle_timeout(asked: Asked) -> int | None:
    """Minutes: the annotation, else 4; None where the text is no whole number from 4 to 100."""
    text = asked.annotations.get(keys.IDLE_TIMEOUT)
    if text is None:
        return DEFAULT_TIMEOUT
    value = grammar.int32(text)
    return value if value is not None and DEFAULT_TIMEOUT <= value <= LONGEST_TIMEOUT else None


def expected(asked: Asked, base: str, *, v6: bool, v6_suffix: bool, shared_probe: bool) -> Expected:
    """What the controller makes for the ports of a Service on its frontend of one family.

    `shared_probe`: the load balancer works in shared-probe mode.
    """
    result = Expected()

    def name(protocol: str, port: int) -> str:
        return naming.rule_name(base, asked.subnet, protocol, port, v6_suffix=v6_suffix)

    common: ExpectedProbe | Unparsable | str | None
    local_name = name("TCP", asked.service.health_check_node_port or 0)
    if shared_probe and not asked.local:
        common = naming.SHARED_PROBE
    else:
        common = probes.local_probe(asked, local_name)
        _add_probe(result, common, local_name)
    if asked.ha_ports and asked.internal_fold:
        if asked.ports:
            _add_ha_rule(result, asked, name(asked.ports[0].protocol, asked.ports[0].port), common, v6=v6)
        return result
    for port in asked.ports:
        if not asked.flag(port.port, "no_lb_rule"):
            _add_rule(result, asked, port, name(port.protocol, port.port), common, v6=v6)
    return result


def _add_probe(result: Expected, probe: ExpectedProbe | Unparsable | None, name: str) -> None:
    if isinstance(probe, ExpectedProbe):
        result.probes[probe.name.lower()] = probe
    elif isinstance(probe, Unparsable):
        result.unsure_probes.add(name.lower())


def _common_name(common: ExpectedProbe | Unparsable | str | None) -> str | None:
    return common.name if isinstance(common, ExpectedProbe) else common if isinstance(common, str) else None


def _add_ha_rule(
    result: Expected, asked: Asked, name: str, common: ExpectedProbe | Unparsable | str | None, *, v6: bool
) -> None:
    """One rule for everything; its probe is the common one, else that of the first port that has one."""
    probe, known = _common_name(common), not isinstance(common, Unparsable)
    if common is None:
        for port in asked.ports:
            own = probes.port_probe(asked, port, name, has_local=False)
            if own is not None:
                _add_probe(result, own, name)
                probe, known = (own.name, True) if isinstance(own, ExpectedProbe) else (None, False)
                break
    result.rules[name.lower()] = ExpectedRule(
        name=name, protocol="All", frontend_port=0, backend_port=0, floating_ip=not v6,
        distribution=_distribution(asked), idle_timeout=idle_timeout(asked), tcp_reset=None, probe=probe,
        probe_known=known,
    )  # fmt: skip


def _add_rule(
    result: Expected, asked: Asked, port: Port, name: str, common: ExpectedProbe | Unparsable | str | None, *, v6: bool
) -> None:
    probe, known = None, True
    if not asked.flag(port.port, "no_probe_rule"):
        own = None
        if not isinstance(common, str):
            own = probes.port_probe(asked, port, name, has_local=common is not None)
            _add_probe(result, own, name)
        if own is None:
            probe, known = _common_name(common), not isinstance(common, Unparsable)
        else:
            probe, known = (own.name, True) if isinstance(own, ExpectedProbe) else (None, False)
    through_node_port = not asked.floating_ip or (v6 and asked.internal_fold)
    result.rules[name.lower()] = ExpectedRule(
        name=name,
        protocol=PROTOCOLS.get(port.protocol, port.protocol),
        frontend_port=port.port,
        backend_port=(port.node_port or 0) if through_node_port else port.port,
        floating_ip=not through_node_port,
        distribution=_distribution(asked),
        idle_timeout=idle_timeout(asked),
        tcp_reset=not grammar.fold_true(asked.annotations.get(keys.NO_TCP_RESET)) if port.protocol == "TCP" else None,
        probe=probe,
        probe_known=known,
    )


def _distribution(asked: Asked) -> str:
    return "SourceIP" if asked.service.session_affinity == "ClientIP" else "Default"
