"""Argo CD: Applications, those that ApplicationSets or other Applications made included, to feeds.

`status.sync.revision` is what the cluster was compared with, not what is applied: that is the last of
`status.history`, unless both are the same (`Synced`).
https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from auditor.model.service import Owner
from auditor.model.snapshot import Ignored
from auditor.sources.discovery import argocd_shapes as argo
from auditor.sources.discovery import objects
from auditor.sources.discovery.argocd_builds import Unbuildable, build_of
from auditor.sources.discovery.argocd_status import application_cause, revisions, state_of
from auditor.sources.discovery.differences import pointer
from auditor.sources.discovery.found import Feed, Finds
from auditor.sources.discovery.objects import Objects, decoded
from auditor.sources.discovery.repositories import last_steps
from auditor.sources.discovery.revisions import commit_of, is_range, is_short
from auditor.sources.gathered import SourceError
from auditor.sources.git.address import shown

_APPLICATION = msgspec.json.Decoder(argo.Application)
_IN_CLUSTER = "https://kubernetes.default.svc"
_NO_SPEC = argo.Spec()


class ArgoCd:
    """One cluster's Argo CD, read into `finds`. `cluster` is its name, `endpoint` the address of its API server."""

    def __init__(self, objects_: Objects, finds: Finds, *, cluster: str, endpoint: str | None) -> None:
        self._objects = objects_
        self._finds = finds
        self._names = {"in-cluster", cluster}
        self._servers = {_server(one) for one in (_IN_CLUSTER, endpoint) if one}

    def read(self) -> None:
        """Read everything; what cannot be read is a gap."""
        try:
            raw = self._objects.every(objects.APPLICATIONS)
        except objects.AbsentError as e:
            way = "install Argo CD, or set `intent: git` and list the repositories (as where Argo CD runs elsewhere)"
            self._finds.missed("*", f"intent: argocd, but {e}; {way}")
            return
        except SourceError as e:
            self._finds.missed("*", f"intent: argocd, but where the manifests come from is not known: {e}")
            return
        kept = self._finds.recorded.setdefault(objects.APPLICATIONS.file, [])
        for data in raw:
            one = decoded(data, _APPLICATION)
            if isinstance(one, str):
                self._finds.missed("*", f"one of the Applications {one}; what it declares is not known")
            elif one.metadata is not None and one.metadata.name:
                kept.append(msgspec.json.encode(_without_passwords(one)))
                self._application(one)

    def _application(self, one: argo.Application) -> None:
        metadata, spec = one.metadata, one.spec or _NO_SPEC
        name, namespace = (metadata.name, metadata.namespace) if metadata else ("", "")
        owner = Owner("Application", namespace or "default", name or "")
        if not self._here(spec.destination or argo.Destination()):
            self._finds.elsewhere.append(owner)
            return
        if why := application_cause(one):
            self._finds.causes[owner] = why
        self._ignored(owner, spec)
        sources = sources_of(spec)
        if not sources:
            self._finds.missed(str(owner), f"{owner} names no source, so what it declares is not known")
        for index, source in enumerate(sources):
            # A source with a name only lends its files to the others.
            if source.chart is not None or source.path is not None or source.ref is None:
                self._source(owner, one, sources, index)

    def _source(self, owner: Owner, one: argo.Application, sources: Sequence[argo.Source], index: int) -> None:
        source, spec = sources[index], one.spec or _NO_SPEC
        if source.chart:
            of = f"chart {source.chart} of {shown(source.repo_url or '')}"
            self._finds.missed(
                str(owner), f"{owner} is made of {of}, which is no Git repository: what it makes is not known"
            )
            return
        if not source.repo_url:
            self._finds.missed(str(owner), f"{owner} names no repository, so what it declares is not known")
            return
        compared = revisions(one, index, len(sources))
        ref = _ref(source.target_revision or "HEAD", commit_of(compared))
        namespace = (spec.destination.namespace if spec.destination else None) or ""
        try:
            build = build_of(owner, sources, index, one.status, namespace)
        except Unbuildable as e:
            self._finds.missed(str(owner), f"{owner} cannot be built: {e}")
            return
        if isinstance(ref, SourceError):
            self._finds.missed(str(owner), f"{owner} cannot be followed: {ref}")
            return
        self._finds.feeds.append(
            Feed(
                owner=owner, url=source.repo_url, ref=ref, names=last_steps(source.repo_url), build=build,
                state=state_of(one, index, len(sources)),
            )
        )  # fmt: skip

    def _here(self, destination: argo.Destination) -> bool:
        """True if the Application is about this cluster."""
        if destination.server:
            return _server(destination.server) in self._servers
        return destination.name in self._names

    def _ignored(self, owner: Owner, spec: argo.Spec) -> None:
        for rule in spec.ignore_differences or ():
            if rule.group not in (None, "", "*") or rule.kind not in (None, "", "*", "Service"):
                continue
            pointers = list(rule.json_pointers or ())
            for expression in rule.jq_path_expressions or ():
                found = pointer(expression)
                if found is None:
                    text = (
                        f"{owner} ignores `{expression}` of Services (ignoreDifferences): only plain paths are followed"
                    )
                    self._finds.missed(str(owner), text, "declarations")
                else:
                    pointers.append(found)
            if not pointers and not rule.managed_fields_managers:
                continue
            self._finds.ignored.append(
                Ignored(
                    owner=owner, name=rule.name or "", namespace=rule.namespace or "", pointers=tuple(pointers),
                    managers=tuple(rule.managed_fields_managers or ()),
                )
            )  # fmt: skip


def sources_of(spec: argo.Spec) -> list[argo.Source]:
    """The sources of an Application, in their order."""
    if spec.source_hydrator is not None:
        dry, sync = spec.source_hydrator.dry_source, spec.source_hydrator.sync_source
        if dry is None or sync is None:
            return []
        return [argo.Source(repo_url=dry.repo_url, path=sync.path, target_revision=sync.target_branch)]
    return spec.sources or ([spec.source] if spec.source else [])


def _server(url: str) -> str:
    """Host and port of an API server."""
    try:
        parts = urlsplit(url.strip())
        return f"{(parts.hostname or '').lower()}:{parts.port or 443}"
    except ValueError:
        return url


def _ref(revision: str, compared: str | None) -> str | SourceError | None:
    """What is to be fetched; what only Argo CD can resolve is the commit that it resolved it to."""
    if revision == "HEAD":
        return None
    if is_short(revision, compared):
        return compared
    if is_range(revision):
        return compared or SourceError(f"no commit is known yet for the versions `{revision}`")
    return revision


def _without_passwords(one: argo.Application) -> argo.Application:
    """A copy without what may be a password in an address."""
    text = msgspec.json.encode(one)
    spec = one.spec or _NO_SPEC
    history = (one.status.history if one.status else None) or ()
    every = [
        *sources_of(spec),
        *(source for past in history for source in (past.source, *(past.sources or ())) if source),
    ]
    for url in {source.repo_url for source in every if source.repo_url}:
        text = text.replace(msgspec.json.encode(url), msgspec.json.encode(shown(url)))
    return _APPLICATION.decode(text)
