"""Values from elsewhere: ConfigMaps, merged as helm-controller merges them, each value with its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.controller.keys import INTERNAL
from auditor.model.service import Place
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.manifests import declarations
from auditor.sources.declarations.partials_sources import config_maps
from auditor.sources.declarations.partials_values import keys_of, parameter
from auditor.sources.yaml_text.nodes import Scalar
from tests.sources.test_partials import ANNOTATED, APPLICATION, GATEWAY, IN_TEXT, NGINX, nested, one, read, release

CONFIG = f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: defaults
data:
  values.yaml: |
    service:
      loadBalancerIP: 10.0.0.1
      annotations:
        {INTERNAL}: "false"
        other: x
  ip: 10.0.0.2
"""
FROM = "  valuesFrom:\n    - {kind: ConfigMap, name: defaults}\n"


def test_values_of_a_config_map_in_another_file() -> None:
    found = one(release("replicas: 1", FROM), clusters__b=CONFIG)

    assert found.annotations == {INTERNAL: "false"}
    assert found.fields == {"load_balancer_ip": "10.0.0.1"}
    assert (found.path, found.line) == ("a.yaml", 1)
    assert found.places[INTERNAL] == Place(10, 66, "clusters/b.yaml")
    assert found.places["spec.loadBalancerIP"] == Place(8, 23, "clusters/b.yaml")


def test_values_win_over_those_of_config_maps() -> None:
    found = one(release(nested("service", f'annotations:\n  {INTERNAL}: "true"\n  other: ~'), FROM), b=CONFIG)

    assert found.annotations == {INTERNAL: "true"}
    assert found.places[INTERNAL] == Place(9, 66)
    assert found.places["spec.loadBalancerIP"].path == "b.yaml"
    assert found.line == 9


def test_in_the_same_file() -> None:
    for text in (f"{CONFIG}---\n{release('a: 1', FROM)}", f"{release('a: 1', FROM)}---\n{CONFIG}"):
        found = declarations(text.encode(), Origin("main", "a.yaml", "default"))
        (partial,) = found
        assert getattr(partial, "places")[INTERNAL].path == ""  # noqa: B009


def test_a_single_value() -> None:
    more = "  valuesFrom:\n    - {kind: ConfigMap, name: defaults, valuesKey: ip, targetPath: service.loadBalancerIP}\n"

    found = one(release(nested("service", ANNOTATED), more), b=CONFIG)

    assert found.fields == {"load_balancer_ip": "10.0.0.2"}
    assert found.places["spec.loadBalancerIP"] == Place(12, 7, "b.yaml")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (
            "{kind: Secret, name: s}",
            "the Secret s, which is not known: Secrets are not read; give each value in it an entry with a targetPath",
        ),
        ("{kind: ConfigMap, name: s}", "the ConfigMap s, which is not known: it is not among the files; add it"),
        (
            "{kind: ConfigMap, name: defaults, valuesKey: x}",
            "the ConfigMap defaults, which is not known: it has no x; add it",
        ),
        ("{kind: ConfigMap, name: defaults, valuesKey: ip}", "which is not known: the ip are not one mapping"),
        ("{kind: ConfigMap, name: defaults, targetPath: 'a[0]'}", "its targetPath a[0] is not understood"),
        (
            "{kind: Secret, name: s, targetPath: service.loadBalancerIP}",
            "Secrets are not read; write it in spec.values",
        ),
    ],
)
def test_values_that_are_not_known_are_named(entry: str, reason: str) -> None:
    text = release(nested("service", ANNOTATED), f"  valuesFrom:\n    - {entry}\n")

    unknown, known = read(a=text, b=CONFIG).partials

    assert (unknown.unknown.startswith("takes values from "), unknown.line) == (True, 11)
    assert reason in unknown.unknown
    assert (known.unknown, known.annotations) == ("", {INTERNAL: "true"})


