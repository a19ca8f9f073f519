"""Partial declarations: which objects speak of Services, what they list, and where each value is written."""

import pytest

from auditor.controller.keys import INTERNAL, IPV4, PLS_CREATE, PREFIX
from auditor.model.service import Owner, Partial, Place, ServiceKey
from auditor.model.snapshot import Gap
from auditor.sources.declarations.manifests import Manifests, mentions_service, read_manifests

NGINX = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ingress, namespace: web}
spec:
  chart: {spec: {chart: ingress-nginx}}
  values:
    controller:
      replicaCount: 2
      service:
        type: LoadBalancer
        loadBalancerIP: 10.0.0.9
        loadBalancerSourceRanges: [10.0.0.0/8]
        externalTrafficPolicy: Local
        annotations:
          service.beta.kubernetes.io/azure-load-balancer-internal: "true"
          service.beta.kubernetes.io/azure-pls-create: "true"
          external-dns.alpha.kubernetes.io/hostname: a.example
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ingress, namespace: argocd}
spec:
  destination: {namespace: web}
  source:
    helm:
"""
IN_TEXT = """\
      values: |
        # of the team
        controller:
          service:
            annotations:
              service.beta.kubernetes.io/azure-load-balancer-internal: "true"
            loadBalancerIP: 10.0.0.9
"""
IN_OBJECT = IN_TEXT.replace("values: |", "valuesObject:")
IN_PARAMETERS = r"""
      parameters:
        - {name: image.tag, value: v1}
        - {name: controller.service.loadBalancerIP, value: 10.0.0.9}
        - name: controller.service.annotations.service\.beta\.kubernetes\.io/azure-load-balancer-internal
          value: "true"
          forceString: true
""".lstrip("\n")
GATEWAY = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: web}
spec:
  gatewayClassName: istio
  infrastructure:
    labels: {team: edge}
    annotations:
      service.beta.kubernetes.io/azure-load-balancer-internal: "true"
"""
ROUTING = """\
apiVersion: approuting.kubernetes.azure.com/v1alpha1
kind: NginxIngressController
metadata: {name: internal}
spec:
  controllerNamePrefix: nginx-internal
  loadBalancerSourceRanges: [10.0.0.0/8]
  loadBalancerAnnotations:
    service.beta.kubernetes.io/azure-load-balancer-internal: "true"
"""
FLEET = """\
apiVersion: networking.fleet.azure.com/v1alpha1
kind: MultiClusterService
metadata:
  name: shop
  namespace: web
  annotations:
    networking.fleet.azure.com/azure-load-balancer-internal: "true"
"""


def read(**files: str) -> Manifests:
    """What files declare; `__` stands for a slash."""
    given = [(f"{name.replace('__', '/')}.yaml", text.encode()) for name, text in files.items()]
    assert all(mentions_service(data) for _, data in given if b"ConfigMap" not in data and b"Secret" not in data)
    return read_manifests(given, source="main")


def one(text: str, **files: str) -> Partial:
    """The only partial declaration, where there is no gap."""
    found = read(a=text, **files)
    assert found.gaps == ()
    (partial,) = found.partials
    return partial


def nothing(text: str) -> None:
    """Assert that a file says nothing, and hides nothing."""
    found = read_manifests([("a.yaml", text.encode())], source="main")
    assert (found.declared, found.partials, found.gaps) == ((), (), ())


def gap(text: str, **files: str) -> str:
    """The reason of the only gap; it blinds no rule."""
    (found,) = read(a=text, **files).gaps
    assert (found.source, found.kind) == ("git", "declarations")
    return found.reason


def release(values: str, more: str = "") -> str:
    """A HelmRelease with values, from line 7 on."""
    indented = "".join(f"    {line}\n" for line in values.splitlines())
    head = "apiVersion: helm.toolkit.fluxcd.io/v2beta2\nkind: HelmRelease\nmetadata:\n  name: ingress\n"
    return f"{head}spec: # of the chart\n  values:\n{indented}{more}"


