"""One GET after another: pages, retries, deadlines, and what is said of each answer that is none."""

import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest

from auditor.sources.azure.faults import AnswerError, UnreachableError
from auditor.sources.gathered import Requests, SourceError
from tests.sources.azure.serving import BALANCERS, GROUP, SECRET, SUBSCRIPTION, VERSION, Token, client_of, say, serving

OK = '{"value":[]}'


def failing(*answers: tuple[int, str, dict[str, str]]) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers one after another; the last stays."""
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        status, body, headers = left.pop(0) if len(left) > 1 else left[0]
        say(handler, status, body, **headers)

    return answer


def test_what_the_sdks_log_is_for_the_logs_to_decide() -> None:
    logger = logging.getLogger("azure")
    before = logger.level
    logger.setLevel(logging.INFO)
    try:
        with client_of("http://127.0.0.1:1"):
            assert logger.level == logging.INFO
    finally:
        logger.setLevel(before)


def port_of(handler: BaseHTTPRequestHandler) -> int:
    return int(handler.request.getsockname()[1])


def error(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message}})


def test_get_sends_version_and_token() -> None:
    seen = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append((handler.path, handler.headers["Authorization"]))
        say(handler, 200, OK)

    requests = Requests()
    with serving(answer) as (url, _), client_of(url, requests=requests) as client:
        assert client.get(BALANCERS, VERSION) == OK.encode()

    assert seen == [(f"{BALANCERS}?api-version={VERSION}", f"Bearer {SECRET}")]
    assert requests.counted() == (("azure", "200", 1),)


def test_threads_share_one_token() -> None:
    token = Token()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        say(handler, 200, OK)

    with serving(answer) as (url, asked), client_of(url, credential=token) as client, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: client.get(BALANCERS, VERSION), range(16))) == [OK.encode()] * 16

    assert len(asked) == 16
    assert len(token.scopes) == 1


def test_a_path_is_quoted() -> None:
    with serving(failing((200, OK, {}))) as (url, asked), client_of(url) as client:
        client.get("/subscriptions/s/resourceGroups/a(ü)?x#y", VERSION)

    assert asked == [f"/subscriptions/s/resourceGroups/a%28%C3%BC%29%3Fx%23y?api-version={VERSION}"]


def test_pages_are_followed_to_the_end() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        number = int(handler.path.partition("skip=")[2] or 0)
        port = port_of(handler)
        link = {"nextLink": f"http://127.0.0.1:{port}/next?skip={number + 1}"} if number < 2 else {"nextLink": None}
        say(handler, 200, json.dumps({"value": [], **link}))

    with serving(answer) as (url, asked), client_of(url) as client:
        assert len(list(client.pages(BALANCERS, VERSION))) == 3

    assert asked[1:] == ["/next?skip=1", "/next?skip=2"]


@pytest.mark.parametrize(
    "link",
    [
        "https://127.0.0.1:{port}/next",
        "http://localhost:{port}/next",
        "http://127.0.0.1:1/next",
        "http://evil.example/next",
        "http://127.0.0.1:{port}@evil.example/next",
        "http://evil.example\\@127.0.0.1:{port}/next",
        "http://evil.example/\\@127.0.0.1:{port}/next",
        "http://user:pw@127.0.0.1:{port}/next",
        "http://127.0.0.1:{port} /next",
        "http://127.0.0.1:{port}\t/next",
        "http://127.0.0.1:{port}\r\n/next",
        "http://[bad/next",
        "/relative",
    ],
)
def test_no_token_goes_to_another_host(link: str) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        say(handler, 200, json.dumps({"value": [], "nextLink": link.format(port=port_of(handler))}))

    with serving(answer) as (url, asked), client_of(url) as client, pytest.raises(SourceError) as caught:
        list(client.pages(BALANCERS, VERSION))

    assert len(asked) == 1
    assert f"the next page of loadBalancers in {GROUP}" in str(caught.value)
    assert "no token is sent there" in str(caught.value)


def test_pages_in_a_circle_end() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        port = port_of(handler)
        say(handler, 200, json.dumps({"value": [], "nextLink": f"http://127.0.0.1:{port}/again"}))

    with (
        serving(answer) as (url, asked),
        client_of(url) as client,
        pytest.raises(SourceError, match="does not end"),
    ):
        list(client.pages(BALANCERS, VERSION))

    assert len(asked) == 2


AUTHORIZATION = (
    "The client 'app' with object id '0a1b2c3d-0000-0000-0000-000000000001' does not have authorization to perform "
    f"action 'Microsoft.Network/loadBalancers/read' over scope '{GROUP}/providers/Microsoft.Network/loadBalancers' "
    "or the scope is invalid. If access was recently granted, please refresh your credentials."
)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            403,
            error("AuthorizationFailed", AUTHORIZATION),
            (f"the identity 0a1b2c3d-0000-0000-0000-000000000001 may not read loadBalancers in {GROUP}: "
            "grant Microsoft.Network/loadBalancers/read on it"),
        ),
        (403, "<html>", f"the identity may not read loadBalancers in {GROUP}: grant Microsoft.Network/loadBalancers/read on it"),
        (
            403,
            error("RequestDisallowedByAzure", "Blocked by policy."),
            f"Azure forbids the identity to read loadBalancers in {GROUP} (RequestDisallowedByAzure: Blocked by policy)",
        ),
        (
            404,
            error("ResourceGroupNotFound", "Resource group 'MC_x' could not be found."),
            (f"there is no resource group {GROUP}; check its name "
            "(ResourceGroupNotFound: Resource group 'MC_x' could not be found)"),
        ),
        (
            404,
            error("SubscriptionNotFound", "The subscription could not be found."),
            (f"there is no subscription for {GROUP}, or the identity's tenant does not know it "
            "(SubscriptionNotFound: The subscription could not be found)"),
        ),
        (404, "", f"Azure knows no loadBalancers in {GROUP}; check the ids given, and azure.endpoint"),
        (
            400,
            error("InvalidApiVersion", "Bad."),
            (f"Azure answered 400 to the reading of loadBalancers in {GROUP} (InvalidApiVersion: Bad); "
            "check azure.cloud, azure.endpoint and the ids given"),
        ),
        (302, "", f"{GROUP}: Azure answered 302, a redirection, which is not followed; check azure.endpoint"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_and_where(status: int, body: str, said: str) -> None:
    headers = {"Location": "http://evil.example/"} if status == 302 else {}
    with serving(failing((status, body, headers))) as (url, asked), client_of(url) as client:
        with pytest.raises(AnswerError) as caught:
            client.get(BALANCERS, VERSION)
        assert len(asked) == 1

    assert str(caught.value) == said
    assert caught.value.status == status


def test_a_refused_token_ends_everything_and_is_not_shown() -> None:
    token = "eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl"  # noqa: S105 - opens nothing
    body = error("ExpiredAuthenticationToken", f"The token {token} has expired.\r\nLine two")
    old = {"Date": "Mon, 01 Jan 2024 00:00:00 GMT"}
    with (
        serving(failing((401, body, old))) as (url, _),
        client_of(url, credential=Token(token)) as client,
        pytest.raises(UnreachableError) as caught,
    ):
        client.get(BALANCERS, VERSION)

    assert f"did not accept the identity's token for {GROUP} (ExpiredAuthenticationToken: The token ***" in str(
        caught.value
    )
    assert token not in str(caught.value)


def test_a_clock_that_is_off_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        monkeypatch.setattr(handler, "date_time_string", lambda: "Mon, 01 Jan 2024 00:00:00 GMT")
        say(handler, 401, error("InvalidAuthenticationToken", "Not yet valid"))

    with (
        serving(answer) as (url, _),
        client_of(url) as client,
        pytest.raises(UnreachableError, match=r"this machine's clock is .* minutes ahead of Azure's; set it"),
    ):
        client.get(BALANCERS, VERSION)


def test_a_short_retry_after_is_waited_for() -> None:
    with serving(failing((429, "", {"Retry_After": "1"}), (200, OK, {}))) as (url, asked), client_of(url) as client:
        start = time.monotonic()
        assert client.get(BALANCERS, VERSION) == OK.encode()

    assert time.monotonic() - start >= 1
    assert len(asked) == 2


def test_a_retry_after_beyond_the_deadline_is_told_at_once() -> None:
    body = error("TooManyRequests", "Please slow down.")
    with serving(failing((429, body, {"Retry_After": "60"}))) as (url, asked), client_of(url, deadline=3) as client:
        start = time.monotonic()
        with pytest.raises(AnswerError) as caught:
            client.get(BALANCERS, VERSION)

    assert time.monotonic() - start < 1
    assert len(asked) == 1
    assert str(caught.value) == (
        f"Azure throttles the reading of loadBalancers in {GROUP} (TooManyRequests: Please slow down); "
        "wait 60 s, then audit again"
    )


def test_a_server_error_is_tried_again() -> None:
    requests = Requests()
    with (
        serving(failing((500, "", {}), (200, OK, {}))) as (url, _),
        client_of(url, requests=requests) as client,
    ):
        assert client.get(BALANCERS, VERSION) == OK.encode()

    assert requests.counted() == (("azure", "200", 1), ("azure", "500", 1))


def test_a_lasting_server_error_is_told() -> None:
    with (
        serving(failing((503, "", {}))) as (url, asked),
        client_of(url, deadline=1.5) as client,
        pytest.raises(AnswerError, match=f"Azure answered 503 to the reading of loadBalancers in {GROUP}"),
    ):
        client.get(BALANCERS, VERSION)

    assert len(asked) >= 2


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("<html>Sign in</html>", "text/html; charset=utf-8", "is text/html, not JSON"),
        ("<html>Sign in</html>", "application/json", "is called application/json, and is no JSON object"),
        ("true", "application/json; charset=utf-8", "is called application/json, and is no JSON object"),
        ("[]", "application/json", "is a bare JSON array, which Azure never sends"),
        ('[{"id": "/x"}]', "application/json", "is a bare JSON array, which Azure never sends"),
        ("", "application/json", "is empty"),
    ],
)
def test_what_is_no_object_is_no_answer(body: str, content_type: str, said: str) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        say(handler, 200, body, content_type)

    with serving(answer) as (url, _), client_of(url) as client, pytest.raises(AnswerError) as caught:
        client.get(BALANCERS, VERSION)

    assert str(caught.value) == (
        f"the answer to the reading of loadBalancers in {GROUP} {said}; "
        "check azure.endpoint, and whether a proxy stands between"
    )


def _cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"value":[')


def test_a_body_cut_off_once_is_read_again() -> None:
    count = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        count.append(1)
        _cut(handler) if len(count) == 1 else say(handler, 200, OK)

    with serving(answer) as (url, _), client_of(url) as client:
        assert client.get(BALANCERS, VERSION) == OK.encode()


def test_a_body_that_is_always_cut_off() -> None:
    with serving(_cut) as (url, asked), client_of(url) as client, pytest.raises(SourceError) as caught:
        client.get(BALANCERS, VERSION)

    assert len(asked) == 2
    assert str(caught.value) == f"the answer to the reading of loadBalancers in {GROUP} was cut off; audit again later"


def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [lambda _: time.sleep(3), _drip], ids=["silent", "a byte at a time"])
def test_the_deadline_holds(answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    with serving(answer) as (url, _), client_of(url, deadline=0.5) as client:
        start = time.monotonic()
        with pytest.raises(UnreachableError, match=r"Azure was not read within 0\.5 s; give azure\.timeout more"):
            client.get(BALANCERS, VERSION)
        assert time.monotonic() - start < 1.1
        with pytest.raises(UnreachableError, match=r"within 0\.5 s;"):
            client.get(BALANCERS, VERSION)


def test_one_request_has_its_own_limit() -> None:
    with (
        serving(_drip) as (url, _),
        client_of(url, request_timeout=0.3) as client,
        pytest.raises(SourceError) as caught,
    ):
        client.get(BALANCERS, VERSION)

    assert str(caught.value) == f"loadBalancers in {GROUP} took longer than 0.3 s to read; give --request-timeout more"
    assert not isinstance(caught.value, UnreachableError)


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1 refuses connections; check the network and azure.endpoint"),
        ("https://nowhere.invalid", "https://nowhere.invalid has no address: its name is not known here"),
    ],
)
def test_nobody_there(endpoint: str, said: str) -> None:
    requests = Requests()
    with client_of(endpoint, deadline=0.9, requests=requests) as client, pytest.raises(UnreachableError) as caught:
        client.get(BALANCERS, VERSION)

    assert str(caught.value).startswith(said)
    assert {code for _, code, _ in requests.counted()} == {"error"}


def test_no_tls_there() -> None:
    with serving(failing((200, OK, {}))) as (url, _):
        secure = url.replace("http", "https")
        with client_of(secure, deadline=0.9) as client, pytest.raises(UnreachableError, match="does not speak TLS"):
            client.get(f"/subscriptions/{SUBSCRIPTION}", VERSION)


@pytest.mark.parametrize(
    "path",
    [
        ".evil.example/subscriptions/s/providers/Microsoft.Network/publicIPAddresses/p",
        "@evil.example/subscriptions/s",
        "/subscriptions/s/../../tenants",
        "/subscriptions//evil.example",
        "nonsense",
    ],
)
def test_what_is_no_resource_is_not_asked_for(path: str) -> None:
    with serving(failing((200, OK, {}))) as (url, asked), client_of(url) as client:
        with pytest.raises(SourceError, match="is no resource id, and is not asked for"):
            client.get(path, VERSION)

        assert asked == []


@pytest.mark.parametrize("after", ["x", "nan", "inf", "Fri, 99 Dec"])
def test_a_retry_after_that_nobody_understands(after: str) -> None:
    with (
        serving(failing((429, "", {"Retry_After": after}), (200, OK, {}))) as (url, asked),
        client_of(url) as client,
    ):
        assert client.get(BALANCERS, VERSION) == OK.encode()

    assert len(asked) == 2


def test_an_answer_without_an_end() -> None:
    with (
        serving(failing((200, "{" + " " * (2 << 20), {}))) as (url, _),
        client_of(url, largest=1 << 20) as client,
        pytest.raises(SourceError, match="has more than 1 MiB, which Azure never sends"),
    ):
        client.get(BALANCERS, VERSION)


def test_a_secret_in_an_error_is_not_told() -> None:
    body = error("invalid", "Identity not found token=Abcd1234, client_secret: 'Abcd'")
    with (
        serving(failing((400, body, {}))) as (url, _),
        client_of(url) as client,
        pytest.raises(AnswerError) as caught,
    ):
        client.get(BALANCERS, VERSION)

    assert "Identity not found token=***, client_secret: ***" in str(caught.value)
