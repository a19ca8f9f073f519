"""snapshot.yaml, the facts of a recording: text to typed values.

Every fault is told at once, with the key that it concerns. Unknown keys are ignored: a newer auditor may have put
them there.
"""

from __future__ import annotations

import typing
from datetime import UTC, datetime
from typing import Any

import msgspec

from auditor.errors import SnapshotError
from auditor.model import snapshot as model
from auditor.model.service import Owner
from auditor.model.snapshot import Facts, Gap, GitSource, Read
from auditor.sources.yaml_text import goscalar
from auditor.sources.yaml_text.nodes import Mapping, Node, Sequence, YamlError
from auditor.sources.yaml_text.yamldoc import load

FILE = "snapshot.yaml"
SCHEMA = "aks-auditor/snapshot-v1"
_POOL_TYPES = {name.lower(): name for name in ("nodeIPConfiguration", "nodeIP")}


class Azure(msgspec.Struct, rename="camel", omit_defaults=True):
    """What is under `azure:`."""

    subscription_id: str | None = None
    node_resource_group: str | None = None
    location: str | None = None


class Controller(msgspec.Struct, rename="camel", omit_defaults=True):
    """What is under `controller:`."""

    cluster_name: str | None = None
    virtual_network: str | None = None
    subnet: str | None = None
    private_link_service_resource_group: str | None = None
    backend_pool_type: str | None = None
    multiple_load_balancers: list[str] | None = None


class Owning(msgspec.Struct, omit_defaults=True):
    """An object that applies what is in a Git source."""

    kind: str
    name: str
    namespace: str | None = None


class Git(msgspec.Struct, omit_defaults=True):
    """One entry of `git:`."""

    name: str
    path: str | None = None
    url: str | None = None
    ref: str | None = None
    commit: str | None = None
    namespace: str | None = None
    applied: str | None = None
    delay: str | None = None
    owners: list[Owning] | None = None


class Missing(msgspec.Struct):
    """One entry of `gaps:`."""

    source: str
    scope: str
    kind: str
    reason: str


class Reading(msgspec.Struct, rename="camel", omit_defaults=True):
    """One entry of `reads:`."""

    source: str
    scope: str
    kind: str
    objects: int
    read_at: datetime | None = None


class Ignored(msgspec.Struct, omit_defaults=True):
    """One entry of `ignored:`."""

    kind: str
    owner: str
    namespace: str | None = None
    """Of the owner."""
    services: str | None = None
    """Glob of their names."""
    within: str | None = None
    """Glob of their namespaces."""
    pointers: list[str] | None = None
    managers: list[str] | None = None


class Document(msgspec.Struct, rename="camel", omit_defaults=True):
    """The whole file."""

    schema: str | None = None
    cluster: str | None = None
    captured_at: datetime | None = None
    azure: Azure | None = None
    controller: Controller | None = None
    git: list[Git] | None = None
    gaps: list[Missing] | None = None
    reads: list[Reading] | None = None
    """What the recording was made of; None if nobody said."""
    causes: dict[str, str] | None = None
    """Why the cluster does not follow Git, by the object that says so."""
    ignored: list[Ignored] | None = None
    """Differences that the GitOps tool is told to ignore."""
    inferred: list[str] | None = None
    """Which facts were concluded from other objects, so that a replay is no surer than the recording was."""


def parse(data: bytes) -> Document:
    """The document. Raises SnapshotError with every fault."""
    raw = _raw(data)
    try:
        found = msgspec.convert(raw, Document)
    except msgspec.ValidationError:
        raise SnapshotError("\n".join(f"{FILE}: {fault}" for fault in _faults(raw, Document, ""))) from None
    if found.schema not in (None, SCHEMA):
        raise SnapshotError(f"{FILE}: schema: `{found.schema}` is not known; this auditor reads `{SCHEMA}`")
    pool_type = found.controller.backend_pool_type if found.controller else None
    if pool_type and pool_type.lower() not in _POOL_TYPES:
        raise SnapshotError(
            f"{FILE}: controller.backendPoolType: `{pool_type}` is not one of {', '.join(_POOL_TYPES.values())}"
        )
    network = found.controller.virtual_network if found.controller else None
    if network and "/virtualnetworks/" not in network.lower():
        raise SnapshotError(
            f"{FILE}: controller.virtualNetwork: `{network}` is no resource id; "
            "write /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…"
        )
    if found.captured_at is not None and found.captured_at.tzinfo is None:
        found.captured_at = found.captured_at.replace(tzinfo=UTC)
    return found


