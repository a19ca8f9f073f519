"""What one cluster of the fleet has, as its controllers made it of the repository: a World, and its recording."""

import json
from pathlib import Path
from typing import Any

import yaml

from auditor.model.service import Live
from tests import arm
from tests.fleet.repository import ADDRESS, INTERNAL, PINNED, SUBNET, TIMEOUT, Files, write
from tests.world import World

FLUX = "helm.toolkit.fluxcd.io"
URL = "https://git.example/platform/fleet.git"
YES = {INTERNAL: "true"}
BEHIND = {SUBNET: "snet-ilb"}


def release(name: str, namespace: str) -> dict[str, Any]:
    """The labels with which Flux marks what it made of a HelmRelease."""
    return {"labels": {f"{FLUX}/name": name, f"{FLUX}/namespace": namespace, "app.kubernetes.io/managed-by": "Helm"}}


def helm(name: str, namespace: str) -> dict[str, str]:
    """The annotations that Helm leaves."""
    return {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace}


def world(cluster: str) -> World:
    """An untouched cluster: `test/00`, `test/01`, `prod/00` or `prod/01`."""
    env, _, number = cluster.partition("/")
    made = World()
    pinned = number == "00"
    pin: dict[str, Any] = {"load_balancer_ip": PINNED[env]} if pinned and env == "test" else {}
    shop = YES | {TIMEOUT: "10"} | (BEHIND if env == "prod" else {}) | helm("shop", "payments")
    shop |= {ADDRESS: PINNED[env]} if pinned and env == "prod" else {}
    made.service("payments/shop", shop, git=False, **release("shop", "payments"), **pin)
    pls = {"azure-load-balancer-internal": "true", "azure-pls-create": "true", "azure-pls-name": "ledger"}
    made.service("ledger/ledger", pls, git=False)
    made.service("ingress/ingress-controller", YES | BEHIND | helm("ingress", "ingress"), git=False,
                 external_traffic_policy="Local", health_check_node_port=31999, **release("ingress", "ingress"))  # fmt: skip
    gateway: dict[str, Any] = {"labels": {"gateway.networking.k8s.io/gateway-name": "edge"}}
    made.service("web/edge-istio", YES | BEHIND, git=False, **gateway)
    made.service("app-routing-system/nginx-inside-0", YES, git=False)
    made.change_live("edge-istio", owners=(("Gateway", "edge"),))
    made.change_live("nginx-inside-0", owners=(("NginxIngressController", "inside"),))
    return made


def record(
    folder: Path, state: World, files: Files, *, cluster: str, objects: dict[str, list[dict[str, Any]]] | None = None
) -> None:
    """Write a recording: the world, the repository, and custom resources by name (`helmreleases.helm.toolkit…`)."""
    arm.write(state, folder, cluster=cluster, commit="0" * 40)
    path = folder / "kubernetes" / "services.json"
    services = json.loads(path.read_text())
    by_name = {one.name: one for one in state.live or ()}
    for one in services["items"]:
        _complete(one, by_name[one["metadata"]["name"]])
    path.write_text(json.dumps(services))
    write(folder / "git" / "fleet", files)
    document = yaml.safe_load((folder / "snapshot.yaml").read_text())
    document["git"] = [{"name": "fleet", "path": "git/fleet", "url": URL, "ref": "main", "commit": "0" * 40}]
    (folder / "snapshot.yaml").write_text(yaml.safe_dump(document))
    for name, items in (objects or {}).items():
        (folder / "kubernetes" / f"{name}.json").write_text(json.dumps({"kind": "List", "items": items}))


def _complete(document: dict[str, Any], live: Live) -> None:
    """What the demo's writer leaves out."""
    spec = {
        "loadBalancerIP": live.load_balancer_ip,
        "loadBalancerSourceRanges": live.source_ranges and list(live.source_ranges),
    }
    document["spec"] |= {key: value for key, value in spec.items() if value}
    owners = [{"kind": kind, "name": name, "apiVersion": "v1", "uid": name} for kind, name in live.owners]
    document["metadata"] |= {"ownerReferences": owners} if owners else {}
