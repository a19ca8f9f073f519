"""What goes wrong with one part: a sentence in the coverage, no finding made of it, everything else as it was."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.lab.http_server import Handler
from auditor.lab.server import Lab
from tests.live.command import GOLDEN, Command, first, found, gaps, report

LATER = {"Retry-After": "3600"}
"""No retry can help: there is no time to wait so long."""
KUBERNETES = {
    "services": "kubernetes/services.json",
    "events": "kubernetes/events.json",
    "nodes": "kubernetes/nodes.json",
}
AZURE = {
    "loadBalancers": "azure/loadBalancers.json",
    "privateLinkServices": "azure/privateLinkServices.json",
    "virtualNetworks": "azure/virtualNetworks.json",
    "publicIPAddresses": "azure/publicIPAddresses.json",
    "managedClusters": "azure",
}
KUBERNETES_SAYS = {
    401: r"does not accept the credentials of context `drift-01-drifted` .*log in again",
    403: r'user "system:serviceaccount:auditor:lab" may not list KIND.*: grant `list` on `KIND` \(ClusterRole ',
    404: r"is no Kubernetes API server; check `server` of context",
    410: r"could not list KIND.*answered 410.*; the list expired each time before its end was read: audit again later",
    429: r"too many requests to list KIND.*; try again later",
    500: r"failed to list KIND.*500.*try again later",
    503: r"failed to list KIND.*503.*try again later",
}
AZURE_SAYS = {
    401: r"did not accept the identity's token for /subscriptions/.*; check",
    403: r"the identity [0-9a-f-]{36} may not read KIND in /subscriptions/.*: grant Microsoft\.\w+/KIND/read on it",
    404: r"(there is no|knows no) .*; check",
    410: r"answered 410 to the reading of KIND in /subscriptions/.*; check",
    429: r"throttles the reading of KIND in /subscriptions/.*; wait 3600 s, then audit again",
    500: r"answered 500 to the reading of KIND in /subscriptions/.*; audit again later",
    503: r"answered 503 to the reading of KIND in /subscriptions/.*; audit again later",
}
BODIES: dict[str, dict[str, Any]] = {
    "a page of HTML": {"body": "<html>Please log in</html>"},
    "no list": {"body": '{"kind": "Other"}'},
    "a bare array": {"body": "[]"},
    "items that are none": {"body": '{"items": 3, "value": 3}'},
    "nothing": {"body": ""},
    "cut off": {"truncate": True},
    "a redirection": {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
}
Without = Callable[[str], set[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Without:
    """The findings of the same recording, offline and without a part of it; without nothing if that is empty."""
    known: dict[str, set[tuple[Any, ...]]] = {}

    def findings(part: str) -> set[tuple[Any, ...]]:
        if part not in known:
            folder = tmp_path_factory.mktemp("part")
            shutil.copytree(GOLDEN / "drift-01-drifted", folder / "copy")
            gone = folder / "copy" / part
            if part:
                shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
            known[part] = found(report(Command(folder).bare("run", "--snapshot", folder / "copy", "-f", "json")))
        return known[part]

    return findings


def audited(command: Command, *arguments: str | Path, **settings: Any) -> dict[str, Any]:
    """The report of an audit that cannot be complete; nothing that it says betrays anything."""
    result = command.call(*arguments, "-f", "json", **settings)
    document = report(result)
    assert result.exit_code == (1 if document["verdict"] == "drift" else 3)
    assert document["verdict"] == ("drift" if document["findings"] else "incomplete")
    assert not [secret for secret in command.secrets() if secret in result.output]
    assert not [line for line in result.output.splitlines() if "bug" in line]
    return document


def says(document: dict[str, Any], source: str, pattern: str) -> None:
    """Every gap is of this source and one sentence; one says this."""
    told = gaps(document)
    assert {one["source"] for one in told} == {source}
    assert all("\n" not in one["reason"] for one in told)
    assert any(re.search(pattern, one["reason"]) for one in told), [one["reason"] for one in told]


@pytest.mark.parametrize("kind", KUBERNETES)
@pytest.mark.parametrize("status", KUBERNETES_SAYS)
def test_a_status_of_the_api_server(command: Command, drifted: Lab, without: Without, kind: str, status: int) -> None:
    drifted.fault(f"/api/v1/{kind}", status=status, headers=LATER if status in {429, 500, 503} else None)

    document = audited(command)

    says(document, "kubernetes", KUBERNETES_SAYS[status].replace("KIND", kind))
    assert found(document) == without(KUBERNETES[kind])


@pytest.mark.parametrize("kind", AZURE)
@pytest.mark.parametrize("status", AZURE_SAYS)
def test_a_status_of_azure(command: Command, drifted: Lab, without: Without, kind: str, status: int) -> None:
    drifted.fault(f"/{kind}[/?]", status=status, headers=LATER if status in {429, 500, 503} else None)

    document = audited(command)

    says(document, "azure", AZURE_SAYS[status].replace("KIND", kind))
    # Where AKS does not tell where the cluster is, its nodes do.
    assert found(document) == without("" if kind == "managedClusters" and status != 401 else AZURE[kind])


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("source", "path", "part"), [
    ("kubernetes", "/api/v1/services", KUBERNETES["services"]), ("azure", "/loadBalancers", AZURE["loadBalancers"]),
])  # fmt: skip
def test_an_answer_that_is_none(
    command: Command, drifted: Lab, without: Without, source: str, path: str, part: str, body: str
) -> None:
    drifted.fault(path, **BODIES[body])

    document = audited(command, change=first("kubernetes", timeout="1s"))

    says(
        document,
        source,
        r"(; |: )(if it stays so, see|see what|audit again|try again|check|no API server does; check) ?",
    )
    assert found(document) == without(part)


GIT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a ref that is not there": ({"ref": "nope"}, {}, "no branch, tag or commit `nope`; correct `ref`"),
    "nobody listens": ({"url": "http://127.0.0.1:1/x.git"}, {}, "cannot be reached; see whether it runs"),
    "no such repository": ({"url": "/git/other.git"}, {}, r"no such repository, or hides it .*; correct `url` or `auth`"),
    "no repository": ({"url": "/api/v1/nodes"}, {}, "; (correct|give) "),
    "401": ({}, {"status": 401}, r"wants a credential.*; give auth\.tokenFile or auth\.tokenVariable"),
    "403": ({}, {"status": 403}, r"forbids it \(403\); let the identity of `auth` read"),
    "503": ({}, {"status": 503}, "the server is in trouble; try again later"),
    "cut off": ({}, {"pattern": "upload-pack$", "truncate": True}, r"could not be read: git says: "),
    "hangs": ({"timeout": "1s"}, {"delay": 30}, "longer than 1 s; give it a longer `timeout`"),
}  # fmt: skip


@pytest.mark.parametrize("case", GIT)
def test_a_repository_that_cannot_be_read(command: Command, drifted: Lab, without: Without, case: str) -> None:
    settings, fault, pattern = GIT[case]
    url = settings.get("url", "")
    settings = {**settings, "url": drifted.url + url} if url.startswith("/") else settings
    if fault:
        drifted.fault(**{"pattern": "/git/", **fault})

    document = audited(command, change=first("git", **settings))

    says(document, "git", pattern)
    assert [one["scope"] for one in gaps(document)] == ["main"]
    assert found(document) == without("git")


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_token_endpoint_that_refuses(command: Command, drifted: Lab, without: Without, status: int) -> None:
    drifted.fault("/metadata/identity", status=status, headers=LATER)

    document = audited(command)

    says(document, "azure", "the managed identity got no token for Azure: .*; check that this machine has one")
    assert found(document) == without("azure")


HANGS = {
    "/api/v1/": ("kubernetes", r"did not list services .* within 1 s: raise `requestTimeout`", "kubernetes/services.json"),
    "/api/v1/events": ("kubernetes", r"did not list events .* within 1 s: raise `requestTimeout`", "kubernetes/events.json"),
    "/loadBalancers": ("azure", r"(took longer than 1 s to .*; give --request-timeout more|not read within 2 s; give azure.timeout more)",
                       "azure/loadBalancers.json"),
    "/metadata/": ("azure", "got no token for Azure", "azure"),
}  # fmt: skip


@pytest.mark.parametrize("path", HANGS)
def test_an_api_that_hangs(command: Command, drifted: Lab, without: Without, path: str) -> None:
    drifted.fault(path, delay=30)

    def change(document: dict[str, Any]) -> None:
        for section in ("kubernetes", "azure"):
            first(section, timeout="2s")(document)

    start = time.monotonic()
    document = audited(command, "--request-timeout", "1s", change=change)

    source, pattern, part = HANGS[path]
    assert time.monotonic() - start < 5
    says(document, source, pattern)
    assert found(document) == without(part)


def test_several_at_once(command: Command, drifted: Lab, without: Without) -> None:
    drifted.fault("/git/", delay=30)
    drifted.fault("/api/v1/events", status=403)
    drifted.fault("/publicIPAddresses", body="<html>")

    start = time.monotonic()
    document = audited(command, change=first("git", timeout="1s"))

    assert time.monotonic() - start < 4
    assert {(one["source"], one["kind"]) for one in gaps(document)} == {
        ("git", "manifests"), ("kubernetes", "events"), ("azure", "publicIPAddresses"),
    }  # fmt: skip
    assert found(document) == without("git") & without("kubernetes/events.json") & without(
        "azure/publicIPAddresses.json"
    )


def test_nothing_can_be_read(command: Command, drifted: Lab) -> None:
    drifted.fault("", status=403)

    document = audited(command)

    assert document["findings"] == []
    assert {one["source"] for one in gaps(document)} == {"git", "kubernetes", "azure"}


def test_a_clock_that_is_off(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    del command.variables["SOURCE_DATE_EPOCH"]
    monkeypatch.setattr(Handler, "date_time_string", lambda *_: "Sun, 22 Nov 2020 10:00:00 GMT")

    document = report(command.call("-f", "json"))

    clock = [one for one in gaps(document) if one["kind"] == "clock"]
    assert "ahead of the API server's, by which the audit went; set it right" in clock[0]["reason"]
    assert document["run"]["startedAt"].startswith("2020-11-22T")
