"""Values in other forms, objects that say nothing themselves, and what of them cannot be told."""

import pytest

from auditor.controller.keys import INTERNAL
from auditor.model.service import Owner, Partial, ServiceKey
from tests.sources.test_partials import ANNOTATED, APPLICATION, GATEWAY, NGINX, gap, line, nested, one, read, release


def told(text: str) -> Partial:
    """The only partial declaration, its value being where it says."""
    found = one(text)
    at = found.places[INTERNAL]
    assert text.splitlines()[at.line - 1][at.column - 1 :].strip("'\" ,}") in ("true", "false")
    return found


ANNOTATIONS = {
    "a text": f"annotations: |\n  {INTERNAL}: 'true'\n  other: x",
    "pairs": f"annotations:\n- name: {INTERNAL}\n  value: 'true'\n- {{name: other, value: x}}",
    "pairs with keys": f"annotations:\n- key: {INTERNAL}\n  value: 'true'",
    "a list of maps": f"annotations:\n- {INTERNAL}: 'true'\n- other: x",
}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_annotations_in_another_form(name: str) -> None:
    found = told(release(nested("server.service", ANNOTATIONS[name] + "\nloadBalancerIP: 10.0.0.9")))

    assert (found.where, found.annotations) == ("spec.values.server.service", {INTERNAL: "true"})
    assert found.fields == ({} if name == "a text" else {"load_balancer_ip": "10.0.0.9"})


def test_annotations_as_a_text_in_a_text() -> None:
    values = "".join(f"        {part}\n" for part in nested("service", ANNOTATIONS["a text"]).splitlines())

    assert told(f"{APPLICATION}      values: |\n{values}").annotations == {INTERNAL: "true"}


SERVICE = f"""\
- apiVersion: v1
  kind: Service
  metadata:
    name: raw
    annotations:
      {INTERNAL}: 'true'
  spec:
    type: LoadBalancer
"""


def test_a_whole_service_among_values() -> None:
    found = told(release(nested("resources", SERVICE)))

    assert (found.service, found.fields, found.where) == ("raw", {"type": "LoadBalancer"}, "spec.values.resources[0]")
    assert told(release(nested("resources", SERVICE.replace("raw", "'{{ .Release.Name }}-x'")))).service == ""


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (nested("resources", SERVICE.replace("Service", "Gateway")),
         "(spec.values.resources[0]) is a whole Gateway, which is not read among values; keep it in a file"),
        (nested("extra", f"- |\n  {{{{ if .Values.x }}}}\n  {INTERNAL}: 'true'"),
         "(spec.values.extra[0]) is a text with annotations in it, which is not read; write a map"),
        (nested("service", f"{ANNOTATED}\nloadBalancerSourceRanges: 10.0.0.0/8"),
         "(spec.values.service) has a spec.loadBalancerSourceRanges that is not a list, so it is not compared; write a list"),
        (nested("service", "annotations:\n  '${prefix}/azure-load-balancer-internal': 'true'"),
         "(spec.values.service): ${prefix}/azure-load-balancer-internal holds a variable or a template"),
        (nested("service", f"annotations:\n  {INTERNAL}: 'ENC[AES256_GCM,data:a,type:str]'"),
         f"(spec.values.service): {INTERNAL} holds an encrypted text, so it is not compared"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(values: str, reason: str) -> None:
    assert f"HelmRelease default/ingress {reason}" in gap(release(values))


@pytest.mark.parametrize(
    "values",
    [
        f"args: ['--annotation-filter={INTERNAL} in (true)']",
        f"annotationFilter: {INTERNAL}=true",
        nested("service", "annotations: {'external-dns.alpha.kubernetes.io/hostname': 'x.${domain}'}"),
        nested("extra", SERVICE.replace("Service", "ConfigMap")),
    ],
)
def test_what_only_names_an_annotation(values: str) -> None:
    found = read(a=release(values).replace("spec:", "spec: # azure-"))

    assert (found.partials, found.gaps) == ((), ())


def test_a_variable_in_an_annotation_of_others_is_nobodys_business() -> None:
    text = release(nested("service", f"{ANNOTATED}\n  external-dns.alpha.kubernetes.io/hostname: 'x.${{domain}}'"))

    assert one(text).annotations == {INTERNAL: "true"}


PATCH = "  postRenderers:\n    - kustomize:\n        {key}:\n          - {patch}\n"


@pytest.mark.parametrize(
    ("key", "patch", "expected"),
    [
        ("patches", "{target: {kind: Service, name: x}, patch: '[]'}", True),
        ("patches", "{target: {kind: Service|Deployment}, patch: '[]'}", True),
        ("patches", "{target: {name: x}, patch: '[]'}", True),
        ("patches", '{patch: "kind: Service"}', True),
        ("patches", '{patch: "{kind: Service}"}', True),
        ("patchesStrategicMerge", "{kind: Service}", True),
        ("patchesStrategicMerge", '"kind: Service"', True),
        ("patchesJson6902", "{target: {kind: Service}}", True),
        ("patches", "{target: {kind: Deployment}, patch: '[]'}", False),
        ("patches", '{patch: "kind: Deployment"}', False),
        ("patchesStrategicMerge", "{kind: Deployment}", False),
        ("images", "{name: a}", False),
    ],
)
def test_patches_after_rendering(key: str, patch: str, expected: bool) -> None:
    found = one(NGINX + PATCH.format(key=key, patch=patch))

    assert found.annotations
    assert ("spec.postRenderers" in found.unknown) == expected


BARE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: ingress, namespace: web}\nspec:\n"
CHART = "  chart: {{spec: {{chart: ./charts/x, {}}}}}\n"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (PATCH.format(key="patches", patch="{target: {kind: Service}}"), "changes its Services by spec.postRenderers"),
        (CHART.format("valuesFiles: [values-prod.yaml]"), "takes values from files of its chart (valuesFiles)"),
        (CHART.format("sourceRef: {kind: GitRepository, name: x}"), "is made of a chart in Git, which is not rendered"),
    ],
)
def test_a_release_whose_services_are_described_elsewhere(spec: str, expected: str) -> None:
    assert silent(BARE + spec).unknown.startswith(expected)


