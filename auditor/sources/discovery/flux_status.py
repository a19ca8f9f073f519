"""How far Flux has come with an object, and why it does not go on: its conditions to words."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.model.snapshot import RECONCILING
from auditor.sources.discovery import flux_shapes as flux
from auditor.sources.discovery.found import State
from auditor.sources.discovery.revisions import commit_of
from auditor.sources.discovery.said import said


def cause(conditions: Iterable[flux.Condition] | None, *, suspended: bool) -> str | None:
    """Why the object is not reconciled; None: it is, or is just being."""
    if suspended:
        return "suspended"
    ready = next((one for one in conditions or () if one.type == "Ready"), None)
    if ready is None or ready.status != "False":
        return None
    text = said(ready.message or ready.reason or "it does not say why")
    return f"waits: {text}" if ready.reason == "DependencyNotReady" else f"failing: {text}"


def release_cause(one: flux.HelmRelease) -> str | None:
    """Why a HelmRelease may not have made what Git says; it begins with RECONCILING if it is just about to."""
    status = one.status or flux.HelmReleaseStatus()
    if held := cause(status.conditions, suspended=bool(one.spec and one.spec.suspend)):
        return held
    moving = next((each for each in status.conditions or () if each.type == "Reconciling"), None)
    if moving is not None and moving.status == "True":
        return f"{RECONCILING}: {said(moving.message or moving.reason or 'it does not say what')}"
    seen, generation = status.observed_generation, one.metadata.generation if one.metadata else None
    if seen is not None and generation is not None and seen < generation:
        return f"{RECONCILING}: it was changed, and Flux has not looked at that yet"
    return None


def git_cause(repository: flux.GitRepository) -> str | None:
    """Why a GitRepository does not follow its remote."""
    status = repository.status or flux.GitRepositoryStatus()
    return cause(status.conditions, suspended=bool(repository.spec and repository.spec.suspend))


def applied_state(one: flux.Kustomization, repository: flux.GitRepository) -> State:
    """The state of a Kustomization. What holds up its repository holds it up too."""
    status = one.status or flux.KustomizationStatus()
    artifact = (repository.status or flux.GitRepositoryStatus()).artifact or flux.Artifact()
    applied, fetched = commit_of(status.last_applied_revision), commit_of(artifact.revision)
    suspended = bool(one.spec and one.spec.suspend)
    why = [cause(status.conditions, suspended=suspended)]
    if above := git_cause(repository):
        why.append(f"GitRepository {repository.metadata.name if repository.metadata else ''} {above}")
    seen, generation = status.observed_generation, one.metadata.generation if one.metadata else None
    return State(
        applied=applied,
        # What Flux has not fetched yet came into sight only now.
        since=artifact.last_update_time if fetched != applied else None,
        cause="; ".join(text for text in why if text) or None,
        # Suspending is a change of the object too, and Flux does not look at what is suspended.
        changed=not suspended and seen is not None and generation is not None and seen < generation,
    )
