"""Single Services: by their name, with their JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from auditor.model.service import LOAD_BALANCER, Live, ServiceKey
from auditor.sources.api_json.kubernetes_json import decode_services
from auditor.sources.kubernetes.client import Client
from auditor.sources.kubernetes.errors import NotFoundError, StrangeAnswerError
from auditor.sources.kubernetes.lists import Listed, understood
from auditor.sources.kubernetes.say import asked

LOAD_BALANCERS = f"spec.type={LOAD_BALANCER}"
"""A field selector that servers know since Kubernetes 1.31."""
_NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")


class One(NamedTuple):
    """A Service."""

    live: Live
    raw: bytes
    """Its JSON; empty if it was not to be kept."""


def possible(key: ServiceKey) -> bool:
    """True if a cluster can have a Service of this name; others are not asked for: the name would become a path."""
    return _NAME.fullmatch(key.namespace) is not None and _NAME.fullmatch(key.name) is not None


def keyed(listed: Listed[Live]) -> Iterator[tuple[ServiceKey, One]]:
    """The Services of a list by their name."""
    raw = listed.raw or [b""] * len(listed.found)
    for live, data in zip(listed.found, raw, strict=True):
        yield live.key, One(live, data)


def get(client: Client, key: ServiceKey) -> One | None:
    """One Service; None if it does not exist. Raises SourceError."""
    path = f"/api/v1/namespaces/{key.namespace}/services/{key.name}"
    try:
        data = client.get(path)
    except NotFoundError:
        return None
    found = understood(data, path, decode_services)
    if [one.key for one in found] != [key]:
        raise StrangeAnswerError(f"the API server answered with something else when asked to {asked(path)}")
    return One(found[0], data)
