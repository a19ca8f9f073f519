"""Environment variables set single keys."""

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.config.settings import Kubernetes
from tests.config.conftest import Load, Refuse

FILE = "clusters:\n- name: a\n  kubernetes: {context: c}\n  git: [{name: g, path: /g}]\nsettle: 1m\n"


def test_a_variable_wins_over_the_file(configured: Load) -> None:
    environment = {
        "AUDITOR__SETTLE": "90",
        "auditor__serve__listen": "[::1]:1",
        "AUDITOR__CONCURRENCY": "2",
        "AUDITOR__CACHE_DIR": "cache",
        "AUDITOR__CLUSTERS__0__KUBERNETES__CONTEXT": "",
        "AUDITOR__CLUSTERS__0__kubernetes__inCluster": "true",
        "AUDITOR__CLUSTERS__0__KUBERNETES__NAMESPACES": "n, m",
        "AUDITOR__CLUSTERS__0__GIT__0__REF": "0123456",
        "AUDITOR__CLUSTERS__0__AZURE__PRIVATE_LINK_SERVICE_RESOURCE_GROUPS__0": "rg",
        "AUDITOR_FORMAT": "of a flag",
    }

    found = configured(FILE, environment)

    [cluster] = found.clusters
    assert found.settle == timedelta(seconds=90)
    assert found.serve.listen == "[::1]:1"
    assert found.concurrency == 2
    assert found.cache_dir == Path("cache")
    assert cluster.kubernetes == Kubernetes(in_cluster=True, namespaces=("n", "m"))
    assert cluster.git[0].ref == "0123456"
    assert cluster.azure.private_link_service_resource_groups == ("rg",)


def test_variables_alone(configured: Load) -> None:
    found = configured("", {f"AUDITOR__CLUSTERS__{n}__NAME": f"c{n}" for n in reversed(range(12))})

    assert [cluster.name for cluster in found.clusters] == [f"c{n}" for n in range(12)]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("AUDITOR__SETLE", "1m", "AUDITOR__SETLE: `SETLE` is no key; did you mean `settle`?"),
        ("AUDITOR__SETTLE", "soon", "AUDITOR__SETTLE settle: expected a duration: write 45s, 10m or 1h30m, found a text"),
        ("AUDITOR__SETTLE__X", "1m", "AUDITOR__SETTLE__X: goes on with `X` after a key that has no keys below it"),
        ("AUDITOR__SERVE", "x", "AUDITOR__SERVE: names a section; name one of its keys: listen, schedule, timezone, jitter, deadline, tokenFile, tokenVariable"),
        ("AUDITOR__CLUSTERS__0", "x", "AUDITOR__CLUSTERS__0: names a section; name one of its keys: name, kubernetes, azure, controller, git, intent"),
        ("AUDITOR__CLUSTERS__A__NAME", "x", "AUDITOR__CLUSTERS__A__NAME: needs the index of an entry where it has `A`: 0 is the first"),
        ("AUDITOR__CLUSTERS__2__NAME", "x", "AUDITOR__CLUSTERS__2__NAME: has the index 2, but the next would be 1: it follows what the file has"),
        ("AUDITOR__", "x", "AUDITOR__: `` is no key; there are clusters, settle, requestTimeout, cacheDir, concurrency, tools, metrics, serve, policy"),
        ("AUDITOR__SERVE__LISTEN", "a\nb", "AUDITOR__SERVE__LISTEN: has a line break or an invisible character in it"),
        ("AUDITOR__CLUSTERS__0__NAME", "a/b", "AUDITOR__CLUSTERS__0__NAME clusters[0].name: `a/b` is no name: letters, digits, `.`, `_` and `-`, at most 100, a letter or digit at both ends"),
        ("AUDITOR__CLUSTERS__0__GIT__0__PATHS", "a,/b", "AUDITOR__CLUSTERS__0__GIT__0__PATHS clusters[0].git[0].paths[1]: `/b` is no path in the repository: it starts at its top and has no `..`"),
    ],
)  # fmt: skip
def test_a_variable_that_sets_nothing(refused: Refuse, name: str, value: str, message: str) -> None:
    assert refused(FILE, {name: value}) == [message]


def test_the_file_has_something_else_there(refused: Refuse) -> None:
    assert refused("clusters: [{name: a}]\nserve: 5", {"AUDITOR__SERVE__LISTEN": "a:1"}) == [
        "AUDITOR__SERVE__LISTEN: cannot be set: the file has something else than a mapping there",
        "auditor.yaml:2 serve: expected a mapping, found the number 5",
    ]