def facts(document: Document) -> Facts:
    """The facts that the file gives."""
    azure = document.azure or Azure()
    controller = document.controller or Controller()
    several = controller.multiple_load_balancers
    return Facts(
        subscription_id=azure.subscription_id or None,
        node_resource_group=azure.node_resource_group or None,
        location=azure.location or None,
        cluster_name=controller.cluster_name or "kubernetes",
        virtual_network=controller.virtual_network or None,
        subnet=controller.subnet or None,
        pls_resource_group=controller.private_link_service_resource_group or None,
        backend_pool_type=_POOL_TYPES.get((controller.backend_pool_type or "").lower()),
        multiple_load_balancers=None if several is None else tuple(several),
        inferred=frozenset(document.inferred or ()) & frozenset(Facts.__dataclass_fields__),
    )


def git_source(entry: Git) -> GitSource:
    """One Git source; its manifests are in `git/<name>` unless the entry says otherwise."""
    path = entry.path or f"git/{entry.name}"
    return GitSource(
        name=entry.name, path=path, url=entry.url, ref=entry.ref, commit=entry.commit, applied=entry.applied,
        delay=entry.delay,
        owners=tuple(Owner(one.kind, one.namespace or "", one.name) for one in entry.owners or ()),
    )  # fmt: skip


def ignored(entry: Ignored) -> model.Ignored:
    """Differences that are to be ignored."""
    return model.Ignored(
        owner=Owner(entry.kind, entry.namespace or "", entry.owner), name=entry.services or "",
        namespace=entry.within or "", pointers=tuple(entry.pointers or ()), managers=tuple(entry.managers or ()),
    )  # fmt: skip


def read(entry: Reading) -> Read:
    """A collection that the recording was made of."""
    at = entry.read_at.replace(tzinfo=entry.read_at.tzinfo or UTC) if entry.read_at else None
    return Read(source=entry.source, scope=entry.scope, kind=entry.kind, objects=entry.objects, read_at=at)


def gap(entry: Missing) -> Gap:
    """A gap that the recording had."""
    return Gap(source=entry.source, scope=entry.scope, kind=entry.kind, reason=entry.reason)


def _raw(data: bytes) -> dict[str, Any]:
    try:
        roots = load(data, _plain)
    except YamlError as e:
        raise SnapshotError(f"{FILE}:{e.line} {e.reason}") from None
    except RecursionError:
        raise SnapshotError(f"{FILE}: its aliases nest too deeply") from None
    if len(roots) > 1:
        raise SnapshotError(f"{FILE}: holds several documents; one is expected")
    found = roots[0] if roots else {}
    if not isinstance(found, dict):
        raise SnapshotError(f"{FILE}: is not a mapping; see `schema: {SCHEMA}` in the documentation")
    return found


def _plain(node: Node) -> Any:
    """The tree as plain values; the loader bounds depth and repetition."""
    if isinstance(node, Mapping):
        return {key: _plain(item) for key, item in node.items()}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node]
    return goscalar.value(node)


def _faults(raw: Any, kind: type[msgspec.Struct], path: str) -> list[str]:
    """Every fault below `path`: msgspec stops at the first, a person wants them all."""
    found: list[str] = []
    for field in msgspec.structs.fields(kind):
        where = f"{path}.{field.encode_name}".lstrip(".")
        if field.encode_name not in raw:
            if field.required:
                found.append(f"{where}: is missing")
            continue
        found += _field_faults(raw[field.encode_name], field.type, where)
    return found


def _field_faults(value: Any, kind: Any, where: str) -> list[str]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as e:
        for one in typing.get_args(kind) or (kind,):
            if _is_struct(one) and isinstance(value, dict):
                return _faults(value, one, where)
            (item,) = typing.get_args(one) or (None,)
            if _is_struct(item) and isinstance(value, list) and all(isinstance(each, dict) for each in value):
                return [fault for i, each in enumerate(value) for fault in _faults(each, item, f"{where}[{i}]")]
        text = str(e)
        return [f"{where}: {text[:1].lower()}{text[1:]}"]
    return []


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
