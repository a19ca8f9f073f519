"""What changes in Azure behind the controller's back: Private Link Services and the connections to them."""

from typing import Any

from tests.injected.raw import A1, A2, DEAD, INT, ME, NODES, PLS, VNET, Case, Json, Raw, each, props

BASE = "drift-00-baseline"
CLUSTER, OWNER = "k8s-azure-cluster-name", "k8s-azure-owner-service"
RG = f"/subscriptions/{ME}/resourceGroups/rg-pls/providers/Microsoft.Network/privateLinkServices"
FOREIGN = f"/subscriptions/{A2}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe"
FQDNS = "data/pls-fqdns"


def changed(state: str, name: str, fields: Json, *adds: str, home: str = "-", removes: tuple[str, ...] = ()) -> Case:
    """Properties of a PLS are changed."""
    return Case(state, f"pls {name} {str(fields)[:70]}", lambda w: w.pls_of(name).update(fields), adds, removes, home)


def subscriptions(*ids: str) -> Json:
    """What `visibility` and `autoApproval` hold."""
    return {"subscriptions": list(ids)}


def tagged(state: str, name: str, tags: Json, *adds: str, home: str = "-", removes: tuple[str, ...] = ()) -> Case:
    """The tags of a PLS are replaced."""
    return Case(state, f"tags of {name} {tags}", lambda w: w.pls(name).update(tags=tags), adds, removes, home)


def connection(status: str, *adds: str, state: str = "pls", removes: tuple[str, ...] = ()) -> Case:
    """The approved connection of payments/named gets another status."""
    return Case(state, f"connection {status}", lambda w: _of(w, "pls-payments")["privateLinkServiceConnectionState"].update(
        status=status), adds, removes, "payments/named")  # fmt: skip


APPROVED = (
    "privatelinkservices/pls-payments/privateendpointconnections/pe-approved.55de03a4-6b91-4cbd-8dd9-c5b133beed34"
)
AUTO = "privatelinkservices/pls-static-vip/privateendpointconnections/pe-auto.8f684a99-4c8e-4a41-b50b-64de4e6cbf12"
MANY = "privatelinkservices/pls-payments"


def _of(w: Raw, pls: str) -> Json:
    return props(w.pls_of(pls)["privateEndpointConnections"][0])


def _approve(w: Raw, endpoint: str | None) -> None:
    found = _of(w, "pls-static-vip")
    found["privateLinkServiceConnectionState"]["status"] = "Approved"
    if endpoint:
        found["privateEndpoint"]["id"] = endpoint


def _many(w: Raw, count: int) -> None:
    connections = w.pls_of("pls-payments")["privateEndpointConnections"]
    first = connections[0]
    connections += [first | {"name": f"pe.{i}", "id": f"{first['id']}{i}"} for i in range(count - len(connections))]


def _nat(w: Raw, name: str, index: int = 0, **fields: Any) -> None:
    props(w.pls_of(name)["ipConfigurations"][index]).update(fields)


def _one_more(w: Raw, name: str) -> None:
    entries = w.pls_of(name)["ipConfigurations"]
    entries.append(entries[0] | {"name": "more", "properties": props(entries[0]) | {"primary": False}})


def _move(w: Raw, name: str, new_id: str) -> None:
    w.pls(name).update(id=new_id, name=new_id.rpartition("/")[2])


def _gone(w: Raw, name: str) -> None:
    w.file(PLS).remove(w.pls(name))


def _serve(w: Raw, name: str, *frontends: str) -> None:
    w.pls_of(name)["loadBalancerFrontendIpConfigurations"] = [{"id": one} for one in frontends]


def _also(w: Raw, name: str, frontend: str) -> None:
    w.pls_of(name)["loadBalancerFrontendIpConfigurations"].append({"id": frontend})


