"""The token endpoint, asked by azure-identity."""

import pytest
from azure.identity import ManagedIdentityCredential

from auditor.lab.server import Lab
from tests.lab.asking import ask

PATH = "/metadata/identity/oauth2/token"
SCOPE = "https://management.azure.com/.default"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_managed_identity_gets_a_token(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)

    with ManagedIdentityCredential() as credential:
        assert credential.get_token(SCOPE).token == lab.token


def test_an_app_service_gets_one_too(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{lab.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", lab.token)

    with ManagedIdentityCredential() as credential:
        assert credential.get_token(SCOPE).token == lab.token


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"{PATH}?resource=x", {"Metadata": "true"}, 200),
        (f"{PATH}?resource=x", {}, 400),
        (PATH, {"Metadata": "true"}, 400),
        ("/msi/token?resource=x", {"Metadata": "true"}, 401),
    ],
)
def test_it_insists_on_the_form(lab: Lab, path: str, headers: dict[str, str], status: int) -> None:
    assert ask(lab, path, token=None, headers=headers).status == status
