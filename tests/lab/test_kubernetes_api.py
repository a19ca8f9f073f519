"""The Kubernetes API of the lab, asked over HTTP, by kubectl and by the official client."""

import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from auditor.lab.server import Lab
from auditor.sources.api_json.kubernetes_json import decode_events, decode_nodes, decode_services
from tests.lab.asking import GOLDEN, ask, changed, gap

RECORDED = json.loads((GOLDEN / "pls" / "kubernetes" / "services.json").read_text())["items"]


def names(document: Any) -> list[str]:
    return [f"{one['metadata'].get('namespace', '')}/{one['metadata']['name']}" for one in document["items"]]


def test_a_list_is_as_the_api_server_gives_it(lab: Lab) -> None:
    document = ask(lab, "/api/v1/services").document

    assert (document["kind"], document["apiVersion"]) == ("ServiceList", "v1")
    assert document["metadata"]["resourceVersion"].isdigit()
    assert names(document) == sorted(names({"items": RECORDED}))
    assert not any({"kind", "apiVersion"} & one.keys() for one in document["items"])


@pytest.mark.parametrize("state", sorted(path.name for path in GOLDEN.iterdir() if path.is_dir()))
def test_it_decodes_to_what_was_recorded(state: str) -> None:
    with Lab(GOLDEN / state) as lab:
        for kind, decode in (("services", decode_services), ("events", decode_events), ("nodes", decode_nodes)):
            path = GOLDEN / state / "kubernetes" / f"{kind}.json"
            reply = ask(lab, f"/api/v1/{kind}")
            if not path.exists():
                assert reply.status == 403
                continue
            assert sorted(map(repr, decode(reply.body))) == sorted(map(repr, decode(path.read_bytes())))


def test_pages_are_the_whole(lab: Lab) -> None:
    found: list[str] = []
    token, left = "", []
    while True:
        document = ask(lab, f"/api/v1/services?limit=7&continue={token}").document
        assert len(document["items"]) <= 7
        found += names(document)
        token = document["metadata"].get("continue", "")
        left.append(document["metadata"].get("remainingItemCount"))
        if not token:
            break

    assert found == names(ask(lab, "/api/v1/services").document)
    assert left[0] == len(found) - 7
    assert left[-1] is None


def test_a_page_of_a_selection_does_not_say_how_many_are_left(lab: Lab) -> None:
    metadata = ask(lab, "/api/v1/services?limit=1&fieldSelector=spec.type%3DLoadBalancer").document["metadata"]

    assert metadata["continue"]
    assert "remainingItemCount" not in metadata


@pytest.mark.parametrize("token", ["nonsense", "eyJydiI6ICIxIiwgInN0YXJ0IjogIiJ9", "W10="])
def test_an_unknown_continue_token_has_expired(lab: Lab, token: str) -> None:
    reply = ask(lab, f"/api/v1/services?limit=1&continue={token}")

    assert reply.status == 410
    assert (reply.document["kind"], reply.document["reason"], reply.document["code"]) == ("Status", "Expired", 410)


def test_a_continue_token_expires_when_the_recording_changes(tmp_path: Path) -> None:
    directory = changed(tmp_path / "state")
    with Lab(directory) as lab:
        first = ask(lab, "/api/v1/services?limit=1").document["metadata"]
        services = directory / "kubernetes" / "services.json"
        document = json.loads(services.read_text())
        document["items"] = document["items"][:2]
        services.write_text(json.dumps(document))
        assert len(ask(lab, "/api/v1/services").document["items"]) > 2
        lab.reload()

        assert len(ask(lab, "/api/v1/services").document["items"]) == 2
        assert ask(lab, f"/api/v1/services?limit=1&continue={first['continue']}").status == 410
        assert ask(lab, "/api/v1/services").document["metadata"]["resourceVersion"] != first["resourceVersion"]


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("fieldSelector=spec.type=LoadBalancer", lambda one: one["spec"]["type"] == "LoadBalancer"),
        ("fieldSelector=spec.type!=LoadBalancer", lambda one: one["spec"]["type"] != "LoadBalancer"),
        ("fieldSelector=metadata.name==late-pls", lambda one: one["metadata"]["name"] == "late-pls"),
        ("fieldSelector=metadata.namespace=data", lambda one: one["metadata"]["namespace"] == "data"),
        (
            "labelSelector=app.kubernetes.io/part-of in (data,web)",
            lambda one: one["metadata"].get("labels", {}).get("app.kubernetes.io/part-of") in ("data", "web"),
        ),
    ],
)
def test_selectors_choose(lab: Lab, query: str, chosen: Any) -> None:
    found = ask(lab, "/api/v1/services?" + quote(query, safe="=")).document

    assert names(found) == sorted(names({"items": [one for one in RECORDED if chosen(one)]}))


def test_events_are_selected_by_what_they_are_about(lab: Lab) -> None:
    found = ask(lab, "/api/v1/events?fieldSelector=involvedObject.kind=Service,involvedObject.name=late-pls").document

    assert found["kind"] == "EventList"
    assert {one["involvedObject"]["name"] for one in found["items"]} == {"late-pls"}


def test_an_unknown_field_is_refused_as_the_server_does(lab: Lab) -> None:
    reply = ask(lab, "/api/v1/services?fieldSelector=spec.color=red")

    assert (reply.status, reply.document["reason"]) == (400, "BadRequest")
    assert reply.document["message"] == "field label not supported: spec.color"


