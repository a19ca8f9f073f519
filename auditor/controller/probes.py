"""The health probe of each Service port, as the controller chooses it (azure_loadbalancer_healthprobe.go)."""

from dataclasses import dataclass

from auditor.controller import grammar, keys
from auditor.controller.asked import PROBE_PROTOCOLS, Asked
from auditor.model.service import Port

MIN_INTERVAL = 5
MIN_NUMBER = 2
MAX_PRODUCT = 120
LAST_PORT = 65535
HTTP = ("http", "https")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedProbe:
    """A probe that the controller makes."""

    name: str
    protocol: str
    port: int
    path: str | None
    interval: int
    threshold: int


@dataclass(frozen=True, slots=True)
class Unparsable:
    """A value the controller refuses: nothing that depends on it is expected or compared."""

    key: str
    text: str
    problem: str


def timing(asked: Asked, port: int) -> tuple[int, int] | Unparsable:
    """Interval in seconds and number of probes for one port: its own keys, else the Service's, else the default."""
    number = _number(asked, keys.port_key(port, "health-probe_num-of-probe"), keys.PROBE_NUMBER, MIN_NUMBER)
    if isinstance(number, Unparsable):
        return number
    interval = _number(asked, keys.port_key(port, "health-probe_interval"), keys.PROBE_INTERVAL, MIN_INTERVAL)
    if isinstance(interval, Unparsable):
        return interval
    if interval * number >= MAX_PRODUCT:
        text = f"{interval} x {number}"
        return Unparsable(keys.PROBE_INTERVAL, text, f"interval times number of probes must be less than {MAX_PRODUCT}")
    return interval, number


def _number(asked: Asked, of_port: str, of_service: str, least: int) -> int | Unparsable:
    """The first of the two annotations; the least allowed value is also the default, for both numbers."""
    for key in (of_port, of_service):
        text = asked.annotations.get(key)
        if text is None:
            continue
        value = grammar.int32(text)
        if value is None:
            return Unparsable(key, text, "is not a whole number")
        return value if value >= least else Unparsable(key, text, f"is less than {least}")
    return least


def probe_port(asked: Asked, port: Port) -> int | Unparsable | None:
    """The port that the per-port annotation chooses: a node port, or a literal one; None where there is none.

    A name of a port (any case) or a number that is a Service port means that port's node port (0 where it has none).
    """
    key = keys.port_key(port.port, "health-probe_port")
    text = asked.annotations.get(key)
    if text is None:
        return None
    if grammar.INT.match(text):
        number = grammar.int32(text)
        if number is None or not 0 <= number <= LAST_PORT:
            return Unparsable(key, text, "is out of range")
        for other in asked.ports:
            if other.port == number:
                return other.node_port or 0
        return number
    named = [other for other in asked.ports if other.name.lower() == text.lower()]
    return named[-1].node_port or 0 if named else Unparsable(key, text, "is no port of the Service")


def is_literal(asked: Asked, port: Port) -> bool:
    """True if the port's probe has a port of its own choosing that is no node port."""
    text = asked.annotations.get(keys.port_key(port.port, "health-probe_port"))
    number = grammar.int32(text) if text is not None and grammar.INT.match(text) else None
    return number is not None and all(p.port != number for p in asked.ports)


def protocol(asked: Asked, port: Port) -> str:
    """`tcp`, `http` or `https`: the port's annotation, its appProtocol, the Service's annotation; else tcp."""
    text = asked.annotations.get(keys.port_key(port.port, "health-probe_protocol"))
    if text is None:
        text = port.app_protocol
    if text is None:
        text = asked.annotations.get(keys.PROBE_PROTOCOL, "tcp")
    word = grammar.trim(text).lower()
    return word if word in PROBE_PROTOCOLS else "tcp"


def local_probe(asked: Asked, name: str) -> ExpectedProbe | Unparsable | None:
    """The probe of a Local Service on its health check node port; None where it has none, or a PLS with proxy protocol.

    The two switches are read untrimmed here: `" true "` makes a PLS and yet keeps this probe.
    """
    service = asked.service
    if not asked.local or (
        grammar.fold_true(asked.annotations.get(keys.PLS_CREATE))
        and grammar.fold_true(asked.annotations.get(keys.PLS_PROXY))
    ):
        return None
    port = service.health_check_node_port or 0
    times = timing(asked, port)
    if isinstance(times, Unparsable):
        return times
    return ExpectedProbe(name=name, protocol="http", port=port, path="/healthz", interval=times[0], threshold=times[1])


def port_probe(asked: Asked, port: Port, name: str, *, has_local: bool) -> ExpectedProbe | Unparsable | None:
    """The probe of one port; None where it has no probe of its own."""
    if port.protocol != "TCP":
        return None
    number = probe_port(asked, port)
    if isinstance(number, Unparsable):
        return number
    if number is None:
        if has_local:
            return None
        number = port.node_port or 0
    word = protocol(asked, port)
    path = None
    if word in HTTP:
        path = asked.annotations.get(keys.port_key(port.port, "health-probe_request-path"))
        if path is None:
            path = asked.annotations.get(keys.PROBE_PATH, "/")
    times = timing(asked, port.port)
    if isinstance(times, Unparsable):
        return times
    return ExpectedProbe(name=name, protocol=word, port=number, path=path, interval=times[0], threshold=times[1])
