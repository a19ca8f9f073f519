"""Ask a lab over plain HTTP, without any client's opinions."""

import http.client
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from auditor.lab.server import Lab

GOLDEN = Path(__file__).parents[1] / "golden"
SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
GROUP = f"{SUBSCRIPTION}/resourceGroups/MC_rg_cluster_eastus"
NETWORK = "providers/Microsoft.Network"
VNET = f"{SUBSCRIPTION}/resourceGroups/rg-network/{NETWORK}/virtualNetworks/vnet-aks"
TOKEN = "lab-token"  # noqa: S105 - opens nothing but the lab
VERSION = "api-version=2025-05-01"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def ask(
    lab: Lab,
    path: str,
    *,
    token: str | None = TOKEN,
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=10)
    given = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        connection.request(method, path.removeprefix(lab.url), headers=given | (headers or {}))
        answer = connection.getresponse()
        return Reply(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def arm(lab: Lab, path: str, **how: Any) -> Reply:
    return ask(lab, f"{path}{'&' if '?' in path else '?'}{VERSION}", **how)


def changed(directory: Path, golden: str = "drift-00-baseline", **facts: Any) -> Path:
    """A copy of a golden state whose snapshot.yaml says something else."""
    shutil.copytree(GOLDEN / golden, directory)
    document = yaml.safe_load((directory / "snapshot.yaml").read_text())
    (directory / "snapshot.yaml").write_text(json.dumps(document | facts))
    return directory


def gap(source: str, scope: str, kind: str) -> dict[str, str]:
    return {"source": source, "scope": scope, "kind": kind, "reason": "403"}
