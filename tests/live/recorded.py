"""A recording without drift, in which one Service with a Private Link Service comes and goes."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auditor.controller.naming import base_name
from tests.live.command import GOLDEN

NAMESPACE, NAME = "data", "pls-nat"
UID = "377a1220-3ac6-4995-9ce3-1d86df618682"
BASE = base_name(UID)
PARTS = ("frontendIPConfigurations", "loadBalancingRules", "probes")


class Recorded:
    """A recording without drift, in which one Service with a Private Link Service comes and goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(shutil.copytree(GOLDEN / "drift-00-baseline", folder))
        next((folder / "git").rglob(f"{NAME}.yaml")).unlink()
        self._whole = {path: path.read_bytes() for path in folder.rglob("*.json")}

    def service(self) -> None:
        """Delete the Service."""
        self._change("kubernetes/services.json", lambda document: _keep(document["items"], _other_service))

    def frontend(self) -> None:
        """Delete its frontend, its rules and its probes."""

        def change(balancers: list[dict[str, Any]]) -> None:
            for one in balancers:
                for part in PARTS:
                    _keep(one["properties"][part], lambda it: not it["name"].startswith(BASE))

        self._change("azure/loadBalancers.json", change)

    def link(self) -> None:
        """Delete its Private Link Service."""
        self._change("azure/privateLinkServices.json", lambda links: _keep(links, lambda it: it["name"] != NAME))

    def everything(self) -> None:
        """Delete all of that, as the controller does."""
        self.service()
        self.frontend()
        self.link()

    def as_it_was(self) -> None:
        """Undo all changes."""
        for path, data in self._whole.items():
            path.write_bytes(data)

    def renamed(self, number: int) -> None:
        """Give what is in Azure to a Service that never was."""
        for name in ("azure/loadBalancers.json", "azure/privateLinkServices.json"):
            path = self.folder / name
            path.write_text(re.sub(f"{BASE}|a[0-9a-f]{{3}}0{{28}}", f"a{number:03x}{'0' * 28}", path.read_text()))

    def _change(self, name: str, change: Callable[[Any], None]) -> None:
        path = self.folder / name
        document = json.loads(path.read_bytes())
        change(document)
        path.write_text(json.dumps(document))


def _keep(items: list[dict[str, Any]], wanted: Callable[[dict[str, Any]], bool]) -> None:
    items[:] = [one for one in items if wanted(one)]


def _other_service(item: dict[str, Any]) -> bool:
    return bool(item["metadata"]["uid"] != UID)
