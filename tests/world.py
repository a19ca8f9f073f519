"""A small world for tables of cases: declare Services, let "the controller" make them, then change one thing.

Azure's side is made from the project's own model of the controller, which the golden states hold to the truth
(tests/test_golden.py). So a world that nobody touched must yield nothing, and a case shows what one change yields.
"""

import copy
import dataclasses
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.audit import audit
from auditor.controller import asked as asking
from auditor.controller import lbrules, naming
from auditor.controller.keys import PREFIX
from auditor.model import azure, ids
from auditor.model.finding import Finding, Report
from auditor.model.policy import Policy
from auditor.model.service import CLEANUP_FINALIZER, Declared, Event, Live, Node, Place, Port
from auditor.model.snapshot import Facts, Gap, GitSource, Read, Snapshot
from auditor.rules.registry import RULES

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
OTHER = "00000000-aaaa-bbbb-cccc-000000000001"
GROUP = "MC_rg_cluster_eastus"
NODES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Network"
VNET = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-aks"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)
SUBNETS = {"snet-nodes": ("10.240.0.0/16", "fd00:db8:deca:deed::/64"), "snet-ilb": ("10.241.0.0/22",),
           "snet-pls": ("10.242.0.0/24",), "snet-tiny": ("10.243.0.0/29",)}  # fmt: skip


def full(annotations: Mapping[str, str]) -> dict[str, str]:
    """Short keys (`azure-pls-create`) with the prefix; keys with a `/` are left alone."""
    return {key if "/" in key else PREFIX + key: value for key, value in annotations.items()}


