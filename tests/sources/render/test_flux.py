"""What a build asks for beside its folder: as kustomize-controller and source-controller of Flux do it."""

import json
from typing import Any

import pytest

from auditor.model.service import Declared
from auditor.sources.builds import Build
from auditor.sources.render.substitute import substitute
from tests.sources.git.repositories import Repository, names, service
from tests.sources.render.conftest import Rendered, only, reason

OWNER = "Kustomization flux-system/apps"
INTERNAL = "service.beta.kubernetes.io/azure-load-balancer-internal"


def flux(path: str = "apps", **fields: Any) -> Build:
    return Build(**{"path": path, "owner": OWNER, "generate": True, **fields})


TREE: dict[str, str | bytes] = {
    "apps/a.yaml": service("a"),
    "apps/web/b.yml": service("b"),
    "apps/web/c.json": json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "c"}}),
    "apps/root/kustomization.yaml": "namePrefix: pre-\nresources: [d.yaml]\n",
    "apps/root/d.yaml": service("d"),
    "apps/root/not-named.yaml": service("e"),
    "apps/README.md": "no manifest\n",
    "other/f.yaml": service("f"),
}


def test_a_folder_without_a_kustomization(repository: Repository, render: Rendered) -> None:
    repository.commit_files(TREE)

    assert names(render(flux())) == ["a", "b", "pre-d"]
    assert names(render(flux(owner="Application argocd/apps"))) == ["a", "b", "c", "pre-d"]
    assert names(render(flux(""))) == ["a", "b", "f", "pre-d"]
    assert "apps/web has no kustomization file" in reason(render(flux("apps/web", generate=False)))


def test_only_what_is_asked_for_is_read(repository: Repository, render: Rendered) -> None:
    repository.commit_files(TREE)

    found = render(flux("apps/root"), flux("other"), paths=("apps/web",), include=("none",))

    assert names(found) == ["f", "pre-d"]
    assert found.gaps == ()


def test_a_folder_with_something_else(repository: Repository, render: Rendered) -> None:
    repository.commit_files({**TREE, "apps/values.yaml": "replicas: 1\n"})

    assert "could not be built: values.yaml: missing Resource metadata; correct it, or leave it out" in reason(
        render(flux())
    )


def test_an_empty_folder(repository: Repository, render: Rendered) -> None:
    repository.commit_files({"apps/README.md": ""})

    assert f"apps ({OWNER}) could not be built: it has no manifest and no kustomization" in reason(render(flux()))


IGNORED: list[tuple[dict[str, str | bytes], tuple[str, ...], list[str]]] = [
    ({}, ("/apps/web/",), ["a", "pre-d"]),
    ({}, ("*.yml",), ["a", "pre-d"]),
    ({}, ("/*", "!/apps"), ["a", "b", "pre-d"]),
    ({}, ("web", "root/"), ["a"]),
    ({}, ("# a comment", "", "b.yml"), ["a", "pre-d"]),
    ({".sourceignore": "apps/root\n"}, (), ["a", "b"]),
    ({".sourceignore": "apps/root\n"}, ("!apps/root",), ["a", "b", "pre-d"]),
    ({"apps/.sourceignore": "/web\n"}, (), ["a", "pre-d"]),
    ({"apps/.sourceignore": "b.yml\n"}, (), ["a", "pre-d"]),
    ({"apps/.sops.yaml": "creation_rules: []\n"}, (), ["a", "b", "pre-d"]),
]


@pytest.mark.parametrize(("files", "ignore", "expected"), IGNORED)
def test_what_is_ignored(
    repository: Repository,
    render: Rendered,
    files: dict[str, str | bytes],
    ignore: tuple[str, ...],
    expected: list[str],
) -> None:
    repository.commit_files({**TREE, **files})

    assert names(render(flux(ignore=ignore))) == expected


def test_what_is_ignored_is_not_there(repository: Repository, render: Rendered) -> None:
    repository.commit_files({"k/kustomization.yaml": "resources: [a.yaml]\n", "k/a.yaml": service("a")})

    assert "names `a.yaml`, which is not in the repository" in reason(render(flux("k", ignore=("a.yaml",))))


LAID_OVER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"namespace": "shop"}, {"namespace": "shop"}),
    ({"namePrefix": "x-", "nameSuffix": "-y"}, {"name": "x-old-web-y"}),
    ({"commonAnnotations": {INTERNAL: "true"}}, {"annotations": {"from": "root", INTERNAL: "true"}}),
    (
        {"patches": [{"patch": json.dumps([{"op": "add", "path": "/spec/loadBalancerIP", "value": "10.0.0.1"}]),
                      "target": {"kind": "Service"}}]},
        {"load_balancer_ip": "10.0.0.1", "annotations": {"from": "root"}},
    ),
    ({"components": ["../comp"]}, {"load_balancer_ip": "10.0.0.2"}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), LAID_OVER)
