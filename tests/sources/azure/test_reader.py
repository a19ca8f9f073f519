"""What is read of a cluster, what is known of it then, and what is a gap."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from auditor.blindness import by_kind
from auditor.config.settings import Azure, Controller
from auditor.lab.server import Lab
from auditor.model.service import Node
from auditor.model.snapshot import Facts, Gap, Read, Snapshot
from auditor.sources.azure.reader import Reader
from auditor.sources.gathered import SourceError
from auditor.sources.snapshots.snapshot import read_snapshot
from tests.sources.azure.serving import SUBSCRIPTION, Token, client_of, say, serving
from tests.sources.conftest import GOLDEN

STATE = Path(GOLDEN, "pls")
NODE_GROUP = "MC_rg_cluster_eastus"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{SCOPE}/resourceGroups/{NODE_GROUP}"
NETWORK = f"{SCOPE}/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-aks"
CLUSTER = f"{SCOPE}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/prod"
ALL = {"loadBalancers", "privateLinkServices", "virtualNetworks", "publicIPAddresses"}
GIVEN: dict[str, Any] = {"subscription_id": SUBSCRIPTION, "node_resource_group": NODE_GROUP}


@dataclasses.dataclass(frozen=True)
class Named:
    """A node, as far as its provider id goes."""

    provider_id: str | None


def read(
    lab: Lab,
    *,
    nodes: Any = None,
    controller: Controller | None = None,
    follow: Any = None,
    ips: Any = (),
    **settings: Any,
) -> Reader:
    with client_of(lab.url, credential=Token(lab.token), **settings) as client:
        given = Azure(endpoint=lab.url, **{k: v for k, v in settings.items() if k != "deadline"})
        reader = Reader(client, given, controller or Controller(), record=False)
        reader.first(lambda: nodes or ())
        if follow is not None:
            reader.follow(follow, ips)
        return reader


def gaps(reader: Reader) -> list[tuple[str, str]]:
    return [(gap.kind, gap.scope) for gap in reader.gathered.gaps]


def blind(reader: Reader) -> set[str]:
    """Kinds that may not be judged."""
    fields = ("load_balancers", "private_link_services", "virtual_networks", "public_ips")
    found: dict[str, Any] = {name: reader.gathered.found.get(name) for name in fields}
    rest: dict[str, Any] = dict.fromkeys(("declared", "services", "events", "nodes"), ())
    return set(by_kind(Snapshot(cluster="c", facts=reader.facts(), gaps=tuple(reader.gathered.gaps), **found, **rest)))


def test_facts_that_are_given_need_no_cluster() -> None:
    with Lab(STATE) as lab:
        reader = read(lab, **GIVEN)
        assert not any("managedClusters" in one.target for one in lab.requests)

    assert gaps(reader) == []
    assert [one.id for one in reader.gathered.found["virtual_networks"]] == [NETWORK]


def test_nodes_tell_where_the_cluster_is() -> None:
    machine = f"azure://{GROUP.replace(NODE_GROUP, NODE_GROUP.upper())}/providers/Microsoft.Compute/virtualMachineScaleSets/x/virtualMachines/0"
    nodes = (Named(machine), Named(None), Named(machine.lower()))
    with Lab(STATE) as lab:
        reader = read(lab, nodes=nodes)

    assert (reader.facts().subscription_id, reader.facts().node_resource_group) == (SUBSCRIPTION, NODE_GROUP)
    assert gaps(reader) == []
    assert reader.gathered.found["load_balancers"]


@pytest.mark.parametrize(
    "nodes",
    [(), (Node(name="n", labels={}, addresses=()),), (Named("kind://x/y"),)]
)  # fmt: skip
def test_nothing_known_is_one_gap_that_says_what_to_give(nodes: Any) -> None:
    with Lab(STATE) as lab:
        reader = read(lab, nodes=nodes, follow=["rg"])
        assert lab.requests == []

    assert gaps(reader) == [("resources", "*")]
    assert "give azure.cluster" in reader.gathered.gaps[0].reason
    assert blind(reader) == {"loadBalancers", "privateLinkServices", "virtualNetworks", "publicIPAddresses"}


def test_a_cluster_that_may_not_be_read_is_a_gap_beside_what_is_given() -> None:
    with Lab(STATE) as lab:
        lab.fault("managedClusters", status=403)
        cluster_id = lab.cluster_id
        reader = read(lab, cluster=cluster_id, **GIVEN)
        alone = read(lab, cluster=cluster_id)

    assert gaps(reader) == [("managedCluster", cluster_id)]
    assert "grant Microsoft.ContainerService/managedClusters/read on it" in reader.gathered.gaps[0].reason
    assert reader.gathered.found["load_balancers"]
    assert gaps(alone) == [("resources", cluster_id)]
    assert alone.gathered.gaps[0].reason.endswith("; or give azure.nodeResourceGroup too")


@pytest.mark.parametrize(
    ("subscription", "found"), [(SUBSCRIPTION, True), ("99999999-2222-3333-4444-555555555555", False)]
)
def test_where_the_cluster_may_not_be_read_its_nodes_tell(subscription: str, *, found: bool) -> None:
    node = f"azure:///subscriptions/{subscription}/resourceGroups/{NODE_GROUP}/providers/Microsoft.Compute/x/y"
    with Lab(STATE) as lab:
        lab.fault("managedClusters", status=403)
        cluster_id = lab.cluster_id
        reader = read(lab, cluster=cluster_id, nodes=(Named(node),))

    assert gaps(reader) == [("managedCluster" if found else "resources", cluster_id)]
    assert blind(reader) == (set() if found else ALL)


def test_nodes_are_not_waited_for_where_the_cluster_tells() -> None:
    def nodes() -> tuple[Node, ...]:
        raise AssertionError

    with Lab(STATE) as lab, client_of(lab.url, credential=Token(lab.token), cluster=lab.cluster_id) as client:
        reader = Reader(client, Azure(endpoint=lab.url, cluster=lab.cluster_id), Controller(), record=False)
        reader.first(nodes)

    assert gaps(reader) == []


def test_what_is_configured_goes_before_what_aks_says() -> None:
    controller = Controller(
        cluster_name="mine", subnet="other", backend_pool_type="nodeIP", multiple_load_balancers=("a",)
    )
    with Lab(STATE) as lab:
        facts = read(lab, cluster=lab.cluster_id, controller=controller).facts()

    assert facts == Facts(
        subscription_id=SUBSCRIPTION, node_resource_group=NODE_GROUP, location="eastus", cluster_name="mine",
        virtual_network=NETWORK, subnet="other", backend_pool_type="nodeIP", multiple_load_balancers=("a",),
    )  # fmt: skip


def test_a_forbidden_subscription_falls_back_to_known_groups() -> None:
    with Lab(STATE) as lab:
        lab.fault(f"^{SCOPE}/providers/Microsoft.Network/privateLinkServices", status=403)
        whole = {one.id for one in read_snapshot(STATE).private_link_services or ()}
        reader = read(lab, follow=["rg-absent", "not/a/group", NODE_GROUP.upper()], **GIVEN)

    found = {one.id for one in reader.gathered.found["private_link_services"]}
    assert found == {one for one in whole if f"/{NODE_GROUP.lower()}/" in one.lower()}
    assert gaps(reader) == [("privateLinkServices", SCOPE)]
    reason = reader.gathered.gaps[0].reason
    assert reason.startswith(f"Private Link Services outside {NODE_GROUP}, rg-absent were not read: the identity ")
    assert reason.endswith(f"in {SCOPE}: grant Microsoft.Network/privateLinkServices/read on it")
    assert blind(reader) == {"privateLinkServices"}


def test_groups_of_services_are_read_once_and_only_after_a_fall_back() -> None:
    with Lab(STATE) as lab:
        read(lab, follow=["rg-pls"], **GIVEN)
        assert not any("rg-pls" in one.target for one in lab.requests)
        lab.fault(f"^{SCOPE}/providers/Microsoft.Network/privateLinkServices", status=403)
        lab.fault("rg-secret", status=403)
        reader = read(
            lab, follow=["rg-pls", "RG-PLS", "rg-secret"], private_link_service_resource_groups=("rg-typo",), **GIVEN
        )
        asked = [one.target for one in lab.requests if "/rg-pls/" in one.target.lower()]

    assert len(asked) == 1
    kinds = gaps(reader)
    assert (("privateLinkServices", f"{SCOPE}/resourceGroups/rg-typo")) in kinds, "a configured group that is not there"
    assert (("privateLinkServices", f"{SCOPE}/resourceGroups/rg-secret")) in kinds
    assert kinds[-1] == ("privateLinkServices", SCOPE)


@pytest.mark.parametrize(("group", "blinded"), [({"status": 403}, True), ({}, False), ({"status": 500}, True)], ids=str)
def test_a_list_of_the_subscription_may_leave_out_what_may_not_be_read(group: dict[str, Any], *, blinded: bool) -> None:
    with Lab(STATE) as lab:
        lab.fault(f"^{SCOPE}/providers/Microsoft.Network/privateLinkServices", status=200, body='{"value": []}')
        if group:
            lab.fault("/rg-pls/", **group)
        reader = read(lab, follow=["rg-pls", "rg-absent"], **GIVEN)

    scope = ("privateLinkServices", f"{SCOPE}/resourceGroups/rg-pls")
    assert gaps(reader) == ([scope] if blinded else [])
    assert blind(reader) == ({"privateLinkServices"} if blinded else set())
    held = {one.id.lower() for one in reader.gathered.found["private_link_services"]}
    assert all("/rg-pls/" in one for one in held)
    assert bool(held) is not blinded


def test_addresses_of_a_group_of_which_one_was_read_already(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(STATE, tmp_path / "recording"))
    balancers, addresses = folder / "azure" / "loadBalancers.json", folder / "azure" / "publicIPAddresses.json"
    [_, used] = json.loads(addresses.read_text())
    moved = used["id"].replace(NODE_GROUP, "rg-ips")
    balancers.write_text(balancers.read_text().replace(used["id"], moved))
    spare = {"id": moved.replace(used["name"], "spare"), "name": "spare", "properties": {}}
    addresses.write_text(json.dumps([used | {"id": moved}, spare]))
    with Lab(folder) as lab:
        reader = read(lab, follow=[], ips=["RG-ips", "rg-absent", "not/a/group"], **GIVEN)

    assert gaps(reader) == []
    assert sorted(one.id for one in reader.gathered.found["public_ips"]) == sorted([moved, spare["id"]])


def test_a_wrong_group_is_named() -> None:
    with Lab(STATE) as lab:
        reader = read(lab, subscription_id=SUBSCRIPTION, node_resource_group="MC_typo")

    assert ("loadBalancers", f"{SCOPE}/resourceGroups/MC_typo") in gaps(reader)
    assert "there is no resource group" in reader.gathered.gaps[0].reason
    assert "load_balancers" not in reader.gathered.found
    assert "loadBalancers" in blind(reader)


def test_a_network_that_may_not_be_read_is_a_gap_with_its_id() -> None:
    with Lab(STATE) as lab:
        lab.fault("virtualNetworks", status=403)
        reader = read(lab, cluster=lab.cluster_id)

    assert gaps(reader) == [("virtualNetworks", NETWORK)]
    assert f"in {NETWORK}: grant Microsoft.Network/virtualNetworks/read on it" in reader.gathered.gaps[0].reason
    assert blind(reader) == {"virtualNetworks"}


@pytest.mark.parametrize(("pattern", "kinds"), [
    ("loadBalancers", ["resources"]),
    ("privateLinkServices", ["privateLinkServices", "publicIPAddresses", "virtualNetworks"]),
    ("virtualNetworks", ["virtualNetworks"]),
])  # fmt: skip
def test_a_refused_token_is_told_for_what_is_left(pattern: str, kinds: list[str]) -> None:
    with Lab(STATE) as lab:
        lab.fault(pattern, status=401)
        reader = read(lab, follow=["rg-pls"], **GIVEN)

    assert [kind for kind, _ in gaps(reader)] == kinds
    assert blind(reader) == (
        set(kinds)
        if kinds != ["resources"]
        else {"loadBalancers", "privateLinkServices", "virtualNetworks", "publicIPAddresses"}
    )
    assert "did not accept the identity's token" in reader.gathered.gaps[0].reason


def test_a_token_that_is_refused_in_the_second_round_leaves_all_that_services_name_unread() -> None:
    with Lab(STATE) as lab:
        lab.fault("/rg-links/", status=401)
        reader = read(lab, follow=["rg-links"], ips=["rg-ips"], **GIVEN)
        assert not any("/rg-ips/" in one.target for one in lab.requests)

    assert blind(reader) == {"privateLinkServices", "publicIPAddresses", "virtualNetworks"}


def test_what_is_on_two_pages_because_they_shifted_is_there_once(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(STATE, tmp_path / "recording"))
    path = folder / "azure" / "privateLinkServices.json"
    links = json.loads(path.read_text())
    new = links[0] | {"id": f"{links[0]['id']}-new", "name": f"{links[0]['name']}-new"}
    with Lab(folder, page_size=2) as lab:

        def made() -> None:
            path.write_text(json.dumps([new, *links]))
            lab.reload()

        lab.fault(r"/privateLinkServices\?", times=1, meanwhile=made)
        reader = read(lab, **GIVEN)

    assert [one.id for one in reader.gathered.found["private_link_services"]] == [one["id"] for one in links]


@pytest.mark.parametrize(("body", "said"), [
    ('{"value":[{"name":"x"}]}', "without an id"),
    ('{"value":{}}', "does not have the expected form"),
    ('{"value":[', "is not JSON"),
    ("{}", "is one object where a list belongs"),
    ('{"value":null}', "is one object where a list belongs"),
    ("[]", "is a bare JSON array, which Azure never sends; check azure.endpoint"),
    ("null", "is called application/json, and is no JSON object; check azure.endpoint"),
    (" ", "is empty; check azure.endpoint"),
])  # fmt: skip
def test_an_answer_of_another_form_is_a_gap(body: str, said: str) -> None:
    with Lab(STATE) as lab:
        lab.fault("loadBalancers", status=200, body=body)
        reader = read(lab, **GIVEN)

    assert gaps(reader)[0] == ("loadBalancers", GROUP)
    assert said in reader.gathered.gaps[0].reason
    assert "load_balancers" not in reader.gathered.found


@pytest.mark.parametrize("body", ["[]", '{"value":[]}', "{}"])
def test_a_network_of_another_form_is_a_gap(body: str) -> None:
    with Lab(STATE) as lab:
        lab.fault("virtualNetworks", status=200, body=body)
        reader = read(lab, **GIVEN)

    assert gaps(reader) == [("virtualNetworks", NETWORK)]


def test_what_is_read_again_takes_the_place_of_what_was_read() -> None:
    with Lab(STATE, page_size=1) as lab, client_of(lab.url, credential=Token(lab.token), **GIVEN) as client:
        reader = Reader(client, Azure(endpoint=lab.url, **GIVEN), Controller(), record=True)
        reader.first()
        found, raw, reads = dict(reader.gathered.found), dict(reader.gathered.raw), list(reader.gathered.reads)
        reader.again()
        assert (reader.gathered.found, reader.gathered.raw) == (found, raw)
        assert sorted(map(_scope, reader.gathered.reads)) == sorted(map(_scope, reads))

        lab.fault("privateLinkServices", status=403)
        lab.fault("loadBalancers", body='{"value":[]}')
        with pytest.raises(SourceError, match="may not read privateLinkServices"):
            reader.again()
        assert (reader.gathered.found, reader.gathered.raw) == (found, raw)

        lab.clear_faults()
        lab.fault("loadBalancers", body='{"value":[]}')
        reader.again()

    assert reader.gathered.found == found | {"load_balancers": ()}
    assert reader.gathered.raw.get("loadBalancers") == []
    assert [one.objects for one in reader.gathered.reads if one.kind == "loadBalancers"] == [0]
    assert reader.gathered.gaps == []


def _scope(read: Read) -> tuple[str, str, int]:
    return read.kind, read.scope, read.objects


def test_a_list_that_breaks_off_leaves_nothing() -> None:
    with Lab(STATE, page_size=1) as lab:
        lab.fault("loadBalancers.*skiptoken", status=403)
        reader = read(lab, **GIVEN)

    assert gaps(reader)[0] == ("loadBalancers", GROUP)
    assert "load_balancers" not in reader.gathered.found


def cluster_of(*subnets: str | None, kind: str | None = None) -> str:
    pools = [{"name": "p", **({"vnetSubnetID": one} if one else {})} for one in subnets]
    profile = {"loadBalancerProfile": {"backendPoolType": kind}} if kind else {}
    properties = {"nodeResourceGroup": "MC_x", "agentPoolProfiles": pools, "networkProfile": profile}
    return json.dumps({"id": CLUSTER, "location": "westeurope", "properties": properties})


OWN = f"{SCOPE}/resourceGroups/MC_x/providers/Microsoft.Network/virtualNetworks/aks-vnet-1"


@pytest.mark.parametrize(
    ("cluster", "network", "subnet", "pool_type"),
    [
        (cluster_of(f"{NETWORK}/subnets/a", f"{NETWORK.upper()}/SUBNETS/A"), NETWORK, "a", None),
        (cluster_of(f"{NETWORK}/subnets/a", f"{NETWORK}/subnets/b", kind="NodeIP"), NETWORK, None, "nodeIP"),
        (cluster_of(f"{NETWORK}/subnets/a", None), None, None, None),
        (cluster_of(None, kind="NodeIPConfiguration"), OWN, "aks-subnet", "nodeIPConfiguration"),
        ("{}", None, None, None),
    ],
)  # fmt: skip
def test_what_a_cluster_says(cluster: str, network: str | None, subnet: str | None, pool_type: str | None) -> None:
    own = {
        "id": OWN,
        "name": "aks-vnet-1",
        "properties": {"subnets": [{"id": f"{OWN}/subnets/aks-subnet", "name": "aks-subnet"}]},
    }

    def answer(handler: Any) -> None:
        path = handler.path.lower()
        if "managedclusters" in path:
            say(handler, 200, cluster)
        elif "/mc_x/providers/microsoft.network/virtualnetworks?" in path:
            say(handler, 200, json.dumps({"value": [own]}))
        else:
            say(handler, 200, '{"value":[]}')

    with serving(answer) as (url, _), client_of(url, cluster=CLUSTER) as client:
        reader = Reader(client, Azure(endpoint=url, cluster=CLUSTER), Controller(), record=False)
        reader.first()

    facts = reader.facts()
    assert (facts.virtual_network, facts.subnet, facts.backend_pool_type) == (network, subnet, pool_type)
    if cluster == "{}":
        assert gaps(reader) == [("resources", CLUSTER)]
    elif network is None:
        gap = Gap(source="azure", scope=SCOPE, kind="virtualNetworks", reason="")
        assert [dataclasses.replace(one, reason="") for one in reader.gathered.gaps] == [gap]


@pytest.mark.parametrize(("state", "asked"), [("errors-00-apply", True), ("pls", False)])
def test_interfaces_are_read_only_where_a_subnet_is_nearly_full(state: str, asked: bool) -> None:
    with Lab(Path(GOLDEN, state)) as lab, client_of(lab.url, credential=Token(lab.token), **GIVEN) as client:
        reader = Reader(client, Azure(endpoint=lab.url, **GIVEN), Controller(), record=True)
        reader.first()
        reader.nics()
        assert (
            any("networkInterfaces" in one.target or "networkinterfaces" in one.target for one in lab.requests) == asked
        )

    assert bool(reader.gathered.found.get("nic_addresses")) == asked


def test_interfaces_that_may_not_be_read_are_no_gap() -> None:
    with Lab(Path(GOLDEN, "errors-00-apply")) as lab:
        lab.fault("(?i)networkinterfaces", status=403)
        with client_of(lab.url, credential=Token(lab.token), **GIVEN) as client:
            reader = Reader(client, Azure(endpoint=lab.url, **GIVEN), Controller(), record=False)
            reader.first()
            reader.nics()

    assert gaps(reader) == []
    assert "nic_addresses" not in reader.gathered.found


def test_an_address_that_is_no_id_is_a_gap() -> None:
    frontend = {"id": "y", "name": "z", "properties": {"publicIPAddress": {"id": "nonsense"}}}
    found = {
        "id": f"{GROUP}/providers/Microsoft.Network/loadBalancers/x",
        "name": "x",
        "properties": {"frontendIPConfigurations": [frontend]},
    }
    with Lab(STATE) as lab:
        lab.fault(r"loadBalancers\?", status=200, body=json.dumps({"value": [found]}))
        reader = read(lab, **GIVEN)

    assert ("publicIPAddresses", "nonsense") in gaps(reader)
    assert "private_link_services" in reader.gathered.found


def test_what_was_read_when_nobody_waits_any_more() -> None:
    seen = []
    with Lab(STATE) as lab, client_of(lab.url, credential=Token(lab.token), **GIVEN) as client:
        reader = Reader(client, Azure(endpoint=lab.url, **GIVEN), Controller(), record=False)
        lab.fault("privateLinkServices", meanwhile=lambda: seen.append(reader.so_far("it hangs")))
        reader.first()

    assert set(seen[0].found) == {"load_balancers"}
    assert {gap.kind for gap in seen[0].gaps} == ALL - {"loadBalancers"}
    assert gaps(reader) == []