class World:
    """Git, cluster and Azure of one small cluster; every attribute may be changed before `findings()`."""

    def __init__(self, **facts: Any) -> None:
        """`facts` replace those of the cluster (model.snapshot.Facts)."""
        given: dict[str, Any] = {
            "subscription_id": SUBSCRIPTION, "node_resource_group": GROUP, "location": "eastus", "virtual_network": VNET,
            "subnet": "snet-nodes", "pls_resource_group": GROUP, "backend_pool_type": "nodeIPConfiguration",
            "multiple_load_balancers": (),
        }  # fmt: skip
        self.facts = Facts(**(given | facts))
        self.policy = Policy()
        self.declared: list[Declared] | None = []
        self.live: list[Live] | None = []
        self.events: list[Event] | None = []
        self.nodes: list[Node] | None = [Node(name="node-0", labels={}, addresses=("10.240.0.4",))]
        self.frontends: dict[str, list[azure.Frontend]] = {"kubernetes": [], "kubernetes-internal": []}
        self.rules: dict[str, list[azure.LbRule]] = {"kubernetes": [], "kubernetes-internal": []}
        self.probes: dict[str, list[azure.Probe]] = {"kubernetes": [], "kubernetes-internal": []}
        self.other_rules: dict[str, list[azure.OtherRule]] = {"kubernetes": [], "kubernetes-internal": []}
        self.pools = {"kubernetes": 3, "kubernetes-IPv6": 3}
        self.lb_state: dict[str, str] = {}
        self.lbs_read = True
        self.pls: list[azure.PrivateLinkService] | None = []
        self.subnets = dict(SUBNETS)
        self.subnet_policy: dict[str, str] = {}
        self.used: dict[str, tuple[str, ...]] = {}
        self.vnets_read = True
        self.public_ips: list[azure.PublicIp] | None = []
        self.gaps: list[Gap] = []
        self._number = 0
        self._address = 10

    # -- making -------------------------------------------------------------------------------------------------

    def service(self, name: str, annotations: Mapping[str, str] | None = None, *, git: bool = True, live: bool = True,
                made: bool = True, ports: Iterable[Port] = (), uid: str | None = None, **fields: Any) -> "World":  # fmt: skip
        """Declare `namespace/name`, have it live, and have the controller make it.

        `fields` are attributes of model.service.Service. Node ports are given to live ports from 30000 on.
        """
        self._number += 1
        namespace, _, short = name.rpartition("/")
        shape: dict[str, Any] = {
            "namespace": namespace or "web",
            "name": short,
            "labels": {},
            "type": "LoadBalancer",
        } | fields
        shape["annotations"] = full(
            annotations if annotations is not None else {"azure-load-balancer-internal": "true"}
        )
        wanted = tuple(ports) or (Port(port=80, name="http", target_port=8080),)
        if git and self.declared is not None:
            places = {key: Place(7 + i, 5) for i, key in enumerate(shape["annotations"])}
            self.declared.append(
                Declared(**shape, ports=wanted, source="main", path=f"{short}.yaml", line=1, places=places)
            )
        if live and self.live is not None:
            given = tuple(
                p if p.node_port or fields.get("allocate_node_ports") is False
                else dataclasses.replace(p, node_port=30000 + 10 * self._number + i)
                for i, p in enumerate(wanted)
            )  # fmt: skip
            defaults: dict[str, Any] = {"ip_families": ("IPv4",), "external_traffic_policy": "Cluster", "session_affinity": "None",
                        "allocate_node_ports": True, "ip_family_policy": "SingleStack"}  # fmt: skip
            service = Live(**(defaults | shape), ports=given, uid=uid or f"00000000-0000-4000-8000-{self._number:011d}0",
                           created_at=LONG_AGO, finalizers=(CLEANUP_FINALIZER,), resource_version=str(self._number))  # fmt: skip
            self.live.append(service)
            if made and service.in_scope:
                self._make(service)
        return self

    def _make(self, live: Live) -> None:
        want = asking.ask(live)
        lb = "kubernetes-internal" if want.internal else "kubernetes"
        base = naming.base_name(live.uid)
        families = [f == "IPv6" for f in live.ip_families or ("IPv4",)]
        addresses = []
        for v6 in families:
            dual = len(families) > 1
            shared = self._sharing(want, lb, v6=v6)
            if shared is not None:
                addresses.append(shared.ip or "")
                self._make_rules(want, base, lb, shared, v6=v6, dual=dual)
                continue
            self._address += 1
            subnet = (want.subnet or "snet-nodes") if want.internal else None
            net = SUBNETS.get(subnet or "", ("10.240.0.0/16",))[0].split("/")[0].rsplit(".", 1)[0]
            address = want.requested(v6=v6) or (
                f"fd00:db8:deca:deed::{self._address}" if v6 else f"{net}.{self._address}"
            )
            name = naming.frontend_name(base, want.subnet, v6_suffix=v6 and dual)
            pip = f"kubernetes-{base}-IPv6" if v6 and dual else f"kubernetes-{base}"
            frontend = azure.Frontend(
                id=f"{NODES}/loadBalancers/{lb}/frontendIPConfigurations/{name}", name=name, version="IPv6" if v6 else "IPv4",
                ip=address if want.internal else None, subnet_id=f"{VNET}/subnets/{subnet}" if subnet else None,
                public_ip_id=None if want.internal else f"{NODES}/publicIPAddresses/{pip}",
            )  # fmt: skip
            if not want.internal:
                address = want.requested(v6=v6) or (f"2603:1030::{self._address}" if v6 else f"20.50.0.{self._address}")
                self.public_ips = [*(self.public_ips or []), azure.PublicIp(
                    id=f"{NODES}/publicIPAddresses/{pip}", name=pip, ip=address,
                    tags={"k8s-azure-cluster-name": "kubernetes", "k8s-azure-service": str(live.key)},
                    user_of_it=frontend.id)]  # fmt: skip
            addresses.append(address)
            self.frontends[lb].append(frontend)
            self._make_rules(want, base, lb, frontend, v6=v6, dual=dual)
            if want.pls and not v6:
                self._make_pls(live, want, frontend)
        self.live = [dataclasses.replace(s, ingress=tuple(addresses)) if s is live else s for s in self.live or ()]

    def _sharing(self, want: asking.Asked, lb: str, *, v6: bool) -> azure.Frontend | None:
        family = "IPv6" if v6 else "IPv4"
        return next(
            (f for f in self.frontends[lb] if f.version == family and (f.ip or "-").lower() in want.shares), None
        )

    def _make_rules(
        self, want: asking.Asked, base: str, lb: str, frontend: azure.Frontend, *, v6: bool, dual: bool
    ) -> None:
        shared_mode = any(p.name == naming.SHARED_PROBE for p in self.probes[lb])
        made = lbrules.expected(want, base, v6=v6, v6_suffix=v6 and dual, shared_probe=shared_mode)
        where = f"{NODES}/loadBalancers/{lb}"
        for r in made.rules.values():
            self.rules[lb].append(azure.LbRule(
                id=f"{where}/loadBalancingRules/{r.name}", name=r.name, frontend_id=frontend.id,
                pool_id=f"{where}/backendAddressPools/{naming.pool_name('kubernetes', v6=v6)}", protocol=r.protocol,
                frontend_port=r.frontend_port, backend_port=r.backend_port, floating_ip=r.floating_ip,
                distribution=r.distribution, idle_timeout=r.idle_timeout or 4, tcp_reset=r.tcp_reset,
                probe_id=f"{where}/probes/{r.probe}" if r.probe else None))  # fmt: skip
        for p in made.probes.values():
            self.probes[lb].append(azure.Probe(
                id=f"{where}/probes/{p.name}", name=p.name, protocol=p.protocol.capitalize(), port=p.port, path=p.path,
                interval=p.interval, threshold=p.threshold))  # fmt: skip

    def _make_pls(self, live: Live, want: asking.Asked, frontend: azure.Frontend) -> None:
        pls = want.pls
        if pls is None or self.pls is None:
            return
        name, group = pls.name or f"pls-{frontend.name}", pls.resource_group or GROUP
        subnet = f"{VNET}/subnets/{asking.nat_subnet(want) or 'snet-nodes'}"
        nat = [azure.NatIp(ip=t, static=True, primary=i == 0, subnet_id=subnet) for i, t in enumerate(pls.static_ips)]
        free = range(len(nat), pls.count or 1)
        nat.extend(azure.NatIp(ip=None, static=False, primary=i == 0, subnet_id=subnet) for i in free)
        self.pls.append(azure.PrivateLinkService(
            id=f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Network/privateLinkServices/{name}",
            name=name, alias=f"{name}.guid.eastus.azure.privatelinkservice", state="Succeeded",
            tags={"k8s-azure-cluster-name": "kubernetes", "k8s-azure-owner-service": str(live.key)},
            frontend_ids=(frontend.id,), nat_ips=tuple(nat), visibility=pls.visible_to, auto_approval=pls.auto_approval,
            fqdns=pls.fqdns, proxy_protocol=pls.proxy))  # fmt: skip

    # -- changing -----------------------------------------------------------------------------------------------

    def change_live(self, name: str, **fields: Any) -> "World":
        """Replace attributes of a live Service; `annotations` are merged (None removes)."""
        self.live = [_changed(s, fields) if s.name == name else s for s in self.live or ()]
        return self

    def change_git(self, name: str, **fields: Any) -> "World":
        """Replace attributes of a declared Service; `annotations` are merged (None removes)."""
        self.declared = [_changed(s, fields) if s.name == name else s for s in self.declared or ()]
        return self

    def declare_also(self, name: str, path: str, **fields: Any) -> "World":
        """Declare a Service once more, in another file and otherwise; `annotations` are merged (None removes)."""

        def again(service: Declared) -> Declared:
            other = dataclasses.replace(_changed(service, fields), path=path, also=())
            return dataclasses.replace(service, also=(*service.also, other))

        self.declared = [again(s) if s.name == name else s for s in self.declared or ()]
        return self

    def change_frontend(self, index: int = 0, lb: str = "kubernetes-internal", **fields: Any) -> "World":
        """Replace attributes of a frontend."""
        self.frontends[lb][index] = dataclasses.replace(self.frontends[lb][index], **fields)
        return self

    def change_rule(self, index: int = 0, lb: str = "kubernetes-internal", **fields: Any) -> "World":
        """Replace attributes of a load-balancing rule."""
        self.rules[lb][index] = dataclasses.replace(self.rules[lb][index], **fields)
        return self

    def change_probe(self, index: int = 0, lb: str = "kubernetes-internal", **fields: Any) -> "World":
        """Replace attributes of a probe."""
        self.probes[lb][index] = dataclasses.replace(self.probes[lb][index], **fields)
        return self

    def change_pls(self, index: int = 0, **fields: Any) -> "World":
        """Replace attributes of a Private Link Service."""
        assert self.pls is not None
        self.pls[index] = dataclasses.replace(self.pls[index], **fields)
        return self

    def copy(self) -> "World":
        """An independent copy."""
        return copy.deepcopy(self)

    # -- looking ------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The world as a snapshot."""
        lbs = tuple(azure.LoadBalancer(
            id=f"{NODES}/loadBalancers/{name}", name=name, sku="Standard", state=self.lb_state.get(name, "Succeeded"),
            frontends=tuple(self.frontends[name]), rules=tuple(self.rules[name]), probes=tuple(self.probes[name]),
            other_rules=tuple(self.other_rules.get(name, ())),
            pools=tuple(azure.Pool(id=f"{NODES}/loadBalancers/{name}/backendAddressPools/{p}", name=p, by_nic=n)
                        for p, n in self.pools.items())) for name in self.frontends)  # fmt: skip
        vnet = azure.VirtualNetwork(id=VNET, name="vnet-aks", subnets=tuple(
            azure.Subnet(id=f"{VNET}/subnets/{n}", name=n, prefixes=p, pls_policy=self.subnet_policy.get(n, "Disabled"),
                         ip_configuration_ids=self.used.get(n)) for n, p in self.subnets.items()))  # fmt: skip
        return Snapshot(
            cluster="test", captured_at=NOW, facts=self.facts, git=(GitSource(name="main", path="git/main"),),
            declared=_tuple(self.declared), services=_tuple(self.live), events=_tuple(self.events), nodes=_tuple(self.nodes),
            load_balancers=lbs if self.lbs_read else None, private_link_services=_tuple(self.pls),
            virtual_networks=(vnet,) if self.vnets_read else None, public_ips=_tuple(self.public_ips),
            gaps=tuple(self.gaps), reads=(Read(source="azure", scope="all", kind="loadBalancers", objects=len(lbs)),),
        )  # fmt: skip

    def report(self, now: datetime = NOW) -> Report:
        """Audit the world."""
        return audit(self.snapshot(), self.policy, now)

    def findings(self) -> list[Finding]:
        """The findings of the world."""
        return list(self.report().findings)

    def found(self) -> list[tuple[str, str | None, str]]:
        """(rule, service, subject) of each finding, sorted: what expected.json holds."""
        return sorted((f.rule, str(f.service) if f.service else None, subject(f)) for f in self.findings())

    def rules_found(self) -> list[str]:
        """The rule ids of the findings, sorted."""
        return sorted(f.rule for f in self.findings())

    def not_judged(self) -> set[str]:
        """The rules that were not judged on some subject."""
        return {n.rule for n in self.report().not_judged}


def subject(finding: Finding) -> str:
    """The subject of a finding as expected.json writes it."""
    return {"service": "", "field": finding.field or "", "resource": ids.tail(finding.resource or "")}[
        RULES[finding.rule].subject
    ]


def _changed(service: Any, fields: dict[str, Any]) -> Any:
    fields = dict(fields)
    if "annotations" in fields:
        merged = {
            **service.annotations,
            **{(k if "/" in k else PREFIX + k): v for k, v in fields["annotations"].items()},
        }
        fields["annotations"] = {k: v for k, v in merged.items() if v is not None}
    return dataclasses.replace(service, **fields)


def _tuple(found: list[Any] | None) -> Any:
    return None if found is None else tuple(found)
