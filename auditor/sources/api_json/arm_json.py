"""Lists of ARM resources, nested or flattened, to the model.

A resource without an id cannot be spoken of, so it is a DecodeError; any other absent field is None.
A list must be whole, unless it is said to be one page of several (`part`).
"""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import Any, TypeVar

import msgspec

from auditor.model import azure as model
from auditor.sources.api_json import arm_shapes as arm
from auditor.sources.api_json.arm_list import decoder, identity, resources
from auditor.sources.api_json.wire import part, shared

_LOAD_BALANCERS = decoder(arm.LoadBalancer)
_PRIVATE_LINK_SERVICES = decoder(arm.PrivateLinkService)
_VIRTUAL_NETWORKS = decoder(arm.VirtualNetwork)
_PUBLIC_IPS = decoder(arm.PublicIp)
_NETWORK_INTERFACES = decoder(arm.NetworkInterface)
_FRONTEND = msgspec.json.Decoder(arm.Frontend)
_RULE = msgspec.json.Decoder(arm.Rule)
_PROBE = msgspec.json.Decoder(arm.Probe)
S = TypeVar("S")
M = TypeVar("M")


def decode_load_balancers(data: bytes, *, part: bool = False) -> tuple[model.LoadBalancer, ...]:
    """Load balancers. Raises DecodeError."""
    return tuple(map(_load_balancer, resources(data, _LOAD_BALANCERS, "loadBalancers", part=part)))


def decode_private_link_services(data: bytes, *, part: bool = False) -> tuple[model.PrivateLinkService, ...]:
    """Private Link Services. Raises DecodeError."""
    return tuple(map(_private_link_service, resources(data, _PRIVATE_LINK_SERVICES, "privateLinkServices", part=part)))


def decode_virtual_networks(data: bytes, *, part: bool = False) -> tuple[model.VirtualNetwork, ...]:
    """Virtual networks with their subnets. Raises DecodeError."""
    return tuple(map(_virtual_network, resources(data, _VIRTUAL_NETWORKS, "virtualNetworks", part=part)))


def decode_public_ips(data: bytes, *, part: bool = False) -> tuple[model.PublicIp, ...]:
    """Public IP addresses. Raises DecodeError."""
    return tuple(map(_public_ip, resources(data, _PUBLIC_IPS, "publicIPAddresses", part=part)))


def decode_network_interfaces(data: bytes, *, part: bool = False) -> tuple[model.NicAddress, ...]:
    """The IP configurations of network interfaces. Raises DecodeError."""
    return tuple(
        model.NicAddress(id=identity(raw), ip=p.privateIPAddress, version=p.privateIPAddressVersion)
        for nic in resources(data, _NETWORK_INTERFACES, "networkInterfaces", part=part)
        for raw in (nic.properties or nic).ipConfigurations or ()
        for p in (raw.properties or raw,)
    )


def _name(raw: Any) -> str:
    """Its name; ARM gives one always, but the id has it too."""
    return intern(raw.name or identity(raw).rpartition("/")[2])


def _ref(ref: arm.Ref | None) -> str | None:
    return shared(ref.id) if ref else None


def _refs(refs: arm.Refs) -> tuple[str, ...]:
    return tuple(intern(ref.id) for ref in refs or () if ref.id)


def _load_balancer(raw: arm.LoadBalancer) -> model.LoadBalancer:
    p = raw.properties or raw
    others = (*(p.inboundNatRules or ()), *(p.inboundNatPools or ()), *(p.outboundRules or ()))
    return model.LoadBalancer(
        id=identity(raw),
        name=_name(raw),
        sku=raw.sku.name if raw.sku else None,
        state=p.provisioningState,
        etag=raw.etag,
        frontends=_parts(
            p.frontendIPConfigurations or p.frontendIpConfigurations, "frontendIPConfigurations", _FRONTEND, _frontend
        ),
        rules=_parts(p.loadBalancingRules, "loadBalancingRules", _RULE, _rule),
        probes=_parts(p.probes, "probes", _PROBE, _probe),
        pools=tuple(map(_pool, p.backendAddressPools or ())),
        other_rules=tuple(map(_other_rule, others)),
    )


def _parts(raw: arm.Parts, name: str, decoder: msgspec.json.Decoder[S], made: Callable[[S], M]) -> tuple[M, ...]:
    """One after the other, so that never all of them are there in two forms. Raises DecodeError."""
    return tuple(made(part(one, decoder, f"{name}[{i}]")) for i, one in enumerate(raw or ()))


def _frontend(raw: arm.Frontend) -> model.Frontend:
    p = raw.properties or raw
    return model.Frontend(
        id=identity(raw),
        name=_name(raw),
        ip=p.privateIPAddress,
        version=shared(p.privateIPAddressVersion),
        subnet_id=_ref(p.subnet),
        public_ip_id=_ref(p.publicIPAddress),
    )


