"""Nobody logs in for a Pod, and it has no kubeconfig: what is advised there, and what is advised to a person."""

from pathlib import Path

import pytest
from kubernetes.client.exceptions import ApiException
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError

from auditor.sources.gathered import SourceError
from auditor.sources.kubernetes import say, trouble
from auditor.sources.kubernetes.access import access
from auditor.sources.kubernetes.errors import LoginError

SERVER = "https://10.0.0.1:443"
PERSON = "context `prod`"
FOR_PEOPLE = ("az login", "kubelogin", "get-credentials", "kubeconfig", "VPN")


def unconnected(error: HTTPError, login: str) -> SourceError:
    """What is said of a failed connection."""
    return trouble.unconnected(error, path="/api/v1/services", endpoint=SERVER, login=login)


def unusable(error: Exception, login: str) -> SourceError:
    """What is said of credentials or certificates."""
    return trouble.unusable(error, endpoint=SERVER, login=login)


CONNECTION = HTTPSConnection("10.0.0.1")
SAID = {
    "401": lambda login: say.refusal(401, b"", path="/api/v1/services", endpoint=SERVER, login=login),
    "refused": lambda login: unconnected(NewConnectionError(CONNECTION, "refused"), login),
    "late": lambda login: unconnected(ConnectTimeoutError(HTTPSConnectionPool("10.0.0.1"), "late"), login),
    "proxy": lambda login: unconnected(ProxyError("no", OSError()), login),
    "header": lambda login: unusable(ValueError("secret"), login),
    "trust": lambda login: unusable(
        ApiException(reason="[SSL: CERTIFICATE_VERIFY_FAILED] self-signed (_ssl.c:1)"), login
    ),
}
WAY = {
    "401": "delete the Pod, so that its successor gets a new token",
    "refused": "see whether a NetworkPolicy or a firewall keeps this Pod from it",
    "late": "see whether a NetworkPolicy or a firewall keeps this Pod from it",
    "proxy": "check HTTPS_PROXY and NO_PROXY",
    "header": "delete the Pod, so that its successor gets a new token",
    "trust": "see whether something between this Pod and it breaks TLS open",
}


@pytest.mark.parametrize("case", SAID)
def test_advice(case: str) -> None:
    pod, person = (str(SAID[case](login)) for login in (say.POD, PERSON))

    assert pod.endswith(WAY[case])
    assert not [word for word in FOR_PEOPLE if word in pod]
    assert [word for word in FOR_PEOPLE if word in person]


def test_a_token_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    (tmp_path / "token").write_text("")
    (tmp_path / "ca.crt").write_text("a certificate")

    with pytest.raises(LoginError, match="delete the Pod"):
        access(None, lambda: 1, tmp_path)
