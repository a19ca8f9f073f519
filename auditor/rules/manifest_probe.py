"""Manifest rules about health probes and node ports."""

from auditor.controller import grammar, keys, probes
from auditor.controller.asked import PROBE_PROTOCOLS, Asked
from auditor.controller.probes import Unparsable
from auditor.model.finding import Claim
from auditor.model.service import Port
from auditor.rules.facts import Declaration, Facts
from auditor.rules.registry import rule
from auditor.rules.say import HIGH, IN_GIT, MANIFEST, MEDIUM, annotate, declared, patch


def _first_problem(asked: Asked) -> Unparsable | None:
    """The first probe value that the controller refuses: those of the Service, then those of its TCP ports."""
    for key, least in ((keys.PROBE_INTERVAL, probes.MIN_INTERVAL), (keys.PROBE_NUMBER, probes.MIN_NUMBER)):
        text = asked.annotations.get(key)
        if text is None:
            continue
        value = grammar.int32(text)
        if value is None or value < least:
            return Unparsable(key, text, "is not a whole number" if value is None else f"is less than {least}")
    ports = [port for port in asked.ports if port.protocol == "TCP"]
    for port in ports:
        for found in (probes.probe_port(asked, port), probes.timing(asked, port.port)):
            if isinstance(found, Unparsable):
                return found
    times = probes.timing(asked, 0)
    return times if isinstance(times, Unparsable) else None


@rule("probe-invalid", family=MANIFEST, severity=HIGH, per="declaration")
def probe_invalid(it: Declaration, _: Facts) -> Claim | None:
    """A health probe's interval, number or port cannot be used.

    Why it matters: the controller refuses the whole Service: no frontend is made or changed.

    How to fix: interval 5 or more, number 2 or more, their product less than 120; a probe port is a port name of the
    Service or a number.

    When it is wrong: never.
    """
    if not any(
        "health-probe_" in k or k in (keys.PROBE_INTERVAL, keys.PROBE_NUMBER) for k in it.service.annotations
    ):
        return None
    problem = _first_problem(it.asked)
    if problem is None:
        return None
    return declared(
        it, f"The controller refuses the health probe: {problem.text!r} {problem.problem}.", field=problem.key,
        value=problem.text, summary="write a valid value, or remove it for the default; " + IN_GIT,
        commands=(annotate(it.key, problem.key, None),),
    )  # fmt: skip


@rule("probe-protocol-ignored", family=MANIFEST, severity=MEDIUM, per="declaration")
def probe_protocol_ignored(it: Declaration, _: Facts) -> Claim | None:
    """A probe protocol that the controller does not know.

    Why it matters: it silently takes it for TCP, so the probe checks less than was meant.

    How to fix: tcp, http or https.

    When it is wrong: never; `appProtocol`, which has other readers, is not reported.
    """
    wanted = [keys.PROBE_PROTOCOL, *(
        keys.port_key(p.port, "health-probe_protocol") for p in it.asked.ports if p.protocol == "TCP"
    )]  # fmt: skip
    for key in wanted:
        text = grammar.trim(it.service.annotations.get(key, ""))
        if text and text.lower() not in PROBE_PROTOCOLS:
            return declared(
                it, f'The probe protocol "{text}" is unknown; the controller takes it for tcp.', field=key,
                summary="write tcp, http or https; " + IN_GIT, commands=(annotate(it.key, key, "tcp"),),
            )  # fmt: skip
    return None


def _without_node_port(it: Declaration) -> list[Port]:
    """Ports that have a rule and no node port, in Git or alive."""
    given = {(p.protocol, p.port): p.node_port for p in (it.live.ports if it.live else None) or ()}
    return [
        p for p in it.asked.ports
        if not p.node_port and not given.get((p.protocol, p.port)) and not it.asked.flag(p.port, "no_lb_rule")
    ]  # fmt: skip


def _shared_probe(it: Declaration, facts: Facts) -> bool:
    place = facts.placements.get(it.key)
    spots = place.spots if place else ()
    if spots:
        return any(facts.shared_probe_mode(spot.lb) for spot in spots)
    return any(
        facts.shared_probe_mode(lb) for lb in facts.estate.lbs if lb.name.lower().endswith("-internal") == it.asked.internal
    )


def _why_needed(it: Declaration, facts: Facts) -> str | None:
    bare = _without_node_port(it)
    if not bare:
        return None
    asked = it.asked
    v6 = asked.internal and "IPv6" in (it.families or ())
    if not asked.floating_ip:
        return f"without floating IP, port {bare[0].port} is forwarded to its node port"
    if v6:
        return f"port {bare[0].port} of an internal IPv6 frontend is forwarded to its node port"
    if asked.local or _shared_probe(it, facts):
        return None
    for port in bare:
        if port.protocol == "TCP" and not asked.flag(port.port, "no_probe_rule") and not probes.is_literal(asked, port):
            return f"the probe of port {port.port} needs a node port"
    return None


@rule("node-ports-needed", family=MANIFEST, severity=HIGH, per="declaration")
def node_ports_needed(it: Declaration, facts: Facts) -> Claim | None:
    """`allocateLoadBalancerNodePorts: false` on a Service that cannot work without node ports.

    Why it matters: the rule or its probe would point to port 0, which Azure refuses.

    How to fix: let node ports be allocated, or use `externalTrafficPolicy: Local` with floating IP.

    When it is wrong: if node ports are given by hand afterwards.
    """
    if it.service.allocate_node_ports is not False:
        return None
    why = _why_needed(it, facts)
    if why is None:
        return None
    return declared(
        it, f"This Service cannot work without node ports: {why}.", field="spec.allocateLoadBalancerNodePorts",
        value=False, about=("spec.ports",), summary="let node ports be allocated; " + IN_GIT,
        commands=(patch(it.key, '{"allocateLoadBalancerNodePorts":true}'),),
    )  # fmt: skip
