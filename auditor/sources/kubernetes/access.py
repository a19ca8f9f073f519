"""Credentials into the official client's Configuration: tokens, certificates, plugins; each run bounded.

Made anew after a 401. What goes wrong is a LoginError, whose text holds nothing of the credentials.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import ConfigException
from kubernetes.config.incluster_config import InClusterConfigLoader
from kubernetes.config.kube_config import FileOrData, KubeConfigLoader

from auditor import __version__
from auditor.sources.kubernetes import plugin
from auditor.sources.kubernetes.errors import LoginError
from auditor.sources.kubernetes.kubeconfig import ACCOUNT, Chosen
from auditor.sources.kubernetes.say import ANOTHER_POD, POD

USER_AGENT = f"aks-drift-auditor/{__version__}"
POOL = 8
"""Connections at the same time."""
_SPARE = timedelta(seconds=30)
"""A token that is valid for longer than this is used; the client would run the plugin for each request of the last
five minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A way to the API server."""

    api: ApiClient
    endpoint: str
    login: str
    """How sentences call it."""

    @property
    def secret(self) -> str:
        """The token in use, so that it can be kept out of messages; may be empty."""
        return str(self.api.configuration.api_key.get("BearerToken") or "").partition(" ")[2]


def access(chosen: Chosen | None, seconds: Callable[[], float], account: Path = ACCOUNT) -> Access:
    """The way to the chosen context, or to the cluster of this pod. `seconds`: how long a plugin may run now.

    Raises LoginError.
    """
    configuration = Configuration()
    # Retries are ours (client.py): they are counted, and know the deadline.
    configuration.retries = urllib3.Retry(total=False)
    configuration.connection_pool_maxsize = POOL
    login = chosen.login if chosen else POD
    loader: Any
    if chosen is None:
        files = str(account / "token"), str(account / "ca.crt")
        loader = InClusterConfigLoader(*files)  # type: ignore[no-untyped-call]
    else:
        loader = _Loader(chosen, seconds)
    try:
        loader.load_and_set(configuration)
    except LoginError:
        raise
    except Exception as e:  # noqa: BLE001 - the client raises what it meets: KeyError, binascii.Error, OSError, …
        raise LoginError(_unusable(e, login)) from None
    _tame(configuration)
    if not configuration.verify_ssl:
        # The kubeconfig says insecure-skip-tls-verify; a warning for each request would say it again.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    api = ApiClient(configuration)
    api.user_agent = USER_AGENT
    return Access(api=api, endpoint=chosen.endpoint if chosen else configuration.host, login=login)


def _unusable(error: Exception, login: str) -> str:
    text = str(error)
    if isinstance(error, ConfigException) and text.startswith("File does not exist: "):
        return f"the credentials of {login} name a file that does not exist: {text.partition(': ')[2]}"
    if isinstance(error, OSError) and error.filename:
        return f"the credentials of {login} cannot be read: {error.filename}: {error.strerror}"
    way = ANOTHER_POD if login == POD else "renew them (`az aks get-credentials`)"
    return f"the credentials of {login} cannot be used ({type(error).__name__}); {way}"


def _tame(configuration: Configuration) -> None:
    """One thread renews the token at a time, and white space around a token (a file's last line break) is cut.

    With a line break in it the header would be refused, by a message that quotes it.
    """
    renew, lock = configuration.refresh_api_key_hook, threading.Lock()

    def renewed(own: Configuration) -> None:
        with lock:
            if renew is not None:
                renew(own)
                # Which puts its own hook back in place of this one.
                own.refresh_api_key_hook = renewed
            if "BearerToken" in own.api_key:
                own.api_key["BearerToken"] = own.api_key["BearerToken"].strip()

    configuration.refresh_api_key_hook = renewed  # type: ignore[assignment]


class _Loader(KubeConfigLoader):
    """The client's loader, but for plugins: ours has a limit and says what went wrong."""

    def __init__(self, chosen: Chosen, seconds: Callable[[], float]) -> None:
        super().__init__(chosen.merged, active_context=chosen.context, config_base_path=None)  # type: ignore[no-untyped-call]
        self._chosen = chosen
        self._seconds = seconds
        self._until: datetime | None = None

    def _load_from_exec_plugin(self) -> bool | None:
        """Overrides the client's method: set token or certificate, True if there was a plugin."""
        configured = self._chosen.credentials.get("exec")
        if not configured:
            return None
        if self._until is not None and self._until - datetime.now(UTC) > _SPARE:
            return True
        found = plugin.run(
            configured,
            user=self._chosen.user,
            cluster=self._chosen.cluster,
            folder=self._chosen.folder,
            seconds=self._seconds(),
        )
        if found.token:
            self.token = f"Bearer {found.token}"
        else:
            self.cert_file = self._file("certificate", found.client_certificate_data)
            self.key_file = self._file("key", found.client_key_data)
        if found.expiration_timestamp is not None:
            self._until = self.expiry = _aware(found.expiration_timestamp)
        return True

    def _file(self, key: str, content: str | None) -> Any:
        """A file that only we can read, gone when the process ends: TLS wants files."""
        made = FileOrData({key: content}, None, data_key_name=key, base64_file_content=False)  # type: ignore[no-untyped-call]
        return made.as_file()  # type: ignore[no-untyped-call]


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