def _rule(raw: arm.Rule) -> model.LbRule:
    p = raw.properties or raw
    return model.LbRule(
        id=identity(raw),
        name=_name(raw),
        frontend_id=_ref(p.frontendIPConfiguration or p.frontendIpConfiguration),
        pool_id=_ref(p.backendAddressPool),
        protocol=shared(p.protocol),
        frontend_port=p.frontendPort,
        backend_port=p.backendPort,
        floating_ip=p.enableFloatingIP if p.enableFloatingIP is not None else p.enableFloatingIp,
        distribution=shared(p.loadDistribution),
        idle_timeout=p.idleTimeoutInMinutes,
        tcp_reset=p.enableTcpReset,
        probe_id=_ref(p.probe),
    )


def _other_rule(raw: arm.OtherRule) -> model.OtherRule:
    p = raw.properties or raw
    one = _ref(p.frontendIPConfiguration or p.frontendIpConfiguration)
    several = _refs(p.frontendIPConfigurations or p.frontendIpConfigurations)
    return model.OtherRule(id=identity(raw), name=_name(raw), frontend_ids=(one, *several) if one else several)


def _probe(raw: arm.Probe) -> model.Probe:
    p = raw.properties or raw
    return model.Probe(
        id=identity(raw),
        name=_name(raw),
        protocol=shared(p.protocol),
        port=p.port,
        path=shared(p.requestPath),
        interval=p.intervalInSeconds,
        threshold=p.probeThreshold,
    )


def _pool(raw: arm.Pool) -> model.Pool:
    p = raw.properties or raw
    return model.Pool(
        id=identity(raw),
        name=_name(raw),
        by_nic=len(p.backendIPConfigurations or p.backendIpConfigurations or ()),
        by_address=len(p.loadBalancerBackendAddresses or ()),
    )


def _private_link_service(raw: arm.PrivateLinkService) -> model.PrivateLinkService:
    p = raw.properties or raw
    frontends = p.loadBalancerFrontendIpConfigurations or p.loadBalancerFrontendIPConfigurations
    return model.PrivateLinkService(
        id=identity(raw),
        name=_name(raw),
        tags=_tags(raw.tags),
        etag=raw.etag,
        alias=p.alias,
        state=p.provisioningState,
        frontend_ids=_refs(frontends),
        nat_ips=tuple(map(_nat_ip, p.ipConfigurations or ())),
        visibility=_subscriptions(p.visibility),
        auto_approval=_subscriptions(p.autoApproval),
        fqdns=tuple(p.fqdns or ()),
        proxy_protocol=bool(p.enableProxyProtocol),
        connections=tuple(map(_connection, p.privateEndpointConnections or ())),
    )


def _tags(tags: dict[str, str | None] | None) -> dict[str, str]:
    return {key: value or "" for key, value in (tags or {}).items()}


def _subscriptions(raw: arm.Subscriptions | None) -> tuple[str, ...]:
    return tuple(raw.subscriptions or ()) if raw else ()


def _nat_ip(raw: arm.IpConfiguration) -> model.NatIp:
    p = raw.properties or raw
    return model.NatIp(
        ip=p.privateIPAddress or None,
        static=(p.privateIPAllocationMethod or "").lower() == "static",
        primary=p.primary,
        subnet_id=_ref(p.subnet),
    )


def _connection(raw: arm.Connection) -> model.Connection:
    p = raw.properties or raw
    state = p.privateLinkServiceConnectionState
    return model.Connection(
        id=identity(raw), name=_name(raw), status=state.status if state else None, endpoint_id=_ref(p.privateEndpoint)
    )


def _virtual_network(raw: arm.VirtualNetwork) -> model.VirtualNetwork:
    p = raw.properties or raw
    return model.VirtualNetwork(
        id=identity(raw), name=_name(raw), etag=raw.etag, subnets=tuple(map(_subnet, p.subnets or ()))
    )


def _subnet(raw: arm.Subnet) -> model.Subnet:
    p = raw.properties or raw
    one = (p.addressPrefix,) if p.addressPrefix else ()
    return model.Subnet(
        id=identity(raw),
        name=_name(raw),
        prefixes=tuple(p.addressPrefixes or one),
        pls_policy=p.privateLinkServiceNetworkPolicies,
        ip_configuration_ids=None if p.ipConfigurations is None else _refs(p.ipConfigurations),
    )


def _public_ip(raw: arm.PublicIp) -> model.PublicIp:
    p = raw.properties or raw
    return model.PublicIp(
        id=identity(raw),
        name=_name(raw),
        tags=_tags(raw.tags),
        etag=raw.etag,
        ip=p.ipAddress,
        user_of_it=_ref(p.ipConfiguration),
    )
