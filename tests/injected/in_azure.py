"""What changes in Azure behind the controller's back: load balancers, frontends, rules, probes, subnets, public IPs."""

from typing import Any

from tests.injected.in_cluster import probe, rule
from tests.injected.raw import DEAD, EXT, INT, NODES, VNET, Case, Json, Raw, in_cluster, props

BASE = "drift-00-baseline"
FRONTENDS, RULES, PROBES, POOLS = "frontendIPConfigurations", "loadBalancingRules", "probes", "backendAddressPools"
AT = "@int/frontendipconfigurations"
PUBLIC_RULE = "high lb-rule-{} {} @ext/loadbalancingrules/{{{}}}-tcp-80"


def changed_rule(state: str, service: str, suffix: str, **fields: Any) -> Case:
    """Fields of a rule are changed."""
    return Case(state, f"rule {service} {suffix} {fields}", lambda w: w.rule(service, suffix).update(fields),
                (rule("drifted", service, suffix.lower()),))  # fmt: skip


def changed_probe(state: str, service: str, suffix: str, **fields: Any) -> Case:
    """Fields of a probe are changed."""
    return Case(state, f"probe {service} {suffix} {fields}", lambda w: w.probe(service, suffix).update(fields),
                (probe("drifted", service, suffix.lower()),))  # fmt: skip


def changed_frontend(state: str, service: str, suffix: str, fields: Json, *adds: str) -> Case:
    """Fields of a frontend are changed."""
    return Case(state, f"frontend {service}{suffix} {str(fields)[-60:]}", lambda w: props(w.frontend(service, suffix)).update(fields),
                adds, home=service)  # fmt: skip


def subnet(name: str) -> Json:
    """A reference to a subnet of the cluster's network."""
    return {"subnet": {"id": f"{VNET}/subnets/{name}"}}


def _rename(w: Raw) -> None:
    frontend = w.frontend("web/rule-added")
    frontend.update(name=frontend["name"] + "-old", id=frontend["id"] + "-old")


def _nat_rule(w: Raw) -> None:
    w.lb()["inboundNatRules"] = [{
        "name": "ssh", "id": f"{INT}/inboundNatRules/ssh",
        "properties": {"frontendIPConfiguration": {"id": w.frontend_id("web/rule-added")}, "protocol": "Tcp",
                       "frontendPort": 22, "backendPort": 22}}]  # fmt: skip


def _outbound_rule(w: Raw) -> None:
    w.lb("kubernetes")["outboundRules"].append({
        "name": "mine", "id": f"{EXT}/outboundRules/mine",
        "properties": {"frontendIPConfigurations": [{"id": w.frontend_id("web/public", lb=EXT)}], "protocol": "All"}})  # fmt: skip


def _without(w: Raw, name: str) -> None:
    lbs = w.file("azure/loadBalancers.json")
    lbs[:] = [lb for lb in lbs if lb["name"] != name]


def _empty(w: Raw, lb: str = "kubernetes-internal", pool: str = "kubernetes") -> None:
    found = next(p for p in w.lb(lb)[POOLS] if p["name"] == pool)
    props(found).update(backendIPConfigurations=[], loadBalancerBackendAddresses=[])


def _used(w: Raw, name: str, count: int) -> None:
    nic = f"{NODES}/networkInterfaces/n/ipConfigurations/c"
    w.subnet(name)["ipConfigurations"] = [{"id": f"{nic}{i}"} for i in range(count)]


def _tags(w: Raw, name: str, **tags: str) -> None:
    w.pip(name)["tags"].update({k.replace("_", "-"): v for k, v in tags.items()})


BALANCERS = [
    Case(
        BASE,
        "lb: public one is gone",
        lambda w: _without(w, "kubernetes"),
        ("critical load-balancer-missing web/public @ext",),
    ),
    Case(
        "lifecycle-06-shared-owner-deleted",
        "lb: public one is gone",
        lambda w: _without(w, "kubernetes"),
        ("critical load-balancer-missing web/flip-public @ext",),
    ),
    Case(BASE, "lb: failed", lambda w: w.lb().update(provisioningState="Failed"), ("high provisioning-failed - @int",)),
    Case(
        "pls-az",
        "lb: failed",
        lambda w: w.lb("kubernetes").update(provisioningState="Failed"),
        ("high provisioning-failed - @ext",),
    ),
    Case(BASE, "lb: pool is empty", _empty, ("critical backend-pool-empty - @int/backendaddresspools/kubernetes",)),
    Case(
        "internal",
        "lb: IPv6 pool is empty",
        lambda w: _empty(w, pool="kubernetes-IPv6"),
        ("critical backend-pool-empty - @int/backendaddresspools/kubernetes-ipv6",),
    ),
    Case("internal", "lb: outbound pool is empty", lambda w: _empty(w, "kubernetes", "aksOutboundBackendPool")),
]

