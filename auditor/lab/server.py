"""A snapshot directory on loopback: Kubernetes, ARM, token endpoint and Git remote at one address."""

from __future__ import annotations

import base64
import json
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from auditor.config.settings import Cluster
from auditor.lab import arm_api, certificate, identity, kubernetes_api
from auditor.lab.arm_api import ArmApi
from auditor.lab.configuration import GIT_TOKEN_VARIABLE, cluster_settings
from auditor.lab.exchange import Answer, Request
from auditor.lab.faults import Fault
from auditor.lab.git_remote import GitRemote, plain, url_path
from auditor.lab.http_server import HOST, Seen, Server
from auditor.lab.kubernetes_api import KubernetesApi
from auditor.lab.recorded import Recorded, read


@dataclass(frozen=True, slots=True)
class _Apis:
    """What is served at one moment; a reload puts another in its place."""

    recorded: Recorded
    kubernetes: KubernetesApi
    arm: ArmApi
    git: GitRemote


class Lab:
    """Serves a snapshot directory while it is entered; `reload` takes up a change of it.

    `page_size` is that of ARM's lists. `token` is what Kubernetes and ARM ask for, and the token endpoint gives;
    `git_token`, if it is given, is the password that the Git remote asks for.
    """

    def __init__(
        self,
        directory: Path,
        *,
        page_size: int = 500,
        port: int = 0,
        token: str = "lab-token",  # noqa: S107 - opens nothing but the lab
        git_token: str | None = None,
    ) -> None:
        self.directory, self.page_size, self.token, self.git_token = Path(directory), page_size, token, git_token
        self._port, self._generation = port, 0
        self._server: Server | None = None
        self._apis: _Apis | None = None

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="auditor-lab-")
        try:
            tls, self._certificate = certificate.make(Path(self._folder.name), HOST)
            self._server = Server(self._port, tls=tls, answer=self._answer, failure=self._failure)
            self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="lab")
            self._apis = self._read()
        except BaseException:
            if self._server:
                self._server.server_close()
            self._folder.cleanup()
            raise
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.stop()
        self._thread.join()
        self._folder.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._running.server_address[1])

    @property
    def url(self) -> str:
        """Of the Kubernetes API and of ARM."""
        return f"http://{HOST}:{self.port}"

    @property
    def cluster_id(self) -> str:
        """The resource id of the AKS cluster that ARM answers."""
        return self._serving.arm.cluster_id

    @property
    def cluster(self) -> str:
        """The cluster's name in the snapshot."""
        return self._serving.recorded.cluster

    @property
    def captured_at(self) -> datetime | None:
        """When the snapshot was recorded: the clock to which its events belong."""
        return self._serving.recorded.captured_at

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which azure-identity finds the token endpoint, and the Git token if one is asked for."""
        git = {GIT_TOKEN_VARIABLE: self.git_token} if self.git_token else {}
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.url} | git

    @property
    def requests(self) -> list[Seen]:
        """All requests so far, in order: method, path with query, user agent."""
        with self._running.lock:
            return list(self._running.seen)

    def git_url(self, source: str) -> str:
        """Where a Git source is served. Raises KeyError if the snapshot has no such source."""
        if source not in {one.name for one in self._serving.recorded.git}:
            raise KeyError(source)
        return self.url + url_path(source)

    def commit(self, source: str) -> str:
        """The commit id of a Git source. Raises KeyError if the snapshot does not hold its manifests."""
        return self._serving.git.commit(source)

    def kubeconfig(self, folder: Path) -> Path:
        """Write a kubeconfig, with the cluster's name as context, to a folder; its path."""
        name = self.cluster
        authority = base64.b64encode(self._certificate).decode()
        server = {"server": f"https://{HOST}:{self.port}", "certificate-authority-data": authority}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": server}],
            "users": [{"name": "lab", "user": {"token": self.token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": "lab"}}],
        }
        path = folder / "kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(document, indent=1))  # JSON is YAML
        return path

    def settings(self) -> Cluster:
        """The configuration of a live audit of it; `environment` must be set for its credential."""
        recorded = self._serving.recorded
        return cluster_settings(
            recorded,
            kubeconfig=self.kubeconfig(Path(self._folder.name)),
            endpoint=self.url,
            cluster_id=self.cluster_id,
            git_urls={one.name: self.git_url(one.name) for one in recorded.git},
            git_token=self.git_token is not None,
        )

    def reload(self) -> None:
        """Take up a changed snapshot directory: continue tokens given before expire."""
        self._generation += 1
        self._apis = self._read()

    def fault(
        self,
        pattern: str,
        *,
        status: int | None = None,
        body: str | bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
        delay: float | None = None,
        truncate: bool = False,
        meanwhile: Callable[[], object] | None = None,
    ) -> None:
        """Spoil the answers to requests whose path with query (as sent, or decoded) holds a regular expression.

        A status without a body is answered in the words of the API that was asked. `times` None: always. `meanwhile` is
        called between the making of the answer and its sending: what it changes, the next request sees.
        """
        if isinstance(body, Mapping):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body
        fault = Fault(re.compile(pattern), status, data, dict(headers or {}), times, delay, truncate, meanwhile)
        self._running.faults.add(fault)

    def clear_faults(self) -> None:
        """Answer as recorded again."""
        self._running.faults.clear()

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("the lab is not entered")
        return self._server

    @property
    def _serving(self) -> _Apis:
        if self._apis is None:
            raise RuntimeError("the lab is not entered")
        return self._apis

    def _read(self) -> _Apis:
        recorded = read(self.directory)
        address = f"{HOST}:{self.port}"
        git = GitRemote(recorded, Path(self._folder.name), token=self.git_token)
        kubernetes = KubernetesApi(
            recorded,
            token=self.token,
            server=address,
            generation=self._generation,
            replaced=git.replaced(recorded, self.url),
        )
        arm = ArmApi(recorded, token=self.token, url=self.url, page_size=self.page_size)
        return _Apis(recorded, kubernetes, arm, git)

    def _answer(self, request: Request) -> Answer:
        apis = self._serving
        answers: dict[str, Callable[[Request], Answer]] = {
            "git": apis.git.answer,
            "identity": lambda asked: identity.answer(asked, self.token),
            "arm": apis.arm.answer,
            "kubernetes": apis.kubernetes.answer,
        }
        return answers[_api(request.path)](request)

    def _failure(self, status: int, request: Request) -> Answer:
        failures: dict[str, Callable[[], Answer]] = {
            "git": lambda: plain(status, "The lab was told to fail"),
            "identity": lambda: identity.failure(status),
            "arm": lambda: arm_api.failure(status, request),
            "kubernetes": lambda: kubernetes_api.failure(status, request),
        }
        return failures[_api(request.path)]()


def _api(path: str) -> str:
    """Which of the APIs is asked."""
    if path in (identity.IMDS, identity.APP_SERVICE):
        return "identity"
    if path.startswith("/git/"):
        return "git"
    return "arm" if path.lower().startswith(("/subscriptions", "/providers")) else "kubernetes"
