"""A program's words hold pieces of files: of a failure only known texts are said, the same ones each time."""

import textwrap

import pytest

from auditor.sources.render.told import by_kustomize
from tests.sources.git.repositories import Repository, service
from tests.sources.render.conftest import Rendered, reason

SECRET = "hunter2"  # noqa: S105
MERGE = f"apiVersion: v1\nkind: Service\nmetadata: {{name: gone}}\npassword: {SECRET}\n"
KUSTOMIZATIONS = {
    "no patch": (
        f"patches:\n- patch: |\n    pw: {SECRET}\n    [\n",
        "a patch is neither a merge patch nor one of JSON",
    ),
    "a patch of nothing": (
        f"patches:\n- patch: |\n{textwrap.indent(MERGE, '    ')}",
        "a patch finds no resource to change (Service.v1.[noGrp]/gone.[noNs])",
    ),
    "a JSON patch of nothing": (
        f"patches:\n- target: {{kind: Service}}\n  patch: |\n    - {{op: replace, path: /spec/{SECRET}/b, value: 1}}\n",
        "an operation of a JSON patch does not fit its resource",
    ),
    "no literal": (f"configMapGenerator:\n- {{name: a, literals: [{SECRET}]}}\n", "a literal that is not key=value"),
    "no merge patch": (f"patchesStrategicMerge:\n- |\n  {SECRET}: [\n", "could not be built: "),
    "another type": (f"namespace: [{SECRET}]\n", "Kustomization.namespace is of another type"),
    "no resource": ("resources: [y.yaml]\n", "y.yaml: missing metadata.name"),
}
CHART = {"k/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", "k/values.yaml": f"pw: {SECRET}\n"}
TEMPLATES = {
    "fail": ('a: b\n{{ fail (printf "bad %s" .Values.pw) }}', "c/templates/x.yaml:2 stops with `fail` or `required`"),
    "required": (f'{{{{ required "not {SECRET}" .Values.gone }}}}', "c/templates/x.yaml:1 stops with"),
    "no field": ("a: {{ .Values.pw.x }}", "c/templates/x.yaml:1 cannot be carried out with these values"),
    "no template": ("a: {{ .Values.pw", "is no template"),
    "no YAML": (f"a: {SECRET}\n b: [", "what c/templates/x.yaml makes is not YAML, near its line "),
}


@pytest.mark.parametrize("name", KUSTOMIZATIONS)
def test_what_kustomize_repeats(repository: Repository, render: Rendered, name: str) -> None:
    text, expected = KUSTOMIZATIONS[name]
    files = {"k/x.yaml": service("x"), "k/y.yaml": f"apiVersion: v1\nkind: Service\nmetadata: {{a: {SECRET}}}\n"}
    resources = "" if "resources:" in text else "resources: [x.yaml]\n"
    repository.commit_files({**files, "k/kustomization.yaml": resources + text})

    told = reason(render(paths=("k",)))

    assert expected in told
    assert SECRET not in told


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_helm_repeats(repository: Repository, render: Rendered, name: str) -> None:
    template, expected = TEMPLATES[name]
    repository.commit_files({**CHART, "k/templates/x.yaml": template})

    told = reason(render(render="helm", paths=("k",)))

    assert expected in told
    assert SECRET not in told


def test_values_that_do_not_fit(repository: Repository, render: Rendered) -> None:
    schema = '{"properties": {"pw": {"const": "hunter3"}}}'
    repository.commit_files({**CHART, "k/values.schema.json": schema, "k/templates/x.yaml": service("x")})

    told = reason(render(render="helm", paths=("k",)))

    assert "its values do not fit its values.schema.json at /pw" in told
    assert "hunter" not in told


@pytest.mark.parametrize("end", ["expected kind != 'Component' for path 'k'", f"new words: {SECRET}"])
def test_the_same_failure_is_told_the_same(end: str) -> None:
    said = [f'E1123 09:47:{n}.482028    {n} run.go:72] "command failed" err="{end}"' for n in (10, 20)]

    assert by_kustomize(said[0]) == by_kustomize(said[1])
    assert SECRET not in by_kustomize(said[0])
