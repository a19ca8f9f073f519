"""A configuration is read, or every fault in it is told with its place."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yaml import safe_dump

from auditor.config.load import load
from auditor.config.policy import policy
from auditor.config.settings import Cluster, Git, Kubernetes, Serve, Settings
from auditor.errors import ConfigError
from tests.config.conftest import Load, Refuse

ID = "00000000-0000-0000-0000-00000000000a"
AKS = f"/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/a"


def test_what_is_written_and_what_is_not(configured: Load) -> None:
    found = configured("""
clusters:
- name: a
  kubernetes: {inCluster: true, timeout: 1h30m}
  azure: {subscriptionId: 00000000-0000-0000-0000-00000000000A, privateLinkServiceResourceGroups: [rg-pls]}
  git:
  - {name: g, url: git@git.example:fleet.git, ref: 2026-01-01}
settle: 90
""")

    [cluster] = found.clusters
    assert cluster.kubernetes == Kubernetes(in_cluster=True, timeout=timedelta(minutes=90))
    assert cluster.azure.private_link_service_resource_groups == ("rg-pls",)
    assert cluster.git[0].ref == "2026-01-01"
    assert found.settle == timedelta(seconds=90)
    assert found.serve == Serve()


def test_a_byte_order_mark_and_keys_without_a_value(configured: Load) -> None:
    assert configured(b"\xef\xbb\xbfclusters: [{name: a}]\nserve:\nsettle: ~\n") == Settings(
        clusters=(Cluster(name="a"),)
    )


def test_paths_are_relative_to_the_file(configured: Load, tmp_path: Path) -> None:
    text = "clusters: [{name: a, kubernetes: {kubeconfig: k}, git: [{name: g, path: ~/g}]}]\ncacheDir: /c"

    found = configured(text, {"HOME": "/home/me"})

    assert found.clusters[0].kubernetes.kubeconfig == tmp_path / "k"
    assert found.clusters[0].git[0].path == Path("/home/me/g")
    assert found.cache_dir == Path("/c")


def test_nothing_is_expanded(configured: Load) -> None:
    found = configured("clusters: [{name: a, kubernetes: {context: '${HOME}'}}]", {"HOME": "/home/me"})

    assert found.clusters[0].kubernetes.context == "${HOME}"


def test_anchors_and_merges(configured: Load) -> None:
    found = configured("""
clusters:
- name: a
  git: &git [{name: g, path: /g}]
  kubernetes: &k {context: a, namespaces: [n]}
- name: b
  git: *git
  kubernetes: {<<: *k, context: b}
""")

    assert found.clusters[1].git == found.clusters[0].git == (Git(name="g", path=Path("/g")),)
    assert found.clusters[1].kubernetes == Kubernetes(context="b", namespaces=("n",))


def test_the_policy(configured: Load) -> None:
    text = f"clusters: [{{name: a}}]\nsettle: 5m\npolicy: {{allowedVisibility: ['*', {ID.upper()}], ignoredNamespaces: [n]}}"

    found = policy(configured(text))

    assert found.settle == timedelta(minutes=5)
    assert found.ignored_namespaces == {"n"}
    assert found.allowed_visibility == {"*", ID}
    assert found.allowed_auto_approval == frozenset()


DOCUMENTS: list[tuple[str | bytes, str]] = [
    ("", "auditor.yaml: is empty; it begins with `clusters:`"),
    ("# nothing\n---\n", "auditor.yaml: is empty; it begins with `clusters:`"),
    ("- a", "auditor.yaml:1: is not a mapping; it begins with `clusters:`"),
    ("clusters", "auditor.yaml:1: is not a mapping; it begins with `clusters:`"),
    ("clusters: []\n---\nclusters: []", "auditor.yaml:3: has several documents; a configuration is one"),
    (b"a: 1\nb: \xff", "auditor.yaml:2: is not UTF-8 text"),
    ("a: 1\nb: \x01", "auditor.yaml:2: is not YAML: special characters are not allowed"),
    ("a:\n\tb: 1", r"auditor.yaml:2: is not YAML: found character '\t' that cannot start any token"),
    ("a: b: c", "auditor.yaml:1: is not YAML: mapping values are not allowed here"),
    ("a: " + "[" * 1500, "auditor.yaml:1: is nested too deeply"),
    ("a: " + "[" * 50 + "]" * 50, "auditor.yaml:1: is nested too deeply"),
    ("a: &a [*a]", "auditor.yaml:1: is nested too deeply"),
    ("a: &a {<<: *a}", "auditor.yaml:1: is nested too deeply"),
    ("settle: 1m", "auditor.yaml:1 clusters: is required"),
    ("clusters: []", "auditor.yaml:1 clusters: needs at least one entry"),
    ("clusters: a", "auditor.yaml:1 clusters: expected a list, found a text; write [a, b]"),
    ("clusters:\n- {name: a}\nclusters: 1", "auditor.yaml:3 clusters: is given twice, first on line 1"),
    (
        f"clusters: [{{name: a}}]\nconcurrency: 0x{'f' * 9999}",
        "auditor.yaml:2 concurrency: expected a whole number, found a text",
    ),
    ("clusters: [{name: a}]\nserve: {<<: 1}", "auditor.yaml:2 serve: merges (`<<`) something that is no mapping"),
    ("clusters: [{name: a}]\n? [a]\n: b", "auditor.yaml:2: has a list or a mapping as a key"),
    ("clusters: [{name: !env A}]", "auditor.yaml:1 clusters[0].name: has the tag !env, which means nothing here"),
    (
        'clusters: [{name: a}]\ncacheDir: "\\0"',
        "auditor.yaml:2 cacheDir: has a line break or an invisible character in it",
    ),
]


@pytest.mark.parametrize(("text", "message"), DOCUMENTS)
def test_what_is_no_configuration(refused: Refuse, text: str | bytes, message: str) -> None:
    assert refused(text) == [message]


def test_a_bomb_of_aliases_is_no_configuration(refused: Refuse) -> None:
    lists = "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(9))
    merges = "".join(f"a{n + 1}: &a{n + 1} {{<<: [{', '.join([f'*a{n}'] * 10)}]}}\n" for n in range(9))

    assert "has more than 100,000 values" in refused(f"a0: &a0 [x]\n{lists}")[0]
    assert "has more than 100,000 values" in refused(f"a0: &a0 {{x: y}}\n{merges}")[0]


@pytest.mark.parametrize(
    ("name", "reason"), [("none.yaml", "No such file or directory"), (".", "Is a directory"), ("\0", "this is no path")]
)
def test_what_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / name

    with pytest.raises(ConfigError) as caught:
        load(path, {})

    assert str(caught.value) == f"cannot read the configuration {path}: {reason}"


def test_all_at_once_in_the_order_of_the_file(refused: Refuse) -> None:
    assert refused(f"""
