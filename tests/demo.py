"""The demo's recording: a small company whose cluster and Azure have drifted apart. `--check` compares, else it writes.

Its Azure side is made as tests/world.py makes it, then changed as people change things: by hand, in the portal.
"""

import dataclasses
import filecmp
import shutil
import sys
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path

from auditor.model import azure
from auditor.model.service import Event, Node, Port
from tests import arm
from tests.world import NODES, NOW, OTHER, World

WHERE = Path(__file__).parents[1] / "auditor" / "lab" / "demo"
COMMIT = "3f2c1aa94be05d7716c8a1b2e90d43c5f6a7b8c9"
INTERNAL = {"azure-load-balancer-internal": "true"}
LEFT = "7f6e5d4c-3b2a-4190-8f7e-6d5c4b3a2910"
"""The subscription of a partner that left."""


def _internal(**more: str) -> dict[str, str]:
    return INTERNAL | {key.replace("_", "-"): value for key, value in more.items()}


def world() -> World:
    """Twelve Services of four teams, made by the controller, then five things that went wrong."""
    it = World()
    it.nodes = [Node(name=f"aks-pool-{i}", labels={}, addresses=(f"10.240.0.{4 + i}",)) for i in range(3)]
    for name, annotations in _services().items():
        team = name.partition("/")[0]
        it.service(name, annotations, labels={"team": team}, ports=(Port(port=443, name="https", target_port=8443),),
                   uid=str(uuid.uuid5(uuid.NAMESPACE_DNS, name)))  # fmt: skip
    _go_wrong(it)
    it.declared = [dataclasses.replace(d, path=f"clusters/weu/{d.namespace}/{d.name}.yaml") for d in it.declared or ()]
    return it


def _services() -> dict[str, dict[str, str]]:
    return {
        "payments/ledger-api": _internal(
            azure_load_balancer_ipv4="10.240.2.10", azure_pls_create="true", azure_pls_name="pls-ledger",
            azure_pls_ip_configuration_subnet="snet-pls", azure_pls_visibility=OTHER,
        ),
        "payments/fraud-check": _internal(azure_load_balancer_ipv4="10.240.2.11"),
        "payments/reports": _internal(),
        "orders/checkout": _internal(azure_load_balancer_ipv4="10.240.2.20"),
        "orders/basket": _internal(azure_load_balancer_internal_subnet="snet-ilb"),
        "orders/export": _internal(azure_pls_create="true", azure_pls_name="pls-export", azure_pls_visibility=OTHER),
        "orders/legacy-feed": _internal(),
        "web/shop": {"azure-load-balancer-internal": "True"},
        "web/landing": {},
        "web/search": _internal(),
        "platform/metrics": _internal(azure_load_balancer_ipv4="10.240.2.40"),
        "platform/registry": _internal(azure_pls_create="true", azure_pls_name="pls-registry", azure_pls_visibility="*"),
    }  # fmt: skip


def _index(it: World, name: str) -> int:
    """The place of a PLS in the list."""
    return next(i for i, p in enumerate(it.pls or ()) if p.name == name)


def _go_wrong(it: World) -> None:
    # the partner left; somebody had added it by hand, and its endpoint is still connected
    ledger = _index(it, "pls-ledger")
    pls = (it.pls or [])[ledger]
    endpoints = [("pe-partner", LEFT), ("pe-treasury", OTHER)]
    it.change_pls(ledger, visibility=(OTHER, LEFT), connections=tuple(
        azure.Connection(id=f"{pls.id}/privateEndpointConnections/{n}.1f2e3d4c", name=f"{n}.1f2e3d4c", status="Approved",
                         endpoint_id=f"/subscriptions/{s}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/{n}")
        for n, s in endpoints))  # fmt: skip
    # the annotation was taken away from Git, which does not delete a Private Link Service
    for change in (it.change_git, it.change_live):
        change("export", annotations={"azure-pls-create": None, "azure-pls-name": None, "azure-pls-visibility": None})
    # an address was changed in the portal
    number = next(i for i, f in enumerate(it.frontends["kubernetes-internal"]) if f.ip == "10.240.2.20")
    it.change_frontend(number, ip="10.240.2.99")
    it.change_live("metrics", annotations={"azure-load-balancer-ipv4": "10.240.2.41"}, changed_by="kubectl-edit",
                   changed_at=NOW - timedelta(minutes=50))  # fmt: skip
    metrics = next(i for i, f in enumerate(it.frontends["kubernetes-internal"]) if f.ip == "10.240.2.40")
    it.change_frontend(metrics, ip="10.240.2.41")
    it.change_live("metrics", ingress=("10.240.2.41",))
    _force_away(it)
    _new_service_that_cannot_be(it)


def _force_away(it: World) -> None:
    """A Service was deleted with its finalizer removed: Azure keeps its frontend, its rule and its probe."""
    it.declared = [d for d in it.declared or () if d.name != "legacy-feed"]
    it.live = [s for s in it.live or () if s.name != "legacy-feed"]


def _new_service_that_cannot_be(it: World) -> None:
    """A new Service asks for an address that the first node has."""
    it.service("web/assistant", _internal(azure_load_balancer_ipv4="10.240.0.4"), made=False,
               labels={"team": "web"}, uid=str(uuid.uuid5(uuid.NAMESPACE_DNS, "web/assistant")))  # fmt: skip
    live = next(s for s in it.live or () if s.name == "assistant")
    reason = f"PUT {NODES}/loadBalancers/kubernetes-internal: RESPONSE 400: ERROR CODE: PrivateIPAddressIsAllocated"
    it.events = [Event(uid=live.uid, reason="SyncLoadBalancerFailed", at=NOW - timedelta(minutes=3), resource_version="901",
                       message=f"Error syncing load balancer: failed to ensure load balancer: {reason}")]  # fmt: skip


def main() -> int:
    """Write the recording, or compare it with what would be written."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "demo"
        arm.write(world(), made, cluster="prod-weu", commit=COMMIT)
        if "--check" in sys.argv:
            names = sorted(p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file())
            there = sorted(p.relative_to(WHERE).as_posix() for p in WHERE.rglob("*") if p.is_file())
            _, changed, errors = filecmp.cmpfiles(made, WHERE, names, shallow=False)
            if changed or errors or names != there:
                sys.stderr.write(f"auditor/lab/demo is out of date ({changed or errors}): run python -m tests.demo\n")
                return 1
            return 0
        shutil.rmtree(WHERE, ignore_errors=True)
        shutil.copytree(made, WHERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
