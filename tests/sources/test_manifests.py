"""Manifests: what they declare, where it stands, and which gap names what could not be understood."""

import dataclasses
import re
import subprocess
from typing import Any

import pytest

from auditor.model.service import MAX_ALSO, Declared, Place, Port, ServiceKey
from auditor.sources.declarations.manifests import (
    Manifests,
    is_manifest,
    keep_last,
    mentions_service,
    read_manifests,
)

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: ledger
  namespace: payments
  labels: {app: ledger, tier: 1}
  annotations:
    service.beta.kubernetes.io/azure-load-balancer-internal: "true"
    service.beta.kubernetes.io/azure-pls-fqdns: >-
      a.example
      b.example
spec:
  type: LoadBalancer
  loadBalancerIP: 10.0.0.9
  loadBalancerSourceRanges: [10.0.0.0/8]
  loadBalancerClass: null
  ipFamilies: [IPv4]
  ipFamilyPolicy: SingleStack
  externalTrafficPolicy: Local
  sessionAffinity: None
  allocateLoadBalancerNodePorts: false
  healthCheckNodePort: 32000
  selector: {app: ledger}
  ports:
    - {name: web, port: 443, targetPort: https, protocol: TCP, appProtocol: https, nodePort: 30443}
    - port: 53
      protocol: UDP
