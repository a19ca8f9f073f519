"""How far Argo CD has come with an Application, and why it does not go on."""

from __future__ import annotations

from auditor.sources.discovery import argocd_shapes as argo
from auditor.sources.discovery.found import State
from auditor.sources.discovery.revisions import commit_of, moment
from auditor.sources.discovery.said import said

SYNCED = "Synced"
_FAILED = ("Failed", "Error")


def revisions(one: argo.Application, index: int, count: int) -> str | None:
    """The revision that one of `count` sources was last compared at."""
    sync = (one.status or argo.Status()).sync
    return _of(sync.revision, sync.revisions, index, count) if sync else None


def _of(single: str | None, several: list[str] | None, index: int, count: int) -> str | None:
    if several:
        return several[index] if len(several) == count else None
    return single if count == 1 else None


def application_cause(one: argo.Application) -> str | None:
    """Why what Git says may not be applied; None: nothing holds it up."""
    status = one.status or argo.Status()
    for condition in status.conditions or ():
        if (condition.type or "").endswith("Error"):
            return f"failing: {said(condition.message or condition.type or '')}"
    operation = status.operation_state
    if operation is not None and operation.phase in _FAILED:
        return f"sync failed: {said(operation.message or 'it does not say why')}"
    policy = one.spec.sync_policy if one.spec else None
    automated = policy.automated if policy else None
    if automated is None or automated.enabled is False:
        return "not synced automatically"
    return None


def state_of(one: argo.Application, index: int, count: int) -> State:
    """The state of one of the Application's sources."""
    status = one.status or argo.Status()
    compared = commit_of(revisions(one, index, count))
    if status.sync is not None and status.sync.status == SYNCED and compared:
        return State(applied=compared, cause=application_cause(one))
    last = status.history[-1] if status.history else None
    result = status.operation_state.sync_result if status.operation_state else None
    applied = commit_of(_of(last.revision, last.revisions, index, count)) if last else None
    if (
        applied is None
        and result is not None
        and status.operation_state
        and status.operation_state.phase == "Succeeded"
    ):
        applied = commit_of(_of(result.revision, result.revisions, index, count))
    why = [application_cause(one)]
    if last is not None and last.deployed_at is not None and applied != compared:
        why.insert(0, f"last synced {moment(last.deployed_at)}")
    return State(applied=applied, cause="; ".join(text for text in why if text) or None, changed=_changed(one, last))


def _changed(one: argo.Application, last: argo.History | None) -> bool:
    """True if the Application says something else of its sources than when it was last synced."""
    spec = one.spec or argo.Spec()
    if last is None or (last.source is None and not last.sources):
        return False
    return (last.sources or None, last.source if not last.sources else None) != (
        spec.sources or None,
        spec.source if not spec.sources else None,
    )
