"""What the GitOps tool lays over a root is written in no file: the object that says it is named, without a line."""

import json
from typing import Any

import pytest

from auditor.model.service import Place
from auditor.sources.builds import Build
from tests.sources.git.repositories import Repository
from tests.sources.render.conftest import Rendered, only

OWNER = "Kustomization flux-system/apps"
INTERNAL = "service.beta.kubernetes.io/azure-load-balancer-internal"
SUBNET = "service.beta.kubernetes.io/azure-load-balancer-internal-subnet"
RELEASE = f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: shop
spec:
  values:
    service:
      annotations:
        {INTERNAL}: "true"
"""
SERVICE = f'apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n  annotations:\n    {INTERNAL}: "true"\nspec: {{type: LoadBalancer}}\n'
NOWHERE = Place(0, 1, OWNER)


def json_patch(path: str, value: str, kind: str) -> dict[str, Any]:
    return {"patch": json.dumps([{"op": "add", "path": path, "value": value}]), "target": {"kind": kind}}


def merge_patch(kind: str) -> dict[str, Any]:
    return {"patch": f"kind: {kind}\nmetadata: {{name: shop}}\nspec: {{values: {{service: {{annotations: {{{SUBNET}: a}}}}}}}}\n",
            "target": {"kind": kind}}  # fmt: skip


@pytest.mark.parametrize(
    "patch",
    [
        json_patch(f"/spec/values/service/annotations/{SUBNET.replace('/', '~1')}", "a", "HelmRelease"),
        merge_patch("HelmRelease"),
    ],
)
@pytest.mark.parametrize("root", [{}, {"k/kustomization.yaml": "resources: [x.yaml]\n"}])
def test_values_of_a_release(
    repository: Repository, render: Rendered, patch: dict[str, Any], root: dict[str, str | bytes]
) -> None:
    repository.commit_files({"k/x.yaml": RELEASE, **root})

    (one,) = render(Build(path="k", owner=OWNER, generate=True, kustomization={"patches": [patch]})).partials

    assert (one.path, one.places[INTERNAL][:2], one.places[SUBNET]) == ("k/x.yaml", (9, 66), NOWHERE)
    assert one.line == 9


@pytest.mark.parametrize(
    "over",
    [
        {"patches": [json_patch(f"/metadata/annotations/{SUBNET.replace('/', '~1')}", "a", "Service")]},
        {"commonAnnotations": {SUBNET: "a"}},
    ],
)
def test_a_service(repository: Repository, render: Rendered, over: dict[str, Any]) -> None:
    repository.commit_files({"k/x.yaml": SERVICE})

    one = only(render(Build(path="k", owner=OWNER, generate=True, kustomization=over)))

    assert (one.path, one.line, one.places[INTERNAL][:2], one.places[SUBNET]) == ("k/x.yaml", 1, (6, 62), NOWHERE)


def test_a_patch_of_an_application_may_be_a_file(repository: Repository, render: Rendered) -> None:
    patch = f"apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n  annotations:\n    {SUBNET}: a\n"
    repository.commit_files(
        {"k/x.yaml": SERVICE, "k/kustomization.yaml": "resources: [x.yaml]\n", "k/patch.yaml": patch}
    )

    one = only(render(Build(path="k", owner="Application argocd/shop", kustomization={"patches": [{"path": "patch.yaml"}]})))  # fmt: skip

    assert one.places[SUBNET][0::2] == (6, "k/patch.yaml")


def test_a_gap_of_such_a_value(repository: Repository, render: Rendered) -> None:
    repository.commit_files({"k/x.yaml": SERVICE})
    over = {"patches": [json_patch("/spec/loadBalancerSourceRanges", "10.0.0.0/8", "Service")]}

    found = render(Build(path="k", owner=OWNER, generate=True, kustomization=over))

    (gap,) = found.gaps
    assert gap.reason.startswith(f"{OWNER}: the Service ")
