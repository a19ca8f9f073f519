"""Every value points to the line on which it is written: base, patch, component, values, template."""

import pytest

from auditor.model.service import Declared
from auditor.sources.builds import Build
from tests.sources.git.repositories import Repository
from tests.sources.render.conftest import Rendered, only

INTERNAL = "service.beta.kubernetes.io/azure-load-balancer-internal"
SUBNET = "service.beta.kubernetes.io/azure-load-balancer-internal-subnet"
PLS = "service.beta.kubernetes.io/azure-pls-create"
BASE = f"""\
# the web service
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
---
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    {INTERNAL}: "true"
spec:
  type: LoadBalancer
  ports:
  - port: 80
"""
KUSTOMIZATION = "resources: [../base]\n"


def at(one: Declared, key: str) -> tuple[str, int, int]:
    """The file and place of a value."""
    place = one.places[key]
    return place.path or one.path, place.line, place.column


def tree(**overlay: str) -> dict[str, str | bytes]:
    files = {f"overlay/{name.replace('_yaml', '.yaml')}": text for name, text in overlay.items()}
    return {"base/kustomization.yaml": "resources: [svc.yaml]\n", "base/svc.yaml": BASE, **files}


def test_a_base(repository: Repository, render: Rendered) -> None:
    repository.commit_files(tree(kustomization_yaml=KUSTOMIZATION))

    one = only(render(paths=("overlay",)))

    assert (one.path, one.line, one.annotations) == ("base/svc.yaml", 7, {INTERNAL: "true"})
    assert at(one, INTERNAL) == ("base/svc.yaml", 12, 5 + len(INTERNAL) + 2)
    assert at(one, "spec.type") == ("base/svc.yaml", 14, 9)
    assert at(one, "spec.ports") == ("base/svc.yaml", 16, 3)
    assert one.places["spec.type"].path == ""


MERGE = f"""\
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    {PLS}: "true"
spec:
  loadBalancerIP: 10.0.0.4
"""
INLINE = "\n".join(f"    {line}" for line in MERGE.splitlines())
JSON6902 = f"""\
- op: add
  path: /metadata/annotations/{PLS.replace("/", "~1")}
  value: "true"
- op: add
  path: /spec/loadBalancerIP
  value: 10.0.0.4
"""
OVERLAYS: dict[str, tuple[dict[str, str], tuple[str, int], tuple[str, int]]] = {
    "a patch file": (
        {"kustomization_yaml": f"{KUSTOMIZATION}patches: [path: patch.yaml]\n", "patch_yaml": MERGE},
        ("overlay/patch.yaml", 6), ("overlay/patch.yaml", 8),
    ),
    "patchesStrategicMerge": (
        {"kustomization_yaml": f"{KUSTOMIZATION}patchesStrategicMerge: [patch.yaml]\n", "patch_yaml": MERGE},
        ("overlay/patch.yaml", 6), ("overlay/patch.yaml", 8),
    ),
    "an inline patch": (
        {"kustomization_yaml": f"{KUSTOMIZATION}patches:\n- patch: |-\n{INLINE}\n"},
        ("overlay/kustomization.yaml", 9), ("overlay/kustomization.yaml", 11),
    ),
    "JSON6902 in a file": (
        {
            "kustomization_yaml": f"{KUSTOMIZATION}patches: [{{path: p.yaml, target: {{kind: Service, name: w.*}}}}]\n",
            "p_yaml": JSON6902,
        },
        ("overlay/p.yaml", 3), ("overlay/p.yaml", 6),
    ),
    "JSON6902 inline, of another name": (
        {
            "kustomization_yaml": f"namePrefix: prod-\n{KUSTOMIZATION}patches:\n- target: {{kind: Service, name: web}}\n"
            "  patch: |\n" + "\n".join(f"    {line}" for line in JSON6902.splitlines()) + "\n",
        },
        ("overlay/kustomization.yaml", 8), ("overlay/kustomization.yaml", 11),
    ),
    "annotations of all": (
        {
            "kustomization_yaml": f"{KUSTOMIZATION}commonAnnotations:\n  {PLS}: 'true'\npatches:\n- path: p.yaml\n",
            "p_yaml": "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {loadBalancerIP: 10.0.0.4}}\n",
        },
        ("overlay/kustomization.yaml", 3), ("overlay/p.yaml", 1),
    ),
    "all annotations replaced": (
        {
            "kustomization_yaml": f"{KUSTOMIZATION}patches:\n- target: {{kind: Service}}\n  path: p.yaml\n",
            "p_yaml": f"- op: replace\n  path: /metadata/annotations\n  value:\n    {PLS}: 'true'\n    {INTERNAL}: 'true'\n"
            "- {op: add, path: /spec/loadBalancerIP, value: 10.0.0.4}\n",
        },
        ("overlay/p.yaml", 4), ("overlay/p.yaml", 6),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*OVERLAYS])
def test_an_overlay(repository: Repository, render: Rendered, name: str) -> None:
    overlay, pls, address = OVERLAYS[name]
    repository.commit_files(tree(**overlay))

    one = only(render(paths=("overlay",)))

    assert dict(one.annotations) == {INTERNAL: "true", PLS: "true"}
    assert one.load_balancer_ip == "10.0.0.4"
    assert (one.path, one.line) == ("base/svc.yaml", 7)
    assert at(one, INTERNAL)[:2] == (("overlay/p.yaml", 5) if "replaced" in name else ("base/svc.yaml", 12))
    assert at(one, PLS)[:2] == pls
    assert at(one, "spec.loadBalancerIP")[:2] == address


