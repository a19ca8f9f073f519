"""What a client may send, and how long it may take."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from auditor.config.settings import Serve
from auditor.errors import UsageError
from auditor.serve import app, listening
from tests.serve.running import DRIFTED, SECRET, Site, planned, recorded, running

RIGHT = {"Authorization": f"Bearer {SECRET}"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A daemon that may be told to audit."""
    tmp_path = tmp_path_factory.mktemp("token")
    (tmp_path / "token").write_text(SECRET)
    with running(planned({DRIFTED: recorded()}, Serve(token_file=tmp_path / "token"))) as found:
        yield found.settled()


def exchange(site: Site, *parts: bytes, pause: float = 0) -> bytes:
    """Send bytes and return what comes until the server closes."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as client:
        for part in parts:
            client.sendall(part)
            time.sleep(pause)
        found = b""
        try:
            while part := client.recv(65536):
                found += part
        except ConnectionResetError:
            pass
        return found


def test_a_large_body_is_refused(site: Site) -> None:
    site.settled()
    assert site.ask("/audit", "POST", RIGHT, b"x" * 1025).status == 413
    assert site.ask("/audit", "POST", {"Authorization": "Bearer no"}, b"x" * 1025).status == 401
    assert site.ask("/audit", "POST", RIGHT, b"x" * 1024).status == 202


def test_a_large_body_without_a_length_is_refused(site: Site) -> None:
    head = f"POST /audit HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {SECRET}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"

    assert exchange(site, head.encode(), chunk * 4).startswith(b"HTTP/1.1 413 ")


def test_large_headers_are_refused(site: Site) -> None:
    assert site.ask("/healthz", headers={"X": "y" * 8000}).status == 200
    assert exchange(site, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 40000).startswith(
        b"HTTP/1.1 400 "
    )


@pytest.mark.parametrize(
    "head", [b"GET /" + b"y" * 18000 + b" HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(3000))]
)  # fmt: skip
def test_a_large_head_is_refused_also_when_it_comes_at_once(site: Site, head: bytes) -> None:
    assert exchange(site, head + b"Host: localhost\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_request_in_pieces_and_two_at_once_are_answered(site: Site) -> None:
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: " + b"y" * 8000 + b"\r\n\r\n"
    found = exchange(site, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + last)

    assert found.count(b"HTTP/1.1 200 ") == 2


def test_what_is_no_http_is_refused(site: Site) -> None:
    answer = exchange(site, b"\x16\x03\x01 hello\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    "sent", [(b"",), (b"GET /healthz HT",), (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /hea")]
)
def test_whoever_does_not_finish_a_request_is_left(
    site: Site, sent: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "HEAD_WITHIN", 0.3)

    exchange(site, *sent, pause=0.1)  # it returns when the server closes, and fails if that does not happen


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /healthz HT",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx",
        b"POST /audit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx",
        b"GET /report.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40,
    ],
    ids=["no head", "no body", "no body without the token", "no reading"],
)
def test_many_who_do_not_finish_leave_room_for_probes(site: Site, sent: bytes) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(400):
            client = held.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=5))
            client.sendall(sent)
        assert [site.ask(path).status for path in ("/healthz", "/metrics", "/readyz")] == [200, 200, 200]


def test_a_body_that_does_not_come(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "BODY_WITHIN", 0.2)
    head = f"POST /audit HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {SECRET}\r\nContent-Length: 9\r\n\r\nx"

    assert exchange(site, head.encode()).startswith(b"HTTP/1.1 408 ")


def test_whoever_leaves_before_the_body_has_come_is_no_bug(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    head = f"POST /audit HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {SECRET}\r\nContent-Length: 9\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as client:
        client.sendall(f"{head}x".encode())
    assert site.ask("/healthz").status == 200
    site.settled()

    written = capfd.readouterr()
    assert "which is a bug" not in written.out + written.err


def test_what_breaks_within_is_one_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: object) -> str:
        raise ValueError("inside")

    monkeypatch.setattr(app, "page", breaks)
    answer = site.ask("/")

    assert (answer.status, answer.text) == (500, "internal error; the log says more\n")


@pytest.mark.parametrize(
    ("address", "host"), [("127.0.0.1:0", "127.0.0.1"), ("0.0.0.0:0", "127.0.0.1"), ("localhost:0", None)]
)
def test_addresses(address: str, host: str | None) -> None:
    with listening.listen(address) as found:
        port = found.getsockname()[1]
        assert listening.url(found).endswith(f":{port}")
        if host:
            socket.create_connection((host, port), timeout=2).close()


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_every_address_of_both_families() -> None:
    try:
        found = listening.listen("[::]:0")
    except UsageError as error:
        pytest.skip(str(error))
    with found:
        port = found.getsockname()[1]
        assert listening.url(found) == f"http://[::]:{port}"
        socket.create_connection(("127.0.0.1", port), timeout=2).close()


@pytest.mark.parametrize("address", ["8080", ":8080", "localhost", "127.0.0.1:http", "127.0.0.1:99999", "::1:80"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(UsageError, match=r"^--listen: "):
        listening.listen(address)


def test_a_taken_port_is_one_sentence() -> None:
    with listening.listen("127.0.0.1:0") as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError) as told:
            listening.listen(address)

    assert str(told.value) == (
        f"cannot listen on {address}: address already in use; choose another address with --listen or serve.listen"
    )