FRONT = [
    Case(BASE, "frontend: gone", lambda w: w.drop(FRONTENDS, "web/rule-added"), ("critical frontend-missing web/rule-added",)),
    Case(BASE, "frontend: gone, with a PLS", lambda w: w.drop(FRONTENDS, "data/pls-fqdns"), ("critical frontend-missing data/pls-fqdns",)),
    Case("internal", "frontend: IPv6 one is gone", lambda w: w.drop(FRONTENDS, "web/dual-stack", "-IPv6"),
         ("critical frontend-missing web/dual-stack",)),
    Case("internal", "frontend: shared one is gone", lambda w: w.drop(FRONTENDS, "orders/shared-a"),
         tuple(f"critical frontend-missing orders/shared-{x}" for x in ("a", "b", "c-lbip"))),
    Case(BASE, "frontend: second on the public side", lambda w: w.twin(FRONTENDS, "web/rule-added", "", w.base("web/rule-added"), "kubernetes"),
         ("high frontend-on-both-load-balancers web/rule-added",)),
    Case(BASE, "frontend: second one", lambda w: w.twin(
        FRONTENDS, "web/rule-added", "", w.base("web/rule-added") + "-snet-ilb", privateIPAddress="10.241.0.9", **subnet("snet-ilb")),
        ("medium frontend-duplicated web/rule-added " + AT + "/{web/rule-added}-snet-ilb",)),
    Case(BASE, "frontend: renamed", _rename, ("medium frontend-misnamed web/rule-added",)),
    changed_frontend("internal", "payments/static-v4", "", {"privateIPAddress": "10.240.5.77"}, "critical frontend-ip-drifted"),
    changed_frontend("internal", "web/dual-stack-static", "-IPv6", {"privateIPAddress": "fd00:db8:deca:deed::101"},
                     "critical frontend-ip-drifted"),
    changed_frontend("internal", "payments/plain", "", {"privateIPAddress": "10.240.77.77"}, "high status-ip-drifted"),
    changed_frontend("pls-az", "payments/no-create", "", {"privateIPAddress": "10.240.77.77"}, "high status-ip-drifted"),
    changed_frontend("internal", "data/subnet", "-snet-ilb", subnet("snet-pls"), "high frontend-subnet-drifted"),
    changed_frontend("internal", "web/dual-stack-subnet", "-snet-ilb-IPv6", subnet("snet-pls"), "high frontend-subnet-drifted"),
    Case("internal", "public ip: other address", lambda w: props(w.pip("kubernetes-{web/public}")).update(ipAddress="20.50.0.99"),
         ("high status-ip-drifted web/public",)),
    Case(BASE, "frontend: foreign", lambda w: w.twin(FRONTENDS, "web/rule-added", "", "manual", privateIPAddress="10.240.9.9"),
         ("medium foreign-frontend - @int/frontendipconfigurations/manual",)),
    Case(BASE, "frontend: of a dead Service", lambda w: w.twin(FRONTENDS, "web/rule-added", "", DEAD, privateIPAddress="10.240.9.9"),
         (f"high orphaned-frontend - {AT}/{DEAD}",)),
    Case(BASE, "frontend: public, of a dead Service", lambda w: w.twin(FRONTENDS, "web/public", "", DEAD, "kubernetes", publicIPAddress=None),
         (f"high orphaned-frontend - @ext/frontendipconfigurations/{DEAD}",)),
    Case("drift-01-drifted", "frontend: mended", lambda w: props(w.frontend("web/static-ip-changed")).update(privateIPAddress="10.240.9.10"),
         (), ("critical frontend-ip-drifted web/static-ip-changed",)),
    Case("lifecycle-09-forced-away", "frontend: cleaned up by hand, its rule forgotten",
         lambda w: w.lb()[FRONTENDS].remove(next(f for f in w.lb()[FRONTENDS] if f["name"].startswith("a412f1144"))),
         tuple(f"medium orphaned-{k} - @int/{p}/a412f1144043e4687a86cca2d1bffb0b-tcp-80"
               for k, p in (("lb-rule", "loadbalancingrules"), ("probe", "probes"))),
         ("high orphaned-frontend - @int/frontendipconfigurations/a412f1144043e4687a86cca2d1bffb0b",)),
]  # fmt: skip

