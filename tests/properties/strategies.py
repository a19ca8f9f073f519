"""Random worlds: Services without a mistake in every shape, what the controller makes of them, and changes to that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from auditor.model.policy import Policy
from auditor.model.service import Port
from tests.properties.drifts import DRIFTS
from tests.world import OTHER, SUBSCRIPTION, World

small = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""Few examples, always the same ones: a failure in CI is one on a laptop."""

INTERNAL = "azure-load-balancer-internal"
V4, V6 = "azure-load-balancer-ipv4", "azure-load-balancer-ipv6"
STATIC = "azure-pls-ip-configuration-ip-address"
TRUE = st.sampled_from(["true", "True", "TRUE"])
TRIMMED_TRUE = st.sampled_from(["true", "True", " true ", "TRUE\n"])
NETS = {None: "10.240", "snet-nodes": "10.240", "snet-ilb": "10.241"}
DUAL = ("IPv4", "IPv6")


def maybe(draw: st.DrawFn, into: dict[str, str], key: str, text: st.SearchStrategy[str]) -> None:
    """Set an annotation every other time."""
    if draw(st.booleans()):
        into[key] = draw(text)


@st.composite
def ports(draw: st.DrawFn) -> tuple[Port, ...]:
    """One to three ports."""
    numbers = draw(st.lists(st.sampled_from([80, 443, 8080, 53, 65535]), min_size=1, max_size=3, unique=True))
    return tuple(
        Port(
            port=number,
            name=f"p{number}",
            protocol=draw(st.sampled_from(["TCP", "TCP", "UDP"])),
            app_protocol=draw(st.sampled_from([None, None, "http", "https", "kubernetes.io/h2c"])),
        )
        for number in numbers
    )


@st.composite
def probing(draw: st.DrawFn, port: Port) -> dict[str, str]:
    """Annotations about probes and rules that the controller takes."""
    found: dict[str, str] = {}
    maybe(draw, found, "azure-load-balancer-health-probe-protocol", st.sampled_from(["tcp", "Http", " https"]))
    maybe(draw, found, "azure-load-balancer-health-probe-request-path", st.sampled_from(["/", "/ready", "/A?b=c"]))
    maybe(draw, found, "azure-load-balancer-health-probe-interval", st.sampled_from(["5", " 10 ", "+15"]))
    maybe(draw, found, "azure-load-balancer-health-probe-num-of-probe", st.sampled_from(["2", "3"]))
    maybe(draw, found, "azure-load-balancer-tcp-idle-timeout", st.integers(4, 100).map(str))
    maybe(draw, found, "azure-load-balancer-disable-tcp-reset", TRUE)
    suffix = draw(st.sampled_from(["", "no_lb_rule", "no_probe_rule", "health-probe_port", "health-probe_interval"]))
    if suffix:
        text = {"health-probe_port": str(port.port), "health-probe_interval": "20"}.get(suffix, "True")
        found[f"port_{port.port}_{suffix}"] = text
    return found


@st.composite
def pls(draw: st.DrawFn, number: int) -> dict[str, str]:
    """Annotations about a Private Link Service that the controller takes."""
    found = {"azure-pls-create": draw(TRIMMED_TRUE)}
    maybe(draw, found, "azure-pls-name", st.sampled_from([f"pls-{number}", f" Pls-{number} "]))
    maybe(draw, found, "azure-pls-resource-group", st.sampled_from(["rg-pls", " "]))
    maybe(draw, found, "azure-pls-proxy-protocol", TRUE)
    maybe(draw, found, "azure-pls-fqdns", st.sampled_from(["a.example", "b.example  A.example", " "]))
    maybe(
        draw,
        found,
        "azure-pls-visibility",
        st.sampled_from([SUBSCRIPTION, f"{OTHER} {SUBSCRIPTION} ", f"* {OTHER}", ""]),
    )
    if "*" in found.get("azure-pls-visibility", ""):
        maybe(draw, found, "azure-pls-auto-approval", st.sampled_from([SUBSCRIPTION, f" {OTHER}  {SUBSCRIPTION}"]))
    if draw(st.booleans()):
        found["azure-pls-ip-configuration-subnet"] = "snet-pls"
        maybe(draw, found, STATIC, st.just(f"10.242.0.{100 + number}"))
        maybe(draw, found, f"{STATIC}-count", st.sampled_from(["1", " 2 ", "8"]))
    return found


