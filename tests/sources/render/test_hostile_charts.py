"""What a stranger's chart may try: schemas and files of elsewhere, archives, more than anybody makes."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from auditor.sources.builds import Build
from auditor.sources.render import documents, schemas
from tests.sources.git.repositories import Repository, service
from tests.sources.render.conftest import Rendered, only, reason

CHART: dict[str, str | bytes] = {
    "k/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "k/values.yaml": "a: 1\n",
    "k/templates/x.yaml": service('x-{{ .Values.leak | default "none" }}'),
}


def helm(**fields: Any) -> Build:
    return Build(path="k", kind="helm", owner="Application argocd/x", release="r", **fields)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"$ref": "http://HOST/s.json"}}}, {"properties": {"a": {"$ref": "file:///OWN"}}},
        {"$id": "http://HOST/", "properties": {"a": {"$ref": "s.json"}}}, {"$schema": "http://HOST/s.json"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["k", "k/charts/sub"])
def test_a_schema_of_elsewhere_is_left_out(
    repository: Repository, render: Rendered, asked: list[str], tmp_path: Path, schema: Any, where: str
) -> None:
    (tmp_path / "own.json").write_text('{"type": "string"}')
    text = json.dumps(schema).replace("HOST", asked[0]).replace("/OWN", str(tmp_path / "own.json"))
    sub = {"k/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n"}
    repository.commit_files({**CHART, **sub, f"{where}/values.schema.json": text.replace("$ref", "\\u0024ref")})

    assert only(render(helm())).name == "x-none"
    assert asked[1:] == []


def archive(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


SUB = {"sub/Chart.yaml": b"apiVersion: v2\nname: sub\nversion: 1.0.0\n"}
AWAY = {**SUB, "sub/values.schema.json": b'{"properties": {"a": {"$ref": "http://127.0.0.1:1/s.json"}}}'}
ARCHIVES = {
    "a schema of elsewhere": (archive(AWAY), "names other files; unpack it"),
    "in an archive of the archive": (archive({**SUB, "sub/charts/b.tgz": archive(AWAY)}), "names other files; unpack it"),
    "a bomb": (archive({**SUB, "sub/x": bytes(70 << 20)}), "unpack to more than 64 MiB"),
    "a second archive behind the first": (archive(SUB) + archive(AWAY), "is no archive of a chart"),
    "no archive": (b"x", "is no archive of a chart"),
    "half of one": (archive(SUB)[:-12], "is no archive of a chart"),
}  # fmt: skip


@pytest.mark.parametrize("inside", [True, False])
def test_archives_that_are_too_much_together(
    repository: Repository, render: Rendered, monkeypatch: pytest.MonkeyPatch, *, inside: bool
) -> None:
    monkeypatch.setattr(schemas, "MAX_UNPACKED", 250_000)
    several = {f"sub{i}.tgz": archive({**SUB, "sub/x": bytes(100_000)}) for i in range(3)}
    files = {"all.tgz": archive(several)} if inside else several
    repository.commit_files({**CHART, **{f"k/charts/{name}": data for name, data in files.items()}})

    assert "its charts unpack to more than" in reason(render(helm()))


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_of_a_chart(repository: Repository, render: Rendered, name: str) -> None:
    data, expected = ARCHIVES[name]
    repository.commit_files({**CHART, "k/charts/sub.tgz": data})

    told = reason(render(helm()))

    assert "k/charts/sub.tgz" in told
    assert expected in told


def test_an_archive_with_a_schema_of_its_own(repository: Repository, render: Rendered) -> None:
    schema = b'{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "#/definitions/b"}}, "definitions": {"b": {}}}'
    repository.commit_files({**CHART, "k/charts/sub.tgz": archive({**SUB, "sub/values.schema.json": schema})})

    assert only(render(helm())).name == "x-none"


def test_a_name_that_helm_takes_for_two(repository: Repository, render: Rendered, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("leak: this-machine\n")
    name = f"x,{tmp_path}/own.yaml"
    repository.commit_files({**CHART, "k/x": "b: 1\n", f"k/{name}": "c: 1\n"})

    assert "for several; rename it" in reason(render(helm(value_files=(name,))))


def test_values_that_are_nested_without_end(repository: Repository, render: Rendered) -> None:
    repository.commit_files(CHART)
    values: dict[str, Any] = {}
    for _ in range(3000):
        values = {"a": values}

    assert "are nested too deeply; flatten them" in reason(render(helm(values=values)))


def test_more_than_anybody_declares(repository: Repository, render: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 100_000)
    repository.commit_files({**CHART, "k/templates/x.yaml": "{{ range until 3000 }}---\n" + service("x-{{ . }}") + "{{ end }}"})  # fmt: skip

    assert "of manifests that speak of Services; split it up" in reason(render(helm()))


def test_definitions_of_resources_do_not_count(
    repository: Repository, render: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 100_000)
    definition = "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\nmetadata: {name: x}\n"
    repository.commit_files({**CHART, "k/templates/y.yaml": definition + "# of a Service\n" * 10_000 + f'text: "{"Service " * 20_000}"\n'})  # fmt: skip

    assert only(render(helm())).name == "x-none"