"""


def files(**named: str | bytes) -> list[tuple[str, bytes]]:
    """Files by name; `__` stands for a slash and a suffix is added."""
    return [
        (name.replace("__", "/") + ".yaml", data.encode() if isinstance(data, str) else data)
        for name, data in named.items()
    ]


def read(*given: tuple[str, bytes], **options: Any) -> Manifests:
    """What files of the source `main` declare."""
    return read_manifests(given, source="main", **options)


def one(text: str | bytes) -> Declared:
    """The Service of a file that has one, and no fault."""
    found = read(*files(a=text))
    assert found.gaps == ()
    (declared,) = found.declared
    return declared


def gap(text: str | bytes) -> str:
    """The reason of the gap of a file that has one, and no Service."""
    found = read(*files(a=text))
    assert found.declared == ()
    (missed,) = found.gaps
    assert (missed.source, missed.scope, missed.kind) == ("git", "main/a.yaml", "manifests")
    assert re.match(r"a\.yaml:\d+ \S", missed.reason), missed.reason
    return missed.reason


def service(metadata: str = "name: x", spec: str = "type: LoadBalancer") -> str:
    """A Service in flow style."""
    return f"apiVersion: v1\nkind: Service\nmetadata: {{{metadata}}}\nspec: {{{spec}}}\n"


def test_a_service_with_everything() -> None:
    found = one(SERVICE)

    assert found == Declared(
        namespace="payments",
        name="ledger",
        annotations={
            "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
            "service.beta.kubernetes.io/azure-pls-fqdns": "a.example b.example",
        },
        labels={"app": "ledger", "tier": "1"},
        type="LoadBalancer",
        load_balancer_ip="10.0.0.9",
        source_ranges=("10.0.0.0/8",),
        ports=(
            Port(port=443, name="web", target_port="https", app_protocol="https", node_port=30443),
            Port(port=53, protocol="UDP", target_port=53),
        ),
        ip_families=("IPv4",),
        ip_family_policy="SingleStack",
        external_traffic_policy="Local",
        session_affinity="None",
        allocate_node_ports=False,
        health_check_node_port=32000,
        source="main",
        path="a.yaml",
        line=1,
        places=found.places,
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("head", ["", "---\n", "# a comment\n\n---\n", "a: 1\n---\n"])
def test_every_value_has_its_place(head: str, newline: str) -> None:
    text = head + SERVICE
    lines = text.splitlines()

    found = one(text.replace("\n", newline))

    assert found.line == lines.index("apiVersion: v1") + 1
    for key, place in found.places.items():
        last = key.removeprefix("spec.")
        line = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{last}:"))
        if last == "ports":  # the list begins on the line after its key
            assert place == Place(line + 2, 5)
        else:
            assert place == Place(line + 1, lines[line].index(": ") + 3)
    assert set(found.places) == {
        *found.annotations,
        *(f"spec.{name}" for name in ("type", "ports", "ipFamilies", "ipFamilyPolicy", "externalTrafficPolicy")),
        *(f"spec.{name}" for name in ("sessionAffinity", "loadBalancerIP", "loadBalancerSourceRanges")),
        *(f"spec.{name}" for name in ("allocateLoadBalancerNodePorts", "healthCheckNodePort")),
    }


@pytest.mark.parametrize(
    ("text", "kind", "meant"),
    [
        ("true", "bool", "true"),
        ("True", "bool", "true"),
        ("yes", "bool", "true"),
        ("y", "bool", "true"),
        ("off", "bool", "false"),
        ("15", "number", "15"),
        ("0x1F", "number", "0x1F"),
        ("1_000", "number", "1_000"),
        ("1e3", "number", "1e3"),
        (".inf", "number", ".inf"),
        ("~", "null", None),
        ("", "null", None),
        ("null", "null", None),
        ("*", "alias", "*"),
        ("* # all", "alias", "*"),
        ("[a]", "list", None),
        ("{a: b}", "map", None),
        ("{{ .Values.x }}", None, None),
        ('"true"', None, "true"),
        ("'15'", None, "15"),
        ("!!str 15", None, "15"),
        ("abc", None, "abc"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("1:30", None, "1:30"),
        ("2026-01-01", None, "2026-01-01"),
        ("|\n      a\n      b\n", None, "a\nb\n"),
        ('" padded "', None, " padded "),
    ],
)
def test_annotations_that_are_no_strings(text: str, kind: str | None, meant: str | None) -> None:
    manifest = f"apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  annotations:\n    k: {text}\n    other: a\n"
    if text.startswith("{{"):
        assert "has a list or a mapping as a key" in gap(manifest)
        return

    found = one(manifest)

    assert found.not_strings == ({"k": kind} if kind else {})
    assert found.annotations == ({"k": meant} if meant is not None else {}) | {"other": "a"}
    assert found.places["k"].line == 6
    assert found.places["other"].line >= 7


@pytest.mark.parametrize("text", ["true", "15", "~", "[a]", "{a: b}", "*", '"true"', "abc", "1:30", "!!str 15"])
def test_kubectl_refuses_what_is_no_string(text: str, kubectl: str) -> None:
    manifest = f"apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  annotations:\n    k: {text}\n"
    command = [kubectl, "label", "--local", "-f", "-", "-o", "json", "x=y"]

    answer = subprocess.run(command, input=manifest, capture_output=True, text=True, check=False)

    not_strings = one(manifest).not_strings
    assert (answer.returncode == 0) == (not not_strings or not_strings == {"k": "null"})


PORTS: list[tuple[str, tuple[Port, ...] | None]] = [
    ("ports: []", ()),
    ("ports: ", None),
    ("type: LoadBalancer", None),
    ("ports: [{port: 80}]", (Port(port=80, target_port=80),)),
    ("ports: [{port: 80, targetPort: 0}]", (Port(port=80, target_port=80),)),
    ("ports: [{port: 80, targetPort: '8080'}]", (Port(port=80, target_port="8080"),)),
    ("ports: [{port: 80, targetPort: 8080}]", (Port(port=80, target_port=8080),)),
    ("ports: [{port: '80', nodePort: '30080'}]", (Port(port=80, target_port=80, node_port=30080),)),
    ("ports: [{port: 80, nodePort: 0}]", (Port(port=80, target_port=80),)),
    ("ports: [{port: 80, name: ~, protocol: ~, targetPort: ~}]", (Port(port=80, target_port=80),)),
    ("ports: [{port: 80, appProtocol: '', name: ''}]", (Port(port=80, target_port=80),)),
    ("ports: [{port: 0x50}]", (Port(port=80, target_port=80),)),
    ("ports: [{port: 8e1}]", (Port(port=80, target_port=80),)),
]


@pytest.mark.parametrize(("spec", "expected"), PORTS)
def test_ports_have_the_defaults_of_the_api_server(spec: str, expected: tuple[Port, ...] | None) -> None:
    assert one(service(spec=spec)).ports == expected


def test_left_out_is_not_empty() -> None:
    left_out = one(service(spec=""))
    empty = one(service(spec="loadBalancerSourceRanges: [], ipFamilies: [], loadBalancerIP: '', type: ''"))

    assert (left_out.source_ranges, left_out.ip_families, left_out.load_balancer_ip) == (None, None, None)
    assert (empty.source_ranges, empty.ip_families, empty.load_balancer_ip) == ((), (), "")
    assert left_out.type == empty.type == "ClusterIP"


@pytest.mark.parametrize(
    "metadata", ["name: x", "name: x, namespace: ", "name: x, namespace: ~", "name: x, namespace: ''"]
)
def test_a_namespace_left_out_is_the_default(metadata: str) -> None:
    text = service(metadata)

    assert one(text).key == ServiceKey("default", "x")
    assert read(*files(a=text), default_namespace="web").declared[0].namespace == "web"


ITEM = "- {apiVersion: v1, kind: Service, metadata: {name: x}}\n"
LISTS = {
    "List": "apiVersion: v1\nkind: List\nitems:\n" + ITEM,
    "List in a List": "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  " + ITEM,
    "ServiceList": "apiVersion: v1\nkind: ServiceList\nitems:\n" + ITEM,
    "ServiceList whose items do not say": "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: x}\n",
    "with other things": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap}\n"
    + ITEM
    + "- 5\n- ~\n- [a]\n",
    "JSON": '{"apiVersion": "v1", "kind": "List", "items": [\n\n'
    '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}]}',
    "JSON with a surrogate pair": '{"apiVersion": "v1", "kind": "List", "metadata": {"a": "\\ud83c\\udf89"},'
    '\n "items": [\n{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}]}',
}


@pytest.mark.parametrize("name", LISTS)
def test_a_service_in_a_list(name: str) -> None:
    found = one(LISTS[name])

    assert found.name == "x"
    lines = LISTS[name].splitlines()
    assert "metadata" in lines[found.line - 1] or "Service" in lines[found.line - 1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "hello\n",
        "5\n",
        "- a\n- b\n",
        "a: 1\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\n",
        "apiVersion: v2\nkind: Service\nmetadata: {name: x}\n",
        "apiVersion: v1\nkind: service\nmetadata: {name: x}\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\nkind: List\nitems:\n",
        "apiVersion: v1\nkind: [Service]\nmetadata: {name: x}\n",
        "apiVersion: apps/v1\nkind: List\nitems: [{apiVersion: v1, kind: Service, metadata: {name: x}}]\n",
    ],
)
def test_what_is_no_service_declares_nothing(text: str) -> None:
    assert read(*files(a=text)) == Manifests()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apiVersion: v1\nkind: Service\n", "a.yaml:1 the Service has no metadata"),
        ("apiVersion: v1\nkind: Service\nmetadata:\n", "a.yaml:1 the Service has no metadata"),
        ("apiVersion: v1\nkind: Service\nmetadata: 5\n", "a.yaml:3 the Service has a metadata that is not a mapping"),
        (service(""), "a.yaml:3 the Service has no metadata.name"),
        (service("name: ''"), "a.yaml:3 the Service has no metadata.name"),
        (service("name: "), "a.yaml:3 the Service has no metadata.name"),
        (service("name: 5"), "a.yaml:3 the Service has a metadata.name that is not a string"),
        (service("name: true"), "a.yaml:3 the Service has a metadata.name that is not a string"),
        (service("name: [x]"), "a.yaml:3 the Service has a metadata.name that is not a string"),
        (service("name: x, namespace: 1e3"), "a.yaml:3 the Service has a metadata.namespace that is not a string"),
        (service("name: x, annotations: [a]"), "a.yaml:3 the Service has a metadata.annotations that is not a mapping"),
        (service("name: x, labels: a"), "a.yaml:3 the Service has a metadata.labels that is not a mapping"),
        (service(spec="ports: 80"), "a.yaml:4 the Service has a spec.ports that is not a list"),
        (service(spec="ports: [80]"), "a.yaml:4 the Service has a spec.ports[0] that is not a mapping"),
        (service(spec="ports: [{port: 80}, {name: a}]"), "a.yaml:4 the Service has no spec.ports[1].port"),
        (
            service(spec="ports: [{port: http}]"),
            "a.yaml:4 the Service has a spec.ports[0].port that is not a whole number",
        ),
        (
            service(spec="ports: [{port: 80.5}]"),
            "a.yaml:4 the Service has a spec.ports[0].port that is not a whole number",
        ),
        (
            service(spec="ports: [{port: .inf}]"),
            "a.yaml:4 the Service has a spec.ports[0].port that is not a whole number",
        ),
        (
            service(spec="ports: [{port: true}]"),
            "a.yaml:4 the Service has a spec.ports[0].port that is not a whole number",
        ),
        (service(spec="ports: [{port: 80, targetPort: [a]}]"), "targetPort that is not a whole number"),
        (service(spec="type: 5"), "a.yaml:4 the Service has a spec.type that is not a string"),
        (service(spec="ipFamilies: IPv4"), "a.yaml:4 the Service has a spec.ipFamilies that is not a list"),
        (service(spec="ipFamilies: [4]"), "a.yaml:4 the Service has a spec.ipFamilies that is not a string"),
        (service(spec="allocateLoadBalancerNodePorts: 'no'"), "that is neither true nor false"),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: [a]\n",
            "a.yaml:4 the Service has a spec that is not",
        ),
        ("kind: Service\nmetadata: {name: x}\n", "a.yaml:1 has `kind: Service` but no apiVersion"),
        ("apiVersion: v1\nkind: List\nitems: {a: b}\n", "a.yaml:3 has `items` that are not a list"),
        (
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n",
            "a.yaml:4 the Service has no metadata",
        ),
        ("a: [\n", "is not YAML"),
        ("a: \x00\n", "a.yaml:1 is not YAML text: control characters are not allowed"),
        (b"a: 1\nb: \xff\n", "a.yaml:2 is not YAML text: invalid leading UTF-8 octet"),
    ],
)
def test_what_cannot_be_understood_is_one_gap(text: str | bytes, expected: str) -> None:
    assert expected in gap(text)


def test_only_a_generated_name() -> None:
    assert "has only metadata.generateName" in gap(service("generateName: x-"))


def test_a_broken_file_declares_nothing_and_is_named_once() -> None:
    found = read(*files(good=service(), bad=service("name: y") + "---\na: [\n---\nb: {\n"))

    assert [one.name for one in found.declared] == ["x"]
    assert [one.scope for one in found.gaps] == ["main/bad.yaml"]


def test_a_bad_service_does_not_hide_the_others_of_its_file() -> None:
    found = read(*files(a=service("name: a") + "---\n" + service("") + "---\n" + service("name: b")))

    assert [one.name for one in found.declared] == ["a", "b"]
    assert [one.reason for one in found.gaps] == ["a.yaml:8 the Service has no metadata.name"]


def places(*declared: Declared) -> list[str]:
    return [f"{one.path}:{one.line}" for one in declared]


def test_declared_twice_keeps_the_last_which_knows_the_other() -> None:
    found = read(*files(b=service("name: x, namespace: default"), a="# first\n" + service()))

    [last] = found.declared
    assert (places(last), places(*last.also)) == (["b.yaml:1"], ["a.yaml:2"])
    assert found.gaps == ()


def test_declared_twice_in_one_file() -> None:
    [last] = read(*files(a=service() + "---\n" + service())).declared

    assert (last.line, places(*last.also)) == (6, ["a.yaml:1"])


def test_declared_many_times() -> None:
    [last] = read(*files(a="---\n".join([service()] * 500))).declared

    assert (len(last.also), last.also[0].line, {one.also for one in last.also}) == (MAX_ALSO, 1, {()})


def test_one_declaration_that_several_roots_build_alike_is_one() -> None:
    [one] = read(*files(a=service())).declared
    built = [dataclasses.replace(one, root=root) for root in ("prod", "test", "dev")]
    other = dataclasses.replace(one, path="b.yaml")

    assert [(kept.root, kept.also) for kept in keep_last(built)] == [("dev", ())]
    assert [places(kept, *kept.also) for kept in keep_last([*built, other])] == [["b.yaml:1", "a.yaml:1"]]
    assert keep_last(keep_last([one, other])) == keep_last([one, other])
    assert [places(kept, *kept.also) for kept in keep_last([*keep_last([one, other]), one])] == [
        ["a.yaml:1", "b.yaml:1"]
    ]


def test_the_order_of_files_does_not_matter() -> None:
    given = files(a=service("name: x"), b=service("name: x"), c=service("name: y"), d="a: [", e__f=service("name: z"))

    assert read(*given) == read(*reversed(given))


ROOTS = [
    ("kustomization.yaml", "kubectl kustomize apps"),
    ("kustomization.yml", "kubectl kustomize apps"),
    ("Kustomization", "kubectl kustomize apps"),
    ("Chart.yaml", "helm template apps"),
]


@pytest.mark.parametrize(("name", "command"), ROOTS)
def test_a_folder_that_must_be_rendered_declares_nothing(name: str, command: str) -> None:
    found = read(
        ("apps/" + name, b"resources: []"),
        ("apps/svc.yaml", service("name: a").encode()),
        ("apps/templates/broken.yaml", b"{{ if }}"),
        ("apps/deeper/Chart.yaml", b""),
        ("apps-too/svc.yaml", service("name: b").encode()),
        ("svc.yaml", service("name: c").encode()),
    )

    assert [one.name for one in found.declared] == ["b", "c"]
    (missed,) = found.gaps
    assert (missed.source, missed.scope, missed.kind) == ("git", "main/apps", "manifests")
    assert missed.reason.startswith(f"apps/{name}: this folder must be rendered first (`{command}`)")


def test_each_root_is_a_gap() -> None:
    found = read(*((f"{name}/kustomization.yaml", b"") for name in ("a", "a/b", "ab", "c")))

    assert [one.scope for one in found.gaps] == ["main/a", "main/ab", "main/c"]


def test_a_source_that_is_one_root() -> None:
    found = read(("kustomization.yaml", b""), ("svc.yaml", service().encode()))

    assert found.declared == ()
    assert [one.scope for one in found.gaps] == ["main"]


def test_what_was_rendered_takes_the_place_of_the_gap() -> None:
    found = read(
        ("apps/kustomization.yaml", b""),
        ("apps/svc.yaml", service("name: raw").encode()),
        ("plain.yaml", service("name: plain").encode()),
        rendered=[("apps/kustomization.yaml", service("name: made").encode())],
    )

    assert [one.name for one in found.declared] == ["plain", "made"]
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.yaml", True),
        ("a/b.YML", True),
        ("a.json", True),
        ("Kustomization", True),
        ("x/Chart.yaml", True),
        ("a.txt", False),
        ("README.md", False),
        ("yaml", False),
    ],
)
def test_which_files_are_manifests(path: str, expected: bool) -> None:
    assert is_manifest(path) is expected


def test_other_files_are_left_alone() -> None:
    assert read(("a.txt", service().encode()), ("b.tpl", b"{{")) == Manifests()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (service().encode(), True),
        (b"kind: ServiceList", True),
        (b"kind: ConfigMap", False),
        (service().encode("utf-16"), True),
        (b'{"kind": "\\u0053ervice"}', True),
        (b"kind: HelmRelease\nvalues: {azure-load-balancer-internal: x}", True),
        (b"kind: HelmRelease\nvalues: {port_80_no_lb_rule: x}", True),
        (b"kind: HelmRelease\nvalues: {loadBalancerIP: x}", True),
        (b"kind: HelmRelease\nvaluesFrom: []", True),
        (b"kind: Gateway\nazure-", True),
        (b"kind: ConfigMap\ndata: {values.yaml: azure-}", True),
        (b"kind: HelmRelease\nvalues: {replicas: 2}", False),
        (b"kind: Deployment\nazure-", False),
        (b"", False),
    ],
)
def test_the_byte_search_misses_no_service(data: bytes, expected: bool) -> None:
    assert mentions_service(data) is expected


def test_aliases_and_merges_in_a_service() -> None:
    text = """\
apiVersion: v1
kind: List
shared: &internal
  service.beta.kubernetes.io/azure-load-balancer-internal: "true"
items:
- apiVersion: v1
  kind: Service
  metadata: {name: a, annotations: *internal}
- apiVersion: v1
  kind: Service
  metadata:
    name: b
    annotations:
      <<: *internal
      other: x
"""
    found = read(*files(a=text))

    assert [(one.name, one.line, dict(one.annotations)) for one in found.declared] == [
        ("a", 6, {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"}),
        ("b", 9, {"service.beta.kubernetes.io/azure-load-balancer-internal": "true", "other": "x"}),
    ]
    places = {one.places["service.beta.kubernetes.io/azure-load-balancer-internal"] for one in found.declared}
    assert places == {Place(4, 60)}
