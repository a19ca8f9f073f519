"""Manifest rules about health probes and node ports."""

from collections.abc import Iterator
from dataclasses import replace

from auditor.controller import grammar, keys, probes
from auditor.controller.asked import PROBE_PROTOCOLS, Asked
from auditor.controller.probes import Unparsable
from auditor.model.finding import Blind, Claim
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
                return _blame(asked, port.port, found)
    times = probes.timing(asked, asked.service.health_check_node_port or 0) if asked.local else None
    return times if isinstance(times, Unparsable) else None


def _blame(asked: Asked, port: int, problem: Unparsable) -> Unparsable:
    """The problem; where it is a product, at the key of this port that has a part in it."""
    if asked.annotations.get(problem.key) == problem.text:
        return problem
    wanted = (keys.port_key(port, "health-probe_interval"), keys.PROBE_INTERVAL,
              keys.port_key(port, "health-probe_num-of-probe"), keys.PROBE_NUMBER)  # fmt: skip
    return replace(problem, key=next((k for k in wanted if k in asked.annotations), problem.key))


def _probe_ports(it: Declaration) -> Iterator[str]:
    for port in it.asked.ports:
        key = keys.port_key(port.port, "health-probe_port")
        if key in it.service.annotations:
            yield key


@rule("pls-proxy-breaks-probe", family=MANIFEST, severity=HIGH, per="declaration")
def pls_proxy_breaks_probe(it: Declaration, _: Facts) -> Claim | None:
    """A PLS with proxy protocol on a Local Service that has no probe port of its own.

    Why it matters: the health check of kube-proxy cannot read the PROXY header, so the controller falls back to
    probing the node ports, which then see the header too.

    How to fix: give the port a probe port that speaks without the header (`port_<port>_health-probe_port`).

    When it is wrong: if the backend reads the PROXY header on its probe port.
    """
    pls = it.asked.pls
    if not pls or not pls.proxy or not it.asked.local or any(_probe_ports(it)):
        return None
    first = it.asked.ports[0].port if it.asked.ports else 80
    return declared(
        it, "Proxy protocol breaks the health probe of a Local Service that has no probe port of its own.",
        field=keys.PLS_PROXY, about=("spec.externalTrafficPolicy",), summary="give it a probe port; " + IN_GIT,
        commands=(annotate(it.key, keys.port_key(first, "health-probe_port"), "$PROBE_PORT"),),
    )  # fmt: skip


@rule("probe-invalid", family=MANIFEST, severity=HIGH, per="declaration")
def probe_invalid(it: Declaration, _: Facts) -> Claim | None:
    """A health probe's interval, number or port cannot be used.

    Why it matters: the controller refuses the whole Service: no frontend is made or changed.

    How to fix: interval 5 or more, number 2 or more, their product less than 120; a probe port is a port name of the
    Service or a number.

    When it is wrong: never.
    """
    if not any("health-probe_" in k or k in (keys.PROBE_INTERVAL, keys.PROBE_NUMBER) for k in it.service.annotations):
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
    """Ports that have a rule and, as declared, no node port: a rebuilt cluster would give them none."""
    return [p for p in it.asked.ports if not p.node_port and not it.asked.flag(p.port, "no_lb_rule")]


def _shared_probe(it: Declaration, facts: Facts) -> bool:
    place = facts.placements.get(it.key)
    spots = place.spots if place else ()
    if spots:
        return any(facts.shared_probe_mode(spot.lb) for spot in spots)
    return any(
        facts.shared_probe_mode(lb)
        for lb in facts.estate.lbs
        if lb.name.lower().endswith("-internal") == it.asked.internal
    )


def _why_needed(it: Declaration, facts: Facts) -> str | None:
    bare = _without_node_port(it)
    if not bare:
        return None
    asked = it.asked
    v6 = asked.internal and "IPv6" in (it.families or ())
    if not asked.floating_ip and not (asked.ha_ports and asked.internal):
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
def node_ports_needed(it: Declaration, facts: Facts) -> Claim | Blind | None:
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
    if why.startswith("the probe") and facts.blind("loadBalancers") and it.live is not None:
        return Blind(str(it.key), "loadBalancers")
    return declared(
        it, f"This Service cannot work without node ports: {why}.", field="spec.allocateLoadBalancerNodePorts",
        value=False, about=("spec.ports",), summary="let node ports be allocated; " + IN_GIT,
        commands=(patch(it.key, '{"allocateLoadBalancerNodePorts":true}'),),
    )  # fmt: skip
