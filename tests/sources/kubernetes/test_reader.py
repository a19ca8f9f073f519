"""What a reader gathers of a cluster, and which gaps it leaves."""

import json
from contextvars import ContextVar

import pytest

from auditor.lab.server import Lab
from auditor.model.service import Live, ServiceKey
from auditor.sources.api_json.kubernetes_json import decode_events, decode_nodes, decode_services
from auditor.sources.gathered import Requests
from auditor.sources.kubernetes import services
from auditor.sources.kubernetes.client import Client
from auditor.sources.kubernetes.reader import Reader, joined
from tests.sources.kubernetes.conftest import STATE, Connect, Readers

SERVICES = tuple(sorted(decode_services((STATE / "services.json").read_bytes()), key=lambda one: one.key))
LOAD_BALANCERS = tuple(one for one in SERVICES if one.type == "LoadBalancer")
KUBERNETES = ServiceKey("default", "kubernetes")
EVERYWHERE = "/api/v1/{}\\?"


def keys(found: Reader) -> list[ServiceKey]:
    """Names of the Services that were found."""
    services: tuple[Live, ...] = found.gathered.found["services"]
    return [one.key for one in services]


def gaps(found: Reader) -> dict[tuple[str, str], str]:
    """Reasons by scope and kind."""
    return {(gap.scope, gap.kind): gap.reason for gap in found.gathered.gaps}


def targets(lab: Lab, since: int, part: str) -> list[str]:
    """Requests that came in since, with this in their path."""
    return [one.target for one in lab.requests[since:] if part in one.target]


def gone(key: ServiceKey) -> str:
    """How an API server says that there is no such Service."""
    details = {"name": key.name, "kind": "services"}
    return json.dumps({"kind": "Status", "reason": "NotFound", "code": 404, "details": details})


@pytest.mark.parametrize("limit", [500, 2, 1])
def test_what_a_recorded_cluster_holds(reader: Readers, lab: Lab, limit: int) -> None:
    found = reader(limit=limit)
    found.first()

    assert found.gathered.found["services"] == LOAD_BALANCERS
    assert found.gathered.found["events"] == decode_events((STATE / "events.json").read_bytes())
    assert found.gathered.found["nodes"] == decode_nodes((STATE / "nodes.json").read_bytes())
    assert found.gathered.gaps == []
    assert found.gathered.raw == {}
    assert found.gathered.endpoint == f"https://127.0.0.1:{lab.port}"
    assert [(one.scope, one.kind, one.objects) for one in found.gathered.reads] == [
        ("*", "services", 43),
        ("*", "events", 86),
        ("*", "nodes", 3),
    ]
    assert found.clock_skew is not None
    assert abs(found.clock_skew.total_seconds()) < 3


def test_a_recording_of_it_reads_the_same(reader: Readers) -> None:
    found = reader(record=True, limit=7)
    found.first()
    found.follow([KUBERNETES])

    raw, values = found.gathered.raw, found.gathered.found
    assert decode_services(joined(raw["services"])) == values["services"] == SERVICES
    assert decode_events(joined(raw["events"])) == values["events"]
    assert decode_nodes(joined(raw["nodes"])) == values["nodes"]


def test_a_declared_service_of_another_type_is_followed(reader: Readers, lab: Lab) -> None:
    found = reader()
    found.first()
    since = len(lab.requests)
    found.follow([KUBERNETES, ServiceKey("data", "never-was"), LOAD_BALANCERS[0].key, ServiceKey("x/..", "../nodes")])

    assert found.gathered.found["services"] == SERVICES
    assert found.gathered.gaps == []
    assert [(one.kind, one.objects) for one in found.gathered.reads][-1] == ("services", 44)
    assert sorted(targets(lab, since, "")) == [
        "/api/v1/namespaces/data/services/never-was",
        "/api/v1/namespaces/default/services/kubernetes",
    ]


def test_many_missing_services_are_listed_instead(reader: Readers, lab: Lab) -> None:
    found = reader(many=2)
    found.first()
    since = len(lab.requests)
    found.follow([KUBERNETES, *(ServiceKey("data", f"x{i}") for i in range(5))])

    assert targets(lab, since, "") == ["/api/v1/services?limit=500"]
    assert found.gathered.found["services"] == SERVICES


def test_everything_is_read_as_it_is_now(reader: Readers, lab: Lab) -> None:
    found = reader()
    found.first()
    found.everything()
    since = len(lab.requests)
    found.everything()
    found.follow([ServiceKey("data", "never-was")])

    assert found.gathered.found["services"] == SERVICES
    assert targets(lab, since, "") == ["/api/v1/services?limit=500"]


ONE, TWO = LOAD_BALANCERS[:2]


