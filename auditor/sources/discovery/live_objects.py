"""Custom resources out of an API server: what it does not have and what it does not let us read are two things."""

from __future__ import annotations

import re

from auditor.model.service import ServiceKey
from auditor.sources.api_json.kubernetes_json import raw_items
from auditor.sources.discovery.objects import ROLE, AbsentError, NotAllowedError, Resource, config_map
from auditor.sources.gathered import SourceError
from auditor.sources.kubernetes.client import Client
from auditor.sources.kubernetes.errors import ForbiddenError, NotFoundError
from auditor.sources.kubernetes.lists import Lists

PAGE = 500
_NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")


class LiveObjects:
    """Those of the cluster that the client asks."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lists = Lists(client=client, limit=PAGE, record=False)

    def every(self, resource: Resource) -> list[bytes]:
        """See Objects: in the newest version that the server knows."""
        for version in resource.versions:
            path = f"/apis/{resource.group}/{version}/{resource.plural}"
            try:
                return self._lists.everything(path, _raw).found
            except NotFoundError:
                continue
            except ForbiddenError as e:
                raise _refused(e, "list", f"{resource.name} in all namespaces", resource.name) from None
        raise AbsentError(f"the cluster has no {resource.name}: its CRD is not installed")

    def config_map(self, key: ServiceKey) -> dict[str, str] | None:
        """See Objects."""
        if not _NAME.fullmatch(key.namespace) or not _NAME.fullmatch(key.name):
            return None  # no cluster has it, and the name would become a path
        try:
            data = self._client.get(f"/api/v1/namespaces/{key.namespace}/configmaps/{key.name}")
        except NotFoundError:
            return None
        except ForbiddenError as e:
            what = f"configmaps `{key.name}` in namespace {key.namespace}"
            raise _refused(e, "get", what, "configmaps") from None
        found = config_map(data)
        if found is None:
            raise SourceError(f"the API server answered with something else when asked for ConfigMap {key}")
        return found.data or {}


def _raw(data: bytes, *, part: bool) -> tuple[bytes, ...]:
    del part
    return tuple(raw_items(data))


def _refused(error: ForbiddenError, verb: str, what: str, resource: str) -> NotAllowedError:
    who = str(error).partition(" may not ")[0]
    return NotAllowedError(f"{who} may not {verb} {what}: grant `{verb}` on `{resource}` (ClusterRole {ROLE})")
