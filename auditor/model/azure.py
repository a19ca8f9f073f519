"""What ARM answers, reduced to the fields a rule reads. None: ARM did not say."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontend:
    """A frontend IP configuration of a load balancer."""

    id: str
    name: str
    ip: str | None = None
    """The private address."""
    version: str | None = None
    """`IPv4` or `IPv6`; ARM may leave it out for IPv4."""
    subnet_id: str | None = None
    public_ip_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LbRule:
    """A load-balancing rule."""

    id: str
    name: str
    frontend_id: str | None = None
    pool_id: str | None = None
    protocol: str | None = None
    frontend_port: int | None = None
    backend_port: int | None = None
    floating_ip: bool | None = None
    distribution: str | None = None
    idle_timeout: int | None = None
    """Minutes."""
    tcp_reset: bool | None = None
    probe_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRule:
    """An inbound NAT rule, inbound NAT pool or outbound rule: it holds frontends, no Service has it made."""

    id: str
    name: str
    frontend_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A health probe."""

    id: str
    name: str
    protocol: str | None = None
    port: int | None = None
    path: str | None = None
    interval: int | None = None
    """Seconds."""
    threshold: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A backend address pool and how many backends it has."""

    id: str
    name: str
    by_nic: int = 0
    """Members that are IP configurations of network interfaces: pools of type `nodeIPConfiguration`."""
    by_address: int = 0
    """Members that are addresses: pools of type `nodeIP`. ARM shows those of interfaces here too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    """A load balancer with all that hangs on it."""

    id: str
    name: str
    sku: str | None = None
    state: str | None = None
    """`provisioningState`"""
    etag: str | None = None
    frontends: tuple[Frontend, ...] = ()
    rules: tuple[LbRule, ...] = ()
    probes: tuple[Probe, ...] = ()
    pools: tuple[Pool, ...] = ()
    other_rules: tuple[OtherRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NatIp:
    """One IP configuration of a Private Link Service."""

    ip: str | None = None
    static: bool = False
    primary: bool | None = None
    subnet_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A private endpoint connection of a Private Link Service."""

    id: str
    name: str
    status: str | None = None
    """Pending, Approved, Rejected, Disconnected"""
    endpoint_id: str | None = None
    """The consumer's private endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateLinkService:
    """A Private Link Service ("PLS")."""

    id: str
    name: str
    tags: Mapping[str, str]
    etag: str | None = None
    alias: str | None = None
    state: str | None = None
    frontend_ids: tuple[str, ...] = ()
    nat_ips: tuple[NatIp, ...] = ()
    visibility: tuple[str, ...] = ()
    auto_approval: tuple[str, ...] = ()
    fqdns: tuple[str, ...] = ()
    proxy_protocol: bool = False
    connections: tuple[Connection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet of a virtual network."""

    id: str
    name: str
    prefixes: tuple[str, ...] = ()
    pls_policy: str | None = None
    """`privateLinkServiceNetworkPolicies`"""
    ip_configuration_ids: tuple[str, ...] | None = None
    """Who has an address in it; None where ARM did not list them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """A virtual network with its subnets."""

    id: str
    name: str
    etag: str | None = None
    subnets: tuple[Subnet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicIp:
    """A public IP address."""

    id: str
    name: str
    tags: Mapping[str, str]
    etag: str | None = None
    ip: str | None = None
    user_of_it: str | None = None
    """Id of the IP configuration that it is associated with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NicAddress:
    """One IP configuration of a network interface."""

    id: str
    ip: str | None = None
    version: str | None = None