def test_services_that_are_looked_at_again(reader: Readers, lab: Lab) -> None:
    found = reader(record=True)
    found.first()
    since = len(lab.requests)
    never = ServiceKey("data", "never-was")
    assert not found.again([ONE.key])
    assert not found.again([never, ServiceKey("no", "../pods")])
    lab.fault(f"/services/{TWO.name}$", status=404, body=gone(TWO.key))
    assert found.again([ONE.key, TWO.key])

    assert found.gathered.found["services"] == tuple(one for one in LOAD_BALANCERS if one != TWO)
    assert len(found.gathered.raw["services"]) == len(LOAD_BALANCERS) - 1
    assert found.gathered.gaps == []
    assert sorted(targets(lab, since, "")) == sorted(
        f"/api/v1/namespaces/{one.namespace}/services/{one.name}" for one in (ONE.key, ONE.key, TWO.key, never)
    )


def test_many_that_are_looked_at_again_are_listed(reader: Readers, lab: Lab) -> None:
    found = reader(many=1)
    found.first()
    since = len(lab.requests)
    found.again([ONE.key, TWO.key])

    assert found.gathered.found["services"] == SERVICES
    assert targets(lab, since, "") == ["/api/v1/services?limit=500"]


@pytest.mark.parametrize("many", [1, 9])
def test_one_that_cannot_be_looked_at_again_is_not_known(reader: Readers, lab: Lab, many: int) -> None:
    found = reader(many=many)
    found.first()
    lab.fault("/services", status=403)
    found.again([ONE.key, TWO.key])

    assert found.gathered.found["services"] == LOAD_BALANCERS[2:]
    assert {kind for _, kind in gaps(found)} == {"services"}
    assert all("may not" in reason for reason in gaps(found).values())


def test_single_services_are_read_in_the_context_of_the_audit(reader: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    run: ContextVar[str] = ContextVar("run")
    run.set("it")
    seen: list[str | None] = []
    get = services.get

    def heard(client: Client, key: ServiceKey) -> services.One | None:
        seen.append(run.get(None))
        return get(client, key)

    monkeypatch.setattr(services, "get", heard)
    found = reader()
    found.first()
    found.follow([KUBERNETES, ServiceKey("data", "never-was")])

    assert seen == ["it", "it"]


def test_an_older_server_does_not_know_the_selector(reader: Readers, lab: Lab) -> None:
    lab.fault("fieldSelector", status=400)
    found = reader()
    found.first()
    since = len(lab.requests)
    found.follow([ServiceKey("data", "never-was")])

    assert found.gathered.found["services"] == SERVICES
    assert found.gathered.gaps == []
    assert targets(lab, since, "") == []


def test_a_list_that_expires_is_begun_anew(reader: Readers, lab: Lab) -> None:
    lab.fault("/services.*continue", status=410, times=2)
    found = reader(limit=20)
    found.first()

    assert found.gathered.found["services"] == LOAD_BALANCERS
    assert found.gathered.gaps == []


def test_a_list_that_always_expires_is_a_gap(reader: Readers, lab: Lab) -> None:
    lab.fault("/services.*continue", status=410)
    since = len(lab.requests)
    found = reader(limit=20)
    found.first()

    assert "410" in gaps(found)["*", "services"]
    assert gaps(found)["*", "services"].endswith("before its end was read: audit again later")
    assert set(found.gathered.found) == {"events", "nodes"}
    assert len(targets(lab, since, "/services")) == 8


@pytest.mark.parametrize("kind", ["services", "events", "nodes"])
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, None, "may not list"),
        (404, None, "no Kubernetes API server"),
        (500, None, "500"),
        (503, "<html>", "503"),
        (200, '{"kind": "ServiceList", "items": [{"kin', "is not JSON"),
        (200, '{"kind": "Pod"}', "has no `items`"),
        (302, "", "answered 302"),
    ],
)
def test_one_collection_that_fails_is_a_gap(
    reader: Readers, lab: Lab, kind: str, status: int, body: str | None, said: str
) -> None:
    lab.fault(EVERYWHERE.format(kind), status=status, body=body)
    found = reader()
    found.first()

    assert list(gaps(found)) == [("*", kind)]
    assert said in gaps(found)["*", kind]
    assert set(found.gathered.found) == {"services", "events", "nodes"} - {kind}
    found.follow([KUBERNETES])
    found.everything()
    assert ("services" in found.gathered.found) == (kind != "services")