def test_a_namespace_and_a_single_object(lab: Lab) -> None:
    listed = ask(lab, "/api/v1/namespaces/data/services").document
    one = ask(lab, "/api/v1/namespaces/data/services/late-pls").document
    recorded = next(one for one in RECORDED if one["metadata"]["name"] == "late-pls")

    assert {item["metadata"]["namespace"] for item in listed["items"]} == {"data"}
    assert one == recorded
    assert list(one)[:2] == ["kind", "apiVersion"]


def test_a_big_body_is_compressed_if_the_client_wishes(tmp_path: Path) -> None:
    directory = changed(tmp_path / "state")
    services = directory / "kubernetes" / "services.json"
    item = json.loads(services.read_text())["items"][0]
    many = [item | {"metadata": item["metadata"] | {"name": f"service-{i}"}} for i in range(200)]
    services.write_text(json.dumps({"items": many}))
    with Lab(directory) as lab:
        plain = ask(lab, "/api/v1/services")
        packed = [ask(lab, "/api/v1/services", headers={"Accept-Encoding": "gzip, deflate"}) for _ in range(2)]
        small = ask(lab, "/api/v1/services?limit=1", headers={"Accept-Encoding": "gzip"})

    assert len(plain.body) > 128 * 1024
    for one in packed:
        assert one.headers["content-encoding"] == "gzip"
        assert gzip.decompress(one.body) == plain.body
    assert "content-encoding" not in plain.headers | small.headers


@pytest.mark.parametrize(
    ("path", "how", "status", "reason", "message"),
    [
        ("/api/v1/services", {"token": None}, 401, "Unauthorized", "Unauthorized"),
        ("/api/v1/services", {"token": "wrong"}, 401, "Unauthorized", "Unauthorized"),
        ("/api/v1/namespaces/data/services/nope", {}, 404, "NotFound", 'services "nope" not found'),
        ("/api/v1/nodes/nope", {}, 404, "NotFound", 'nodes "nope" not found'),
        ("/api/v1/secrets", {}, 404, "NotFound", "the server could not find the requested resource"),
        ("/api/v1/namespaces/data/nodes", {}, 404, "NotFound", "the server could not find the requested resource"),
        ("/api/v1/namespaces/data/services", {"method": "POST"}, 405, "MethodNotAllowed", "does not allow this method"),
        ("/api/v1/namespaces/data/services/x", {"method": "DELETE"}, 405, "MethodNotAllowed", "does not allow"),
    ],
)
def test_failures_are_status_bodies(lab: Lab, path: str, how: Any, status: int, reason: str, message: str) -> None:
    reply = ask(lab, path, **how)

    assert reply.status == status
    assert (reply.document["kind"], reply.document["status"], reply.document["code"]) == ("Status", "Failure", status)
    assert reply.document["reason"] == reason
    assert message in reply.document["message"]


@pytest.mark.parametrize(
    ("missing", "statuses"),
    [
        (gap("kubernetes", "*", "events"), {"/api/v1/events": 403, "/api/v1/services": 200}),
        (
            gap("kubernetes", "data", "services"),
            {
                "/api/v1/services": 403,
                "/api/v1/namespaces/data/services": 403,
                "/api/v1/namespaces/data/services/x": 403,
                "/api/v1/namespaces/web/services": 200,
                "/api/v1/nodes": 200,
            },
        ),
    ],
)
def test_what_was_not_read_is_forbidden(tmp_path: Path, missing: Any, statuses: dict[str, int]) -> None:
    with Lab(changed(tmp_path / "state", gaps=[missing])) as lab:
        replies = {path: ask(lab, path) for path in statuses}

    assert {path: reply.status for path, reply in replies.items()} == statuses
    for reply in replies.values():
        words = 'User "system:serviceaccount:auditor:lab" cannot'
        assert reply.status == 200 or words in reply.document["message"]


def test_a_file_that_is_absent_or_broken_is_forbidden(tmp_path: Path) -> None:
    directory = changed(tmp_path / "state")
    (directory / "kubernetes" / "events.json").unlink()
    (directory / "kubernetes" / "nodes.json").write_text('{"items": [')
    with Lab(directory) as lab:
        assert ask(lab, "/api/v1/events").status == 403
        assert ask(lab, "/api/v1/nodes").status == 403


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_works(lab: Lab, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": str(lab.kubeconfig(tmp_path))}

    def kubectl(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["kubectl", *words], env=environment, capture_output=True, text=True, check=False)

    listed = kubectl("get", "services", "-A", "-o", "json", "--chunk-size=9")
    absent = kubectl("get", "svc", "-n", "data", "nope")
    refused = kubectl("delete", "svc", "-n", "data", "late-pls")

    assert sorted(names(json.loads(listed.stdout))) == sorted(names({"items": RECORDED})), listed.stderr
    assert kubectl("config", "current-context").stdout.strip() == "pls"
    assert 'services "nope" not found' in absent.stderr
    assert "does not allow this method" in refused.stderr


def test_the_official_client_works(lab: Lab, tmp_path: Path) -> None:
    from kubernetes import client, config

    configuration = client.Configuration()
    load: Any = config.load_kube_config
    load(str(lab.kubeconfig(tmp_path)), context="pls", client_configuration=configuration)
    with client.ApiClient(configuration) as api:
        found: Any = client.CoreV1Api(api).list_service_for_all_namespaces(limit=3)

    assert lab.kubeconfig(tmp_path).stat().st_mode & 0o077 == 0
    assert len(found.items) == 3
    assert found.metadata._continue  # noqa: SLF001 - so the client calls it
