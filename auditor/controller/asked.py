"""What one Service asks for, in the controller's words: every annotation parsed once, as the controller parses it."""

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.controller import grammar, keys
from auditor.model.service import Port, Service

PROBE_PROTOCOLS = ("tcp", "http", "https")
MAX_NAT_IPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PlsAsked:
    """The Private Link Service that a Service asks for."""

    name: str | None
    """Trimmed; None where it is not asked for by name; may be blank, which the controller refuses."""
    resource_group: str | None
    subnet: str | None
    """Its own annotation, raw; None where that is absent or blank."""
    count: int | None
    """NAT addresses; None where the text is no whole number from 1 to 8."""
    static_ips: tuple[str, ...]
    fqdns: tuple[str, ...]
    proxy: bool
    visibility: tuple[str, ...]
    """The tokens as written."""
    auto_approval: tuple[str, ...]

    @property
    def visible_to(self) -> tuple[str, ...]:
        """What the controller writes: any `*` means exactly `*`."""
        return ("*",) if "*" in self.visibility else self.visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The parsed view of one Service, declared or live."""

    service: Service
    internal: bool
    internal_fold: bool
    """How HA ports, SCTP and IPv6 rules see it: `"True"` counts."""
    subnet: str | None
    """The internal-subnet annotation of an internal Service, raw; None where absent, blank or unread."""
    ipv4: str | None
    """The requested address, raw: annotation, else `spec.loadBalancerIP` if its family matches."""
    ipv6: str | None
    shares: tuple[str, ...]
    """The addresses by which it may share a frontend (azure_utils.go:336), lower-cased."""
    ha_ports: bool
    floating_ip: bool
    pls: PlsAsked | None
    """None where no PLS is asked for."""

    @property
    def annotations(self) -> Mapping[str, str]:
        """The annotations as they stand."""
        return self.service.annotations

    def requested(self, *, v6: bool) -> str | None:
        """The requested address of one family, raw."""
        return self.ipv6 if v6 else self.ipv4

    @property
    def local(self) -> bool:
        """`externalTrafficPolicy: Local`."""
        return self.service.external_traffic_policy == "Local"

    @property
    def ports(self) -> tuple[Port, ...]:
        """The Service's ports."""
        return self.service.ports or ()

    def flag(self, port: int, suffix: str) -> bool:
        """A per-port switch, such as `no_lb_rule`."""
        return grammar.fold_true(self.annotations.get(keys.port_key(port, suffix)))


def requested_ip(service: Service, *, v6: bool) -> str | None:
    """getServiceLoadBalancerIP: the annotation, untouched; else the field, if of that family (azure_utils.go:318).

    The quirk: a field that is no address at all counts as IPv6.
    """
    text = service.annotations.get(keys.IPV6 if v6 else keys.IPV4)
    if text:
        return text
    text = service.load_balancer_ip
    if not text:
        return None
    is_v4 = grammar.ip_of(text, 4) is not None
    return text if is_v4 != v6 else None


def sharing_ips(service: Service) -> tuple[str, ...]:
    """getServiceLoadBalancerIPs: both annotations; the field only where neither is set (azure_utils.go:336)."""
    annotations = service.annotations
    found = [text for key in (keys.IPV4, keys.IPV6) if (text := annotations.get(key))]
    if not found and service.load_balancer_ip:
        found = [service.load_balancer_ip]
    return tuple(text.lower() for text in found)


def ask(service: Service) -> Asked:
    """Parse a Service."""
    annotations = service.annotations
    text = annotations.get(keys.INTERNAL)
    internal = text == "true"
    subnet = annotations.get(keys.INTERNAL_SUBNET) if internal else None
    plain = not annotations and not service.load_balancer_ip
    return Asked(
        service=service,
        internal=internal,
        internal_fold=grammar.fold_true(text),
        subnet=subnet if subnet and grammar.trim(subnet) else None,
        ipv4=None if plain else requested_ip(service, v6=False),
        ipv6=None if plain else requested_ip(service, v6=True),
        shares=() if plain else sharing_ips(service),
        ha_ports=grammar.fold_true(annotations.get(keys.HA_PORTS)),
        floating_ip=not grammar.fold_true(annotations.get(keys.NO_FLOATING_IP)),
        pls=_ask_pls(annotations) if grammar.trim_fold_true(annotations.get(keys.PLS_CREATE)) else None,
    )


def _ask_pls(annotations: Mapping[str, str]) -> PlsAsked:
    name = annotations.get(keys.PLS_NAME)
    group = grammar.trim(annotations.get(keys.PLS_RESOURCE_GROUP, ""))
    subnet = annotations.get(keys.PLS_SUBNET, "")
    count = annotations.get(keys.PLS_COUNT)
    number = 1 if count is None else grammar.int32(count)
    return PlsAsked(
        name=None if name is None else grammar.trim(name),
        resource_group=group or None,
        subnet=subnet if grammar.trim(subnet) else None,
        count=number if number is not None and 1 <= number <= MAX_NAT_IPS else None,
        static_ips=tuple(dict.fromkeys(grammar.space_list(annotations.get(keys.PLS_STATIC_IPS)))),
        fqdns=grammar.space_list(annotations.get(keys.PLS_FQDNS)),
        proxy=grammar.trim_fold_true(annotations.get(keys.PLS_PROXY)),
        visibility=grammar.space_list(annotations.get(keys.PLS_VISIBILITY)),
        auto_approval=grammar.space_list(annotations.get(keys.PLS_AUTO_APPROVAL)),
    )


def nat_subnet(asked: Asked) -> str | None:
    """The NAT subnet that the annotations name: the PLS's own, else the internal subnet; None = the default subnet."""
    return (asked.pls.subnet if asked.pls else None) or asked.subnet