def line(text: str, part: str) -> int:
    """The line of a text that has a part."""
    return next(i for i, found in enumerate(text.splitlines(), 1) if part in found)


def test_a_release_of_ingress_nginx() -> None:
    found = one(NGINX)

    assert found == Partial(
        owner=Owner("HelmRelease", "web", "ingress"),
        release=ServiceKey("web", "ingress"),
        where="spec.values.controller.service",
        annotations={INTERNAL: "true", PLS_CREATE: "true"},
        fields={
            "type": "LoadBalancer",
            "load_balancer_ip": "10.0.0.9",
            "source_ranges": ("10.0.0.0/8",),
            "external_traffic_policy": "Local",
        },
        source="main",
        path="a.yaml",
        line=10,
        places=found.places,
    )
    assert found.places[INTERNAL] == Place(15, 68)
    assert found.places["spec.loadBalancerIP"] == Place(11, 25)
    assert found.places["spec.type"] == Place(10, 15)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", ServiceKey("web", "ingress")),
        ("  targetNamespace: edge\n", ServiceKey("edge", "edge-ingress")),
        ("  releaseName: nginx\n  storageNamespace: flux\n", ServiceKey("web", "nginx")),
        (f"  releaseName: {'n' * 60}\n", ServiceKey("web", "n" * 40 + "-fb886b452111")),
    ],
)
def test_the_name_of_the_release(spec: str, expected: ServiceKey) -> None:
    assert one(NGINX + spec).release == expected


ANNOTATED = f'annotations:\n  {INTERNAL}: "true"'


def nested(path: str, inner: str) -> str:
    """Values with something at a path."""
    for key in reversed(path.split(".")):
        inner = f"{key}:\n" + "\n".join(f"  {part}" for part in inner.splitlines())
    return inner


@pytest.mark.parametrize(
    ("values", "where", "fields"),
    [
        (nested("service", ANNOTATED), "spec.values.service", {}),
        (nested("service", ANNOTATED + "\ntype: ClusterIP"), "spec.values.service", {"type": "ClusterIP"}),
        (nested("service", ANNOTATED + "\nloadBalancerIP: ''\nloadBalancerSourceRanges: []"), "spec.values.service",
         {"load_balancer_ip": "", "source_ranges": ()}),
        (nested("service", ANNOTATED + "\ntype: external\nexternalTrafficPolicy: {}"), "spec.values.service", {}),
        (nested("service", ANNOTATED + "\nspec: {loadBalancerIP: 10.0.0.9}"), "spec.values.service",
         {"load_balancer_ip": "10.0.0.9"}),
        (nested("gateways", "- service:\n    " + ANNOTATED.replace("\n", "\n    ")), "spec.values.gateways[0].service", {}),
        (nested("serviceAnnotations", f"{INTERNAL}: 'true'"), "spec.values.serviceAnnotations", {}),
        (nested("serviceAnnotations", f"{INTERNAL}: 'true'") + "\ntype: ClusterIP", "spec.values.serviceAnnotations", {}),
        (nested("a.service", "type: LoadBalancer\nloadBalancerIP: 10.0.0.9"), "spec.values.a.service",
         {"type": "LoadBalancer", "load_balancer_ip": "10.0.0.9"}),
        (nested("controller.service.internal", "enabled: true\n" + ANNOTATED), "spec.values.controller.service.internal", {}),
        (nested("service", "annotations:\n  service.kubernetes.io/azure-load-balancer-internal: 'true'"),
         "spec.values.service", {}),
        (nested("service", f"annotations:\n  {PREFIX}port_443_no_probe_rule: 'true'"), "spec.values.service", {}),
    ],
)  # fmt: skip
def test_maps_in_values(values: str, where: str, fields: dict[str, str]) -> None:
    found = one(release(values))

    assert (found.where, found.fields) == (where, fields)
    assert found.owner == Owner("HelmRelease", "default", "ingress")


