"""A small clean estate for end-to-end tests: three Services of a golden state, which the lab serves and tests let drift."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parents[1] / "golden" / "drift-00-baseline"
KEPT = {"pls-visibility", "rule-deleted", "public"}
"""One with a Private Link Service, one internal, one public; all of them would be near a limit of Azure."""
RULED = "TCP-80"


class Estate:
    """A snapshot directory of one cluster."""

    def __init__(self, folder: Path, cluster: str) -> None:
        self.folder = folder
        shutil.copytree(GOLDEN, folder)
        self._text("snapshot.yaml", lambda text: text.replace("cluster: drift-00-baseline", f"cluster: {cluster}"))
        for path in folder.glob("git/main/*/*.yaml"):
            if path.stem not in KEPT:
                path.unlink()
        services = json.loads((folder / "kubernetes/services.json").read_text())
        gone = [one for one in services["items"] if one["metadata"]["name"] not in KEPT]
        services["items"] = [one for one in services["items"] if one["metadata"]["name"] in KEPT]
        self._write("kubernetes/services.json", services)
        bases = tuple(f"a{one['metadata']['uid'].replace('-', '')}"[:32] for one in gone)
        self._balancers(lambda _, name: not name.startswith(bases))
        services_of_azure = self._read("azure/privateLinkServices.json")
        self._write("azure/privateLinkServices.json", [one for one in services_of_azure if one["name"] in KEPT])
        self._clean = {path: path.read_bytes() for path in (folder / "azure").glob("*.json")}

    def show_to_everyone(self) -> None:
        """Somebody lets every subscription see the Private Link Service: exposure."""
        (private,) = services = self._read("azure/privateLinkServices.json")
        private["properties"]["visibility"] = {"subscriptions": ["*"]}
        self._write("azure/privateLinkServices.json", services)

    def drop_a_rule(self) -> None:
        """Somebody deletes the rule of the internal Service: an outage of high severity."""
        uid = next(
            one["metadata"]["uid"]
            for one in self._read("kubernetes/services.json")["items"]
            if one["metadata"]["name"] == "rule-deleted"
        )
        base = f"a{uid.replace('-', '')}"[:32]
        self._balancers(lambda kind, name: not (kind == "loadBalancingRules" and name.startswith(base)))

    def mend(self) -> None:
        """All is as the controller made it."""
        for path, content in self._clean.items():
            path.write_bytes(content)

    def _balancers(self, keep: Callable[[str, str], bool]) -> None:
        balancers = self._read("azure/loadBalancers.json")
        for balancer in balancers:
            for kind in ("frontendIPConfigurations", "loadBalancingRules", "probes"):
                found = balancer["properties"][kind]
                balancer["properties"][kind] = [one for one in found if keep(kind, one["name"])]
        self._write("azure/loadBalancers.json", balancers)

    def _read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def _write(self, name: str, document: Any) -> None:
        (self.folder / name).write_text(json.dumps(document))

    def _text(self, name: str, change: Callable[[str], str]) -> None:
        path = self.folder / name
        path.write_text(change(path.read_text()))
