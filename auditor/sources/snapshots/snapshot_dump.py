"""The facts of a recording to the text of its snapshot.yaml, which `snapshot_yaml` reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC

import msgspec
import yaml

from auditor.model import snapshot as model
from auditor.model.snapshot import Facts, Gap, GitSource, Read, Snapshot
from auditor.sources.snapshots import redact
from auditor.sources.snapshots.snapshot_yaml import (
    SCHEMA,
    Azure,
    Controller,
    Document,
    Git,
    Ignored,
    Missing,
    Owning,
    Reading,
)
from auditor.sources.yaml_text import goscalar


def dump(snapshot: Snapshot, gaps: Iterable[Gap], namespaces: Mapping[str, str]) -> bytes:
    """The file of a recording. `namespaces`: those that Git sources default to, by name of the source."""
    facts, at = snapshot.facts, snapshot.captured_at
    document = Document(
        schema=SCHEMA,
        cluster=snapshot.cluster,
        captured_at=at.astimezone(UTC) if at else None,
        azure=Azure(facts.subscription_id, facts.node_resource_group, facts.location),
        controller=_controller(facts),
        git=[_git(one, namespaces.get(one.name)) for one in snapshot.git],
        gaps=[Missing(one.source, one.scope, one.kind, one.reason) for one in gaps],
        reads=[_read(one) for one in snapshot.reads] or None,
        causes=dict(snapshot.causes) or None,
        ignored=[_ignored(one) for one in snapshot.ignored] or None,
        inferred=sorted(facts.inferred) or None,
    )
    text = yaml.dump(msgspec.to_builtins(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return str(text).encode()


def _controller(facts: Facts) -> Controller:
    several = facts.multiple_load_balancers
    return Controller(
        cluster_name=facts.cluster_name,
        virtual_network=facts.virtual_network,
        subnet=facts.subnet,
        private_link_service_resource_group=facts.pls_resource_group,
        backend_pool_type=facts.backend_pool_type,
        multiple_load_balancers=None if several is None else list(several),
    )


def _git(source: GitSource, namespace: str | None) -> Git:
    address = redact.url(source.url) if source.url else None
    return Git(
        source.name,
        f"git/{source.name}",
        address,
        source.ref,
        source.commit,
        namespace,
        source.applied,
        source.delay,
        [Owning(one.kind, one.name, one.namespace or None) for one in source.owners] or None,
    )


def _read(one: Read) -> Reading:
    at = one.read_at.astimezone(UTC) if one.read_at else None
    return Reading(one.source, one.scope, one.kind, one.objects, at)


def _ignored(one: model.Ignored) -> Ignored:
    owner = one.owner
    return Ignored(
        owner.kind, owner.name, owner.namespace or None, one.name or None, one.namespace or None,
        list(one.pointers) or None, list(one.managers) or None,
    )  # fmt: skip


class _Dumper(yaml.SafeDumper):
    """Quotes what Go's YAML would not take for a string, as a cluster named `y`."""


def _quoted(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(goscalar.plain_value(text), str) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted)
