"""Flux: GitRepositories and the Kustomizations that build something of them, to feeds.

Kustomizations that other Kustomizations made are objects of the cluster like the others, so listing them is enough.
https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from auditor.model.service import Owner, ServiceKey
from auditor.model.snapshot import Ignored
from auditor.sources.builds import Build
from auditor.sources.discovery import flux_shapes as flux
from auditor.sources.discovery import objects
from auditor.sources.discovery.flux_builds import kustomization_of, patterns, ref_of, within
from auditor.sources.discovery.flux_status import applied_state, cause, release_cause
from auditor.sources.discovery.found import Feed, Finds
from auditor.sources.discovery.objects import Objects, Resource, decoded
from auditor.sources.gathered import SourceError
from auditor.sources.git.address import shown

T = TypeVar("T", flux.GitRepository, flux.Kustomization, flux.HelmRelease)

_GIT = msgspec.json.Decoder(flux.GitRepository)
_KUSTOMIZATION = msgspec.json.Decoder(flux.Kustomization)
_RELEASE = msgspec.json.Decoder(flux.HelmRelease)
_ENCODER = msgspec.json.Encoder()
_KIND = re.compile(r"[A-Za-z]+")
_NAME = re.compile(r"[a-z0-9-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_SPEC = flux.KustomizationSpec()


class Flux:
    """One cluster's Flux, read into `finds`."""

    def __init__(self, objects_: Objects, finds: Finds) -> None:
        self._objects = objects_
        self._finds = finds
        self._repositories: dict[ServiceKey, flux.GitRepository] = {}
        self._maps: dict[ServiceKey, dict[str, str] | SourceError | None] = {}

    def read(self) -> None:
        """Read everything; what cannot be read is a gap."""
        try:
            kustomizations = self._every(objects.KUSTOMIZATIONS, _KUSTOMIZATION)
            repositories = self._every(objects.GIT_REPOSITORIES, _GIT)
        except objects.AbsentError as e:
            self._finds.missed(
                "*", f"intent: flux, but {e}; install Flux, or set `intent: git` with a list under `git:`"
            )
            return
        except SourceError as e:
            self._finds.missed("*", f"intent: flux, but where the manifests come from is not known: {e}")
            return
        self._repositories = {_key(one.metadata): one for one in repositories}
        for one in kustomizations:
            self._kustomization(one)
        self._releases()

    def _every(self, resource: Resource, decoder: msgspec.json.Decoder[T]) -> list[T]:
        found: list[T] = []
        every = self._objects.every(resource)
        kept = self._finds.recorded.setdefault(resource.file, [])
        for raw in every:
            one = decoded(raw, decoder)
            if isinstance(one, str):
                kind = "declarations" if resource is objects.HELM_RELEASES else "manifests"
                self._finds.missed("*", f"one of the {resource.name} {one}; what it says is not known", kind)
                continue
            if not _key(one.metadata).name:
                continue
            kept.append(_ENCODER.encode(_without_password(one)))
            found.append(one)
        return found

    def _kustomization(self, one: flux.Kustomization) -> None:
        owner, spec = _owner("Kustomization", one.metadata), one.spec or _NO_SPEC
        if spec.kube_config is not None:
            self._finds.elsewhere.append(owner)
            return
        own = cause(one.status.conditions if one.status else None, suspended=bool(spec.suspend))
        if own:
            self._finds.causes[owner] = own
        self._ignored(owner, spec.drift_ignore_rules)
        reference = spec.source_ref or flux.Reference()
        kind = reference.kind or "GitRepository"
        of = ServiceKey(reference.namespace or owner.namespace, reference.name or "")
        if kind != "GitRepository":
            scope = f"{kind} {of}"
            self._finds.missed(scope, f"{owner} takes its manifests from {scope}, which is no Git repository: not read")
            return
        repository = self._repositories.get(of)
        git = repository.spec if repository else None
        if repository is None or git is None or not git.url:
            self._finds.missed(str(owner), f"{owner} takes its manifests from GitRepository {of}, which does not exist")
            return
        ref = ref_of(repository)
        if isinstance(ref, SourceError):
            self._finds.missed(f"GitRepository {of}", f"{owner} cannot be followed: {ref}")
            return
        if git.include:
            included = ", ".join(str(inner.repository.name) for inner in git.include if inner.repository)
            text = f"GitRepository {of} includes other repositories ({included}); what comes of those is not read"
            self._finds.missed(f"GitRepository {of}", text)
        self._feed(owner, one, repository, ref)

    def _feed(self, owner: Owner, one: flux.Kustomization, repository: flux.GitRepository, ref: str) -> None:
        of, spec = _key(repository.metadata), one.spec or _NO_SPEC
        found = self._variables(owner, spec.post_build)
        if isinstance(found, SourceError):
            self._finds.missed(str(owner), f"{owner} cannot be built: {found}")
            return
        variables, missing = found
        build = Build(
            path=within(spec.path),
            owner=str(owner),
            generate=True,
            kustomization=kustomization_of(spec),
            optional=bool(spec.ignore_missing_components),
            substitute=variables,
            substitute_missing=missing,
            ignore=patterns(repository.spec.ignore if repository.spec else None),
            namespace=spec.target_namespace or "",
        )
        self._finds.feeds.append(
            Feed(
                owner=owner,
                url=(repository.spec.url if repository.spec else None) or "",
                ref=ref or None,
                names=(of.name, f"{of.namespace}.{of.name}"),
                build=build,
                state=applied_state(one, repository),
            )
        )

    def _variables(
        self, owner: Owner, post_build: flux.PostBuild | None
    ) -> tuple[dict[str, str] | None, str] | SourceError:
        """The variables, and why those are not all. Later references win, and what is written inline.

        What a Secret holds is a gap of the objects that use such a variable; the renderer says it of each.
        """
        if post_build is None:
            return None, ""
        found: dict[str, str] = {}
        missing: list[str] = []
        for reference in post_build.substitute_from or ():
            key = ServiceKey(owner.namespace, reference.name or "")
            if reference.kind != "ConfigMap":
                missing.append(f"Secret {key} is not read")
                continue
            data = self._config_map(key)
            if data is None and not reference.optional:
                data = SourceError(f"ConfigMap {key} does not exist")
            if isinstance(data, SourceError):
                missing.append(str(data))
                text = f"{owner} takes variables from a ConfigMap that could not be read: {data}"
                self._finds.missed(str(owner), text, "declarations")
                continue
            found |= data or {}
        found |= post_build.substitute or {}
        wrong = next((name for name in found if not _VARIABLE.fullmatch(name)), None)
        if wrong is not None:
            return SourceError(f"`{wrong}` is no name of a variable")
        variables = {name: value.replace("\n", "") for name, value in found.items()}
        # Flux replaces nothing, not even by defaults, where there is no variable at all.
        return (variables if variables or missing else None), "; ".join(missing)

    def _config_map(self, key: ServiceKey) -> dict[str, str] | SourceError | None:
        if key not in self._maps:
            try:
                self._maps[key] = data = self._objects.config_map(key)
            except SourceError as e:
                self._maps[key] = e
            else:
                if data is not None:
                    shape = flux.ConfigMap(flux.Metadata(name=key.name, namespace=key.namespace), data)
                    self._finds.recorded.setdefault(objects.CONFIG_MAPS, []).append(_ENCODER.encode(shape))
        return self._maps[key]

    def _ignored(self, owner: Owner, rules: list[flux.DriftIgnoreRule] | None) -> None:
        for rule in rules or ():
            target = rule.target or flux.Target()
            if target.kind not in (None, "", ".*", "Service") and _KIND.fullmatch(target.kind):
                continue
            name = "" if target.name == ".*" else target.name or ""
            selects = (
                target.kind not in (None, "", ".*", "Service") or target.label_selector or target.annotation_selector
            )
            if selects or not _NAME.fullmatch(name):
                text = f"{owner} ignores differences of Services by labels or patterns, which is not followed"
                self._finds.missed(str(owner), text, "declarations")
                continue
            self._finds.ignored.append(
                Ignored(
                    owner=owner, name=name, namespace=target.namespace or "",
                    pointers=tuple(rule.paths or ()),
                )
            )  # fmt: skip

    def _releases(self) -> None:
        """Why HelmReleases may not have made what Git says; no rule hangs on it."""
        try:
            releases = self._every(objects.HELM_RELEASES, _RELEASE)
        except objects.AbsentError:
            return
        except SourceError as e:
            self._finds.missed("*", f"whether HelmReleases are suspended or failing is not known: {e}", "declarations")
            return
        for one in releases:
            owner, spec = _owner("HelmRelease", one.metadata), one.spec or flux.HelmReleaseSpec()
            if (detection := spec.drift_detection) and detection.mode in ("enabled", "warn"):
                self._ignored(owner, detection.ignore)
            if found := release_cause(one):
                self._finds.causes[owner] = found


def _owner(kind: str, metadata: flux.Metadata | None) -> Owner:
    key = _key(metadata)
    return Owner(kind, key.namespace, key.name)


def _key(metadata: flux.Metadata | None) -> ServiceKey:
    found = metadata or flux.Metadata()
    return ServiceKey(found.namespace or "default", found.name or "")


def _without_password(one: object) -> object:
    """A copy without what may be a password in an address."""
    if not isinstance(one, flux.GitRepository) or one.spec is None or not one.spec.url:
        return one
    return msgspec.structs.replace(one, spec=msgspec.structs.replace(one.spec, url=shown(one.spec.url)))
