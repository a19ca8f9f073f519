"""Lists of the Kubernetes API to Services, events and nodes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.model.service import Event, Live, Node, Port
from auditor.sources.api_json.kubernetes_json import (
    continuation,
    decode_events,
    decode_nodes,
    decode_services,
    joined,
    raw_items,
)
from auditor.sources.api_json.wire import DecodeError


def at(minute: int) -> datetime:
    """A time."""
    return datetime(2026, 11, 22, 10, minute, tzinfo=UTC)


def text(minute: int) -> str:
    """The same as Kubernetes writes it."""
    return f"2026-11-22T10:{minute:02}:00Z"


def listed(*items: Any, **more: Any) -> bytes:
    """A v1 List."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items), **more}).encode()


def service(metadata: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A Service as the API server answers it."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", **(metadata or {})}, **more}


def one(*args: Any, **more: Any) -> Live:
    """The model of one Service."""
    (found,) = decode_services(listed(service(*args, **more)))
    return found


FULL = service(
    {
        "name": "ledger",
        "namespace": "payments",
        "uid": "7782365c-b514-4501-94b6-411d08957d13",
        "resourceVersion": "598",
        "annotations": {"a": "b"},
        "labels": {"app": "ledger"},
        "creationTimestamp": text(1),
        "deletionTimestamp": text(9),
        "finalizers": ["service.kubernetes.io/load-balancer-cleanup"],
        "ownerReferences": [{"kind": "Gateway", "name": "g"}],
        "managedFields": [
            {"manager": "kubectl", "time": text(2), "fieldsV1": {"f:spec": {}}},
            {"manager": "kubectl-edit", "time": text(4), "operation": "Update"},
            {"manager": "azure-cloud-controller-manager", "time": text(8), "subresource": "status"},
        ],
    },
    spec={
        "type": "LoadBalancer",
        "loadBalancerClass": "x.io/y",
        "loadBalancerIP": "10.0.0.9",
        "loadBalancerSourceRanges": ["10.0.0.0/8"],
        "ports": [
            {
                "name": "web",
                "port": 443,
                "targetPort": "https",
                "protocol": "TCP",
                "appProtocol": "https",
                "nodePort": 1,
            },
            {"port": 53, "protocol": "UDP", "targetPort": 53, "nodePort": 0},
        ],
        "ipFamilies": ["IPv4", "IPv6"],
        "ipFamilyPolicy": "RequireDualStack",
        "externalTrafficPolicy": "Local",
        "sessionAffinity": "None",
        "allocateLoadBalancerNodePorts": False,
        "healthCheckNodePort": 32000,
        "clusterIP": "10.1.0.1",
    },
    status={"loadBalancer": {"ingress": [{"ip": "10.0.0.9", "ipMode": "VIP"}, {"hostname": "x"}, {"ip": "fd00::1"}]}},
)


def test_a_service_with_everything() -> None:
    (found,) = decode_services(listed(FULL))

    assert found == Live(
        namespace="payments",
        name="ledger",
        annotations={"a": "b"},
        labels={"app": "ledger"},
        type="LoadBalancer",
        load_balancer_class="x.io/y",
        load_balancer_ip="10.0.0.9",
        source_ranges=("10.0.0.0/8",),
        ports=(
            Port(port=443, name="web", target_port="https", app_protocol="https", node_port=1),
            Port(port=53, protocol="UDP", target_port=53),
        ),
        ip_families=("IPv4", "IPv6"),
        ip_family_policy="RequireDualStack",
        external_traffic_policy="Local",
        session_affinity="None",
        allocate_node_ports=False,
        health_check_node_port=32000,
        uid="7782365c-b514-4501-94b6-411d08957d13",
        resource_version="598",
        created_at=at(1),
        changed_at=at(4),
        changed_by="kubectl-edit",
        deleted_at=at(9),
        finalizers=("service.kubernetes.io/load-balancer-cleanup",),
        owners=(("Gateway", "g"),),
        ingress=("10.0.0.9", "fd00::1"),
    )


def test_a_service_with_nothing() -> None:
    assert one() == Live(namespace="default", name="x", annotations={}, labels={}, uid="")


def nulled(value: Any) -> Any:
    """Everything in it as null, but the name and what must be a number."""
    if isinstance(value, dict):
        return {key: nulled(item) if isinstance(item, dict | list) else None for key, item in value.items()}
    return [nulled(item) for item in value] if isinstance(value, list) else None


