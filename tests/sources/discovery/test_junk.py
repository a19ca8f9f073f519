"""Whatever the objects hold, discovery ends, and says of each that is not understood that it is not."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from auditor.config.settings import Cluster
from auditor.sources.discovery.discover import replayed
from auditor.sources.discovery.objects import APPLICATIONS, CONFIG_MAPS, GIT_REPOSITORIES, HELM_RELEASES, KUSTOMIZATIONS
from tests.sources.discovery.made import A, application, kustomization, repository, thing

JUNK: tuple[Any, ...] = (None, 7, -1, True, "", "x", "https://[", "\ud800", "../..", "${x}", [], [None], {}, {"": None})
FLUX = {
    GIT_REPOSITORIES.file: repository(ignore="a", include=[{"repository": {"name": "x"}}], ref={"semver": "1"}),
    KUSTOMIZATIONS.file: kustomization(
        postBuild={"substitute": {"a": "b"}, "substituteFrom": [{"kind": "ConfigMap", "name": "m"}]}, patches=[{}],
        driftIgnoreRules=[{"paths": ["/spec"], "target": {"kind": "Service"}}], commonMetadata={"labels": {"a": "b"}},
    ),
    HELM_RELEASES.file: thing("HelmRelease", "a", "b", spec={"suspend": True}, status={"conditions": [{"type": "Ready"}]}),
    CONFIG_MAPS: thing("ConfigMap", "m", "flux-system", data={"c": "d"}),
}  # fmt: skip
ARGO = {
    APPLICATIONS.file: application(
        source={
            "repoURL": "https://git.example/a", "path": "p", "targetRevision": "1.*",
            "helm": {"values": "a: 1", "valueFiles": ["$v/x"], "parameters": [{"name": "a", "value": "b"}]},
        },
        history=[{"revision": A, "deployedAt": "2026-11-22T10:12:00Z"}], sync="OutOfSync",
        ignoreDifferences=[{"kind": "Service", "jqPathExpressions": [".spec"]}],
    )
}  # fmt: skip


def spoiled(document: Any, junk: Any) -> Iterator[Any]:
    """The document with one thing after the other replaced."""
    yield junk
    for key in (
        list(document) if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    ):
        for inner in spoiled(document[key], junk):
            changed = copy.copy(document)
            changed[key] = inner
            yield changed


@pytest.mark.parametrize(("intent", "files"), [("flux", FLUX), ("argocd", ARGO)])
def test_junk_never_raises(intent: str, files: dict[str, Any]) -> None:
    cluster = Cluster(name="prod", intent=intent)  # type: ignore[arg-type]
    whole = {file: json.dumps({"items": [one]}).encode() for file, one in files.items()}
    for file, one in files.items():
        for junk in JUNK:
            for changed in spoiled(one, junk):
                found = replayed({**whole, file: json.dumps({"items": [changed]}).encode()}.get, cluster)

                assert all(gap.reason for gap in found.gaps)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"items": 7}', b'{"items": [[[]]]}', b"\xff"])
@pytest.mark.parametrize(("intent", "file"), [("flux", KUSTOMIZATIONS.file), ("argocd", APPLICATIONS.file)])
def test_a_file_that_is_none_is_a_gap(data: bytes, intent: str, file: str) -> None:
    found = replayed({file: data}.get, Cluster(name="prod", intent=intent))  # type: ignore[arg-type]

    assert [one.kind for one in found.gaps] != []
    assert found.sources == ()
