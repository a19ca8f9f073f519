"""The requests that live audits make of an API server, whatever says what is declared, against the roles that we ship."""

import re
from collections.abc import Iterable
from typing import Any

import pytest

from auditor.lab.http_server import Seen
from tests.fleet.conftest import _shared, fleet  # noqa: F401 - fixtures
from tests.fleet.fleet import Fleet, reasons
from tests.fleet.gitops import application, config_map, flux, kustomization
from tests.fleet.repository import TIMEOUT
from tests.install.manifests import CONFIG, one, read
from tests.world import World

FOLDER = "clusters/prod/01"
VARIABLES = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
OBJECTS = (
    flux(kustomization(FOLDER, postBuild=VARIABLES))
    | {"configmaps": [config_map("vars", {})]}
    | {"applications.argoproj.io": [application("all", {"path": FOLDER})]}
)
TARGET = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/v\w+(?:/namespaces/[^/]+)?/(?P<plural>[a-z]+)(?P<name>/[^/?]+)?(?:\?.*)?"
)
OF_HELM = ("list", "helmreleases", "helm.toolkit.fluxcd.io")
Right = tuple[str, str, str]


def granted(rules: Iterable[dict[str, Any]]) -> set[Right]:
    """Verb, resource and group of each right."""
    return {
        (verb, resource, group)
        for rule in rules for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]
    }  # fmt: skip


def asked(requests: Iterable[Seen]) -> set[Right]:
    """The rights that requests to the API server need."""
    of_the_server = [seen for seen in requests if seen.target.startswith("/api")]
    assert {seen.method for seen in of_the_server} == {"GET"}
    found = [TARGET.fullmatch(seen.target) for seen in of_the_server]
    assert all(found), of_the_server
    return {("get" if one["name"] else "list", one["plural"], one["group"] or "") for one in found if one}


BASE = granted(one(read(CONFIG / "base" / "cluster-role.yaml"), "ClusterRole")["rules"])
GITOPS = granted(one(read(CONFIG / "gitops-rights" / "cluster-role.yaml"), "ClusterRole")["rules"])


def drifted(world: World) -> None:
    """The shop, which a HelmRelease makes, has another timeout than Git."""
    world.change_live("shop", annotations={TIMEOUT: "12"})


@pytest.mark.parametrize(
    ("intent", "needed"),
    [
        ("git", {OF_HELM}),
        (
            "flux",
            {
                OF_HELM,
                ("list", "gitrepositories", "source.toolkit.fluxcd.io"),
                ("list", "kustomizations", "kustomize.toolkit.fluxcd.io"),
                ("get", "configmaps", ""),
            },
        ),
        ("argocd", {("list", "applications", "argoproj.io"), OF_HELM}),
    ],
)
def test_what_is_asked_is_what_is_granted(fleet: Fleet, intent: str, needed: set[Right]) -> None:  # noqa: F811
    fleet.objects = OBJECTS
    chosen: dict[str, Any] = {"intent": intent} if intent != "git" else {"paths": (FOLDER,)}
    with fleet.serving("prod/01", drifted) as lab:
        fleet.read(fleet.settings(lab, **chosen))
        found = asked(lab.requests)

    assert found - BASE == needed
    assert needed <= GITOPS
    assert found >= BASE


def test_the_default_install_asks_for_more_only_where_something_differs(fleet: Fleet) -> None:  # noqa: F811
    with fleet.serving("prod/01") as lab:
        lab.fault("/apis/", status=403)
        report = fleet.read(fleet.settings(lab, paths=(FOLDER,)))
        assert (asked(lab.requests), reasons(report)) == (BASE - {("get", "services", "")}, [])