PROPERTIES = [
    changed(BASE, "pls-fqdns", {"visibility": subscriptions(ME)}, "critical pls-visibility-drifted", home=FQDNS),
    changed("pls", "pls-{web/vis-list}", {"visibility": subscriptions(ME)}, "high pls-visibility-drifted", home="web/vis-list"),
    changed("pls", "pls-{web/vis-list}", {"visibility": subscriptions("*")}, "critical pls-visibility-drifted", home="web/vis-list"),
    changed("pls", "pls-{web/vis-star}", {"visibility": None}, "high pls-visibility-drifted", home="web/vis-star"),
    changed("pls-az", "pls-{web/vis-list}", {"visibility": subscriptions(ME, A2)}, "critical pls-visibility-drifted", home="web/vis-list"),
    changed(BASE, "pls-fqdns", {"autoApproval": subscriptions(A1)}, "critical pls-auto-approval-drifted", home=FQDNS),
    changed("pls", "pls-{web/auto-list-only}", {"autoApproval": subscriptions()}, "high pls-auto-approval-drifted", home="web/auto-list-only"),
    changed(BASE, "pls-fqdns", {"enableProxyProtocol": True}, "critical pls-proxy-protocol-drifted", home=FQDNS),
    changed("pls-az", "pls-{web/proxy}", {"enableProxyProtocol": None}, "critical pls-proxy-protocol-drifted", home="web/proxy"),
    changed("pls", "pls-{web/fqdns}", {"fqdns": ["api.contoso.example"]}, "low pls-fqdns-drifted", home="web/fqdns"),
    changed(BASE, "pls-fqdns", {"provisioningState": "Failed"},
            "high provisioning-failed data/pls-fqdns privatelinkservices/pls-fqdns"),
    Case("pls", "nat: one more", lambda w: _one_more(w, "pls-{orders/count-1}"), ("high pls-nat-ips-drifted orders/count-1",)),
    Case("pls", "nat: one less", lambda w: w.pls_of("pls-{orders/count-8}")["ipConfigurations"].pop(), ("high pls-nat-ips-drifted orders/count-8",)),
    Case("pls", "nat: other static", lambda w: _nat(w, "pls-{orders/static-2}", 1, privateIPAddress="10.242.0.99"),
         ("high pls-nat-ips-drifted orders/static-2",)),
    Case("pls", "nat: static became dynamic", lambda w: _nat(w, "pls-{orders/static-2}", 1, privateIPAllocationMethod="Dynamic"),
         ("high pls-nat-ips-drifted orders/static-2",)),
    Case("pls-az", "nat: dynamic became static", lambda w: _nat(
        w, "pls-{orders/count-1}", privateIPAllocationMethod="Static", privateIPAddress="10.240.9.9"), ("high pls-nat-ips-drifted orders/count-1",)),
    Case("pls", "nat: other subnet", lambda w: _nat(w, "pls-{orders/count-1}", subnet={"id": f"{VNET}/subnets/snet-ilb"}),
         ("high pls-nat-ips-drifted orders/count-1",)),
    Case("lifecycle-00-baseline", "nat: other subnet", lambda w: _nat(w, "pls-props", subnet={"id": f"{VNET}/subnets/snet-nodes"}),
         ("high pls-nat-ips-drifted web/pls-props",)),
    Case("pls", "nat: other primary", each(
        lambda w: _nat(w, "pls-{orders/static-2}", 0, primary=False), lambda w: _nat(w, "pls-{orders/static-2}", 1, primary=True)),
         ("high pls-nat-ips-drifted orders/static-2",)),
    Case(BASE, "frontends: one more", lambda w: _also(w, "pls-fqdns", w.frontend_id("web/rule-added")), ("medium pls-extra-frontend data/pls-fqdns",)),
    changed("errors-01-unmanaged-pls", "pls-by-terraform", {"visibility": subscriptions()},
            removes=("critical pls-visibility-drifted platform/unmanaged",)),
    changed("errors-01-unmanaged-pls", "pls-by-terraform", {"autoApproval": subscriptions(A1)},
            "critical pls-auto-approval-drifted platform/unmanaged"),
    changed("errors-01-unmanaged-pls", "pls-by-terraform", {"enableProxyProtocol": True}),
    changed("lifecycle-04-pls-changes", "pls-drop", {"visibility": subscriptions("*")}),  # nobody asks
    changed("lifecycle-04-pls-changes", "pls-moving", {"visibility": subscriptions("*")}, "critical pls-visibility-drifted web/pls-move-rg"),
    changed("lifecycle-04-pls-changes", "pls-moving", {"fqdns": ["x.example"]}),  # in the wrong resource group
    changed("lifecycle-06-shared-owner-deleted", "pls-shared-lc", {"autoApproval": subscriptions(A1)},
            "critical pls-auto-approval-drifted orders/sharedpls-2"),
    changed("lifecycle-06-shared-owner-deleted", "pls-shared-lc", {"enableProxyProtocol": True}),  # the owner tag is stale
    changed("lifecycle-09-forced-away", "pls-forced", {"visibility": subscriptions("*")}),  # on an orphaned frontend
    changed("drift-01-drifted", "pls-owner-tag", {"visibility": subscriptions(A1)}, "critical pls-visibility-drifted data/pls-owner-tag"),
    changed("drift-01-drifted", "pls-no-tags", {"enableProxyProtocol": True}),  # not managed
    changed("drift-01-drifted", "pls-visibility", {"visibility": subscriptions()}, removes=("critical pls-visibility-drifted data/pls-visibility",)),
]  # fmt: skip