def test_namespaces_where_the_cluster_is_forbidden(reader: Readers, lab: Lab) -> None:
    lab.fault("/api/v1/(services|events)\\?", status=403)
    lab.fault("/namespaces/payments/services\\?", status=403)
    found = reader(namespaces=("data", "payments"))
    found.first()
    found.follow([ServiceKey("data", "never-was"), KUBERNETES])

    assert found.gathered.found["services"] == tuple(one for one in LOAD_BALANCERS if one.namespace == "data")
    assert gaps(found)["*", "services"] == (
        'user "system:serviceaccount:auditor:lab" may not list services in all namespaces: grant `list` on `services` '
        "(ClusterRole aks-drift-auditor); of the namespaces only data, payments could be asked for"
    )
    assert set(gaps(found)) == {("*", "services"), ("payments", "services"), ("*", "events")}
    assert {(one.scope, one.kind) for one in found.gathered.reads} == {
        ("data", "services"), ("data", "events"), ("payments", "events"), ("*", "nodes"),
    }  # fmt: skip


def test_no_namespace_may_be_read(reader: Readers, lab: Lab) -> None:
    lab.fault("services\\?", status=403)
    found = reader(namespaces=("data",))
    found.first()

    assert "services" not in found.gathered.found
    assert {scope for scope, _ in gaps(found)} == {"*", "data"}


@pytest.mark.parametrize("status", [403, 500])
def test_a_single_service_that_cannot_be_read(reader: Readers, lab: Lab, status: int) -> None:
    lab.fault("/services/", status=status)
    found = reader()
    found.first()
    found.follow([KUBERNETES, ServiceKey("default", "other")])

    assert found.gathered.found["services"] == LOAD_BALANCERS
    assert list(gaps(found)) == [("default", "services")]
    assert "get services `kubernetes` in namespace default" in gaps(found)["default", "services"]


def test_an_answer_about_something_else(reader: Readers, lab: Lab) -> None:
    lab.fault("/services/", status=200, body='{"kind": "Service", "metadata": {"name": "x", "namespace": "y"}}')
    found = reader()
    found.first()
    found.follow([KUBERNETES])

    assert "something else" in gaps(found)["default", "services"]
    assert found.gathered.found["services"] == LOAD_BALANCERS


@pytest.mark.parametrize("pages", ["x", "xy"])
def test_pages_in_a_circle(reader: Readers, lab: Lab, pages: str) -> None:
    for asked, told in zip(pages, pages[1:] + pages[0], strict=True):
        body = json.dumps({"metadata": {"continue": told}, "items": []})
        lab.fault(f"/nodes.*continue={asked}", status=200, body=body)
    lab.fault("/nodes", status=200, body='{"metadata": {"continue": "x"}, "items": []}')
    found = reader()
    found.first()

    assert "the same page again" in gaps(found)["*", "nodes"]


def test_where_nobody_answers_each_collection_is_not_asked(reader: Readers, lab: Lab, counted: Requests) -> None:
    lab.fault("", status=401)
    found = reader()
    found.first()

    assert len({gap.reason for gap in found.gathered.gaps}) == 1
    assert {gap.kind for gap in found.gathered.gaps} == {"services", "events", "nodes"}
    assert found.gathered.found == {}
    assert counted.counted() == (("kubernetes", "401", 2),)


def test_credentials_that_expire_meanwhile(reader: Readers, lab: Lab) -> None:
    found = reader()
    found.first()
    lab.fault("", status=401)
    found.follow([KUBERNETES])
    found.everything()

    assert found.gathered.found["services"] == LOAD_BALANCERS
    assert {(gap.scope, gap.kind) for gap in found.gathered.gaps} == {("default", "services"), ("*", "services")}


def test_a_server_that_hangs_until_the_deadline(reader: Readers, connect: Connect, lab: Lab) -> None:
    lab.fault("/services", delay=30)
    found = reader(connect(limit=0.3))
    found.first()

    reasons = {gap.reason for gap in found.gathered.gaps}
    assert all("within 0.3 s: raise `kubernetes.timeout`" in reason for reason in reasons)
    assert {gap.kind for gap in found.gathered.gaps} == {"services", "events", "nodes"}


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        '{"kind": "Status", "reason": "NotFound", "details": {}, "code": 404}',
        '{"kind": "Status", "reason": "NotFound", "details": {"name": "other", "kind": "services"}, "code": 404}',
    ],
)
def test_only_the_api_server_says_that_a_service_is_gone(reader: Readers, lab: Lab, body: str) -> None:
    found = reader()
    found.first()
    lab.fault("/namespaces/", status=404, body=body)
    found.follow([KUBERNETES])

    assert "not in the words of an API server" in gaps(found)["default", "services"]


def test_another_reads_on_with_what_one_has(reader: Readers, lab: Lab) -> None:
    found = reader(record=True)
    lab.fault("/nodes", status=403)
    found.first()
    found.gathered.gaps.clear()
    heir = found.heir("it hangs")
    found.gathered.found.clear()
    heir.follow([KUBERNETES])

    assert KUBERNETES in keys(heir)
    assert len(heir.gathered.raw["services"]) == len(LOAD_BALANCERS) + 1
    assert gaps(heir) == {("*", "nodes"): "it hangs"}
