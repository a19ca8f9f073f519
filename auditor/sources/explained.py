"""Why the cluster is not as Git says, where the objects that stand between them tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import timedelta
from typing import TYPE_CHECKING

from auditor.model.snapshot import Gap, Snapshot
from auditor.sources.gathered import Gathered
from auditor.sources.side_by_side import finished, start

if TYPE_CHECKING:
    from auditor.sources.kubernetes.client import Client


def explained(snapshot: Snapshot, causes: Mapping[str, str], client: Future[Client], limit: timedelta) -> Snapshot:
    """With what the GitOps tool (`causes`), and the objects that Git speaks through, say of differences from Git."""
    found = dict(causes)
    if snapshot.partials and client.done() and not client.exception():
        from auditor.sources.discovery.live_objects import LiveObjects
        from auditor.sources.discovery.stopped import stops

        asked = Gathered("kubernetes")
        objects = LiveObjects(client.result())
        told = finished(
            start("owners", lambda: stops(snapshot, objects, asked)), "kubernetes", "*", limit, "declarations"
        )
        gaps = (*asked.gaps, told) if isinstance(told, Gap) else tuple(asked.gaps)
        found = ({} if isinstance(told, Gap) else dict(told)) | found
        snapshot = dataclasses.replace(snapshot, gaps=(*snapshot.gaps, *gaps))
    return dataclasses.replace(snapshot, causes=tuple(sorted(found.items()))) if found else snapshot