def test_nulls_are_tolerated_everywhere() -> None:
    deep = nulled(FULL)
    deep["metadata"]["name"] = "x"
    deep["metadata"]["annotations"] = deep["metadata"]["labels"] = deep["spec"]["ports"] = None
    for key in ("finalizers",):
        deep["metadata"][key] = None
    for key in ("loadBalancerSourceRanges", "ipFamilies"):
        deep["spec"][key] = None
    shallow = service(dict.fromkeys(FULL["metadata"]) | {"name": "x"}, spec=dict.fromkeys(FULL["spec"]), status=None)

    for item in (deep, shallow, service(spec=None, status={"loadBalancer": None})):
        (found,) = decode_services(listed(item))
        assert found.changed_at is None
        assert (found.ports, found.ingress, found.type) == (None, (), "ClusterIP")


@pytest.mark.parametrize("entries", [None, [], [{"manager": "m"}], [{"time": text(1), "subresource": "status"}]])
def test_without_a_known_write_nobody_changed_it(entries: Any) -> None:
    found = one({"managedFields": entries})

    assert (found.changed_at, found.changed_by) == (None, None)


def test_empty_lists_are_kept() -> None:
    found = one(spec={"ports": [], "loadBalancerSourceRanges": [], "ipFamilies": []})

    assert (found.ports, found.source_ranges, found.ip_families) == ((), (), ())


def test_items_of_another_kind_are_left_out() -> None:
    data = listed({"kind": "ConfigMap", "metadata": {}}, service(), {"metadata": {"name": "y"}})

    assert [one.name for one in decode_services(data)] == ["x", "y"]


def test_a_single_object() -> None:
    assert decode_services(json.dumps(service()).encode())[0].name == "x"
    assert decode_nodes(b'{"kind": "Node", "metadata": {"name": "n"}}')[0].name == "n"


def test_a_service_list_of_the_api() -> None:
    data = json.dumps({"kind": "ServiceList", "apiVersion": "v1", "items": [{"metadata": {"name": "x"}}]})

    assert decode_services(data.encode())[0].name == "x"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_writes(encoding: str) -> None:
    data = listed(service({"labels": {"a": "ü"}})).decode().encode(encoding)

    assert decode_services(data)[0].labels == {"a": "ü"}


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\t", "is empty"),
    "an error page": (b"<html>", "is not JSON: "),
    "truncated": (b'{"kind": "List",\n "items": [{"kind": "Ser', "is not JSON: "),
    "garbage on line 2": (b'{"kind": "List",\n x}', "(line 2, column 2)"),
    "a list": (b"[]", "does not have the expected form: expected `object`, got `array`"),
    "a text": (b'"hello"', "does not have the expected form"),
    "null": (b"null", "does not have the expected form"),
    "items of another type": (b'{"items": {}}', "does not have the expected form: expected `array | null`"),
    "an item that is a list": (b'{"items": [[]]}', "at `$.items[0]`"),
    "no items": (b'{"kind": "List"}', "has no `items`"),
    "an error of the API": (b'{"kind": "Status", "status": "Failure", "message": "no"}', "is an error of the API: no"),
    "no kind at all": (b"{}", "has no `items`"),
    "deep": (b"[" * 100_000, "does not have the expected form"),
    "deep inside": (b'{"items": [{"spec": {"x": ' + b"[" * 100_000, "is not JSON: "),
    "binary": (b"\xff\xfe\x00", "is not JSON: "),
    "not UTF-8": (b'{"items": [{"metadata": {"name": "\xff"}}]}', "is not JSON: "),
}


