"""Which identity is tried, and what is said if it gets no token."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote

import pytest
from azure import identity

from auditor.config.settings import Azure
from auditor.sources.azure import credentials
from auditor.sources.azure.client import Client
from auditor.sources.azure.faults import UnreachableError, no_token, short
from auditor.sources.azure.transport import Transport
from auditor.sources.gathered import Deadline, Requests
from tests.sources.azure.serving import BALANCERS, VERSION, say, serving

CLIENT_ID = "0a1b2c3d-0000-0000-0000-000000000001"
WEBHOOK = {"AZURE_CLIENT_ID": CLIENT_ID, "AZURE_TENANT_ID": CLIENT_ID}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine counts, and no `az` of it."""
    for name in (
        "CLIENT_ID",
        "TENANT_ID",
        "CLIENT_SECRET",
        "FEDERATED_TOKEN_FILE",
        "AUTHORITY_HOST",
        "TOKEN_CREDENTIALS",
    ):
        monkeypatch.delenv(f"AZURE_{name}", raising=False)
    for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


def refused(credential: str, *, deadline: float = 5) -> str:
    """What is said when no token can be had."""
    settings = Azure.model_validate({"endpoint": "http://127.0.0.1:1", "credential": credential})
    left = Deadline(timedelta(seconds=deadline))
    try:
        with Client(settings, deadline=left, request_timeout=timedelta(seconds=5), requests=Requests()) as client:
            with pytest.raises(UnreachableError) as caught:
                client.get(BALANCERS, VERSION)
            with pytest.raises(UnreachableError, match=re.escape(str(caught.value))):
                client.get(BALANCERS, VERSION)
            text = str(caught.value)
    except UnreachableError as e:
        text = str(e)
    assert "\n" not in text
    assert "aka.ms" not in text
    return text


def test_a_managed_identity_gets_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/metadata"):
            say(handler, 200, '{"access_token":"t0ken","expires_in":"3600","token_type":"Bearer"}')
        else:
            assert handler.headers["Authorization"] == "Bearer t0ken"
            say(handler, 200, "{}")

    with serving(answer) as (url, asked):
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", url)
        monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT_ID)
        settings = Azure(endpoint=url, credential="managed-identity")
        left = Deadline(timedelta(seconds=5))
        with Client(settings, deadline=left, request_timeout=timedelta(seconds=5), requests=Requests()) as client:
            client.get(BALANCERS, VERSION)
            client.get(BALANCERS, VERSION)

    assert len(asked) == 3, "one token for both"
    assert f"client_id={CLIENT_ID}" in asked[0]
    assert "resource=https://management.azure.com" in unquote(asked[0])


