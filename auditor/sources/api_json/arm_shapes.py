"""The JSON of ARM resources, as far as it is used, in both of its forms.

ARM (and `az rest`) nests `properties`; `az network … list -o json` lays them beside `id` and `name`. So each resource
is a Struct of properties that also has a field `properties`: whichever of the two is filled is read. A null is as good
as absent, since `az` prints many.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from auditor.sources.api_json.wire import Struct

T = TypeVar("T")


class Error(Struct):
    code: str | None = None
    message: str | None = None


class Page(Struct, Generic[T]):
    """A page of a list, or the error that came instead."""

    nextLink: str | None = None
    value: list[T] | None = None
    error: Error | None = None


class Ref(Struct):
    """A reference to another resource."""

    id: str | None = None


Refs = list[Ref] | None


class FrontendProperties(Struct):
    privateIPAddress: str | None = None
    privateIPAddressVersion: str | None = None
    subnet: Ref | None = None
    publicIPAddress: Ref | None = None


class Frontend(FrontendProperties):
    id: str | None = None
    name: str | None = None
    properties: FrontendProperties | None = None


class RuleProperties(Struct):
    frontendIPConfiguration: Ref | None = None
    frontendIpConfiguration: Ref | None = None
    backendAddressPool: Ref | None = None
    backendAddressPools: Refs = None
    protocol: str | None = None
    frontendPort: int | None = None
    backendPort: int | None = None
    enableFloatingIP: bool | None = None
    enableFloatingIp: bool | None = None
    loadDistribution: str | None = None
    idleTimeoutInMinutes: int | None = None
    enableTcpReset: bool | None = None
    probe: Ref | None = None


class Rule(RuleProperties):
    id: str | None = None
    name: str | None = None
    properties: RuleProperties | None = None


class OtherRuleProperties(Struct):
    """Of inbound NAT rules and pools (one frontend) and of outbound rules (several)."""

    frontendIPConfiguration: Ref | None = None
    frontendIpConfiguration: Ref | None = None
    frontendIPConfigurations: Refs = None
    frontendIpConfigurations: Refs = None


class OtherRule(OtherRuleProperties):
    id: str | None = None
    name: str | None = None
    properties: OtherRuleProperties | None = None


class ProbeProperties(Struct):
    protocol: str | None = None
    port: int | None = None
    requestPath: str | None = None
    intervalInSeconds: int | None = None
    probeThreshold: int | None = None


class Probe(ProbeProperties):
    id: str | None = None
    name: str | None = None
    properties: ProbeProperties | None = None


class PoolProperties(Struct):
    backendIPConfigurations: Refs = None
    backendIpConfigurations: Refs = None
    loadBalancerBackendAddresses: Refs = None


class Pool(PoolProperties):
    id: str | None = None
    name: str | None = None
    properties: PoolProperties | None = None


class Sku(Struct):
    name: str | None = None


Parts = list[msgspec.Raw] | None
"""Of a load balancer, which may have tens of thousands: each is decoded when its turn comes."""


class LoadBalancerProperties(Struct):
    provisioningState: str | None = None
    frontendIPConfigurations: Parts = None
    frontendIpConfigurations: Parts = None
    loadBalancingRules: Parts = None
    probes: Parts = None
    backendAddressPools: list[Pool] | None = None
    inboundNatRules: list[OtherRule] | None = None
    inboundNatPools: list[OtherRule] | None = None
    outboundRules: list[OtherRule] | None = None


class LoadBalancer(LoadBalancerProperties):
    id: str | None = None
    name: str | None = None
    etag: str | None = None
    sku: Sku | None = None
    properties: LoadBalancerProperties | None = None


class IpConfigurationProperties(Struct):
    """Of Private Link Services and of network interfaces."""

    privateIPAddress: str | None = None
    privateIPAddressVersion: str | None = None
    privateIPAllocationMethod: str | None = None
    primary: bool | None = None
    subnet: Ref | None = None


class IpConfiguration(IpConfigurationProperties):
    id: str | None = None
    name: str | None = None
    properties: IpConfigurationProperties | None = None


class ConnectionState(Struct):
    status: str | None = None


class ConnectionProperties(Struct):
    privateEndpoint: Ref | None = None
    privateLinkServiceConnectionState: ConnectionState | None = None


class Connection(ConnectionProperties):
    id: str | None = None
    name: str | None = None
    properties: ConnectionProperties | None = None


class Subscriptions(Struct):
    subscriptions: list[str] | None = None


class PrivateLinkServiceProperties(Struct):
    alias: str | None = None
    provisioningState: str | None = None
    loadBalancerFrontendIpConfigurations: Refs = None
    loadBalancerFrontendIPConfigurations: Refs = None
    ipConfigurations: list[IpConfiguration] | None = None
    visibility: Subscriptions | None = None
    autoApproval: Subscriptions | None = None
    fqdns: list[str] | None = None
    enableProxyProtocol: bool | None = None
    privateEndpointConnections: list[Connection] | None = None


class PrivateLinkService(PrivateLinkServiceProperties):
    id: str | None = None
    name: str | None = None
    etag: str | None = None
    tags: dict[str, str | None] | None = None
    properties: PrivateLinkServiceProperties | None = None


class SubnetProperties(Struct):
    addressPrefix: str | None = None
    addressPrefixes: list[str] | None = None
    privateLinkServiceNetworkPolicies: str | None = None
    ipConfigurations: Refs = None


class Subnet(SubnetProperties):
    id: str | None = None
    name: str | None = None
    properties: SubnetProperties | None = None


class VirtualNetworkProperties(Struct):
    subnets: list[Subnet] | None = None


class VirtualNetwork(VirtualNetworkProperties):
    id: str | None = None
    name: str | None = None
    etag: str | None = None
    properties: VirtualNetworkProperties | None = None


class PublicIpProperties(Struct):
    ipAddress: str | None = None
    ipConfiguration: Ref | None = None


class PublicIp(PublicIpProperties):
    id: str | None = None
    name: str | None = None
    etag: str | None = None
    tags: dict[str, str | None] | None = None
    properties: PublicIpProperties | None = None


class NetworkInterfaceProperties(Struct):
    ipConfigurations: list[IpConfiguration] | None = None


class NetworkInterface(NetworkInterfaceProperties):
    id: str | None = None
    properties: NetworkInterfaceProperties | None = None
