"""One request: retries, credentials, and the sentence for each thing that goes wrong."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from auditor import __version__
from auditor.config.settings import Kubernetes
from auditor.lab.server import Lab
from auditor.sources.gathered import Deadline, Requests, SourceError
from auditor.sources.kubernetes import errors
from auditor.sources.kubernetes.client import Client
from tests.sources.kubernetes.conftest import TOKEN, Connect, kubeconfig

SERVICES = "/api/v1/services"
FORBIDDEN_IN_AZURE = {
    "kind": "Status",
    "message": 'services is forbidden: User "0b5c" cannot list resource "services" in API group "" at the cluster '
    "scope: User does not have access to the resource in Azure. Update role assignment to allow access.",
}


@pytest.fixture
def plain() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that answers slowly where asked to, with the headers that it was sent."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if "html" in self.path else "application/json")
            self.send_header("Content-Length", "100")
            self.end_headers()
            for _ in range(100 if "slow" not in self.path else 20):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05 if "slow" in self.path else 0)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is inherited
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def test_what_is_sent(connect: Connect, tmp_path: Path, plain: tuple[str, list[dict[str, str]]]) -> None:
    url, seen = plain
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    client = connect(kubeconfig(tmp_path, url, tokenFile="token"))
    for _ in range(3):
        client.get(SERVICES, {"limit": 5})

    assert seen[0]["Accept-Encoding"] == "gzip"
    assert [one["authorization"] for one in seen] == [f"Bearer {TOKEN}"] * 3
    assert seen[0]["User-Agent"] == f"aks-drift-auditor/{__version__}"


def test_a_body_that_comes_drop_by_drop(
    connect: Connect, tmp_path: Path, plain: tuple[str, list[dict[str, str]]]
) -> None:
    client = connect(kubeconfig(tmp_path, plain[0]), limit=0.2)
    with pytest.raises(errors.NoAnswerError, match=r"within 0\.2 s"):
        client.get("/api/v1/slow")


@pytest.mark.parametrize(
    ("status", "body", "kind", "said", "requests"),
    [
        (400, None, errors.BadRequestError, "could not list services in all namespaces, it answered 400: ", 1),
        (400, "", errors.BadRequestError, "answered 400; check `server` of context `", 1),
        (401, None, errors.LoginError, "does not accept the credentials of context `", 2),
        (403, None, errors.ForbiddenError, "grant `list` on `services` (ClusterRole aks-drift-auditor)", 1),
        (403, "<html>", errors.ForbiddenError, "the user of context `", 1),
        (403, FORBIDDEN_IN_AZURE, errors.ForbiddenError, 'user "0b5c" may not list services in all namespaces: grant', 1),
        (403, FORBIDDEN_IN_AZURE, errors.ForbiddenError, "or the Azure role `Azure Kubernetes Service RBAC Reader`", 1),
        (404, None, errors.NotFoundError, "it is no Kubernetes API server", 1),
        (410, None, errors.ExpiredError, "410: The provided continue parameter is too old", 1),
        (410, "", errors.ExpiredError, "answered 410; the list expired each time before its end was read: audit again", 1),
        (418, "", errors.StrangeAnswerError, "no API server does", 1),
        (429, None, errors.ThrottledError, "too many requests to list services in all namespaces (429)", 4),
        (500, None, errors.ServerFailureError, "still after retries: 500: Internal error occurred", 4),
        (503, "<html>", errors.ServerFailureError, "still after retries: 503; try again later", 4),
        (501, None, errors.ServerFailureError, "501", 1),
    ],
)  # fmt: skip
def test_answers_that_are_errors(
    connect: Connect, lab: Lab, counted: Requests,
    status: int, body: str | None, kind: type[SourceError], said: str, requests: int,
) -> None:  # fmt: skip
    lab.fault(SERVICES, status=status, body=body)
    with pytest.raises(kind) as caught:
        connect().get(SERVICES)

    assert said in str(caught.value)
    assert counted.counted() == (("kubernetes", str(status), requests),)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 401])
def test_what_passes_by_itself(connect: Connect, lab: Lab, counted: Requests, status: int) -> None:
    lab.fault(SERVICES, status=status, times=1)

    assert connect().get(SERVICES).startswith(b"{")
    assert counted.counted() == (("kubernetes", "200", 1), ("kubernetes", str(status), 1))


def test_a_token_that_was_renewed_in_the_file(connect: Connect, lab: Lab, tmp_path: Path, counted: Requests) -> None:
    path = lab.kubeconfig(tmp_path)
    good = path.read_text()
    path.write_text(good.replace(TOKEN, "old"))
    client = connect(path)
    path.write_text(good)

    assert client.get(SERVICES)
    assert counted.counted() == (("kubernetes", "200", 1), ("kubernetes", "401", 1))


def test_a_kubeconfig_that_is_gone_when_it_is_read_again(connect: Connect, lab: Lab, tmp_path: Path) -> None:
    path = lab.kubeconfig(tmp_path)
    client = connect(path)
    path.unlink()
    lab.fault(SERVICES, status=401, times=1)
    with pytest.raises(errors.LoginError, match="does not exist"):
        client.get(SERVICES)


@pytest.mark.parametrize(("after", "waited"), [("1", True), ("60", False)])
def test_retry_after_is_honoured_if_it_fits(
    connect: Connect, lab: Lab, counted: Requests, after: str, waited: bool
) -> None:
    lab.fault(SERVICES, status=429, headers={"Retry-After": after}, times=1)
    client, start = connect(limit=4), time.monotonic()
    if waited:
        client.get(SERVICES)
        assert time.monotonic() - start >= 1
    else:
        with pytest.raises(errors.ThrottledError):
            client.get(SERVICES)
        assert time.monotonic() - start < 1
        assert counted.counted() == (("kubernetes", "429", 1),)


def test_a_body_that_is_cut_off(connect: Connect, lab: Lab, counted: Requests) -> None:
    lab.fault(SERVICES, truncate=True, times=3)
    assert connect().get(SERVICES).endswith(b"]}\n")
    assert counted.counted() == (("kubernetes", "200", 1), ("kubernetes", "error", 3))

    lab.fault(SERVICES, truncate=True)
    with pytest.raises(errors.StrangeAnswerError, match="broke off when asked to list services in all namespaces"):
        connect().get(SERVICES)


def test_a_page_of_html(connect: Connect, tmp_path: Path, plain: tuple[str, list[dict[str, str]]]) -> None:
    with pytest.raises(errors.StrangeAnswerError, match="answered with text/html instead of JSON when asked to"):
        connect(kubeconfig(tmp_path, plain[0])).get("/api/v1/html")


def test_a_server_that_hangs(connect: Connect, lab: Lab) -> None:
    lab.fault(SERVICES, delay=30)
    start = time.monotonic()
    with pytest.raises(errors.NoAnswerError, match=r"did not list .* within 0.2 s: raise `requestTimeout`"):
        connect(timeout=0.2).get(SERVICES)
    client = connect(limit=0.2)
    with pytest.raises(errors.NoAnswerError, match=r"within 0.2 s: raise `kubernetes.timeout`"):
        client.get(SERVICES)
    with pytest.raises(errors.NoAnswerError):
        client.get("/api/v1/nodes")

    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (
            "https://127.0.0.1:1",
            "no connection to the API server https://127.0.0.1:1 (Connection refused): see whether",
        ),
        ("https://no-such-host.invalid", "the name in https://no-such-host.invalid cannot be resolved"),
    ],
)
def test_no_connection(connect: Connect, tmp_path: Path, server: str, said: str) -> None:
    with pytest.raises(errors.UnreachableError) as caught:
        connect(kubeconfig(tmp_path, server, token=TOKEN)).get(SERVICES)

    assert said in str(caught.value)


def test_a_certificate_that_is_not_trusted(connect: Connect, lab: Lab, tmp_path: Path, counted: Requests) -> None:
    path = kubeconfig(tmp_path, f"https://127.0.0.1:{lab.port}", token=TOKEN)
    with pytest.raises(errors.UnreachableError, match=r"no trusted connection to .*certificate verify failed.*; check"):
        connect(path).get(SERVICES)
    assert counted.counted() == (("kubernetes", "error", 1),)

    document = json.loads(path.read_text())
    document["clusters"][0]["cluster"]["insecure-skip-tls-verify"] = True
    path.write_text(json.dumps(document))
    assert connect(path).get(SERVICES)


def test_a_server_that_speaks_no_tls(connect: Connect, tmp_path: Path, plain: tuple[str, list[dict[str, str]]]) -> None:
    path = kubeconfig(tmp_path, plain[0].replace("http:", "https:"), token=TOKEN)
    with pytest.raises(errors.UnreachableError, match="TLS failed; check that `server` speaks TLS"):
        connect(path).get(SERVICES)


@pytest.mark.parametrize("token", [f"{TOKEN}\nX-Other: 1", f"{TOKEN} ü"])
def test_a_token_that_cannot_be_sent(connect: Connect, lab: Lab, tmp_path: Path, token: str) -> None:
    path = kubeconfig(tmp_path, lab.url, token=token)
    with pytest.raises(errors.LoginError) as caught:
        connect(path).get(SERVICES)

    assert TOKEN not in str(caught.value)


def test_a_token_that_is_echoed(connect: Connect, lab: Lab) -> None:
    lab.fault(SERVICES, status=500, body={"message": f"bad header: Bearer {TOKEN}; {'eyJhbGciOi.xx.yy'}\x1b[31m"})
    with pytest.raises(errors.ServerFailureError) as caught:
        connect().get(SERVICES)

    assert "bad header: Bearer ***; *** [31m;" in str(caught.value)


def test_the_clock_of_the_server(connect: Connect) -> None:
    client = connect()
    assert client.server_time is None
    assert client.clock_skew is None
    client.get(SERVICES)
    assert client.server_time is not None
    assert client.clock_skew is not None
    assert abs(client.clock_skew.total_seconds()) < 3


def test_a_body_without_an_end(lab: Lab, tmp_path: Path, counted: Requests) -> None:
    settings = Kubernetes(kubeconfig=lab.kubeconfig(tmp_path))
    second = timedelta(seconds=5)
    client = Client(settings, deadline=Deadline(second), request_timeout=second, requests=counted, largest=1 << 20)
    lab.fault(SERVICES, status=200, body=" " * (2 << 20))
    with pytest.raises(errors.StrangeAnswerError, match="sent more than 1 MiB when asked to list services"):
        client.get(SERVICES)
    client.close()