@pytest.mark.parametrize(
    "entry",
    [
        "{kind: ConfigMap, name: s, optional: true}",
        "{kind: Secret, name: s, optional: true}",
        "{kind: Secret, name: s, targetPath: auth.password}",
        "{kind: ConfigMap, name: defaults, valuesKey: x, optional: true}",
    ],
)
def test_values_that_need_not_be_known(entry: str) -> None:
    assert one(release(nested("service", ANNOTATED), f"  valuesFrom:\n    - {entry}\n"), b=CONFIG).fields == {}


def test_what_stands_before_unknown_values_is_not_known_either() -> None:
    for optional in ("", ", optional: true"):
        text = release("a: 1", FROM + f"    - {{kind: Secret, name: s{optional}}}\n")
        (found,) = read(a=text, b=CONFIG).partials

        assert (found.annotations, bool(found.unknown)) == ({}, True)


def test_a_config_map_that_is_there_twice_is_not_known() -> None:
    (found,) = read(a=release("a: 1", FROM), b=CONFIG, c=CONFIG).partials

    assert "it is declared several times" in found.unknown


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", ["a"]),
        ("a.b", ["a", "b"]),
        (r"a.b\.c/d.e", ["a", "b.c/d", "e"]),
        ("a[0].b", None),
        ("", None),
        ("a..b", None),
        ("a\\", None),
        (".".join("a" * 64), ["a"] * 64),
        (".".join("a" * 3000), None),
    ],
)
def test_paths(path: str, expected: list[str] | None) -> None:
    assert (keys_of(path) or None) == expected


@pytest.mark.parametrize(
    ("text", "string", "expected"),
    [
        ("true", False, ("true", True)),
        ("true", True, ("true", False)),
        ("yes", False, ("yes", False)),
        ("15", False, ("15", True)),
        ("'15'", False, ("15", False)),
        ("a,b", False, None),
        ("a,b", True, ("a,b", False)),
        ("{a}", False, None),
    ],
)
def test_parameters_as_helm_reads_them(text: str, *, string: bool, expected: tuple[str, bool] | None) -> None:
    found = parameter(Scalar(text, None, plain=True), string=string)

    assert (found and (found.text, found.plain)) == expected


WORDS = ("HelmRelease", "Application", "Gateway", "azure-", "valuesFrom", "values", "spec", "source", "helm", INTERNAL)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(WORDS[:3]), spec=JUNK, metadata=JUNK, values=JUNK)
def test_nothing_raises_on_junk(kind: str, spec: object, metadata: object, values: object) -> None:
    import json

    group = {
        "HelmRelease": "helm.toolkit.fluxcd.io/v2",
        "Application": "argoproj.io/v1",
        "Gateway": "gateway.networking.k8s.io/v1",
    }
    whole = {"name": "x", "annotations": values}
    for given_spec in (
        spec,
        {"values": values, "valuesFrom": spec},
        {"source": {"helm": values}, "infrastructure": values},
    ):
        for given_metadata in (metadata, whole):
            text = json.dumps({"apiVersion": group[kind], "kind": kind, "metadata": given_metadata, "spec": given_spec})
            declarations(text.encode(), Origin("main", "azure-.yaml", "default"))


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 500), cut=st.integers(0, 30), text=st.sampled_from([NGINX, APPLICATION + IN_TEXT, GATEWAY]))
def test_nothing_raises_on_what_is_cut_up(at: int, cut: int, text: str) -> None:
    declarations((text[:at] + text[at + cut :]).encode(), Origin("main", "a.yaml", "default"))


def test_more_references_than_anybody_has() -> None:
    text = release(nested("service", ANNOTATED), "  valuesFrom:\n" + "    - {kind: ConfigMap, name: defaults}\n" * 60)

    found = read(a=text, b=CONFIG)

    assert found.partials == ()
    assert [
        "more than the 50 entries in spec.valuesFrom that are read; join some" in one.reason for one in found.gaps
    ] == [True]


def test_values_are_parsed_once() -> None:
    ((found,),) = config_maps([(CONFIG.encode(), Origin("main", "b.yaml", "default"))]).values()
    node = found.data["values.yaml"]
    assert isinstance(node, Scalar)

    assert found.values("values.yaml", node, "b.yaml") is found.values("values.yaml", node, "b.yaml")
    assert found.values("values.yaml", node, "") is not found.values("values.yaml", node, "b.yaml")