def test_the_patch_of_another_service_is_not_meant(repository: Repository, render: Rendered) -> None:
    other = MERGE.replace("name: web", "name: other")
    files = tree(kustomization_yaml=f"{KUSTOMIZATION}patches: [path: a.yaml, path: b.yaml]\n", a_yaml=MERGE)
    files["overlay/kustomization.yaml"] = f"{KUSTOMIZATION}patches:\n- path: a.yaml\n- path: b.yaml\n"
    files["overlay/b.yaml"] = other
    files["base/svc.yaml"] = f"{BASE}---\n{BASE.partition('---')[2].replace('name: web', 'name: other')}"
    repository.commit_files(files)

    found = render(paths=("overlay",))

    assert found.declared is not None
    assert {one.name: at(one, PLS)[:2] for one in found.declared} == {
        "web": ("overlay/a.yaml", 6),
        "other": ("overlay/b.yaml", 6),
    }


def test_the_nearest_of_several_layers(repository: Repository, render: Rendered) -> None:
    files = tree(kustomization_yaml=f"{KUSTOMIZATION}patches: [path: patch.yaml]\n", patch_yaml=MERGE)
    files["top/kustomization.yaml"] = "resources: [../overlay]\npatches: [path: patch.yaml]\n"
    files["top/patch.yaml"] = "# nearer\n" + MERGE.replace("10.0.0.4", "10.0.0.5")
    repository.commit_files(files)

    one = only(render(paths=("top",)))

    assert one.load_balancer_ip == "10.0.0.5"
    assert at(one, "spec.loadBalancerIP")[:2] == ("top/patch.yaml", 9)
    assert at(one, PLS)[:2] == ("top/patch.yaml", 7)


def test_a_component(repository: Repository, render: Rendered) -> None:
    files = tree(kustomization_yaml=f"{KUSTOMIZATION}components: [../comp]\n")
    files["comp/kustomization.yaml"] = (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [path: patch.yaml]\n"
    )
    files["comp/patch.yaml"] = MERGE
    repository.commit_files(files)

    assert at(only(render(paths=("overlay",))), PLS)[:2] == ("comp/patch.yaml", 6)


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: ingress
  namespace: web
spec:
  values:
    controller:
      service:
        annotations:
          service.beta.kubernetes.io/azure-load-balancer-internal: "true"
"""
RELEASE_PATCH = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: ingress
  namespace: web
spec:
  values:
    controller:
      service:
        loadBalancerIP: 10.0.0.9
"""


def test_the_values_of_a_release(repository: Repository, render: Rendered) -> None:
    files: dict[str, str | bytes] = {
        "base/kustomization.yaml": "resources: [release.yaml]\n",
        "base/release.yaml": RELEASE,
        "overlay/kustomization.yaml": f"{KUSTOMIZATION}patches: [path: address.yaml]\n",
        "overlay/address.yaml": RELEASE_PATCH,
    }
    repository.commit_files(files)

    found = render(paths=("overlay",))

    assert found.gaps == ()
    (one,) = found.partials
    assert (one.path, one.line) == ("base/release.yaml", 11)
    assert one.fields == {"load_balancer_ip": "10.0.0.9"}
    assert one.places[INTERNAL][:2] == (11, 68)
    address = one.places["spec.loadBalancerIP"]
    assert (address.path, address.line, address.column) == ("overlay/address.yaml", 10, 25)


CHART: dict[str, str | bytes] = {
    "web/Chart.yaml": "apiVersion: v2\nname: shop-web\nversion: 1.0.0\n",
    "web/values.yaml": f'service:\n  annotations:\n    {INTERNAL}: "true"\n  ip: ""\n',
    "web/templates/svc.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
  annotations: {{ toYaml .Values.service.annotations | nindent 4 }}
spec:
  type: LoadBalancer
  loadBalancerIP: {{ .Values.service.loadBalancerIP }}
  ports: [port: 80]
""",
    "prod.yaml": f"service:\n  loadBalancerIP: 10.0.0.7\n  annotations:\n    {PLS}: 'true'\n",
}


def test_a_chart(repository: Repository, render: Rendered) -> None:
    repository.commit_files(CHART)
    given = {"releaseName": "front", "namespace": "shop", "valueFiles": ["../prod.yaml"], "kubeVersion": "1.33"}

    one = only(render(render="helm", paths=("web",), helm=given))

    assert (str(one.key), one.path, one.line) == ("shop/front", "web/templates/svc.yaml", 1)
    assert at(one, "spec.loadBalancerIP") == ("prod.yaml", 2, 19)
    assert at(one, PLS)[:2] == ("prod.yaml", 4)
    assert at(one, INTERNAL)[:2] == ("web/values.yaml", 3)
    assert at(one, "spec.type") == ("web/templates/svc.yaml", 8, 3)


def test_a_chart_of_a_build(repository: Repository, render: Rendered) -> None:
    repository.commit_files(CHART)
    build = Build(
        path="web", kind="helm", release="x", namespace="shop", values={"service": {"loadBalancerIP": "10.0.0.8"}}
    )

    one = only(render(build))

    assert (str(one.key), one.load_balancer_ip) == ("shop/x", "10.0.0.8")
    assert at(one, "spec.loadBalancerIP") == ("web/templates/svc.yaml", 9, 3)