@st.composite
def internal(draw: st.DrawFn, number: int, fields: dict[str, Any]) -> dict[str, str]:
    """Annotations of an internal Service, addresses included."""
    found = {INTERNAL: "true"}
    subnet = draw(st.sampled_from([*NETS]))
    if subnet:
        found["azure-load-balancer-internal-subnet"] = subnet
    families = draw(st.sampled_from([("IPv4",), ("IPv4",), DUAL, ("IPv6",)])) if subnet != "snet-ilb" else ("IPv4",)
    fields["ip_families"] = families
    if families == DUAL:
        fields["ip_family_policy"] = "RequireDualStack"
    if families == ("IPv4",):
        maybe(draw, found, V4, st.just(f"{NETS[subnet]}.1.{10 + number}"))
    if families == ("IPv6",):
        maybe(draw, found, V6, st.just(f"fd00:db8:deca:deed::1:{10 + number}"))
    if len(fields["ports"]) == 1:
        maybe(draw, found, "azure-load-balancer-enable-high-availability-ports", TRUE)
    if "IPv4" in families and draw(st.booleans()):
        found |= draw(pls(number))
    return found


@st.composite
def service(draw: st.DrawFn, number: int) -> tuple[dict[str, str], dict[str, Any]]:
    """Annotations and fields of one Service."""
    fields: dict[str, Any] = {"ports": draw(ports()), "session_affinity": draw(st.sampled_from(["None", "ClientIP"]))}
    found = draw(probing(fields["ports"][0]))
    if number == 0 or draw(st.integers(0, 3)):  # the first one is internal, else nobody would need the load balancer
        found |= draw(internal(number, fields))
    maybe(draw, found, "azure-disable-load-balancer-floating-ip", TRUE)
    proxied = found.get("azure-pls-proxy-protocol", "") and "azure-pls-create" in found
    if not proxied and draw(st.booleans()):
        fields |= {"external_traffic_policy": "Local", "health_check_node_port": 31000 + number}
    return found, fields


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """One to five Services, as the controller makes them; two may share an address."""
    world = World()
    world.policy = Policy(allowed_visibility=frozenset({"*"}))
    for number in range(draw(st.integers(1, 5))):
        annotations, fields = draw(service(number))
        world.service(f"team-{number % 2}/s{number}", annotations, **fields)
        shared = {key: text for key, text in annotations.items() if key in {INTERNAL, V4, f"{INTERNAL}-subnet"}}
        alone = (
            V4 not in annotations
            or fields.get("ip_families") == DUAL
            or "azure-load-balancer-enable-high-availability-ports" in annotations
        )
        if not alone and draw(st.booleans()):
            world.service(f"team-1/s{number}-sharer", shared, ports=(Port(port=9000, name="more"),))
    return world


@dataclass(frozen=True)
class Change:
    """One change to a world: which, to what, and which of several values."""

    name: str
    index: int

    def apply(self, world: World, value: int = 0) -> World:
        """The world, changed."""
        drift: Callable[[World, int, int], None] = DRIFTS[self.name]
        drift(world, self.index, value)
        return world


changes = st.builds(Change, st.sampled_from(sorted(DRIFTS)), st.integers(0, 9))


@st.composite
def drifted(draw: st.DrawFn) -> World:
    """A world in which one to four things were changed behind somebody's back."""
    world = draw(worlds())
    for change in draw(st.lists(changes, min_size=1, max_size=4)):
        change.apply(world)
    return world