WHOLE = [
    Case(BASE, "pls: gone", lambda w: _gone(w, "pls-fqdns"), ("critical pls-missing data/pls-fqdns",)),
    Case("pls-az", "pls: gone", lambda w: _gone(w, "pls-{payments/defaults}"), ("critical pls-missing payments/defaults",)),
    Case("pls", "pls: shared one is gone", lambda w: _gone(w, "pls-shared"),
         tuple(f"critical pls-missing data/shared-{x}" for x in ("owner", "follower", "with-config")),
         ("high pls-customised-by-sharer data/shared-with-config",)),
    Case("lifecycle-04-pls-changes", "pls: lingering one is gone", lambda w: _gone(w, "pls-drop"), (), ("high pls-lingering web/pls-drop",)),
    Case(BASE, "pls: renamed", lambda w: _move(w, "pls-fqdns", f"{NODES}/privateLinkServices/pls-other"), ("high pls-misnamed data/pls-fqdns",)),
    Case("pls", "pls: renamed, nobody named it", lambda w: _move(w, "pls-{payments/defaults}", f"{NODES}/privateLinkServices/pls-other")),
    Case(BASE, "pls: in another resource group", lambda w: _move(w, "pls-fqdns", f"{RG}/pls-fqdns"),
         ("high pls-in-wrong-resource-group data/pls-fqdns",)),
    Case("pls", "pls: shared one in another resource group", lambda w: _move(w, "pls-shared", f"{RG}/pls-shared"),
         tuple(f"high pls-in-wrong-resource-group data/shared-{x}" for x in ("owner", "follower", "with-config"))),
    Case("lifecycle-04-pls-changes", "pls: moved where it should be", lambda w: _move(w, "pls-moving", f"{RG}/pls-moving"), (),
         ("high pls-in-wrong-resource-group web/pls-move-rg",)),
    Case("lifecycle-04-pls-changes", "pls: renamed as it should be", lambda w: _move(w, "pls-old-name", f"{NODES}/privateLinkServices/PLS-new-name"),
         (), ("high pls-misnamed web/pls-rename",)),
    Case(BASE, "pls: hijacked", lambda w: _serve(w, "pls-fqdns", w.frontend_id("web/rule-added")),
         ("critical pls-hijacked data/pls-fqdns", "high pls-lingering web/rule-added")),
    Case("pls", "pls: serves another, nobody named it", lambda w: _serve(w, "pls-{payments/defaults}", w.frontend_id("payments/no-create")),
         ("critical pls-missing payments/defaults", "high pls-lingering payments/no-create")),
    Case(BASE, "pls: its frontend is of a dead Service", lambda w: _serve(w, "pls-fqdns", f"{INT}/frontendIPConfigurations/{DEAD}"),
         ("critical pls-missing data/pls-fqdns", "high orphaned-pls - privatelinkservices/pls-fqdns")),
    Case(BASE, "pls: no frontend", lambda w: _serve(w, "pls-fqdns"),
         ("critical pls-missing data/pls-fqdns", "high orphaned-pls - privatelinkservices/pls-fqdns")),
    Case(BASE, "pls: a second one without frontend", lambda w: w.another_pls(
        "pls-fqdns", f"{NODES}/privateLinkServices/left", loadBalancerFrontendIpConfigurations=[]), ("high orphaned-pls - privatelinkservices/left",)),
]  # fmt: skip

