"""The custom resources of a recording, `kubernetes/<plural>.<group>.json`, and its ConfigMaps.

A resource without a file is one whose CRD is not installed. Where an object names a recorded repository, the address
and the commit become those of the lab, so that what it says of them stays true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from auditor.lab.kubernetes_objects import Item, Kind, item
from auditor.sources.api_json.kubernetes_json import raw_items
from auditor.sources.api_json.wire import DecodeError
from auditor.sources.discovery.objects import CONFIG_MAPS, RESOURCES, Resource
from auditor.sources.snapshots.snapshot_files import FileError, read_file

PATH = re.compile(
    r"/apis/(?P<group>[^/]+)/(?P<version>[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?/?"
)
CONFIG_MAP = Kind("configmaps", "ConfigMap", ("cm",), frozenset(("metadata.name", "metadata.namespace")))


def kind_of(resource: Resource) -> Kind:
    """A custom resource as the API knows it, by the name that RBAC gives it."""
    namespaced = resource.kind != "NginxIngressController"
    return Kind(resource.name, resource.kind, (), frozenset(("metadata.name", "metadata.namespace")), namespaced)


def asked(group: str, version: str, plural: str) -> Resource | None:
    """The resource of a path, in its newest version; older ones are not served."""
    return next(
        (one for one in RESOURCES if (one.group, one.versions[0], one.plural) == (group, version, plural)), None
    )


def items(root: str, replaced: Mapping[str, str]) -> dict[str, list[Item]]:
    """The objects by resource, of those that have a file. `replaced`: recorded addresses and commits to the lab's."""
    found: dict[str, list[Item]] = {}
    for kind, file in ((CONFIG_MAP, CONFIG_MAPS), *((kind_of(one), one.file) for one in RESOURCES)):
        try:
            raw = raw_items(read_file(root, file))
            found[kind.plural] = sorted(_items(kind, raw, replaced), key=lambda one: one.key)
        except (FileError, DecodeError):
            continue
    return found


def _items(kind: Kind, raw: Iterable[bytes], replaced: Mapping[str, str]) -> Iterable[Item]:
    for data in raw:
        text = data
        for old, new in replaced.items():
            text = text.replace(old.encode(), new.encode())
        try:
            yield item(kind, text)
        except msgspec.DecodeError:
            # What the auditor makes of junk is part of what is tried here.
            yield Item(key="", namespace="", version=0, labels={}, fields={}, body=bytes(text))
