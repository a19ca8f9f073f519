"""What a build names, as the repository has it: kinds, globs, and what may be missing."""

import pytest

from auditor.sources.builds import Build
from tests.sources.git.repositories import Repository, names, service
from tests.sources.render.conftest import Rendered, only, reason

WEB = "Application argocd/web"
CHART: dict[str, str | bytes] = {
    "web/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "web/values.yaml": "name: none\n",
    "web/templates/x.yaml": service("{{ .Release.Name }}-{{ .Values.name }}"),
    "env/10-a.yaml": "name: a\n",
    "env/20-b.yaml": "name: b\n",
}


def chart(*value_files: str, optional: bool = False, owner: str = WEB) -> Build:
    return Build(path="web", kind="helm", owner=owner, release="r", value_files=value_files, optional=optional)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (chart("../env/*.yaml"), "r-b"),
        (chart("../env/1*.yaml"), "r-a"),
        (chart("../**/20-?.yaml", "../env/10-a.yaml"), "r-a"),
        (chart("../env/10-a.yaml", "../env/gone.yaml", optional=True), "r-a"),
        (chart("../env/gone-*.yaml", optional=True), "r-none"),
    ],
)
def test_value_files(repository: Repository, render: Rendered, build: Build, expected: str) -> None:
    repository.commit_files(CHART)

    assert only(render(build)).name == expected


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (chart("../env/gone.yaml"), "the value file '../env/gone.yaml' is no file"),
        (chart("../env/gone-*.yaml"), "the value file '../env/gone-*.yaml' is no file"),
        (chart("../env/*.yaml", owner=""), "the value file '../env/*.yaml' is no file"),
        (chart("../link/a.yaml", optional=True), "the value file '../link/a.yaml' is no file"),
        (chart("../link", optional=True), "the value file '../link' is a symbolic link"),
    ],
)
def test_value_files_that_are_not_there(repository: Repository, render: Rendered, build: Build, expected: str) -> None:
    repository.write(CHART)
    (repository.directory / "link").symlink_to("env")
    repository.commit_files({})

    assert expected in reason(render(build))


def test_components_that_may_be_missing(repository: Repository, render: Rendered) -> None:
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n"
    repository.commit_files({"k/x.yaml": service("x"), "c/kustomization.yaml": component})
    over = {"components": ["../c", "../gone"]}
    owner = "Kustomization flux-system/apps"

    assert names(render(Build(path="k", owner=owner, generate=True, kustomization=over, optional=True))) == ["c-x"]
    found = render(Build(path="k", owner=owner, generate=True, kustomization=over))
    assert "names `../gone`, which is not in the repository" in reason(found)


@pytest.mark.usefixtures("kustomize", "helm")
def test_a_folder_that_nobody_says_the_kind_of(repository: Repository, render: Rendered) -> None:
    repository.commit_files({**CHART, "k/x.yaml": service("x")})
    builds = [Build(path=path, kind="auto", owner=WEB, release="r", generate=True) for path in ("k", "web")]

    assert names(render(builds[0])) == ["x"]
    assert names(render(builds[1], render="helm")) == ["r-none"]