clusters:
- name: a
  azure:
    privateLinkServiceResourceGroup: rg
    cluster: {AKS}
    subscriptionId: 5
  git:
  - name: g
    url: https://me:secret@git.example/x
  - name: g
    ref: --upload-pack=x
- name: A
settle: 10 minutes
serve: {{listen: "8080"}}
""") == [
        "auditor.yaml:5 clusters[0].azure.privateLinkServiceResourceGroup: `privateLinkServiceResourceGroup` is no key; did you mean `privateLinkServiceResourceGroups`?",
        "auditor.yaml:7 clusters[0].azure.subscriptionId: expected text, found the number 5; put it in quotes",
        "auditor.yaml:10 clusters[0].git[0].url: has a user name or a password in it; name a file or a variable with the secret instead",
        "auditor.yaml:11 clusters[0].git[1].name: `g` is the name of another Git source already",
        "auditor.yaml:11 clusters[0].git[1]: needs one of `url` and `path`",
        "auditor.yaml:12 clusters[0].git[1].ref: `--upload-pack=x` is no name of a branch, a tag or a commit",
        "auditor.yaml:13 clusters[1].name: `A` is the name of another cluster already",
        "auditor.yaml:14 settle: expected a duration: write 45s, 10m or 1h30m, found a text",
        "auditor.yaml:15 serve.listen: `8080` is no HOST:PORT, as 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080",
    ]


def test_a_fault_makes_no_other(refused: Refuse) -> None:
    text = "clusters:\n- git: [{name: g, url: 5}, 7]\n- 8\nmetrics: {pushgateway: {}}\n"

    assert refused(text) == [
        "auditor.yaml:2 clusters[0].name: is required",
        "auditor.yaml:2 clusters[0].git[0].url: expected text, found the number 5; put it in quotes",
        "auditor.yaml:2 clusters[0].git[1]: expected a mapping, found the number 7",
        "auditor.yaml:3 clusters[1]: expected a mapping, found the number 8",
        "auditor.yaml:4 metrics.pushgateway.url: is required",
    ]


WORDS = (
    "clusters",
    "name",
    "git",
    "url",
    "path",
    "serve",
    "metrics",
    "kubernetes",
    "auth",
    "settle",
    "policy",
    "a",
    "<<",
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.sampled_from(WORDS)
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | LEAVES, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(junk=st.dictionaries(st.sampled_from(WORDS), JUNK, min_size=1), more=JUNK)
def test_junk_is_refused_or_read(tmp_path: Path, junk: dict[str, object], more: object) -> None:
    path = tmp_path / "auditor.yaml"
    path.write_text(safe_dump({**junk, "clusters": [{"name": "a", "git": [more]}, more]}, allow_unicode=False))

    said = ""
    try:
        load(path, {})
    except ConfigError as error:
        said = str(error)

    assert not [wording for wording in ("Input should", "pydantic", "valid", "Error") if wording in said]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=60) | st.text("{}[]:-&*!<,'\"|>%@ \n\tab1", max_size=40).map(str.encode))
def test_any_bytes_are_refused_or_read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "auditor.yaml"
    path.write_bytes(data)

    with pytest.raises(ConfigError):
        load(path, {})
