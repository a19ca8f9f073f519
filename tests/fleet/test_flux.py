"""With `intent: flux` the cluster says what feeds it, how far it is, and why it does not go on."""

from typing import Any

import pytest

from auditor.model.finding import Finding, State
from auditor.reports import renderer
from auditor.reports.options import Options
from tests.fleet.fleet import Fleet, missing, reasons, rules, written
from tests.fleet.gitops import OLD, condition, config_map, flux, helm_release, kustomization
from tests.fleet.repository import CLUSTERS, INTERNAL, SUBNET, TIMEOUT, line_of
from tests.fleet.state import URL
from tests.world import World

APPS = "clusters/prod/01"
RELEASE = "apps/payments/shop/release.yaml"


def shown(report: Any) -> str:
    """The report for a person, in one line."""
    return " ".join(str(renderer("text")(report, Options(width=400))).split())


def git(finding: Finding) -> dict[str, Any]:
    """What the evidence says of Git."""
    return dict(next(one.details for one in finding.evidence if one.source == "git"))


def drifted(world: World) -> None:
    """The shop has another timeout than Git."""
    world.change_live("shop", annotations={TIMEOUT: "12"})


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_an_untouched_cluster(fleet: Fleet, cluster: str) -> None:
    fleet.objects = flux(kustomization(f"clusters/{cluster}"))

    report = fleet.audited(cluster, intent="flux")

    assert rules(report) == [("ip-in-deprecated-field", "payments/shop")] * (cluster == "test/00")
    assert missing(report) == []
    [source] = report.git
    assert (source.commit, source.delay) == (source.applied, None)


def test_what_is_applied_and_differs_is_drift(fleet: Fleet) -> None:
    fleet.objects = flux(kustomization(APPS))

    report = fleet.audited("prod/01", drifted, intent="flux")

    [finding] = [one for one in report.findings if one.family == "sync"]
    assert finding.state is State.DRIFT
    assert written(finding) == (RELEASE, line_of(fleet.files[RELEASE], TIMEOUT), "HelmRelease payments/shop")


def test_git_ahead_of_the_cluster_is_pending(fleet: Fleet) -> None:
    fleet.objects = flux(kustomization(APPS, applied=OLD))

    report = fleet.audited("prod/01", drifted, intent="flux")

    [finding] = [one for one in report.findings if one.family == "sync"]
    assert finding.state is State.PENDING
    assert git(finding)["applied"] == OLD
    assert git(finding)["delay"].startswith("behind: applied 1111111, Git is at ")
    assert git(finding)["delay"].endswith(" since 2026-11-22 10:12 UTC")
    assert "pending: behind: applied 1111111, Git is at " in shown(report)


STUCK: dict[str, tuple[dict[str, Any], dict[str, str] | None, str]] = {
    "suspended": ({"suspend": True}, None, "suspended"),
    "failing": ({}, condition(ready=False, reason="BuildFailed", message="no such file"), "failing: no such file"),
    "waiting": ({}, condition(ready=False, reason="DependencyNotReady", message="dependency 'a/b' is not ready"),
                "waits: dependency 'a/b' is not ready"),
}  # fmt: skip


@pytest.mark.parametrize("name", STUCK)
def test_the_cause_is_said(fleet: Fleet, name: str) -> None:
    spec, ready, said = STUCK[name]
    fleet.objects = flux(kustomization(APPS, applied=OLD, ready=ready, **spec))

    report = fleet.audited("prod/01", drifted, intent="flux")

    [finding] = [one for one in report.findings if one.family == "sync"]
    assert (finding.state, git(finding)["delay"].endswith(f"; {said}")) == (State.PENDING, True)
    assert said in shown(report)


def test_each_kustomization_is_as_far_as_it_is(fleet: Fleet) -> None:
    made = World()
    for name in ("bastion", "late"):
        made.service(f"ops/{name}", {INTERNAL: "true", SUBNET: "snet-ilb"}, git=False)
    plain = fleet.files["plain/prod/bastion.yaml"]
    fleet.files = {"one/bastion.yaml": plain, "two/late.yaml": plain.replace("bastion", "late")}
    late = kustomization("two", name="late", applied=OLD, suspend=True, dependsOn=[{"name": "apps"}])
    fleet.objects = flux(kustomization("one"), late)

    report = fleet.audited("prod/01", made, intent="flux")

    found = {str(one.service): (one.state, git(one).get("delay", "")) for one in report.findings}
    assert found["ops/bastion"] == (State.DRIFT, "")
    assert found["ops/late"][0] is State.PENDING
    assert found["ops/late"][1].endswith("; suspended")
    assert len({one.name for one in report.git}) == 2


