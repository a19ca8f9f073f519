"""From settings to audits of live clusters: what `run` and `serve` have the shell carry out."""

from __future__ import annotations

import dataclasses
import os
import uuid
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.config.policy import policy
from auditor.config.selector import parse
from auditor.config.settings import Cluster, Settings
from auditor.errors import ConfigError, UsageError
from auditor.judge import judged, suspects
from auditor.model.policy import Policy, Scope
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Snapshot
from auditor.run import Audit, pinned

if TYPE_CHECKING:
    from auditor.sources.session import Session
    from auditor.sources.snapshots.snapshot_write import Recording


def session(settings: Settings, progress: Callable[[str, str], None] = lambda _, __: None) -> Session:
    """What all audits of a run (or of a daemon's life) share."""
    from auditor.sources.session import Session

    made = Session(
        cache_dir=settings.cache_dir or default_cache_dir(),
        request_timeout=settings.request_timeout,
        tools=settings.tools,
        progress=progress,
    )
    moment = pinned()
    if moment is not None:
        made.clock, made.pinned = lambda: moment, True
    return made


def default_cache_dir() -> Path:
    """The user's cache folder (XDG); a temporary one where there is no home, as in a container."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111  (`~` stays if no home is known)
    if base.startswith("~") or not os.access(Path(base) if Path(base).exists() else Path(base).parent, os.W_OK):
        import tempfile

        base = tempfile.gettempdir()
    return Path(base, "aks-drift-auditor")


def check(clusters: Iterable[Cluster]) -> None:
    """Raise ConfigError, before anything is contacted, with all that cannot be."""
    faults = [f"cluster {cluster.name}: {line}" for cluster in clusters for line in _impossible(cluster)]
    if faults:
        raise ConfigError("\n".join(faults))


def _impossible(cluster: Cluster) -> list[str]:
    from auditor.sources.azure.clouds import check as check_azure
    from auditor.sources.kubernetes.kubeconfig import check as check_kubernetes

    faults = []
    for one in (partial(check_kubernetes, cluster.kubernetes), partial(check_azure, cluster.azure)):
        try:
            one()
        except ConfigError as error:
            faults += str(error).splitlines()
    return faults


def chosen(settings: Settings, names: tuple[str, ...]) -> tuple[Cluster, ...]:
    """The clusters that were asked for; all where none was named. Raises UsageError."""
    known = {cluster.name: cluster for cluster in settings.clusters}
    for name in names:
        if name not in known:
            raise UsageError(f"--cluster {name}: the configuration has no such cluster; it has {', '.join(known)}")
    return tuple(cluster for cluster in settings.clusters if not names or cluster.name in names)


def scope(cluster: Cluster, asked: Scope) -> Scope:
    """What was asked for on the command line, else what the configuration says."""
    return Scope(
        namespaces=asked.namespaces or frozenset(cluster.kubernetes.namespaces),
        labels=asked.labels or parse(cluster.kubernetes.selector or ""),
    )


def live(settings: Settings, clusters: Iterable[Cluster], shared: Session, asked: Scope) -> tuple[Audit, ...]:
    """One audit for each cluster, all of one run. Nothing is contacted before its `gather` is called.

    Of several, one that cannot be is an audit that fails: the others must not suffer from it.
    """
    run, rules, clusters = shared.run(), policy(settings), tuple(clusters)
    return tuple(
        Audit(
            gather=_gatherer(cluster, run, rules, scope(cluster, asked), checked=len(clusters) == 1),
            cluster=cluster.name,
            run_id=str(uuid.uuid4()),
            policy=rules,
            judged=shared.judged,
            scope=scope(cluster, asked),
        )
        for cluster in clusters
    )


def _gatherer(
    cluster: Cluster, shared: Session, rules: Policy, asked: Scope, *, checked: bool
) -> Callable[[], Snapshot]:
    known = shared.judged

    def doubtful(snapshot: Snapshot) -> AbstractSet[ServiceKey]:
        """What differs at first sight; whoever judges finds that it was judged already."""
        known[cluster.name] = found = judged(snapshot, rules, asked, None, known.get(cluster.name))
        return suspects(found)

    def settled(snapshot: Snapshot) -> bool:
        before = known.get(cluster.name)
        if before is None or not before.final:
            return False
        # Causes are asked for when all else is known, and only explain what was found.
        whole = dataclasses.replace(snapshot, causes=before.snapshot.causes)
        return before.is_of(whole, rules, asked, None)

    def gather() -> Snapshot:
        from auditor.sources.confirm import Doubts
        from auditor.sources.live import gather

        doubts = Doubts(suspects=doubtful, settled=settled)
        faults = [] if checked else _impossible(cluster)
        if faults:
            raise ConfigError("\n".join(faults))
        # Where the whole cluster may not be read, the namespaces that were asked for may be.
        only = cluster.kubernetes.model_copy(update={"namespaces": tuple(sorted(asked.namespaces))})
        return gather(cluster.model_copy(update={"kubernetes": only}), shared, doubts=doubts).snapshot

    return gather


def record(cluster: Cluster, shared: Session) -> Recording:
    """Read a live cluster, and keep the JSON and the manifests too, for a recording."""
    from auditor.sources.live import gather

    return gather(cluster, shared, record=True)
