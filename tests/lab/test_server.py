"""The lab as a whole: its address, what it remembers, the faults put into it, and its end."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import auditor.lab
from auditor.config.settings import Settings
from auditor.errors import SnapshotError
from auditor.lab.server import Lab
from tests.lab.asking import GOLDEN, NETWORK, SUBSCRIPTION, arm, ask, changed, gap

STATE = GOLDEN / "drift-00-baseline"
BALANCERS = f"{SUBSCRIPTION}/{NETWORK}/loadBalancers"


def test_requests_are_remembered_in_order() -> None:
    with Lab(STATE) as lab:
        ask(lab, "/version?x=1", headers={"User-Agent": "me/1"})
        ask(lab, "/api/v1/services", method="DELETE")

        assert [tuple(one) for one in lab.requests] == [
            ("GET", "/version?x=1", "me/1"),
            ("DELETE", "/api/v1/services", None),
        ]


def test_a_connection_stays_open_and_its_end_is_the_labs() -> None:
    with Lab(STATE) as lab:
        connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=5)
        seen = set()
        for _ in range(3):
            connection.request("GET", "/version", headers={"Authorization": "Bearer lab-token"})
            assert connection.getresponse().read()
            seen.add(connection.sock)
        assert len(seen) == 1
        started = time.monotonic()

    assert time.monotonic() - started < 2
    connection.close()


@pytest.fixture
def spoiled(lab: Lab) -> Iterator[Lab]:
    """The shared lab, mended afterwards."""
    yield lab
    lab.clear_faults()


@pytest.mark.parametrize(
    ("path", "status", "key", "code"),
    [
        ("/api/v1/services", 403, "reason", "Forbidden"),
        ("/api/v1/services", 410, "reason", "Expired"),
        ("/api/v1/services", 500, "reason", "InternalError"),
        (
            "/api/v1/services?fieldSelector=spec.type%3DLoadBalancer",
            400,
            "message",
            "field label not supported: spec.type",
        ),
        (BALANCERS, 429, "code", "TooManyRequests"),
        (BALANCERS, 403, "code", "AuthorizationFailed"),
        (BALANCERS, 503, "code", "ServiceUnavailable"),
        ("/metadata/identity/oauth2/token", 400, "error", "identity_failure"),
    ],
)
def test_a_fault_speaks_as_the_api_does(spoiled: Lab, path: str, status: int, key: str, code: str) -> None:
    spoiled.fault("", status=status)
    reply = ask(spoiled, path)

    document = reply.document.get("error", reply.document) if key == "code" else reply.document
    assert (reply.status, document[key]) == (status, code)


def test_faults_pass(spoiled: Lab) -> None:
    spoiled.fault("loadBalancers", status=429, headers={"Retry-After": "7"}, times=2)
    replies = [arm(spoiled, BALANCERS) for _ in range(3)]
    spoiled.fault("fieldSelector=spec.type", status=400)
    refused = ask(spoiled, "/api/v1/services?fieldSelector=spec.type%3DLoadBalancer").status
    spoiled.clear_faults()

    assert [one.status for one in replies] == [429, 429, 200]
    assert replies[0].headers["retry-after"] == "7"
    assert refused == 400
    assert ask(spoiled, "/api/v1/services?fieldSelector=spec.type%3DLoadBalancer").status == 200


def test_a_header_of_a_fault_takes_the_place_of_the_labs_own(spoiled: Lab) -> None:
    date = "Mon, 01 Jan 2024 00:00:00 GMT"
    spoiled.fault("loadBalancers", headers={"date": date, "Content-Type": "text/html", "X-Other": "x"})
    connection = http.client.HTTPConnection("127.0.0.1", spoiled.port, timeout=5)
    connection.request("GET", f"{BALANCERS}?api-version=1", headers={"Authorization": "Bearer lab-token"})
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.headers.get_all("Date") == [date]
    assert answer.headers.get_all("Content-Type") == ["text/html"]
    assert len(answer.headers.get_all("Content-Length", [])) == 1
    assert answer.headers["X-Other"] == "x"


def test_something_happens_between_two_requests(spoiled: Lab) -> None:
    spoiled.fault("/version", meanwhile=lambda: spoiled.fault("services", status=403), times=1)

    assert [ask(spoiled, path).status for path in ("/api/v1/services", "/version", "/api/v1/services")] == [
        200,
        200,
        403,
    ]


@pytest.mark.parametrize("body", ["<html>sign in</html>", b"<html>sign in</html>", {"value": "x"}])
def test_a_body_of_ones_own(spoiled: Lab, body: Any) -> None:
    spoiled.fault("loadBalancers", body=body)
    reply = arm(spoiled, BALANCERS)

    assert reply.status == 200
    assert reply.body == (json.dumps(body).encode() if isinstance(body, dict) else b"<html>sign in</html>")


def test_a_late_and_a_truncated_body(spoiled: Lab) -> None:
    spoiled.fault("/version", delay=0.2)
    spoiled.fault("services", truncate=True)
    started = time.monotonic()
    assert ask(spoiled, "/version").status == 200
    assert time.monotonic() - started >= 0.2
    with pytest.raises(http.client.IncompleteRead):
        ask(spoiled, "/api/v1/services")


def test_a_late_body_does_not_hold_up_the_end() -> None:
    started = time.monotonic()
    with Lab(STATE) as lab:
        lab.fault("/version", delay=60)
        connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=5)
        connection.request("GET", "/version")
        while not lab.requests:
            time.sleep(0.005)
    connection.close()

    assert time.monotonic() - started < 5


def test_a_client_that_breaks_off_is_not_the_labs_fault(capfd: pytest.CaptureFixture[str]) -> None:
    with Lab(STATE) as lab:
        for start in (b"", b"\x16", b"\x16nonsense", b"GET /version HTTP/1.1\r\n"):
            with socket.create_connection(("127.0.0.1", lab.port)) as connection:
                connection.sendall(start)
        assert ask(lab, "/version").status == 200

    assert capfd.readouterr() == ("", "")


def test_the_settings_are_a_configuration(tmp_path: Path) -> None:
    with Lab(STATE) as lab:
        found = lab.settings()
        document = json.loads(found.model_dump_json(by_alias=True, exclude_defaults=True))

        assert Settings.model_validate({"clusters": [document]}).clusters == (found,)
        assert found.name == found.kubernetes.context == "drift-00-baseline"
        assert found.azure.cluster == lab.cluster_id
        assert found.controller.virtual_network is None
        assert found.kubernetes.namespaces == ()
        assert [(one.name, one.url, one.namespace) for one in found.git] == [("main", lab.git_url("main"), "default")]
        assert yaml.safe_load(lab.kubeconfig(tmp_path).read_text())["current-context"] == found.name


def test_settings_of_a_recording_that_was_read_by_namespace(tmp_path: Path) -> None:
    with Lab(changed(tmp_path / "state", gaps=[gap("kubernetes", "sealed", "services")])) as lab:
        assert "sealed" in lab.settings().kubernetes.namespaces
        assert len(lab.settings().kubernetes.namespaces) > 1


def test_settings_of_a_recording_with_a_branch() -> None:
    demo = Path(auditor.lab.__file__).parent / "demo"
    with Lab(demo) as lab:
        assert lab.settings().git[0].ref == "main"
        assert lab.settings().name == "prod-weu"


def test_a_given_port_is_taken_and_given_back() -> None:
    with Lab(STATE) as one:
        port = one.port
    with Lab(STATE, port=port) as two:
        assert two.port == port


def test_a_snapshot_that_is_none_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "snapshot.yaml").write_text("schema: other\n")
    with pytest.raises(SnapshotError), Lab(tmp_path):
        pass


def test_the_command_serves_until_interrupted() -> None:
    command = [sys.executable, "-u", "-m", "auditor.lab", str(STATE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("auditor run"):
                break
        configuration = Path(lines[-1].split()[-1])
        found = Settings.model_validate(yaml.safe_load(configuration.read_text()))
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=10)

    assert process.returncode == 0, error
    assert any(line.startswith("export KUBECONFIG=") for line in lines)
    assert any(line.startswith("export AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:") for line in lines)
    assert found.clusters[0].name == "drift-00-baseline"