TAGS = [
    tagged(BASE, "pls-fqdns", {}, "high pls-unmanaged", home=FQDNS),
    tagged(BASE, "pls-fqdns", {CLUSTER: "other", OWNER: FQDNS}, "high pls-unmanaged", home=FQDNS),
    tagged(BASE, "pls-fqdns", {"K8s-Azure-Cluster-Name": "kubernetes", OWNER: FQDNS}, "high pls-unmanaged", home=FQDNS),
    tagged("pls-az", "pls-{payments/defaults}", {OWNER: "payments/defaults"}, "high pls-unmanaged", home="payments/defaults"),
    tagged(BASE, "pls-fqdns", {CLUSTER: "kubernetes"}, "high pls-tags-drifted", home=FQDNS),
    tagged(BASE, "pls-fqdns", {CLUSTER: "kubernetes", OWNER.title(): FQDNS}, "high pls-tags-drifted", home=FQDNS),
    tagged(BASE, "pls-fqdns", {CLUSTER: "kubernetes", OWNER: "data/pls-proxy"}, "high pls-tags-drifted", home=FQDNS),
    tagged("lifecycle-06-shared-owner-deleted", "pls-shared-lc", {CLUSTER: "kubernetes", OWNER: "orders/sharedpls-2"},
           removes=("medium pls-owner-stale orders/sharedpls-2",)),
    tagged("errors-01-unmanaged-pls", "pls-by-terraform", {CLUSTER: "kubernetes", OWNER: "platform/unmanaged"},
           removes=("high pls-unmanaged platform/unmanaged",)),
    tagged("drift-01-drifted", "pls-owner-tag", {CLUSTER: "kubernetes", OWNER: "data/pls-owner-tag"},
           removes=("high pls-tags-drifted data/pls-owner-tag",)),
]  # fmt: skip

CONNECTIONS = [
    connection("Pending", f"medium connection-pending payments/named {APPROVED}"),
    connection("Rejected", f"low connection-disconnected payments/named {APPROVED}"),
    connection("Disconnected", f"low connection-disconnected payments/named {APPROVED}", state="pls-az"),
    Case("pls", "connection from elsewhere, visibility empty", lambda w: _of(w, "pls-payments")["privateEndpoint"].update(id=FOREIGN),
         (f"info connection-not-visible payments/named {APPROVED}",)),
    Case("pls", "connection approved", lambda w: _approve(w, None), (), (f"medium connection-pending platform/static-ip-and-pls {AUTO}",)),
    Case("pls-az", "connection from elsewhere approved", lambda w: _approve(w, FOREIGN),
         (f"critical connection-not-visible platform/static-ip-and-pls {AUTO}",),
         (f"medium connection-pending platform/static-ip-and-pls {AUTO}",)),
    Case("pls", "connections: 900", lambda w: _many(w, 900), (f"low connection-limit-near payments/named {MANY}",)),
    Case("pls", "connections: 899", lambda w: _many(w, 899)),
]  # fmt: skip

CASES = [*PROPERTIES, *WHOLE, *TAGS, *CONNECTIONS]