def test_the_cause_is_said_of_what_is_applied_too(fleet: Fleet) -> None:
    fleet.objects = flux(kustomization(APPS, suspend=True))

    report = fleet.audited("prod/01", lambda one: one.change_live("ledger", annotations={TIMEOUT: "9"}), intent="flux")

    [finding] = [one for one in report.findings if one.family == "sync"]
    assert (finding.state, git(finding)["cause"]) == (State.DRIFT, "Kustomization flux-system/apps: suspended")


@pytest.mark.parametrize("pattern", ["/apis/", "/api", "gitrepositories"])
def test_a_cluster_that_does_not_say_it(fleet: Fleet, pattern: str) -> None:
    fleet.objects = flux(kustomization(APPS))
    with fleet.serving("prod/01", drifted) as lab:
        lab.fault(pattern, status=403)

        report = fleet.read(fleet.settings(lab, intent="flux"))

    assert not [one for one in report.findings if one.family == "sync"]
    [reason] = [one.reason for one in missing(report) if one.source == "git"]
    assert "intent: flux, but where the manifests come from is not known: " in reason
    assert "grant" in reason


def test_a_service_that_was_left_behind(fleet: Fleet) -> None:
    """Kustomizations that are read do not declare it any more; of others nobody knows."""

    def left(world: World) -> None:
        for name in ("apps", "other"):
            mark = {"kustomize.toolkit.fluxcd.io/name": name, "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
            world.service(f"ops/of-{name}", git=False, labels=mark)

    fleet.objects = flux(kustomization(APPS))

    report = fleet.audited("prod/01", left, intent="flux")

    assert rules(report) == [("service-not-in-git", "ops/of-apps")]
    assert [(one.rule, one.subject) for one in report.not_judged] == [("service-not-in-git", "ops/of-other")]


def test_a_password_in_a_message_is_not_told(fleet: Fleet) -> None:
    said = condition(ready=False, reason="Failed", message="cannot fetch https://me:hunter2@git.example/x: gone")
    fleet.objects = flux(kustomization(APPS, applied=OLD, ready=said))

    report = fleet.audited("prod/01", drifted, intent="flux")

    assert "failing: cannot fetch https://git.example/x: gone" in shown(report)
    assert "hunter2" not in str(report)


def test_a_release_that_fails_is_said_as_the_cause(fleet: Fleet) -> None:
    failing = condition(ready=False, reason="UpgradeFailed", message="timed out waiting for the condition")
    values = {"service": {"annotations": {INTERNAL: "true", TIMEOUT: "10"}}}
    fleet.objects = flux(kustomization(APPS), releases=[helm_release("shop", "payments", values, ready=failing)])

    report = fleet.audited("prod/01", drifted, intent="flux")

    [finding] = [one for one in report.findings if one.family == "sync"]
    assert git(finding)["cause"] == "failing: timed out waiting for the condition"
    assert "cause failing: timed out waiting for the condition" in shown(report)


@pytest.mark.parametrize(("timeout", "said"), [
    ("10", "HelmRelease payments/shop has Git's value already: what makes the Service of it has not passed it on"),
    ("12", f"HelmRelease payments/shop has another {TIMEOUT} than Git: the change is not applied to it yet"),
])  # fmt: skip
def test_where_a_change_stopped(fleet: Fleet, timeout: str, said: str) -> None:
    values = {"service": {"annotations": {INTERNAL: "true", TIMEOUT: timeout}}}
    fleet.objects = flux(kustomization(APPS), releases=[helm_release("shop", "payments", values)])

    report = fleet.audited("prod/01", drifted, intent="flux")

    [finding] = [one for one in report.findings if one.family == "sync"]
    assert git(finding)["cause"] == said


def test_variables_that_flux_replaces(fleet: Fleet) -> None:
    path = "clusters/prod/base/shop.yaml"
    fleet.files[path] = fleet.files[path].replace("snet-ilb", "${subnet:-snet-nodes}")
    build = {"substitute": {"env": "prod"}, "substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    fleet.objects = flux(kustomization(APPS, postBuild=build)) | {
        "configmaps": [config_map("vars", {"subnet": "snet-ilb"})]
    }

    report = fleet.audited("prod/01", intent="flux")
    assert (rules(report), missing(report)) == ([], [])

    fleet.objects["configmaps"] = [config_map("vars", {"subnet": "snet-pls"})]
    [finding] = fleet.audited("prod/01", intent="flux").findings
    assert (finding.rule, finding.values["git"]) == ("annotation-drifted", "snet-pls")
    assert written(finding) == (path, line_of(fleet.files[path], SUBNET), "HelmRelease payments/shop")


def test_variables_of_a_secret_are_a_gap_of_what_uses_them(fleet: Fleet) -> None:
    path = "clusters/prod/base/shop.yaml"
    fleet.files[path] = fleet.files[path].replace("snet-ilb", "${subnet}")
    fleet.objects = flux(kustomization(APPS, postBuild={"substituteFrom": [{"kind": "Secret", "name": "vars"}]}))

    report = fleet.audited("prod/01", drifted, intent="flux")

    assert not [one for one in report.findings if one.family == "sync"]
    [reason] = reasons(report)
    assert reason == (
        "apps/payments/shop/release.yaml:1 depends on the variable `subnet`, which is not known: "
        "Secret flux-system/vars is not read"
    )


def test_sources_that_are_no_git_repository(fleet: Fleet) -> None:
    other = kustomization("x", name="oci", sourceRef={"kind": "OCIRepository", "name": "bundle"})
    fleet.objects = flux(kustomization(APPS), other)

    report = fleet.audited("prod/01", drifted, intent="flux")

    [reason] = reasons(report)
    of = "Kustomization flux-system/oci takes its manifests from OCIRepository flux-system/bundle"
    assert reason == f"{of}, which is no Git repository: not read"
    assert [one for one in rules(report) if one[0] == "annotation-drifted"] == [("annotation-drifted", "payments/shop")]


def test_patches_components_and_namespace_of_a_kustomization(fleet: Fleet) -> None:
    fleet.files |= {
        "more/timeout/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n",
        "more/timeout/p.yaml": "kind: HelmRelease\napiVersion: helm.toolkit.fluxcd.io/v2\nmetadata: {name: shop, namespace: payments}\n"
        f'spec: {{values: {{service: {{annotations: {{{TIMEOUT}: "15"}}}}}}}}\n',
    }
    patch = f"- op: add\n  path: /spec/values/service/annotations/{SUBNET.replace('/', '~1')}\n  value: snet-pls\n"
    patches = [{"patch": patch, "target": {"kind": "HelmRelease", "name": "shop"}}]
    fleet.objects = flux(kustomization(APPS, patches=patches, components=["../../../more/timeout"]))

    report = fleet.audited("prod/01", intent="flux")

    found = {one.field: one.values["git"] for one in report.findings if one.family == "sync"}
    assert found == {SUBNET: "snet-pls", TIMEOUT: "15"}
    assert missing(report) == []


def test_what_flux_leaves_out_of_a_repository(fleet: Fleet) -> None:
    fleet.files["plain/prod/ignored.yaml"] = fleet.files["plain/prod/bastion.yaml"].replace("bastion", "ignored")
    fleet.objects = flux(kustomization("plain/prod"), ignore="ignored.yaml\n")
    made = World()
    made.service("ops/bastion", git=False)

    report = fleet.audited("prod/01", made, intent="flux")

    assert (rules(report), missing(report)) == ([], [])


def test_drift_that_flux_is_told_to_ignore(fleet: Fleet) -> None:
    mark = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
    rule = {"paths": [f"/metadata/annotations/{SUBNET.replace('/', '~1')}"], "target": {"kind": "Service"}}
    fleet.objects = flux(kustomization("plain/prod", driftIgnoreRules=[rule]))

    def made(**labels: str) -> World:
        world = World()
        world.service("ops/bastion", {INTERNAL: "true", SUBNET: "snet-ilb"}, git=False, labels=labels)
        return world

    assert rules(fleet.audited("prod/01", made(**mark), intent="flux")) == []
    assert rules(fleet.audited("prod/01", made(), intent="flux")) == [("annotation-drifted", "ops/bastion")]


def test_drift_of_a_release_that_flux_is_told_to_ignore(fleet: Fleet) -> None:
    def found(mode: str) -> list[tuple[str, str]]:
        rule = {"paths": [f"/metadata/annotations/{TIMEOUT.replace('/', '~1')}"], "target": {"kind": "Service"}}
        values = {"service": {"annotations": {INTERNAL: "true", TIMEOUT: "10"}}}
        release = helm_release("shop", "payments", values, driftDetection={"mode": mode, "ignore": [rule]})
        fleet.objects = flux(kustomization(APPS), releases=[release])
        return [
            one for one in rules(fleet.audited("prod/01", drifted, intent="flux")) if one[0] == "annotation-drifted"
        ]

    assert found("enabled") == []
    assert found("disabled") == [("annotation-drifted", "payments/shop")]


def test_flux_is_not_there(fleet: Fleet) -> None:
    report = fleet.audited("prod/01", intent="flux")

    assert rules(report) == []
    [reason] = reasons(report)
    assert reason.startswith("intent: flux, but the cluster has no kustomizations.kustomize.toolkit.fluxcd.io")
    assert URL not in reason
