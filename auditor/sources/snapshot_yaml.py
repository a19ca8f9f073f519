"""snapshot.yaml, the facts of a recording: text to typed values and back.

Every fault is told at once, with the key that it concerns. Unknown keys are ignored: a newer auditor may have put
them there.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from datetime import UTC, datetime
from typing import Any

import msgspec
import yaml

from auditor.errors import SnapshotError
from auditor.model.snapshot import Facts, Gap, GitSource, Snapshot
from auditor.sources import goscalar, redact
from auditor.sources.nodes import Mapping, Node, Sequence, YamlError
from auditor.sources.yamldoc import load

FILE = "snapshot.yaml"
SCHEMA = "aks-auditor/snapshot-v1"


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


class Git(msgspec.Struct, omit_defaults=True):
    """One entry of `git:`."""

    name: str
    path: str | None = None
    url: str | None = None
    ref: str | None = None
    commit: str | None = None
    namespace: str | None = None


class Missing(msgspec.Struct):
    """One entry of `gaps:`."""

    source: str
    scope: str
    kind: str
    reason: str


class Document(msgspec.Struct, rename="camel", omit_defaults=True):
    """The whole file."""

    schema: str | None = None
    cluster: str | None = None
    captured_at: datetime | None = None
    azure: Azure | None = None
    controller: Controller | None = None
    git: list[Git] | None = None
    gaps: list[Missing] | None = None
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
    if found.captured_at is not None and found.captured_at.tzinfo is None:
        found.captured_at = found.captured_at.replace(tzinfo=UTC)
    return found


def facts(document: Document) -> Facts:
    """The facts that the file gives."""
    azure = document.azure or Azure()
    controller = document.controller or Controller()
    several = controller.multiple_load_balancers
    return Facts(
        subscription_id=azure.subscription_id,
        node_resource_group=azure.node_resource_group,
        location=azure.location,
        cluster_name=controller.cluster_name or "kubernetes",
        virtual_network=controller.virtual_network,
        subnet=controller.subnet,
        pls_resource_group=controller.private_link_service_resource_group,
        backend_pool_type=controller.backend_pool_type,
        multiple_load_balancers=None if several is None else tuple(several),
        inferred=frozenset(document.inferred or ()) & frozenset(Facts.__dataclass_fields__),
    )


def git_source(entry: Git) -> GitSource:
    """One Git source; its manifests are in `git/<name>` unless the entry says otherwise."""
    path = entry.path or f"git/{entry.name}"
    return GitSource(name=entry.name, path=path, url=entry.url, ref=entry.ref, commit=entry.commit)


def gap(entry: Missing) -> Gap:
    """A gap that the recording had."""
    return Gap(source=entry.source, scope=entry.scope, kind=entry.kind, reason=entry.reason)


def dump(snapshot: Snapshot, gaps: Iterable[Gap], namespaces: Dict[str, str]) -> bytes:
    """The file of a recording. `namespaces`: those that Git sources default to, by name of the source."""
    facts = snapshot.facts
    several = facts.multiple_load_balancers
    at = snapshot.captured_at
    document = Document(
        schema=SCHEMA,
        cluster=snapshot.cluster,
        captured_at=at.astimezone(UTC) if at else None,
        azure=Azure(facts.subscription_id, facts.node_resource_group, facts.location),
        controller=Controller(
            cluster_name=facts.cluster_name,
            virtual_network=facts.virtual_network,
            subnet=facts.subnet,
            private_link_service_resource_group=facts.pls_resource_group,
            backend_pool_type=facts.backend_pool_type,
            multiple_load_balancers=None if several is None else list(several),
        ),
        git=[
            Git(
                one.name,
                f"git/{one.name}",
                redact.url(one.url or "") or None,
                one.ref,
                one.commit,
                namespaces.get(one.name),
            )
            for one in snapshot.git
        ],
        gaps=[Missing(one.source, one.scope, one.kind, one.reason) for one in gaps],
        inferred=sorted(facts.inferred) or None,
    )
    text = yaml.dump(msgspec.to_builtins(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return str(text).encode()


class _Dumper(yaml.SafeDumper):
    """Quotes what Go's YAML would not take for a string, as a cluster named `y`."""


def _quoted(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(goscalar.plain_value(text), str) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted)


def _raw(data: bytes) -> dict[str, Any]:
    try:
        roots = load(data, _plain)
    except YamlError as e:
        raise SnapshotError(f"{FILE}:{e.line} {e.reason}") from None
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
        inner = _struct_in(kind)
        if inner is not None and isinstance(value, dict):
            return _faults(value, inner, where)
        if inner is not None and isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return [fault for i, one in enumerate(value) for fault in _faults(one, inner, f"{where}[{i}]")]
        text = str(e)
        return [f"{where}: {text[:1].lower()}{text[1:]}"]
    return []


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The Struct inside `Struct | None` or `list[Struct] | None`."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next(filter(None, map(_struct_in, getattr(kind, "__args__", ()))), None)