@pytest.mark.parametrize(
    "values",
    [
        nested("service", "annotations: {a.example/x: 'true'}\nloadBalancerIP: 10.0.0.9"),
        nested("service", "type: LoadBalancer"),
        nested("service", "loadBalancerIP: 10.0.0.9"),
        nested("server", "type: LoadBalancer\nloadBalancerIP: 10.0.0.9"),
        nested("service", ANNOTATED + "\nenabled: false"),
        nested("edge", "enabled: false\n" + nested("service", ANNOTATED)),
        nested("controller.service.internal", ANNOTATED),
        nested("controller.service", ANNOTATED + "\nexternal: {enabled: false}"),
        nested(
            "extraObjects", "- apiVersion: v1\n  kind: Secret\n  metadata:\n    " + ANNOTATED.replace("\n", "\n    ")
        ),
        nested("service", f"annotations: {{{INTERNAL}: ~}}"),
        nested("service", f"annotations: {{{INTERNAL}: [a]}}"),
        nested("flags", "azureLoadBalancerInternal: true"),
    ],
)
def test_values_that_say_nothing_of_a_service(values: str) -> None:
    nothing(release(values))


@pytest.mark.parametrize(
    ("value", "kind", "meant"), [("true", "bool", "true"), ("15", "number", "15"), ("'15'", None, "15")]
)
def test_values_that_are_no_strings(value: str, kind: str | None, meant: str) -> None:
    found = one(release(nested("service", f"annotations:\n  {INTERNAL}: {value}")))

    assert found.annotations == {INTERNAL: meant}
    assert found.not_strings == ({INTERNAL: kind} if kind else {})


@pytest.mark.parametrize("text", ["${ip}", "'{{ .Values.ip }}'"])
def test_a_variable_is_not_compared_and_that_is_said(text: str) -> None:
    found = read(a=release(nested("service", f"{ANNOTATED}\nloadBalancerIP: {text}")))

    (partial,) = found.partials
    assert (partial.annotations, partial.fields) == ({INTERNAL: "true"}, {})
    (missed,) = found.gaps
    assert missed.reason == (
        "a.yaml:10 HelmRelease default/ingress (spec.values.service): spec.loadBalancerIP holds a variable or a "
        "template, so it is not compared"
    )


@pytest.mark.parametrize(
    ("helm", "where"),
    [
        (IN_TEXT, "spec.source.helm.values.controller.service"),
        (IN_OBJECT, "spec.source.helm.valuesObject.controller.service"),
        (IN_PARAMETERS, "spec.source.helm.parameters.controller.service"),
    ],
)
def test_an_application(helm: str, where: str) -> None:
    text = APPLICATION + helm
    found = one(text)

    assert (found.owner, found.release) == (Owner("Application", "argocd", "ingress"), ServiceKey("web", "ingress"))
    assert (found.where, found.annotations, found.fields) == (
        where,
        {INTERNAL: "true"},
        {"load_balancer_ip": "10.0.0.9"},
    )
    lines = text.splitlines()
    for key, value in ((INTERNAL, '"true"'), ("spec.loadBalancerIP", "10.0.0.9")):
        at = found.places[key]
        assert lines[at.line - 1][at.column - 1 :].startswith(value)


def test_parameters_win_over_values_and_their_types_are_those_of_helm() -> None:
    parameters = IN_PARAMETERS.replace("          forceString: true\n", "").replace("10.0.0.9", "10.0.0.10")

    found = one(APPLICATION + IN_TEXT + parameters)

    assert found.fields == {"load_balancer_ip": "10.0.0.10"}
    assert found.not_strings == {INTERNAL: "bool"}


def test_several_sources_of_an_application() -> None:
    sources = APPLICATION.replace("  source:\n    helm:\n", "  sources:\n    - {chart: a}\n    - helm:\n")
    text = sources + IN_TEXT.replace("\n  ", "\n    ").replace("      values", "        values", 1)

    assert one(text).where == "spec.sources[1].helm.values.controller.service"


def test_quoted_yaml_in_an_application_has_the_place_of_its_text() -> None:
    values = "service:\\n  annotations:\\n    " + INTERNAL + ": 'true'\\n"

    found = one(f'{APPLICATION}      values: "{values}"\n')

    assert found.places[INTERNAL] == Place(8, 15)