@pytest.mark.parametrize("decode", [decode_services, decode_events, decode_nodes])
@pytest.mark.parametrize("name", BAD)
def test_bad_lists(name: str, decode: Any) -> None:
    data, expected = BAD[name]

    with pytest.raises(DecodeError) as caught:
        decode(data)

    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"kind": "Service"}, "has a Service without a name at items[1]"),
        ({"kind": "Service", "metadata": {"name": ""}}, "has a Service without a name at items[1]"),
        (
            {"kind": "Service", "metadata": {"name": 5}},
            "expected `str | null`, got `int` - at `$.items[1].metadata.name`",
        ),
        ({"kind": "Service", "metadata": {"annotations": {"a": True}}}, "`$.items[1].metadata.annotations[...]`"),
        ({"kind": "Service", "spec": {"ports": {}}}, "`$.items[1].spec.ports`"),
        ({"kind": "Service", "spec": {"ports": [{"name": "x"}]}}, "missing required field `port`"),
        ({"kind": "Service", "metadata": {"creationTimestamp": "today"}}, "invalid RFC3339 encoded datetime"),
    ],
)
def test_bad_services(item: Any, expected: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_services(listed(service(), item))

    assert expected in str(caught.value)


EVENT = {
    "metadata": {"creationTimestamp": text(1), "resourceVersion": "7"},
    "involvedObject": {"kind": "Service", "uid": "u"},
    "reason": "SyncLoadBalancerFailed",
    "message": "no",
    "firstTimestamp": text(2),
    "eventTime": "2026-11-22T10:03:00.000000Z",
    "series": {"lastObservedTime": "2026-11-22T10:04:00.000000Z"},
    "lastTimestamp": text(5),
}


@pytest.mark.parametrize(
    ("without", "minute"),
    [
        ((), 5),
        (("lastTimestamp",), 4),
        (("lastTimestamp", "series"), 3),
        (("lastTimestamp", "series", "eventTime"), 2),
        (("lastTimestamp", "series", "eventTime", "firstTimestamp"), 1),
    ],
)
def test_when_an_event_was(without: tuple[str, ...], minute: int) -> None:
    (found,) = decode_events(listed({**EVENT, **dict.fromkeys(without)}))

    assert found == Event(uid="u", reason="SyncLoadBalancerFailed", message="no", at=at(minute), resource_version="7")


def test_only_events_of_services_count() -> None:
    pod = {**EVENT, "involvedObject": {"kind": "Pod", "uid": "p"}}

    assert len(decode_events(listed(pod, EVENT, {}, {"involvedObject": None}))) == 1


def test_nodes() -> None:
    node = {
        "kind": "Node",
        "metadata": {"name": "n", "labels": {"a": "b"}},
        "spec": {"providerID": "azure:///subscriptions/s"},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": "10.0.0.4"},
                {"type": "Hostname", "address": "n"},
                {"type": "InternalIP", "address": "fd00::4"},
            ]
        },
    }

    assert decode_nodes(listed(node, {"kind": "Pod"}, {"metadata": {"name": "m"}})) == (
        Node(name="n", labels={"a": "b"}, addresses=("10.0.0.4", "fd00::4"), provider_id="azure:///subscriptions/s"),
        Node(name="m", labels={}),
    )


@pytest.mark.parametrize("metadata", [{"continue": "abc"}, {"remainingItemCount": 3}])
@pytest.mark.parametrize("decode", [decode_services, decode_events, decode_nodes])
def test_a_page_is_taken_only_as_part_of_a_list(metadata: dict[str, Any], decode: Any) -> None:
    page = listed(metadata=metadata)

    assert decode(page, part=True) == ()
    with pytest.raises(DecodeError, match="only a part of a list"):
        decode(page)


@pytest.mark.parametrize(
    ("page", "after"),
    [
        (listed(metadata={"continue": "abc"}), "abc"),
        (listed(service(), metadata={"continue": ""}), None),
        (listed(metadata=None), None),
        (listed(), None),
        (b"{}", None),
    ],
)
def test_where_a_list_goes_on(page: bytes, after: str | None) -> None:
    assert continuation(page) == after


def test_a_list_that_says_that_it_is_a_part_and_not_where_it_goes_on() -> None:
    with pytest.raises(DecodeError, match="lacks 5 objects, and does not say how to ask for them"):
        continuation(b'{"metadata": {"remainingItemCount": 5}, "items": []}')


def test_items_joined_again() -> None:
    items = raw_items(listed(service(), service({"name": "y"})))

    assert [one.name for one in decode_services(joined(items))] == ["x", "y"]
    assert decode_services(joined([])) == ()
    assert raw_items(items[0]) == [items[0]]


def test_an_empty_list_of_other_things_is_none() -> None:
    with pytest.raises(DecodeError, match="is a PodList, not a list of Services"):
        decode_services(b'{"kind": "PodList", "apiVersion": "v1", "items": []}')

    assert decode_services(b'{"kind": "ServiceList", "items": []}') == decode_services(b'{"items": []}') == ()