RULE = [
    changed_rule("internal", "web/multi-port", "TCP-443", protocol="Udp"),
    changed_rule("internal", "web/multi-port", "TCP-443", frontendPort=444),
    changed_rule("internal", "web/multi-port", "UDP-53", backendPort=54),
    changed_rule("internal", "web/multi-port", "TCP-443", enableFloatingIP=False),
    changed_rule("internal", "web/affinity", "TCP-80", loadDistribution="Default"),
    changed_rule("shared-probe", "web/multi-port", "TCP-443", loadDistribution="SourceIPProtocol"),
    changed_rule("internal", "web/idle-timeout", "TCP-80", idleTimeoutInMinutes=4),
    changed_rule("internal", "web/no-tcp-reset", "TCP-80", enableTcpReset=True),
    changed_rule("internal", "web/multi-port", "TCP-80", probe=None),
    changed_rule("shared-probe", "web/multi-port", "UDP-53", probe=None),
    changed_rule("internal", "web/ha-ports", "TCP-80", protocol="Tcp"),
    changed_rule("internal", "web/v6-only", "TCP-80", backendPort=80),
    changed_rule("internal", "web/dual-stack", "TCP-80-IPv6", enableFloatingIP=True),
    changed_rule("internal", "web/dual-stack", "TCP-80", backendAddressPool={"id": f"{INT}/backendAddressPools/kubernetes-IPv6"}),
    changed_rule("internal", "web/multi-port", "TCP-80", probe={"id": f"{INT}/probes/other"}),
    changed_rule("pls-az", "web/proxy", "TCP-80", enableFloatingIP=False),
    changed_rule("lifecycle-02-flip", "web/pls-props", "TCP-80", idleTimeoutInMinutes=30),
    Case("internal", "rule: on another frontend", lambda w: w.rule("web/multi-port", "TCP-443").update(
        frontendIPConfiguration={"id": w.frontend_id("web/affinity")}), (rule("drifted", "web/multi-port", "tcp-443"),)),
    Case(BASE, "rule: public one", lambda w: w.rule("web/public").update(backendPort=81),
         (PUBLIC_RULE.format("drifted", "web/public", "web/public"),)),
    Case("internal", "rule: gone", lambda w: w.drop(RULES, "web/multi-port", "-UDP-53"), (rule("missing", "web/multi-port", "udp-53"),)),
    Case("shared-probe", "rule: gone", lambda w: w.drop(RULES, "web/etp-local", "-TCP-80"), (rule("missing", "web/etp-local"),)),
    Case(BASE, "rule: extra", lambda w: w.twin(
        RULES, "web/rule-added", "-TCP-80", w.base("web/rule-added") + "-TCP-9", frontendPort=9, backendPort=9),
        (rule("extra", "web/rule-added", "tcp-9"),)),
    Case(BASE, "rule: foreign", lambda w: w.twin(RULES, "web/rule-added", "-TCP-80", "manual", frontendPort=9, backendPort=9),
         ("high foreign-rule-pins-frontend web/rule-added @int/loadbalancingrules/manual",)),
    Case(BASE, "rule: NAT rule", _nat_rule, ("high foreign-rule-pins-frontend web/rule-added @int/inboundnatrules/ssh",)),
    Case(BASE, "rule: outbound rule", _outbound_rule, ("high foreign-rule-pins-frontend web/public @ext/outboundrules/mine",)),
    Case("internal", "rule: foreign, on a shared frontend",
         lambda w: w.twin(RULES, "orders/shared-a", "-TCP-80", "manual", frontendPort=9, backendPort=9),
         ("high foreign-rule-pins-frontend orders/shared-a @int/loadbalancingrules/manual",)),
    Case(BASE, "rule: of a dead Service", lambda w: w.twin(RULES, "web/rule-added", "-TCP-80", f"{DEAD}-TCP-9", frontendPort=9),
         (f"medium orphaned-lb-rule - @int/loadbalancingrules/{DEAD}-tcp-9",)),
    Case("drift-01-drifted", "rule: foreign one is gone", lambda w: w.lb()[RULES].remove(
        next(r for r in w.lb()[RULES] if r["name"].startswith("manual"))), (),
        ("high foreign-rule-pins-frontend web/rule-added @int/loadbalancingrules/manual-rule-9999",)),
    changed_probe("internal", "payments/plain", "TCP-80", port=1),
    changed_probe("internal", "web/app-protocol", "TCP-443", intervalInSeconds=5),
    changed_probe("internal", "web/app-protocol", "TCP-443", probeThreshold=2),
    changed_probe("internal", "web/app-protocol", "TCP-443", protocol="Http"),
    changed_probe("internal", "web/probe-per-port", "TCP-80", requestPath="/dead"),
    changed_probe("internal", "web/etp-local", "TCP-32497", requestPath="/"),
    changed_probe("pls-az", "payments/named", "TCP-80", protocol="Https", requestPath="/"),
    changed_probe("lifecycle-04-pls-changes", "web/flip", "TCP-80", intervalInSeconds=15),
    Case("internal", "probe: gone", lambda w: w.drop(PROBES, "payments/plain", "-TCP-80"), (probe("missing", "payments/plain"),)),
    Case("internal", "probe: extra", lambda w: w.twin(PROBES, "payments/plain", "-TCP-80", w.base("payments/plain") + "-TCP-9"),
         (probe("extra", "payments/plain", "tcp-9"),)),
    Case("shared-probe", "probe: one of its own", lambda w: w.lb()[PROBES].append(
        {"name": w.base("payments/plain") + "-TCP-80", "id": f"{INT}/probes/{w.base('payments/plain')}-TCP-80",
         "properties": {"port": 80, "protocol": "Tcp", "intervalInSeconds": 5, "probeThreshold": 2}}),
         (probe("extra", "payments/plain"),)),
    Case(BASE, "probe: of a dead Service", lambda w: w.twin(PROBES, "web/rule-added", "-TCP-80", f"{DEAD}-TCP-9"),
         (f"medium orphaned-probe - @int/probes/{DEAD}-tcp-9",)),
    in_cluster("pls", "web/proxy-local", "azure-pls-proxy-protocol", None, "critical pls-proxy-protocol-drifted",
               rule("drifted", "web/proxy-local"), probe("missing", "web/proxy-local", "tcp-32257"), probe("extra", "web/proxy-local")),
]  # fmt: skip