def test_fields_over_a_root(
    repository: Repository, render: Rendered, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    repository.commit_files(
        {
            "k/kustomization.yaml": "namePrefix: old-\nresources: [web.yaml]\npatches: [path: p.yaml]\n",
            "k/web.yaml": service("web"),
            "k/p.yaml": "{apiVersion: v1, kind: Service, metadata: {name: web, annotations: {from: root}}}\n",
            "comp/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            "patches:\n- target: {kind: Service}\n  patch: |\n"
            "    - {op: add, path: /spec/loadBalancerIP, value: 10.0.0.2}\n",
        }
    )
    if "namePrefix" in fields:
        expected = {"name": "x-web-y"}

    one = only(render(flux("k", kustomization=fields)))

    assert {key: getattr(one, key) for key in expected} == expected
    assert (one.path, one.line) == ("k/web.yaml", 1)


def test_a_component_that_is_a_remote(repository: Repository, render: Rendered) -> None:
    repository.commit_files(TREE)
    build = flux("apps/root", kustomization={"components": ["https://evil.example/c?ref=main"]})

    assert f"{OWNER} names the remote `https://evil.example/c?ref=main`" in reason(render(build))


VARIABLES = f"""\
apiVersion: v1
kind: Service
metadata:
  name: ${{env}}-web
  annotations:
    {INTERNAL}: "${{internal:=true}}"
spec:
  type: LoadBalancer
  loadBalancerIP: ${{ip}}
---
apiVersion: v1
kind: Service
metadata:
  name: untouched
  annotations:
    kustomize.toolkit.fluxcd.io/substitute: disabled
    a: ${{ip}}
---
apiVersion: v1
kind: Service
metadata:
  name: plain
"""


def by_name(declared: tuple[Declared, ...] | None) -> dict[str, Declared]:
    return {one.name: one for one in declared or ()}


def test_variables(repository: Repository, render: Rendered) -> None:
    repository.commit_files({"apps/a.yaml": VARIABLES})

    found = render(flux(substitute={"env": "prod", "ip": "10.0.0.3"}))

    assert found.gaps == ()
    declared = by_name(found.declared)
    assert sorted(declared) == ["plain", "prod-web", "untouched"]
    web = declared["prod-web"]
    assert (web.load_balancer_ip, web.annotations[INTERNAL]) == ("10.0.0.3", "true")
    assert (web.path, web.line) == ("apps/a.yaml", 1)
    assert web.places["spec.loadBalancerIP"] == (9, 19, "")
    assert web.places[INTERNAL][0] == 6
    assert declared["untouched"].annotations["a"] == "${ip}"


def test_nothing_is_replaced_where_nobody_asks(repository: Repository, render: Rendered) -> None:
    repository.commit_files({"apps/a.yaml": VARIABLES})

    found = render(flux())

    assert names(found) == ["plain", "untouched"]
    [gap] = found.gaps
    assert gap.reason.startswith("apps/a.yaml:1 the Service default/${env}-web holds `${env}-web`, which nobody has")


def test_an_unknown_variable(repository: Repository, render: Rendered) -> None:
    repository.commit_files({"apps/a.yaml": VARIABLES})
    missing = "Secret flux-system/vars is not read"

    found = render(flux(substitute={"env": "prod"}, substitute_missing=missing))

    assert names(found) == ["plain", "untouched"]
    (gap,) = found.gaps
    assert gap.scope == "main/apps"
    assert gap.reason == f"apps/a.yaml:1 depends on the variable `internal`, `ip`, which is not known: {missing}"
    assert by_name(render(flux(substitute={"env": "prod"})).declared)["prod-web"].load_balancer_ip in (None, "")


@pytest.mark.parametrize(
    ("text", "expected", "unknown"),
    [
        ("${a}", "1", []),
        ("x${a}y${b}z", "x1y2z", []),
        ("${none}", "", ["none"]),
        ("${empty}", "", []),
        ("${a:-9}${none:-9}${empty:-9}", "199", ["none"]),
        ("${a:=9}${none:=9}${none=9}${none-9}", "1999", ["none", "none", "none"]),
        ("${none:-${b}}", "2", ["none"]),
        ("$${a}", "${a}", []),
        ("$a $(b) $", "$a $(b) $", []),
        ("", "", []),
    ],
)
def test_substitution(text: str, expected: str, unknown: list[str]) -> None:
    found = substitute(text, {"a": "1", "b": "2", "empty": ""})

    assert (found.text, found.unknown, found.refused) == (expected, unknown, [])


@pytest.mark.parametrize("text", ["${a", "${}", "${1}", "${a//x/y}", "${a^^}", "${#a}"])
def test_substitution_that_is_not_done(text: str) -> None:
    assert substitute(text, {"a": "1"}).refused


def test_an_unknown_variable_of_a_release(repository: Repository, render: Rendered) -> None:
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a, namespace: web}\n"
        f"spec: {{values: {{service: {{annotations: {{{INTERNAL}: '${{x}}'}}}}}}}}\n"
    )
    repository.commit_files({"apps/a.yaml": release})

    (gap,) = render(flux(substitute={}, substitute_missing="Secret a/b is not read")).gaps

    assert (gap.kind, gap.scope) == ("declarations", "main/apps")  # it hides no Service
    (one,) = render(flux(substitute={"x": "true"})).partials
    assert one.annotations == {INTERNAL: "true"}
    assert one.places[INTERNAL][:2] == (4, 28 + 14 + len(INTERNAL) + 2) or one.places[INTERNAL].line == 4
