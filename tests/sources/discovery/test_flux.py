"""What Flux's objects say: repositories, builds, what is applied, and what stays unknown."""

from typing import Any

import pytest

from auditor.config.settings import Cluster
from auditor.lab.server import Lab
from auditor.model.service import Owner
from auditor.sources.builds import Build
from auditor.sources.discovery.discover import replayed
from tests.sources.discovery.conftest import FILES, Find, Write
from tests.sources.discovery.made import REPOSITORY, A, B, C, kustomization, ready, repository, thing

BOTH = ("Kustomization", "GitRepository")


def test_two_environments_of_one_repository_are_one_source(write: Write, find: Find) -> None:
    write(repository(), kustomization("infra", "infra/prod/"), kustomization("apps", "./clusters/../apps/prod"))

    found = find()

    (source,) = found.sources
    assert (source.settings.name, source.settings.url, source.settings.ref) == ("fleet", REPOSITORY, "main")
    assert [one.path for one in source.builds] == ["apps/prod", "infra/prod"]
    assert [str(one) for one in source.owners] == [one.owner for one in source.builds]
    assert source.delay(A) is None
    assert found.gaps == ()


def test_a_kustomization_is_built_as_flux_builds_it(write: Write, find: Find) -> None:
    patches = [{"patch": "- op: remove\n  path: /spec", "target": {"kind": "HelmRelease"}}]
    spec: dict[str, Any] = {
        "targetNamespace": "web", "namePrefix": "p-", "patches": patches, "components": ["../internal"],
        "images": [{"name": "nginx", "newTag": "1"}],
        "commonMetadata": {"annotations": {"team": "web"}, "labels": {"env": "prod"}},
        "postBuild": {
            "substitute": {"ip": "10.0.0.4\n"},
            "substituteFrom": [
                {"kind": "ConfigMap", "name": "vars"}, {"kind": "ConfigMap", "name": "late"},
                {"kind": "ConfigMap", "name": "none", "optional": True},
            ],
        },
    }  # fmt: skip
    maps = [
        thing("ConfigMap", "vars", "flux-system", data={"ip": "10.0.0.1", "zone": "1", "env": "a"}),
        thing("ConfigMap", "late", "flux-system", data={"env": "b"}),
    ]
    write(repository(ignore="# none\n/docs/\n\n!x"), kustomization(**spec), *maps)

    (source,) = find().sources

    assert source.builds == (
        Build(
            path="clusters/prod",
            owner="Kustomization flux-system/apps",
            generate=True,
            namespace="web",
            ignore=("/docs/", "!x"),
            substitute={"ip": "10.0.0.4", "zone": "1", "env": "b"},
            kustomization={
                "namespace": "web", "namePrefix": "p-", "patches": patches, "components": ["../internal"],
                "images": [{"name": "nginx", "newTag": "1"}], "commonAnnotations": {"team": "web"},
                "labels": [{"pairs": {"env": "prod"}}],
            },
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "revision", "ref"),
    [
        ({"branch": "release/1"}, f"release/1@sha1:{A}", "release/1"),
        ({"tag": "v1"}, f"v1@sha1:{A}", "v1"),
        ({"tag": "v1", "branch": "main"}, f"v1@sha1:{A}", "v1"),
        ({"semver": ">=1.0.0", "tag": "v0"}, f"v1.4.2@sha1:{A}", "v1.4.2"),
        ({"name": "refs/pull/4/head", "semver": "1"}, f"refs/pull/4/head@sha1:{A}", "refs/pull/4/head"),
        ({"commit": C, "branch": "main"}, f"sha1:{C}", C),
        ({}, f"master/{A}", "master"),
    ],
)
def test_a_reference_is_fetched(reference: dict[str, str], revision: str, ref: str, write: Write, find: Find) -> None:
    write(repository(ref=reference, revision=revision), kustomization(applied=revision))

    (source,) = find().sources

    assert source.settings.ref == ref
    assert source.state.applied in (A, C)