def test_a_chart_in_git_whose_values_are_those_of_the_release() -> None:
    found = one(NGINX.replace("spec: {chart: ingress-nginx}", "spec: {sourceRef: {kind: GitRepository}}"))

    assert (found.annotations[INTERNAL], found.unknown) == ("true", "")


def test_a_template_of_an_object_that_says_nothing_is_no_gap() -> None:
    found = read(a="apiVersion: argoproj.io/v1alpha1\nkind: Application\n{% if x %}\n  a: [\n")

    assert (found.partials, found.gaps) == ((), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("controller.service.loadBalancerSourceRanges", "{10.0.0.0/8}"),
        ("services[0].annotations." + INTERNAL.replace(".", r"\."), "true"),
        ("service.annotations" + ".a" * 3000 + f".{INTERNAL}", "x"),
    ],
)
def test_parameters_that_are_not_understood(name: str, value: str) -> None:
    text = f"{APPLICATION}      parameters:\n      - {{name: '{name}', value: '{value}'}} # azure-\n"

    reason = gap(text)

    assert "has spec.source.helm.parameters with " in reason
    assert reason.endswith(", which is not understood; write it in valuesObject")


def silent(text: str) -> Partial:
    """The only object, of which nothing is said."""
    found = one(text)
    assert (found.annotations, found.fields) == ({}, {})
    return found


def application(source: str, destination: str = "namespace: web") -> str:
    """An Application with one source."""
    return APPLICATION.replace("namespace: web", destination).partition("  source:")[0] + f"  source: {{{source}}}\n"


@pytest.mark.parametrize(
    ("source", "unknown"),
    [
        ("chart: x, helm: {valuesObject: {replicas: 2}}", ""),
        ("chart: x", ""),
        ("path: apps", "is made of a folder of a repository; set `intent: argocd`, or add that folder under `git:`"),
        ("plugin: {name: x}", "is made of a folder of a repository; "),
        ("chart: x, helm: {valueFiles: [a.yaml]}", "takes values from files, which are not read; "),
        ("chart: x, helm: {valueFiles: []}", ""),
    ],
)
def test_an_application_that_says_nothing_itself(source: str, unknown: str) -> None:
    found = silent(application(source))

    assert (found.owner, found.release) == (Owner("Application", "argocd", "ingress"), ServiceKey("web", "ingress"))
    assert (found.unknown.startswith(unknown), bool(found.unknown)) == (True, bool(unknown))


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("namespace: web", False),
        ("server: https://kubernetes.default.svc", False),
        ("server: https://kubernetes.default.svc:443/", False),
        ("name: in-cluster", False),
        ("name: '{{cluster}}'", False),
        ("name: prod-01", True),
        ("server: https://prod-01.example", True),
    ],
)
def test_applications_for_another_cluster(destination: str, expected: bool) -> None:
    assert silent(application("chart: x", destination)).elsewhere == expected


