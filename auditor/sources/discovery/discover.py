"""Ask a cluster where its manifests come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from auditor.config.settings import Cluster
from auditor.sources.api_json.kubernetes_json import joined
from auditor.sources.discovery.argocd import ArgoCd
from auditor.sources.discovery.flux import Flux
from auditor.sources.discovery.found import Discovered, Finds
from auditor.sources.discovery.objects import Objects, RecordedObjects
from auditor.sources.discovery.repositories import sources

if TYPE_CHECKING:
    from auditor.sources.kubernetes.client import Client


def discover(client: Client, cluster: Cluster, *, record: bool = False) -> Discovered:
    """What the live cluster says, by its `intent`; empty for `git`. Never raises for what a cluster may hold."""
    from auditor.sources.discovery.live_objects import LiveObjects

    return of_objects(LiveObjects(client), cluster, endpoint=client.endpoint, record=record)


def replayed(read: Callable[[str], bytes | None], cluster: Cluster) -> Discovered:
    """What a recording says. `read` gives the bytes of a file of the snapshot, or None."""
    return of_objects(RecordedObjects(read), cluster, endpoint=None)


def of_objects(objects: Objects, cluster: Cluster, *, endpoint: str | None, record: bool = False) -> Discovered:
    """What these objects say."""
    finds = Finds()
    if cluster.intent == "flux":
        Flux(objects, finds).read()
    elif cluster.intent == "argocd":
        ArgoCd(objects, finds, cluster=cluster.name, endpoint=endpoint).read()
    return Discovered(
        sources=sources(finds.feeds, cluster.git),
        gaps=tuple(finds.gaps),
        ignored=tuple(finds.ignored),
        causes=finds.causes,
        elsewhere=tuple(finds.elsewhere),
        recorded={file: joined(items) for file, items in finds.recorded.items()} if record else {},
    )