@pytest.mark.parametrize(
    ("objects", "head", "delay"),
    [
        ([repository(), kustomization()], A, None),
        ([repository(), kustomization(suspend=True)], A, None),
        ([repository(), kustomization()], B, "behind: applied aaaaaaa, Git is at bbbbbbb"),
        ([repository(revision=f"main@sha1:{B}"), kustomization()], B, "behind: applied aaaaaaa, Git is at bbbbbbb since 2026-11-22 10:12 UTC"),
        ([repository(), kustomization(suspend=True)], B, "behind: applied aaaaaaa, Git is at bbbbbbb; suspended"),
        ([repository(suspend=True), kustomization()], B, "behind: applied aaaaaaa, Git is at bbbbbbb; GitRepository fleet suspended"),
        ([repository(), kustomization(conditions=[ready("False", "BuildFailed", "kustomize build failed:\nno such file.")])], B, "behind: applied aaaaaaa, Git is at bbbbbbb; failing: kustomize build failed: something that it names is not in the repository; add it"),
        ([repository(), kustomization(applied=None, conditions=[ready("False", "DependencyNotReady", "dependency 'flux-system/infra' is not ready")])], A, "nothing applied yet; waits: dependency 'flux-system/infra' is not ready"),
        ([repository(), kustomization() | {"status": {"lastAppliedRevision": f"main@sha1:{A}", "observedGeneration": 1}}], A, "Kustomization flux-system/apps was changed and is not applied anew yet"),
    ],
)  # fmt: skip
def test_what_is_not_applied_is_said(
    objects: list[Any], head: str, delay: str | None, write: Write, find: Find
) -> None:
    write(*objects)

    (source,) = find().sources

    assert source.delay(head) == delay


def test_commits_are_counted_where_they_could_be(write: Write, find: Find) -> None:
    write(repository(revision=f"main@sha1:{B}"), kustomization())

    (source,) = find().sources

    assert source.delay(B, 3) == "3 commits behind since 2026-11-22 10:12 UTC"
    assert source.delay(None) is None


def test_a_build_that_is_behind_does_not_delay_the_others(write: Write, find: Find) -> None:
    late = kustomization("late", "late", applied=f"main@sha1:{C}", suspend=True)
    write(repository(), kustomization("a", "a"), kustomization("b", "b"), late)

    found = find()

    assert {one.settings.name: [build.path for build in one.builds] for one in found.sources} == {
        "fleet": ["a", "b"],
        "fleet@flux-system.late": ["late"],
    }
    assert [one.delay(A) is None for one in found.sources] == [True, False]
    assert found.causes == {Owner("Kustomization", "flux-system", "late"): "suspended"}


def test_releases_that_hang_are_named(write: Write, find: Find) -> None:
    failing = {"conditions": [ready("False", "UpgradeFailed", "Helm upgrade failed")]}
    write(
        repository(), kustomization(), thing("HelmRelease", "a", "web", spec={"suspend": True}),
        thing("HelmRelease", "b", "web", spec={}, status=failing), thing("HelmRelease", "c", "web", spec={}),
    )  # fmt: skip

    assert find().causes == {
        Owner("HelmRelease", "web", "a"): "suspended",
        Owner("HelmRelease", "web", "b"): "failing: Helm upgrade failed",
    }


def reconciling(status: str, message: str = "") -> dict[str, str]:
    return {"type": "Reconciling", "status": status, "reason": "Progressing", "message": message}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"conditions": [ready("Unknown"), reconciling("True", "Running 'upgrade' action with timeout of 5m0s")]}, "reconciling: Running 'upgrade' action with timeout of 5m0s"),
        ({"conditions": [ready()], "observedGeneration": 1}, "reconciling: it was changed, and Flux has not looked at that yet"),
        ({"conditions": [ready(), reconciling("False")], "observedGeneration": 2}, None),
        ({"conditions": [ready("False", "UpgradeFailed", "no"), reconciling("True", "again")]}, "failing: no"),
    ],
)  # fmt: skip
def test_a_release_that_is_just_being_reconciled(status: Any, said: str | None, write: Write, find: Find) -> None:
    write(repository(), kustomization(), thing("HelmRelease", "a", "web", spec={}, status=status))

    assert find().causes == ({Owner("HelmRelease", "web", "a"): said} if said else {})