@pytest.mark.parametrize(
    "answer",
    [
        lambda handler: say(handler, 400, '{"error":"invalid_request","error_description":"Identity not found"}'),
        lambda handler: say(handler, 404, "<html>nothing</html>", "text/html"),
        lambda handler: say(handler, 500, ""),
        lambda handler: say(handler, 429, "", Retry_After="3600"),
        lambda handler: say(handler, 200, "<html>a portal</html>", "text/html"),
        lambda _: time.sleep(3),
    ],
    ids=["400", "404", "500", "429", "html", "hangs"],
)
def test_a_managed_identity_that_is_none(
    answer: Callable[[BaseHTTPRequestHandler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer) as (url, _):
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", url)
        start = time.monotonic()
        said = refused("managed-identity", deadline=0.6)

    assert time.monotonic() - start < 1.2
    assert said.startswith(
        "the managed identity got no token for Azure: ManagedIdentityCredential authentication unavailable"
    )
    assert "check that this machine has one, AZURE_CLIENT_ID if it has several, and that 169.254.169.254:80" in said


@pytest.mark.parametrize(
    ("credential", "said"),
    [
        (
            "environment",
            (
                "the service principal of the environment got no token for Azure: EnvironmentCredential authentication "
                "unavailable. Environment variables are not fully configured; set AZURE_TENANT_ID"
            ),
        ),
        (
            "cli",
            (
                "the Azure CLI's login got no token for Azure: Azure CLI not found on path; "
                "install the Azure CLI and log in with `az login`"
            ),
        ),
        (
            "workload-identity",
            "the workload identity got no token for Azure: WorkloadIdentityCredential authentication",
        ),
    ],
)
def test_an_identity_that_is_not_set_up(credential: str, said: str) -> None:
    assert refused(credential).startswith(said)


def test_where_nothing_answers_the_network_is_to_be_checked_and_not_the_identity(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("a federated token")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("AZURE_TENANT_ID", CLIENT_ID)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://127.0.0.1:1")

    said = refused("workload-identity")

    assert "Microsoft Entra cannot be reached; check the network from here: DNS, a firewall, a NetworkPolicy" in said
    assert "federated" not in said


def test_the_chain_names_what_it_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")

    said = refused("default")

    assert said.startswith("the default identity chain got no token for Azure (Environment: ")
    assert "; ManagedIdentity: " in said
    assert "; AzureCli: Azure CLI not found on path); log in with `az login`" in said
    for unwanted in ("PowerShell", "VisualStudio", "Broker", "Browser", "DeveloperCli", "SharedToken"):
        assert unwanted not in said


def test_a_wrong_choice_of_the_chain_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "nonsense")

    assert "Invalid value for AZURE_TOKEN_CREDENTIALS: nonsense" in refused("default")


def test_az_is_asked_and_its_words_are_told(tmp_path: Path) -> None:
    az = tmp_path / "az"
    az.write_text('#!/bin/sh\necho "ERROR: AADSTS70043: The refresh token has expired.\nTrace ID: 1" >&2\nexit 1\n')
    az.chmod(0o755)

    assert "got no token for Azure: ERROR: AADSTS70043: The refresh token has expired;" in refused("cli")


def test_az_that_hangs_is_ended(tmp_path: Path) -> None:
    az = tmp_path / "az"
    az.write_text("#!/bin/sh\nexec /bin/sleep 5\n")
    az.chmod(0o755)
    start = time.monotonic()

    assert "Failed to invoke the Azure CLI" in refused("cli", deadline=1.2)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("name", "variables", "kind"),
    [
        ("default", {}, identity.DefaultAzureCredential),
        ("default", WEBHOOK, identity.WorkloadIdentityCredential),
        ("workload-identity", WEBHOOK, identity.WorkloadIdentityCredential),
        ("managed-identity", {}, identity.ManagedIdentityCredential),
        ("cli", WEBHOOK, identity.AzureCliCredential),
        ("environment", WEBHOOK, identity.EnvironmentCredential),
    ],
)
def test_the_identity_is_the_one_asked_for(
    name: str, variables: dict[str, str], kind: type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    if variables:
        monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    deadline = Deadline(timedelta(seconds=5))
    found = credentials.find(Azure.model_validate({"credential": name}), Transport(deadline, 5), deadline)

    assert type(found.credential) is kind


def test_a_workload_identity_without_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for key, value in WEBHOOK.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "absent"))

    assert refused("default", deadline=1).startswith(
        f"the workload identity got no token for Azure: {tmp_path / 'absent'} cannot be read: No such file"
    )


def test_messages_are_short_and_hold_no_token() -> None:
    token = "eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJo.c2ln"  # noqa: S105 - opens nothing

    assert short(f"  Bad {token} and Bearer abc.def now.\nMore") == "Bad *** and *** now"
    assert len(short("x" * 1000)) == 200
    assert str(no_token("it", "AADSTS7000215: Invalid client secret. Trace ID: 5 Timestamp: x", "do that")) == (
        "it got no token for Azure: AADSTS7000215: Invalid client secret; do that"
    )
    assert "no reason was given" in str(no_token("it", "", "do that"))
