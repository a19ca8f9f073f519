"""The id of a run over a recording: the same for the same recording and clock, and for no other."""

import hashlib
import uuid
from datetime import datetime

from auditor.model.snapshot import Snapshot

RUNS = uuid.UUID("6f1f2f6e-6b53-5d53-9c6e-0d3c4f0a7b11")
"""Namespace of run ids."""


def run_id(snapshot: Snapshot, now: datetime) -> str:
    """Return an id that is made of what was read."""
    digest = hashlib.sha256(repr((snapshot.cluster, now, snapshot.git, snapshot.gaps, snapshot.reads)).encode())
    for service in snapshot.services or ():
        digest.update(f"{service.uid} {service.resource_version}\n".encode(errors="replace"))
    for lb in snapshot.load_balancers or ():
        digest.update(f"{lb.id} {lb.etag}\n".encode(errors="replace"))
    for pls in snapshot.private_link_services or ():
        digest.update(f"{pls.id} {pls.etag}\n".encode(errors="replace"))
    return str(uuid.uuid5(RUNS, digest.hexdigest()))