@pytest.mark.parametrize(
    ("objects", "scope", "said"),
    [
        ([kustomization(sourceRef={"kind": "OCIRepository", "name": "oci"})], "OCIRepository flux-system/oci", "which is no Git repository"),
        ([kustomization(sourceRef={"kind": "Bucket", "name": "b"})], "Bucket flux-system/b", "which is no Git repository"),
        ([kustomization(sourceRef={"name": "gone"})], "Kustomization flux-system/apps", "which does not exist"),
        ([kustomization(postBuild={"substitute": {"a-b": "1"}})], "Kustomization flux-system/apps", "`a-b` is no name of a variable"),
        ([repository(ref={"semver": "1.x"}, revision=None), kustomization()], "GitRepository flux-system/fleet", "no tag is known for the versions `1.x`"),
        ([kustomization() | {"spec": {"path": 7}}], "*", "does not have the expected form"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_a_gap(objects: list[Any], scope: str, said: str, write: Write, find: Find) -> None:
    others = [] if any(one["kind"] == "GitRepository" for one in objects) else [repository()]
    write(*others, *objects)

    found = find()

    (gap,) = found.gaps
    assert (gap.source, gap.kind, gap.scope) == ("git", "manifests", scope)
    assert said in gap.reason
    assert found.sources == ()


@pytest.mark.parametrize("name", ["none", "../../x"])
def test_variables_that_are_absent_are_unknown(name: str, write: Write, find: Find) -> None:
    write(repository(), kustomization(postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": name}]}))

    found = find()

    assert found.sources[0].builds[0].substitute_missing == f"ConfigMap flux-system/{name} does not exist"
    assert [one.kind for one in found.gaps] == ["declarations"]


def test_secrets_are_never_asked_for(write: Write, find: Find, lab: Lab) -> None:
    names = [{"kind": "Secret", "name": "keys"}]
    write(repository(include=[{"repository": {"name": "other"}}]), kustomization(postBuild={"substituteFrom": names}))

    found = find()

    (source,) = found.sources
    assert source.builds[0].substitute == {}
    assert source.builds[0].substitute_missing == "Secret flux-system/keys is not read"
    assert [one.scope for one in found.gaps] == ["GitRepository flux-system/fleet"]
    assert not any("/secrets" in one.target for one in lab.requests)


def test_what_feeds_another_cluster_is_left_out(write: Write, find: Find) -> None:
    write(repository(), kustomization(kubeConfig={"secretRef": {"name": "other"}}))

    found = find()

    assert (found.sources, found.gaps) == ((), ())
    assert found.elsewhere == (Owner("Kustomization", "flux-system", "apps"),)


def test_a_cluster_without_flux_says_so(write: Write, find: Find) -> None:
    write()

    (gap,) = find().gaps

    assert gap.scope == "*"
    assert gap.reason.startswith("intent: flux, but the cluster has no kustomizations.kustomize.toolkit.fluxcd.io")


@pytest.mark.parametrize(
    ("path", "right", "kind", "built"),
    [
        ("kustomizations", "grant `list` on `kustomizations.kustomize.toolkit.fluxcd.io`", "manifests", 0),
        ("gitrepositories", "grant `list` on `gitrepositories.source.toolkit.fluxcd.io`", "manifests", 0),
        ("configmaps/vars", "may not get configmaps `vars` in namespace flux-system: grant `get` on `configmaps`", "declarations", 1),
        ("helmreleases", "grant `list` on `helmreleases.helm.toolkit.fluxcd.io`", "declarations", 1),
    ],
)  # fmt: skip
def test_a_missing_right_is_named(
    path: str, right: str, kind: str, built: int, write: Write, find: Find, lab: Lab
) -> None:
    variables = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    data = thing("ConfigMap", "vars", "flux-system", data={"a": "b"})
    write(repository(), kustomization(postBuild=variables), data)
    lab.fault(path, status=403)

    found = find()

    (gap,) = found.gaps
    assert right in gap.reason
    assert "ClusterRole aks-drift-auditor-gitops" in gap.reason
    assert (gap.kind, len(found.sources)) == (kind, built)


def test_older_versions_are_asked_for(write: Write, find: Find, lab: Lab) -> None:
    write(repository(), kustomization())
    old = (lab.directory / FILES["GitRepository"]).read_text()
    lab.fault("toolkit.fluxcd.io/v1/gitrepositories", status=404)
    lab.fault(
        "toolkit.fluxcd.io/v1beta2/gitrepositories", status=200, body=old, headers={"Content-Type": "application/json"}
    )

    assert len(find().sources) == 1


def test_a_recording_says_the_same(write: Write, find: Find) -> None:
    variables = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    data = thing("ConfigMap", "vars", "flux-system", data={"a": "b"})
    write(repository(url="https://user:secret@git.example/x"), kustomization(postBuild=variables), data)

    live = find(record=True)
    again = replayed(live.recorded.get, Cluster(name="prod", intent="flux"))

    assert set(live.recorded) == {FILES[kind] for kind in (*BOTH, "ConfigMap")}
    assert not any(b"secret" in one for one in live.recorded.values())
    assert (again.sources, again.gaps, again.causes) == (live.sources, live.gaps, live.causes)


def test_what_flux_is_told_to_ignore(write: Write, find: Find) -> None:
    rules = [
        {"paths": ["/metadata/annotations/a~1b"], "target": {"kind": "Service", "name": "web"}},
        {"paths": ["/spec/replicas"], "target": {"kind": "Deployment"}},
        {"paths": ["/spec"], "target": {"kind": "Service", "labelSelector": "a=b"}},
    ]
    write(repository(), kustomization(driftIgnoreRules=rules))

    found = find()

    assert [(one.name, one.pointers) for one in found.ignored] == [("web", ("/metadata/annotations/a~1b",))]
    assert [one.kind for one in found.gaps] == ["declarations"]