def test_an_application_set() -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: edges, namespace: argocd}\n"

    found = silent(text + "spec: {template: {metadata: {name: '{{ .env }}-edge-{{.n}}'}}}\n")

    assert (found.owner, found.release) == (Owner("ApplicationSet", "argocd", "edges"), ServiceKey("", "*-edge-*"))
    assert "set `intent: argocd`" in found.unknown


@pytest.mark.parametrize("name", [f"edge-{{{{ {'a' * 300} }}}}", "edge-{{-\n\n  .a }}"], ids=["long", "lines"])
def test_an_application_set_with_a_long_template(name: str) -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: edges, namespace: argocd}\n"

    assert silent(f"{text}spec: {{template: {{metadata: {{name: '{name}'}}}}}}\n").release == ServiceKey("", "edge-*")


FLUX = (
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n"
)


@pytest.mark.parametrize(("path", "expected"), [("./apps/prod/", "apps/prod"), ("/apps", "apps"), ("./", ""), ("", "")])
def test_a_folder_that_flux_applies(path: str, expected: str) -> None:
    found = silent(f"{FLUX}spec: {{path: '{path}'}}\n")

    assert (found.owner, found.where) == (Owner("Kustomization", "flux-system", "apps"), expected)
    assert found.unknown.endswith("of which nothing was read; set `intent: flux`, or add it under `git:`")


def test_folders_of_other_clusters_and_of_kustomize_itself() -> None:
    for text in (
        FLUX + "spec: {kubeConfig: {secretRef: {name: x}}}\n",
        FLUX + "spec: {path: './apps/${cluster}'}\n",
        FLUX.replace("toolkit.fluxcd", "config.k8s"),
    ):
        found = read(a=f"{text}# Service")
        assert (found.partials, found.gaps) == ((), ())


def test_the_line_of_what_is_unknown() -> None:
    text = release(nested("service", ANNOTATED), "  valuesFrom:\n    - {kind: Secret, name: s}\n")

    assert read(a=text).partials[0].line == line(text, "kind: Secret")


def test_annotations_of_a_gateway_itself() -> None:
    meant = GATEWAY.partition("spec:")[0].replace("}", f", annotations: {{{INTERNAL}: 'true'}}}}")

    assert silent(meant + "spec: {gatewayClassName: istio}\n").unknown.startswith("has annotations of its own, which ")
    assert one(meant + "spec:" + GATEWAY.partition("spec:")[2]).unknown == ""


def test_a_service_that_is_encrypted() -> None:
    text = f"apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  annotations: {{{INTERNAL}: 'ENC[AES256_GCM,data:a]'}}\n"

    (found,) = read(a=text).gaps

    assert (found.kind, "which is encrypted, so it is not compared: write its value" in found.reason) == (
        "manifests",
        True,
    )


ENVOY = f"""\
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {{name: proxy, namespace: envoy}}
spec:
  provider:
    type: Kubernetes
    kubernetes:
      envoyService:
        annotations:
          {INTERNAL}: 'true'
"""


def test_annotations_of_an_envoy_proxy_are_not_compared() -> None:
    found = silent(ENVOY)

    assert (found.owner, found.line) == (Owner("EnvoyProxy", "envoy", "proxy"), line(ENVOY, INTERNAL))
    assert "write them in spec.infrastructure.annotations of each Gateway" in found.unknown
    assert read(a=ENVOY.replace(INTERNAL, "other")).partials == ()


def test_more_parameters_than_anybody_has() -> None:
    text = APPLICATION + "      parameters:\n" + "        - {name: a, value: b}\n" * 5001

    assert "more than the 5000 spec.source.helm.parameters that are read; use valuesObject" in gap(text)
