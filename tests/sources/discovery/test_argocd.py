"""What Applications say: repositories, builds, what is applied, and what stays unknown."""

from typing import Any

import pytest

from auditor.config.settings import Cluster
from auditor.lab.server import Lab
from auditor.model.service import Owner
from auditor.sources.builds import Build
from auditor.sources.discovery.discover import replayed
from tests.sources.discovery.conftest import Find, Write
from tests.sources.discovery.made import REPOSITORY, A, B, C, application

WEB = "Application argocd/web"
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
"""A few lines of YAML that stand for more values than there is memory."""


def of(source: dict[str, Any], path: str = "apps/web") -> dict[str, Any]:
    return {"repoURL": REPOSITORY, "path": path, "targetRevision": "main"} | source


@pytest.mark.parametrize(
    ("source", "status", "build"),
    [
        ({}, {}, Build(path="apps/web", kind="auto", owner=WEB, generate=True, release="web", namespace="web")),
        ({"kustomize": {"components": ["c"], "ignoreMissingComponents": True}}, {}, Build(path="apps/web", owner=WEB, generate=True, namespace="web", kustomization={"components": ["c"]}, optional=True)),
        ({"helm": {"valueFiles": ["v.yaml"], "ignoreMissingValueFiles": True}}, {}, Build(path="apps/web", kind="helm", owner=WEB, release="web", namespace="web", value_files=("v.yaml",), optional=True)),
        ({"path": "."}, {"sourceType": "Kustomize"}, Build(path="", owner=WEB, generate=True, namespace="web")),
        ({"directory": {"recurse": True}}, {}, Build(path="apps/web", owner=WEB, generate=True, namespace="web")),
        ({}, {"sourceType": "Directory"}, Build(path="apps/web", owner=WEB, generate=True, namespace="web", ignore=("/apps/web/*/",))),
        (
            {"directory": {"recurse": True, "include": "{a,b/*}.yaml", "exclude": "x.yaml"}}, {},
            Build(path="apps/web", owner=WEB, generate=True, namespace="web", ignore=("/apps/web/**/*.*", "!/apps/web/a.yaml", "!/apps/web/b/*.yaml", "/apps/web/x.yaml")),
        ),
        (
            {"kustomize": {"namePrefix": "p-", "images": ["nginx=registry:5000/n:1", "redis@sha256:0"], "commonAnnotations": {"a": "b"}, "commonLabels": {"c": "d"}, "namespace": "w"}}, {},
            Build(
                path="apps/web", owner=WEB, generate=True, namespace="web",
                kustomization={
                    "namespace": "w", "namePrefix": "p-", "commonAnnotations": {"a": "b"},
                    "images": [{"name": "nginx", "newName": "registry:5000/n", "newTag": "1"}, {"name": "redis", "digest": "sha256:0"}],
                    "labels": [{"pairs": {"c": "d"}, "includeSelectors": True}],
                },
            ),
        ),
        ({}, {"sourceType": "Helm"}, Build(path="apps/web", kind="helm", owner=WEB, release="web", namespace="web")),
        (
            {"helm": {"releaseName": "r", "namespace": "n", "kubeVersion": "1.33", "valueFiles": ["v.yaml", "/env/prod.yaml"], "values": "a: {b: 1}", "parameters": [{"name": "a.c\\.d[1]", "value": "true"}, {"name": "e", "value": "1", "forceString": True}]}}, {},
            Build(
                path="apps/web", kind="helm", owner=WEB, release="r", namespace="n", kube_version="1.33",
                value_files=("v.yaml", "../../env/prod.yaml"), values={"a": {"b": 1, "c.d": [None, True]}, "e": "1"},
            ),
        ),
        ({"helm": {"values": "a: 2026-01-01\nb: !!binary aGk="}}, {}, Build(path="apps/web", kind="helm", owner=WEB, release="web", namespace="web", values={"a": "2026-01-01", "b": "hi"})),
        (
            {"helm": {"parameters": [{"name": "a", "value": "{10.0.0.0/8,7}"}, {"name": "b", "value": "{1,2}", "forceString": True}, {"name": "c", "value": "{}"}, {"name": "d", "value": "x,y"}, {"name": "e", "value": "{{ x }}"}, {"name": "f", "value": "x\\,y", "forceString": True}]}}, {},
            Build(
                path="apps/web", kind="helm", owner=WEB, release="web", namespace="web",
                values={"a": ["10.0.0.0/8", 7], "b": ["1", "2"], "c": [], "d": "x,y", "e": "{{ x }}", "f": "x,y"},
            ),
        ),
        ({"helm": {"values": "a: 1", "valuesObject": {"b": 2}}}, {}, Build(path="apps/web", kind="helm", owner=WEB, release="web", namespace="web", values={"b": 2})),
    ],
)  # fmt: skip
def test_an_application_is_built(source: Any, status: Any, build: Build, write: Write, find: Find) -> None:
    write(application(source=of(source), status=status))

    found = find("argocd")

    assert found.gaps == ()
    assert found.sources[0].builds == (build,)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"source": of({"chart": "nginx", "path": None})}, "is made of chart nginx of"),
        ({"source": of({"plugin": {"name": "cue"}})}, "cue makes its manifests, and plugins are not run"),
        ({"source": of({"directory": {"jsonnet": {"libs": ["x"]}}})}, "jsonnet"),
        ({"source": of({"helm": {"values": "a: ["}})}, "are no YAML"),
        ({"source": of({"helm": {"values": "- a"}})}, "are no mapping"),
        ({"source": of({"helm": {"values": BOMB}})}, "are no YAML"),
        ({"source": of({"helm": {"parameters": [{"name": ".".join("a" * 3000), "value": "1"}]}})}, "is not understood"),
        ({"source": of({"helm": {"parameters": [{"name": "a[b", "value": "1"}]}})}, "its parameter `a[b` is not understood"),
        ({"source": of({"helm": {"parameters": [{"name": "a[99999999]", "value": "1"}]}})}, "is not understood"),
        ({"source": of({"helm": {"parameters": [{"name": f"a[{'9' * 5000}]", "value": "1"}]}})}, "is not understood"),
        ({"source": of({"directory": {"exclude": "{a,b}" * 40}})}, "too long a pattern; write a shorter one"),
        ({"source": of({"directory": {"include": "{" + "," * 5000 + "}"}})}, "too long a pattern; write a shorter one"),
        ({"source": of({"helm": {"fileParameters": [{"name": "a", "path": "b"}]}})}, "fileParameters"),
        ({"source": of({"helm": {"valueFiles": ["https://u:p@x.example/v?t=s"]}})}, "file https://x.example/v is not in a repository"),
        ({"source": of({"helm": {"valueFiles": ["$none/v.yaml"]}})}, "is of a source that it does not have"),
        ({"sources": [of({"helm": {"valueFiles": ["$v/x"]}}), {"repoURL": "https://git.example/values", "ref": "v"}]}, "is in another repository"),
        ({"source": of({"targetRevision": "1.*"}), "revision": ""}, "no commit is known yet for the versions `1.*`"),
        ({"source": {"path": "x"}}, "names no repository"),
        ({"sources": []}, "names no source"),
        ({"syncPolicy": [1]}, "does not have the expected form"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_a_gap(spec: Any, said: str, write: Write, find: Find) -> None:
    write(application(**spec))

    found = find("argocd")

    (gap,) = found.gaps
    assert said in gap.reason
    assert (gap.source, gap.kind) == ("git", "manifests")
    assert found.sources == ()


def test_values_may_lie_beside_the_chart(write: Write, find: Find) -> None:
    sources = [
        of({"helm": {"valueFiles": ["$v/env/prod.yaml"]}}),
        {"repoURL": REPOSITORY.removesuffix(".git"), "ref": "v", "targetRevision": "main"},
    ]
    write(application(sources=sources, status={"sync": {"status": "Synced", "revisions": [A, A]}}))

    (source,) = find("argocd").sources

    assert source.builds[0].value_files == ("../../env/prod.yaml",)
    assert source.state.applied == A


@pytest.mark.parametrize(
    ("revision", "compared", "ref"),
    [("HEAD", A, None), (None, A, None), ("v1.2", A, "v1.2"), (">=1.0 <2", A, A), ("1.x", A, A), ("aaaaaaa", A, A), (C, C, C), ("fix~1", A, A)],
)  # fmt: skip
def test_a_revision_is_fetched(revision: str | None, compared: str, ref: str | None, write: Write, find: Find) -> None:
    write(application(source=of({"targetRevision": revision}), revision=compared))

    (source,) = find("argocd").sources

    assert source.settings.ref == ref


OLD = [{"revision": C, "deployedAt": "2026-11-22T09:00:00Z"}]


@pytest.mark.parametrize(
    ("made", "head", "delay"),
    [
        (application(), A, None),
        (application(history=OLD), A, None),
        (application(), B, "behind: applied aaaaaaa, Git is at bbbbbbb"),
        (application(sync="OutOfSync", history=[{"revision": A}]), A, None),
        (application(sync="OutOfSync", history=OLD), A, "behind: applied ccccccc, Git is at aaaaaaa; last synced 2026-11-22 09:00 UTC"),
        (application(sync="OutOfSync", history=OLD, syncPolicy={}), A, "behind: applied ccccccc, Git is at aaaaaaa; last synced 2026-11-22 09:00 UTC; not synced automatically"),
        (application(sync="OutOfSync", history=[{"revision": C}], syncPolicy={"automated": {"enabled": False}}), A, "behind: applied ccccccc, Git is at aaaaaaa; not synced automatically"),
        (application(sync="OutOfSync", status={"operationState": {"phase": "Failed", "message": "denied\nby webhook"}}), A, "nothing applied yet; sync failed: denied by webhook"),
        (application(sync="OutOfSync", status={"operationState": {"phase": "Succeeded", "syncResult": {"revision": A}}}), A, None),
        (application(sync="Unknown", history=OLD, status={"conditions": [{"type": "ComparisonError", "message": "no such repository"}]}), A, "behind: applied ccccccc, Git is at aaaaaaa; last synced 2026-11-22 09:00 UTC; failing: no such repository"),
        (application(sync="OutOfSync", history=[{"revision": A, "source": of({"helm": {"values": "a: 1"}})}]), A, "Application argocd/web was changed and is not applied anew yet"),
    ],
)  # fmt: skip
def test_what_is_not_applied_is_said(made: Any, head: str, delay: str | None, write: Write, find: Find) -> None:
    write(made)

    (source,) = find("argocd").sources

    assert source.delay(head) == delay


def test_only_applications_of_this_cluster_count(write: Write, find: Find, lab: Lab) -> None:
    named: dict[str, Any] = {"destination": {"name": "prod", "namespace": "n"}}
    inside: dict[str, Any] = {"destination": {"name": "in-cluster"}}
    other: dict[str, Any] = {"destination": {"name": "staging"}}
    write(
        application("set-00"), application("itself", server=f"https://127.0.0.1:{lab.port}/"), application("named", **named),
        application("inside", **inside), application("far", server="https://far.example:443"), application("other", **other),
    )  # fmt: skip

    found = find("argocd")

    assert [one.name for source in found.sources for one in source.owners] == ["inside", "itself", "named", "set-00"]
    assert [one.name for one in found.elsewhere] == ["far", "other"]
    assert found.gaps == ()


def test_the_hydrator_syncs_what_it_wrote(write: Write, find: Find) -> None:
    hydrator = {
        "drySource": {"repoURL": REPOSITORY, "path": "dry"},
        "syncSource": {"targetBranch": "env/prod", "path": "wet"},
    }
    write(application(sources=None, sourceHydrator=hydrator))

    (source,) = find("argocd").sources

    assert (source.settings.ref, source.builds[0].path) == ("env/prod", "wet")


def test_a_cluster_without_argo_cd_says_so(write: Write, find: Find, lab: Lab) -> None:
    write()
    (gap,) = find("argocd").gaps
    assert "intent: argocd, but the cluster has no applications.argoproj.io" in gap.reason

    lab.fault("applications", status=403)
    (gap,) = find("argocd").gaps
    assert "grant `list` on `applications.argoproj.io` (ClusterRole aks-drift-auditor-gitops)" in gap.reason


def test_nothing_is_asked_for_where_git_is_configured(write: Write, find: Find, lab: Lab) -> None:
    write(application())
    before = len(lab.requests)

    assert find("git").sources == ()
    assert len(lab.requests) == before


def test_a_recording_says_the_same(write: Write, find: Find) -> None:
    write(
        application(source=of({"repoURL": "https://me:secret@git.example/x.git"})),
        application("far", server="https://far"),
    )

    live = find("argocd", record=True)
    again = replayed(live.recorded.get, Cluster(name="prod", intent="argocd"))

    assert b"secret" not in b"".join(live.recorded.values())
    assert (again.sources, again.elsewhere) == (live.sources, live.elsewhere)


def test_what_argo_cd_is_told_to_ignore(write: Write, find: Find) -> None:
    rules = [
        {"kind": "Service", "jsonPointers": ["/spec/loadBalancerIP"], "jqPathExpressions": ['.metadata.annotations["a/b"]']},
        {"group": "*", "kind": "*", "namespace": "web", "managedFieldsManagers": ["operator"]},
        {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]},
        {"kind": "Service", "jqPathExpressions": ['.spec.ports[] | select(.name == "x")']},
    ]  # fmt: skip
    write(application(ignoreDifferences=rules))

    found = find("argocd")

    assert [(one.namespace, one.pointers, one.managers) for one in found.ignored] == [
        ("", ("/spec/loadBalancerIP", "/metadata/annotations/a~1b"), ()),
        ("web", (), ("operator",)),
    ]
    assert found.ignored[0].owner == Owner("Application", "argocd", "web")
    assert [one.kind for one in found.gaps] == ["declarations"]