@pytest.mark.parametrize(
    ("text", "owner", "where"),
    [
        (GATEWAY, Owner("Gateway", "web", "edge"), "spec.infrastructure"),
        (ROUTING, Owner("NginxIngressController", "", "internal"), "spec.loadBalancerAnnotations"),
        (FLEET, Owner("MultiClusterService", "web", "shop"), "metadata"),
    ],
)
def test_other_owners(text: str, owner: Owner, where: str) -> None:
    found = one(text)

    assert (found.owner, found.where, found.annotations) == (owner, where, {INTERNAL: "true"})
    assert found.places[INTERNAL].line == line(text, "azure-load-balancer-internal")
    assert found.fields == ({"source_ranges": ("10.0.0.0/8",)} if owner.name == "internal" else {})


@pytest.mark.parametrize(
    "text",
    [
        NGINX.replace("helm.toolkit.fluxcd.io/v2", "example.com/v2"),
        NGINX.replace("name: ingress, ", ""),
        NGINX.replace("  chart:", "  kubeConfig: {secretRef: {name: remote}}\n  chart:"),
        GATEWAY.replace("gateway.networking.k8s.io", "networking.istio.io"),
        GATEWAY.replace("azure-load-balancer-internal", "aws-load-balancer-internal"),
        ROUTING.replace("azure-load-balancer-internal", "other").replace(
            "  loadBalancerSourceRanges: [10.0.0.0/8]\n", ""
        ),
        FLEET.replace('"true"', '"false"'),
        FLEET.replace('"true"', "yes"),
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: x}\nspec: {source: {path: azure-}}\n",
    ],
)
def test_objects_that_say_nothing(text: str) -> None:
    nothing(text)


def test_in_lists() -> None:
    item = "\n  ".join(GATEWAY.splitlines())
    for kind in ("List", "GatewayList"):
        assert one(f"apiVersion: v1\nkind: {kind}\nitems:\n- {item}\n").places[INTERNAL].line == 12


def test_beside_services_in_one_file() -> None:
    service = f"apiVersion: v1\nkind: Service\nmetadata: {{name: x, annotations: {{{INTERNAL}: 'true'}}}}\n"

    found = read(a=f"{service}---\n{GATEWAY}")

    assert [one.name for one in found.declared] == ["x"]
    assert [one.owner.name for one in found.partials] == ["edge"]


def test_what_is_malformed_hides_no_service() -> None:
    assert gap(NGINX.replace("  values:\n", "  values: [azure-]\n  x:\n")) == (
        "a.yaml:6 the HelmRelease has a spec.values that is not a mapping"
    )
    assert "a.yaml:8" in gap(APPLICATION + "      values: '[azure-]'\n")
    assert gap("kind: HelmRelease\na: azure-: {{ b }}\n").startswith("a.yaml:2 is not YAML")
    assert isinstance(read(a="kind: HelmRelease # azure-\n").gaps, tuple)


def test_aliases_have_the_place_of_what_they_name() -> None:
    text = release(
        f'common: &internal\n  {INTERNAL}: "true"\nservice:\n  annotations: *internal\n  loadBalancerIP: 10.0.0.9'
    )
    found = {one.where: one for one in read(a=text).partials}

    assert found["spec.values.service"].places[INTERNAL].line == 8
    assert set(found) == {"spec.values.common", "spec.values.service"}


def test_ipv4_annotations_and_json() -> None:
    import json

    document = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "x"},
        "spec": {"values": {"service": {"annotations": {IPV4: "10.0.0.9"}}}},
    }  # fmt: skip

    assert one(json.dumps(document)).annotations == {IPV4: "10.0.0.9"}


def test_the_gap_is_a_gap_of_git() -> None:
    (found,) = read(a=APPLICATION + "      values: 'a: [azure-'\n").gaps

    assert isinstance(found, Gap)
    assert found.scope == "main/a.yaml"