ESTATE = [
    Case("pls", "subnet: policy", lambda w: w.subnet("snet-pls").update(privateLinkServiceNetworkPolicies="Enabled"),
         ("high pls-subnet-policy-enabled - virtualnetworks/vnet-aks/subnets/snet-pls",)),
    Case("pls-az", "subnet: policy", lambda w: w.subnet("snet-nodes").update(privateLinkServiceNetworkPolicies="Enabled"),
         ("high pls-subnet-policy-enabled - virtualnetworks/vnet-aks/subnets/snet-nodes",)),
    Case("pls", "subnet: policy of one without PLS", lambda w: w.subnet("snet-tiny").update(privateLinkServiceNetworkPolicies="RouteTableEnabled")),
    Case("pls", "subnet: nearly full", lambda w: _used(w, "snet-pls", 226),
         ("medium subnet-nearly-full - virtualnetworks/vnet-aks/subnets/snet-pls",)),
    Case("pls", "subnet: full", lambda w: _used(w, "snet-pls", 251), ("high subnet-nearly-full - virtualnetworks/vnet-aks/subnets/snet-pls",)),
    Case("pls", "subnet: not nearly full", lambda w: _used(w, "snet-pls", 225)),
    Case("internal", "subnet: full, and nothing of ours is in it", lambda w: _used(w, "snet-pls", 251)),
    Case("errors-00-apply", "subnet: one address is free again", lambda w: _used(w, "snet-tiny", 2), (),
         ("high subnet-nearly-full - virtualnetworks/vnet-aks/subnets/snet-tiny",)),
    Case("errors-00-apply", "subnet: use is not known", lambda w: w.subnet("snet-tiny").update(ipConfigurations=None), (),
         ("high subnet-nearly-full - virtualnetworks/vnet-aks/subnets/snet-tiny",)),
    Case("errors-00-apply", "public ip: of a dead Service", lambda w: _tags(w, "kubernetes-{orders/sctp-public}", k8s_azure_service="orders/gone"),
         ("medium orphaned-public-ip - publicipaddresses/kubernetes-{orders/sctp-public}",)),
    Case("errors-00-apply", "public ip: of a dead and a live Service",
         lambda w: _tags(w, "kubernetes-{orders/sctp-public}", k8s_azure_service="orders/gone, Orders/SCTP-public")),
    Case(BASE, "public ip: dead by its tag, but in use", lambda w: _tags(w, "kubernetes-{web/public}", k8s_azure_service="web/gone")),
]  # fmt: skip

CASES = [*BALANCERS, *FRONT, *RULE, *ESTATE]
