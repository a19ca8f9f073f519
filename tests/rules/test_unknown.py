"""Objects in Git of which nobody knows what they say: a gap where they made load balancers, and silence elsewhere."""

from typing import Any

import pytest

from auditor.controller.keys import INTERNAL
from auditor.model.service import Declared, Live, Owner, Partial, ServiceKey
from auditor.model.snapshot import GitSource
from tests.rules.test_attach import FLUX, PRIVATE, RELEASE, joined, live, made, report, says, spoken
from tests.world import World

UNREAD = "takes values from the Secret s, which is not known: Secrets are not read"
APPLICATION = Owner("Application", "argocd", "edge")
SET = Owner("ApplicationSet", "argocd", "edges")
FOLDER = Owner("Kustomization", "flux-system", "apps")
LABELLED = {"app.kubernetes.io/instance": "edge"}
APPLIED = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}


def silent(owner: Owner = RELEASE, unknown: str = "", **more: Any) -> Partial:
    """An object that says nothing."""
    return Partial(owner=owner, unknown=unknown, source="main", path="a.yaml", line=3, **more)


def reasons(services: list[Live], *partials: Partial, **more: Any) -> list[str]:
    """What the gaps say."""
    return [one.reason for one in joined(services, *partials, **more).gaps]


def test_a_release_whose_values_are_not_known() -> None:
    made_it = live("x", labels=FLUX)

    assert reasons([made_it], silent(unknown=UNREAD)) == [f"a.yaml:3 HelmRelease web/ingress {UNREAD}; it made web/x"]
    assert reasons([made_it, live("y", labels=FLUX)], silent(unknown=UNREAD))[0].endswith("it made web/x and 1 more")


@pytest.mark.parametrize(
    ("services", "declared"),
    [
        ([], ()),
        ([live("x")], ()),
        ([live("x", labels=FLUX, type="ClusterIP")], ()),
        ([live("x", labels=FLUX)],
         (Declared(namespace="web", name="x", annotations={}, labels={}, source="m", path="x", line=1),)),
    ],
    ids=["nothing", "of others", "no load balancer", "with a manifest of its own"],
)  # fmt: skip
def test_a_release_that_made_no_load_balancer(services: list[Live], declared: tuple[Declared, ...]) -> None:
    assert reasons(services, silent(unknown=UNREAD), declared=declared) == []


def test_what_is_changed_after_rendering_is_not_compared() -> None:
    changed = says(unknown="changes its Services by spec.postRenderers")

    snapshot = joined([live("x", labels=FLUX)], changed)

    assert (spoken(snapshot), len(snapshot.gaps)) == ({"x": set()}, 1)


def test_an_application_of_which_nothing_is_said_made_its_services() -> None:
    world = made("web/a", PRIVATE, labels=LABELLED)
    here = silent(APPLICATION, release=ServiceKey("web", "edge"))

    assert [one.rule for one in report(world).findings] == ["service-not-in-git"]
    assert report(world, here).findings == ()
    assert [one.rule for one in report(world, silent(APPLICATION, release=ServiceKey("api", "edge"))).findings] == [
        "service-not-in-git"
    ]


@pytest.mark.parametrize("template", ["edge", "*", "e*ge"])
def test_an_application_set_is_known_by_its_template(template: str) -> None:
    one = silent(SET, "makes Applications of a template", release=ServiceKey("", template))
    services = [
        live("x", labels=LABELLED),
        live("y", annotations={"argocd.argoproj.io/tracking-id": "other:/Service:web/y"}),
    ]

    (gap,) = reasons(services[:1], one)

    assert gap.endswith("it may have made web/x")
    assert len(reasons(services[1:], one)) == (1 if template == "*" else 0)


def test_with_intent_argocd_applications_are_followed() -> None:
    git = (GitSource(name="main", owners=(APPLICATION,)),)
    world = made("web/a", PRIVATE, labels=LABELLED)
    here = silent(APPLICATION, "is made of a folder", release=ServiceKey("web", "edge"))

    told = report(world, here, git=git)

    assert [one.rule for one in told.findings] == ["service-not-in-git"]
    assert reasons([live("x", labels=LABELLED)], here, git=git) == []


def folder(path: str = "real") -> Partial:
    """A Kustomization of Flux."""
    return silent(FOLDER, f"applies the folder {path}", where=path)


STRAY = live("x", labels=FLUX, annotations={INTERNAL: "true"})


def test_a_folder_that_was_not_read_may_hold_what_flux_made() -> None:
    assert reasons([STRAY], folder()) == [
        "a.yaml:3 Kustomization flux-system/apps applies the folder real; it may hold web/x"
    ]
    applied = live("y", labels=APPLIED, annotations={INTERNAL: "true"})
    assert len(reasons([applied], folder())) == 1


@pytest.mark.parametrize(
    ("services", "more"),
    [
        ([live("x", labels=FLUX)], {}),
        ([live("x", annotations={INTERNAL: "true"})], {}),
        ([STRAY], {"git": (GitSource(name="main", owners=(FOLDER,)),)}),
        ([STRAY], {"declared": (
            Declared(namespace="web", name="z", annotations={}, labels={}, source="main", path="real/z.yaml", line=1),)}),
        ([STRAY], {"declared": (Declared(namespace="web", name="z", annotations={}, labels={}, source="main",
                                         path="base/z.yaml", line=1, root="real"),)}),
    ],
    ids=["nothing of ours", "not of Flux", "intent: flux", "read", "built"],
)  # fmt: skip
def test_a_folder_that_hides_nothing(services: list[Live], more: dict[str, Any]) -> None:
    assert reasons(services, folder(), **more) == []


def test_a_kustomization_makes_no_service_known_to_git() -> None:
    world = World().service("web/a", PRIVATE, git=False, labels=APPLIED)

    told = report(world, folder())

    assert [(one.rule, one.subject) for one in told.not_judged] == [("service-not-in-git", "web/a")]


def test_an_envoy_proxy_may_be_of_any_gateway_of_envoy() -> None:
    proxy = silent(Owner("EnvoyProxy", "envoy", "x"), "has annotations")
    label = {"gateway.envoyproxy.io/owning-gatewayclass": "eg"}

    assert reasons([live("x", labels=label)], proxy) == [
        "a.yaml:3 EnvoyProxy envoy/x has annotations; it may have made web/x"
    ]
    assert reasons([live("x", labels=FLUX)], proxy) == []
