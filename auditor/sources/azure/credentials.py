"""As whom Azure is read: one credential of azure-identity per run, made as the settings say."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from azure import identity
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ServiceRequestError

from auditor.config.settings import Azure
from auditor.sources.azure.clouds import CLOUDS
from auditor.sources.azure.faults import UnreachableError, no_token
from auditor.sources.azure.transport import Transport, late
from auditor.sources.gathered import Deadline

_WEBHOOK = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE")
"""What the workload identity webhook sets in a pod."""
_FRESH = 300
"""Seconds that a token must have left."""
_NETWORK = "check the network from here: DNS, a firewall, a NetworkPolicy, HTTPS_PROXY and NO_PROXY"
_PROCESS = 30
"""Seconds for `az`."""
_PAUSE = 0.2
"""Seconds before a second try, doubled for each more."""


class Identity:
    """A credential whose failures are told in a sentence, once: what failed is not tried again for each request."""

    def __init__(self, credential: TokenCredential, label: str, way: str, deadline: Deadline) -> None:
        self.credential = credential
        self._label, self._way, self._deadline = label, way, deadline
        self._lock = threading.Lock()
        self._failure: str | None = None
        self._token: AccessToken | None = None

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for the scopes. Raises UnreachableError."""
        with self._lock:
            # Threads that start together ask together; one `az` is enough for all.
            if self._token and not options.get("claims") and self._token.expires_on - time.time() > _FRESH:
                return self._token
            if self._failure is None:
                try:
                    self._token = self.credential.get_token(*scopes, **options)
                    return self._token
                except Exception as e:  # noqa: BLE001 - whatever stands behind (msal, files, processes) raises its own
                    self._failure = self._told(e)
        raise UnreachableError(self._failure)

    def _told(self, error: Exception) -> str:
        if isinstance(error, UnreachableError):
            return str(error)
        way = self._way
        if isinstance(error, OSError) and error.filename:
            reason = f"{error.filename} cannot be read: {error.strerror}"
        elif isinstance(error, ServiceRequestError):
            reason, way = "Microsoft Entra cannot be reached", _NETWORK
        else:
            reason = str(error)
        said = str(no_token(self._label, reason, way))
        return f"{said}; {late(self._deadline)}" if self._deadline.passed else said


def find(
    settings: Azure, transport: Transport, deadline: Deadline, credential: TokenCredential | None = None
) -> Identity:
    """The identity that the settings ask for, or the one given. Raises UnreachableError if it cannot even be made."""
    if credential is not None:
        return Identity(credential, "the given identity", "check it", deadline)
    name = settings.credential
    in_pod = all(os.environ.get(variable) for variable in _WEBHOOK)
    if name == "default" and in_pod:
        # Outright: a clearer error, no probe of the metadata service, no `az`.
        name = "workload-identity"
    label, way = _SPOKEN[name]
    options: dict[str, Any] = {"transport": transport, "authority": authority(settings)}
    try:
        made = _MAKERS[name](options, max(1, int(min(_PROCESS, deadline.left))))
    except ValueError as e:
        raise no_token(label, str(e), way) from None
    return Identity(made, label, way, deadline)


def authority(settings: Azure) -> str:
    """The cloud's; behind an endpoint of one's own (Azure Stack) the environment may name another."""
    named = os.environ.get("AZURE_AUTHORITY_HOST") if settings.endpoint else None
    return named or CLOUDS[settings.cloud].authority


def _default(options: dict[str, Any], seconds: int) -> TokenCredential:
    return identity.DefaultAzureCredential(
        exclude_interactive_browser_credential=True,
        exclude_visual_studio_code_credential=True,
        exclude_shared_token_cache_credential=True,
        exclude_powershell_credential=True,
        exclude_developer_cli_credential=True,
        exclude_broker_credential=True,
        process_timeout=seconds,
        retry_total=2,
        retry_backoff_factor=_PAUSE,
        **options,
    )


def _managed(options: dict[str, Any], _seconds: int) -> TokenCredential:
    client_id = os.environ.get("AZURE_CLIENT_ID") or None
    # The metadata service is on the machine: five retries over half a minute are for those that have the time.
    return identity.ManagedIdentityCredential(
        client_id=client_id, retry_total=2, retry_status=2, retry_backoff_factor=_PAUSE, **options
    )


_MAKERS: Mapping[str, Callable[[dict[str, Any], int], TokenCredential]] = {
    "default": _default,
    "workload-identity": lambda options, _: identity.WorkloadIdentityCredential(retry_total=2, **options),
    "managed-identity": _managed,
    "cli": lambda _, seconds: identity.AzureCliCredential(process_timeout=seconds),
    "environment": lambda options, _: identity.EnvironmentCredential(retry_total=2, **options),
}
_SPOKEN = {
    "default": (
        "the default identity chain",
        "log in with `az login`, or set azure.credential to the identity that is meant",
    ),
    "workload-identity": (
        "the workload identity",
        "check the Service Account's annotation azure.workload.identity/client-id and the federated credential",
    ),
    "managed-identity": (
        "the managed identity",
        "check that this machine has one, AZURE_CLIENT_ID if it has several, and that 169.254.169.254:80 is reachable",
    ),
    "cli": ("the Azure CLI's login", "install the Azure CLI and log in with `az login`"),
    "environment": (
        "the service principal of the environment",
        "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH)",
    ),
}
