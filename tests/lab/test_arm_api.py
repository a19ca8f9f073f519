"""ARM, asked over HTTP: lists, pages, single resources, and errors in its own words."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.lab.server import Lab
from auditor.sources.api_json.arm_json import decode_load_balancers, decode_private_link_services
from tests.lab.asking import GOLDEN, GROUP, NETWORK, SUBSCRIPTION, VNET, arm, ask, changed, gap

TYPES = ("loadBalancers", "privateLinkServices", "virtualNetworks", "publicIPAddresses", "networkInterfaces")


def recorded(kind: str) -> list[Any]:
    found: list[Any] = json.loads((GOLDEN / "pls" / "azure" / f"{kind}.json").read_text())
    return found


def everything(lab: Lab, path: str) -> list[Any]:
    found: list[Any] = []
    reply = arm(lab, path)
    while True:
        assert reply.status == 200, reply.body
        found += reply.document["value"]
        following = reply.document.get("nextLink")
        if following is None:
            return found
        assert following.startswith(lab.url + "/subscriptions/")
        reply = ask(lab, following)


@pytest.mark.parametrize("kind", TYPES)
def test_pages_are_the_whole(lab: Lab, kind: str) -> None:
    assert everything(lab, f"{SUBSCRIPTION}/{NETWORK}/{kind}") == recorded(kind)


def test_there_are_several_pages(lab: Lab) -> None:
    first = arm(lab, f"{SUBSCRIPTION}/{NETWORK}/privateLinkServices").document

    assert len(first["value"]) == 5
    assert "%24skiptoken=" in first["nextLink"] or "$skiptoken=" in first["nextLink"]
    assert arm(lab, f"{SUBSCRIPTION}/{NETWORK}/privateLinkServices?$skiptoken=x").status == 400


@pytest.mark.parametrize("kind", TYPES)
def test_a_resource_group_has_its_own(lab: Lab, kind: str) -> None:
    mine = [one for one in recorded(kind) if one["id"].lower().startswith(GROUP.lower() + "/")]

    assert everything(lab, f"{GROUP}/{NETWORK}/{kind}") == mine


def test_ids_are_compared_in_any_case(lab: Lab) -> None:
    one = recorded("loadBalancers")[0]

    assert arm(lab, one["id"]).document == one
    assert arm(lab, one["id"].upper().replace("/SUBSCRIPTIONS", "/subscriptions")).document == one
    assert everything(lab, f"{GROUP.lower()}/{NETWORK.lower()}/loadbalancers") == recorded("loadBalancers")


def test_parts_of_a_resource(lab: Lab) -> None:
    subnets = recorded("virtualNetworks")[0]["properties"]["subnets"]

    assert arm(lab, f"{VNET}/subnets/{subnets[0]['name']}").document == subnets[0]
    assert everything(lab, f"{VNET}/subnets") == subnets
    assert arm(lab, f"{VNET}/subnets/nope").document["error"]["code"] == "NotFound"


def test_flattened_files_are_served_as_they_are() -> None:
    file = (GOLDEN / "pls-az" / "azure" / "privateLinkServices.json").read_bytes()
    with Lab(GOLDEN / "pls-az") as lab:
        path = f"{SUBSCRIPTION}/{NETWORK}"
        assert decode_private_link_services(arm(lab, f"{path}/privateLinkServices").body)
        assert arm(lab, f"{path}/privateLinkServices").document["value"] == json.loads(file)
        assert decode_load_balancers(arm(lab, f"{path}/loadBalancers").body)
        assert arm(lab, f"{VNET}/subnets/snet-nodes").document["name"] == "snet-nodes"


def test_the_managed_cluster_tells_the_facts(lab: Lab) -> None:
    found = arm(lab, lab.cluster_id).document

    assert found["id"] == lab.cluster_id
    assert found["properties"]["nodeResourceGroup"] == "MC_rg_cluster_eastus"
    assert found["properties"]["agentPoolProfiles"][0]["vnetSubnetID"] == f"{VNET}/subnets/snet-nodes"
    assert found["properties"]["networkProfile"]["loadBalancerProfile"] == {"backendPoolType": "NodeIPConfiguration"}
    assert arm(lab, lab.cluster_id.lower()).document == found
    assert arm(lab, lab.cluster_id + "-other").document["error"]["code"] == "ResourceNotFound"


def test_facts_that_were_concluded_are_not_told() -> None:
    with Lab(GOLDEN / "pls-az") as lab:
        found = arm(lab, lab.cluster_id).document["properties"]

    assert found["nodeResourceGroup"] == "MC_rg_cluster_eastus"
    assert "vnetSubnetID" not in found["agentPoolProfiles"][0]


@pytest.mark.parametrize("group", ["rg-network", "MC_RG_CLUSTER_EASTUS", "rg-pls"])
def test_resource_groups(lab: Lab, group: str) -> None:
    found = arm(lab, f"{SUBSCRIPTION}/resourceGroups/{group}").document

    assert (found["name"], found["location"]) == (group, "eastus")


@pytest.mark.parametrize(
    ("path", "how", "status", "code"),
    [
        (f"{SUBSCRIPTION}/{NETWORK}/loadBalancers", {"token": None}, 401, "AuthenticationFailed"),
        (f"{SUBSCRIPTION}/{NETWORK}/loadBalancers", {"token": "wrong"}, 401, "InvalidAuthenticationToken"),
        (f"{SUBSCRIPTION}/{NETWORK}/loadBalancers", {"method": "PUT"}, 405, "MethodNotAllowed"),
        (f"{SUBSCRIPTION}/resourceGroups/nope", {}, 404, "ResourceGroupNotFound"),
        (f"{SUBSCRIPTION}/resourceGroups/nope/{NETWORK}/loadBalancers", {}, 404, "ResourceGroupNotFound"),
        (f"{SUBSCRIPTION}/resourceGroups/nope/{NETWORK}/loadBalancers/x", {}, 404, "ResourceGroupNotFound"),
        (f"{GROUP}/{NETWORK}/loadBalancers/nope", {}, 404, "ResourceNotFound"),
        (f"{SUBSCRIPTION}/{NETWORK}/firewalls", {}, 404, "InvalidResourceType"),
        (f"/subscriptions/other/{NETWORK}/loadBalancers", {}, 404, "SubscriptionNotFound"),
    ],
)
def test_errors_have_arms_form(lab: Lab, path: str, how: Any, status: int, code: str) -> None:
    reply = arm(lab, path, **how)

    assert (reply.status, reply.document["error"]["code"]) == (status, code)
    assert reply.document["error"]["message"]
    assert reply.headers["x-ms-request-id"]


def test_the_api_version_is_required(lab: Lab) -> None:
    reply = ask(lab, f"{SUBSCRIPTION}/{NETWORK}/loadBalancers")

    assert (reply.status, reply.document["error"]["code"]) == (400, "MissingApiVersionParameter")


PLS = "privateLinkServices"
OTHER = f"{SUBSCRIPTION}/resourceGroups/rg-pls"


@pytest.mark.parametrize(
    ("missing", "statuses"),
    [
        (
            gap("azure", OTHER, PLS),
            {
                f"{OTHER}/{NETWORK}/{PLS}": 403,
                f"{OTHER}/{NETWORK}/{PLS}/x": 403,
                f"{SUBSCRIPTION}/{NETWORK}/{PLS}": 403,
                f"{GROUP}/{NETWORK}/{PLS}": 200,
                f"{SUBSCRIPTION}/{NETWORK}/loadBalancers": 200,
            },
        ),
        (
            gap("azure", SUBSCRIPTION, PLS),
            {f"{SUBSCRIPTION}/{NETWORK}/{PLS}": 403, f"{GROUP}/{NETWORK}/{PLS}": 200},
        ),
        (gap("azure", "*", PLS), {f"{SUBSCRIPTION}/{NETWORK}/{PLS}": 403, f"{GROUP}/{NETWORK}/{PLS}": 403}),
        (gap("azure", VNET, "virtualNetworks"), {VNET: 403, f"{VNET}/subnets/snet-nodes": 403}),
        (
            gap("azure", GROUP, "networkInterfaces"),
            {f"{GROUP}/{NETWORK}/networkInterfaces": 403, f"{GROUP}/{NETWORK}/{PLS}": 200},
        ),
    ],
)
def test_what_was_not_read_is_forbidden(tmp_path: Path, missing: Any, statuses: dict[str, int]) -> None:
    with Lab(changed(tmp_path / "state", gaps=[missing])) as lab:
        assert {path: arm(lab, path).status for path in statuses} == statuses


def test_a_group_that_a_service_names_may_be_there() -> None:
    with Lab(GOLDEN / "internal") as lab:
        assert arm(lab, f"{SUBSCRIPTION}/resourceGroups/rg/{NETWORK}/publicIPAddresses").document == {"value": []}


def test_a_file_that_is_absent_is_forbidden_in_arms_words(tmp_path: Path) -> None:
    directory = changed(tmp_path / "state")
    (directory / "azure" / "loadBalancers.json").unlink()
    with Lab(directory) as lab:
        error = arm(lab, f"{GROUP}/{NETWORK}/loadBalancers").document["error"]

    assert error["code"] == "AuthorizationFailed"
    assert "to perform action 'Microsoft.Network/loadBalancers/read'" in error["message"]
    assert f"over scope '{GROUP}' or the scope is invalid" in error["message"]
