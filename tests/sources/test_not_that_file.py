"""A file that holds something else, or only a part, is refused whole: half a list would make the rest look missing."""

import json

import pytest

from auditor.sources.api_json import arm_json, kubernetes_json
from auditor.sources.api_json.wire import DecodeError

SERVICE = {"kind": "Service", "metadata": {"name": "x", "uid": "u"}}
NODE = {"kind": "Node", "metadata": {"name": "n"}}
LB = {
    "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/loadBalancers/kubernetes",
    "name": "kubernetes",
}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"items": [NODE]}, "is a list of Nodes, not of Services"),
        ({"items": [SERVICE], "metadata": {"continue": "abc"}}, "only a part of a list"),
        ({"items": [SERVICE], "metadata": {"remainingItemCount": 3}}, "only a part of a list"),
    ],
    ids=["nodes", "continue", "remaining"],
)
def test_services(content: object, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        kubernetes_json.decode_services(json.dumps(content).encode())


def test_services_among_others_are_taken() -> None:
    found = kubernetes_json.decode_services(
        json.dumps({"items": [NODE, SERVICE], "metadata": {"continue": ""}}).encode()
    )

    assert [one.name for one in found] == ["x"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"value": [LB], "nextLink": "https://management.local/next"}, "only the first page"),
        ([{"id": LB["id"].replace("loadBalancers", "privateLinkServices")}], "which is none of loadBalancers"),
        ([{"id": "x"}], "which is none of loadBalancers"),
    ],
    ids=["a page", "another type", "no id"],
)
def test_load_balancers(content: object, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        arm_json.decode_load_balancers(json.dumps(content).encode())


def test_the_last_page_is_whole() -> None:
    found = arm_json.decode_load_balancers(json.dumps({"value": [LB], "nextLink": None}).encode())

    assert [one.name for one in found] == ["kubernetes"]
