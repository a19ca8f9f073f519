"""What goes wrong on the way to a Pushgateway is said in one sentence, and no password is in it."""

import base64
import shutil
import socket
import ssl
import subprocess
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.config.settings import Pushgateway
from auditor.errors import DeliveryError
from auditor.metrics.pushgateway import push
from tests.metrics.http import Answering, serving
from tests.metrics.runs import run
from tests.reports.factory import report

SECRET = "päss:w0rd"  # noqa: S105 - not a secret
TOKEN = base64.b64encode(f"metrics:{SECRET}".encode()).decode()


def fault(url: str, *clusters: str, **settings: Any) -> str:
    """Push; return what is said of it."""
    with pytest.raises(DeliveryError) as caught:
        push(Pushgateway(url=url, **settings), [run(report(), c) for c in clusters or ("prod-weu",)], info_limit=9)
    said = str(caught.value)
    assert SECRET not in said
    assert TOKEN not in said
    return said


@pytest.fixture
def secret(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "password").write_text(f"{SECRET}\n", encoding="utf-8")
    return {"username": "metrics", "password_file": tmp_path / "password"}


@pytest.mark.parametrize(
    ("code", "body", "words"),
    [
        (401, b"Unauthorized", "it answers 401; check metrics.pushgateway.username and its password"),
        (403, b"", "it answers 403; check metrics.pushgateway.username and its password"),
        (400, b"\npushed metrics are invalid: two HELP lines\nmore", "it does not take these metrics: pushed metrics are invalid: two HELP lines"),
        (503, b"", "it answers 503"),
        (502, b"\xff\x1b[2Jdown " + b"x" * 9999, "it answers 502: \ufffd\\x1b[2Jdown xxx"),
        (500, f"{SECRET} {TOKEN}".encode(), "it answers 500: *** ***"),
    ],
)  # fmt: skip
def test_what_it_answers(secret: dict[str, Any], code: int, body: bytes, words: str) -> None:
    with serving(Answering(code=code, body=body)) as server:
        said = fault(server.url, **secret)

    assert said.startswith(f"cannot push metrics to {server.url}: it answers {code}")
    assert words in said
    assert len(said) < 500
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(secret: dict[str, Any], code: int) -> None:
    with serving(Answering()) as other, serving(Answering(code=code, headers={"Location": other.url})) as server:
        said = fault(server.url, **secret)

    assert "redirect" in said
    assert other.got == []


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = fault(f"localhost:{port}", "prod-weu", "test-weu")

    assert said == f"cannot push metrics to http://localhost:{port}: the connection was refused; does it run there?"


def test_no_answer_in_time() -> None:
    with serving(Answering(silent=threading.Event())) as server:
        said = fault(server.url, timeout=timedelta(seconds=0.2))

    assert said.endswith("no answer within 0.2 s")


def test_no_such_host() -> None:
    assert "the host is not known" in fault("http://gateway.invalid:9091")


def test_something_else_answers() -> None:
    def answer(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(99)
            connection.sendall(b"SSH-2.0-x\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        said = fault(f"http://localhost:{listening.getsockname()[1]}")
        thread.join()

    assert said.endswith(("what answers there does not speak HTTP", "Connection reset by peer", "Broken pipe"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://gateway", "is not the http or https address"),
        ("http://", "is not the http or https address"),
        ("http://gateway:port", "is not the http or https address"),
        ("http://[::1", "is not the http or https address"),
        ("http://gateway?token=päss:w0rd", "is not the http or https address"),
        ("http://gate way", "is not the http or https address"),
        ("http://metrics:päss:w0rd@gateway", "must not have a user or password in it"),
        ("metrics:päss:w0rd@gateway:9091", "must not have a user or password in it"),
    ],
)
def test_addresses_that_cannot_be(url: str, words: str) -> None:
    assert words in fault(url)


def test_the_password_is_sent_and_it_alone(secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PASSWORD", SECRET)
    by_variable = {"username": "metrics", "password_variable": "GATEWAY_PASSWORD"}
    with serving(Answering()) as server:
        for settings in (secret, by_variable, {}):
            push(Pushgateway.model_validate({"url": server.url, **settings}), [run(report())], info_limit=9)

    path = "/metrics/job/aks-drift-auditor/cluster/prod-weu"
    assert server.got == [("PUT", path, f"Basic {TOKEN}")] * 2 + [("PUT", path, None)]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"username": "a"}, "set passwordFile or passwordVariable"),
        ({"password_variable": "X"}, "set username"),
        ({"username": "a", "password_variable": "AUDITOR_NOT_SET"}, "names AUDITOR_NOT_SET, which is not set"),
        ({"username": "a", "password_file": Path("/nowhere/p")}, "cannot read metrics.pushgateway.passwordFile /nowhere/p: No such file"),
    ],
)  # fmt: skip
def test_passwords_that_are_not_there(settings: dict[str, Any], words: str) -> None:
    assert words in fault("http://localhost:1", **settings)


# -- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a certificate for localhost and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
               "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "ca.pem"]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def test_tls(certificate: Path, secret: dict[str, Any]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "ca.pem", certificate / "key.pem")
    with serving(Answering(), context) as server:
        push(Pushgateway(url=server.url, ca_file=certificate / "ca.pem", **secret), [run(report())], info_limit=9)
        untrusted = fault(server.url)
    with serving(Answering()) as plain:
        no_tls = fault(plain.url.replace("http:", "https:"))

    assert [verb for verb, _, _ in server.got] == ["PUT"]
    assert "its certificate is not trusted (self" in untrusted
    assert "set metrics.pushgateway.caFile" in untrusted
    assert "is it http?" in no_tls


def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")

    assert "there is no certificate in it" in fault("https://localhost:1", ca_file=tmp_path / "ca.pem")
    assert "No such file" in fault("https://localhost:1", ca_file=tmp_path / "absent.pem")
