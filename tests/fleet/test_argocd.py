"""With `intent: argocd` the Applications say what feeds the cluster, what is applied, and what is to be ignored."""

from typing import Any

from auditor.model.finding import State
from tests.fleet import state
from tests.fleet.fleet import Fleet, missing, reasons, rules, written
from tests.fleet.gitops import OLD, application
from tests.fleet.repository import CLUSTERS, INTERNAL, PREFIX, SUBNET, TIMEOUT
from tests.fleet.test_flux import git
from tests.world import World

RESOURCE = "applications.argoproj.io"


def argo(*applications: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What Argo CD has in a cluster."""
    return {RESOURCE: list(applications)}


def drifted(world: World) -> None:
    """The plain Service has a subnet that Git does not give it."""
    world.change_live("ledger", annotations={TIMEOUT: "12"})


def test_untouched_clusters(fleet: Fleet) -> None:
    for cluster in CLUSTERS:
        fleet.objects = argo(application("all", {"path": f"clusters/{cluster}"}))

        report = fleet.audited(cluster, intent="argocd")

        assert rules(report) == [("ip-in-deprecated-field", "payments/shop")] * (cluster == "test/00")
        assert missing(report) == []


def test_drift_and_what_is_not_applied_yet(fleet: Fleet) -> None:
    fleet.objects = argo(application("all", {"path": "clusters/prod/01"}))
    [finding] = [one for one in fleet.audited("prod/01", drifted, intent="argocd").findings if one.family == "sync"]
    assert (finding.rule, finding.state) == ("annotation-drifted", State.DRIFT)

    fleet.objects = argo(application("all", {"path": "clusters/prod/01"}, sync="OutOfSync", applied=OLD))
    [finding] = [one for one in fleet.audited("prod/01", drifted, intent="argocd").findings if one.family == "sync"]
    assert finding.state is State.PENDING
    assert git(finding)["delay"].startswith("behind: applied 1111111, Git is at ")


def test_differences_that_are_to_be_ignored(fleet: Fleet) -> None:
    rule = {"group": "", "kind": "Service", "jqPathExpressions": [f'.metadata.annotations["{TIMEOUT}"]']}
    fleet.objects = argo(application("all", {"path": "clusters/prod/01"}, ignoreDifferences=[rule]))

    def tracked(world: World) -> None:
        drifted(world)
        world.change_live("ledger", annotations={"argocd.argoproj.io/tracking-id": "all:/Service:ledger/ledger"})

    assert not [one for one in fleet.audited("prod/01", tracked, intent="argocd").findings if one.family == "sync"]
    assert [one for one in fleet.audited("prod/01", drifted, intent="argocd").findings if one.family == "sync"]


def chart(subnet: str) -> World:
    """A cluster with what the chart makes."""
    made = World()
    made.service("metrics/metrics", {INTERNAL: "true", SUBNET: subnet}, git=False)
    return made


def test_a_chart_in_the_repository(fleet: Fleet) -> None:
    source = {"path": "charts/metrics", "helm": {"valueFiles": ["../values-prod.yaml"]}}
    fleet.objects = argo(application("metrics", source, namespace="metrics"))

    assert rules(fleet.audited("prod/01", chart("snet-ilb"), intent="argocd")) == []
    [finding] = fleet.audited("prod/01", chart("snet-pls"), intent="argocd").findings
    assert (finding.rule, finding.values["git"]) == ("annotation-drifted", "snet-ilb")
    assert written(finding) == ("charts/values-prod.yaml", 1, "")


def test_parameters_of_an_application(fleet: Fleet) -> None:
    source = {"path": "charts/metrics", "helm": {"parameters": [{"name": "subnet", "value": "snet-pls"}]}}
    fleet.objects = argo(application("metrics", source, namespace="metrics"))

    report = fleet.audited("prod/01", chart("snet-pls"), intent="argocd")

    assert (rules(report), missing(report)) == ([], [])


VALUES = f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: store
  namespace: argocd
spec:
  destination: {{server: 'https://kubernetes.default.svc', namespace: store}}
  source:
    repoURL: https://charts.example
    chart: store
    targetRevision: 1.0.0
    helm:
      values: |
        service:
          annotations:
            {INTERNAL}: "true"
            {SUBNET}: snet-ilb
"""


def test_values_of_an_application_that_git_holds(fleet: Fleet) -> None:
    """An app of apps: the chart is nowhere in Git, its values are."""
    fleet.files["argo/store.yaml"] = VALUES
    fleet.files["argo/kustomization.yaml"] = "resources: [store.yaml]\n"
    made = World()
    marks = {"argocd.argoproj.io/tracking-id": "store:/Service:store/front", SUBNET: "snet-pls", INTERNAL: "true"}
    made.service("store/front", marks, git=False)
    fleet.objects = argo(
        application("apps", {"path": "argo"}),
        application("store", {"repoURL": "https://charts.example", "chart": "store", "targetRevision": "1.0.0"}),
    )

    report = fleet.audited("prod/01", made, intent="argocd")

    [finding] = report.findings
    assert (finding.rule, finding.values["git"]) == ("annotation-drifted", "snet-ilb")
    assert written(finding) == ("argo/store.yaml", 17, "Application argocd/store")
    [reason] = reasons(report)
    assert "Application argocd/store is made of chart store of https://charts.example" in reason


def test_what_an_application_applied_that_no_source_reads_is_not_judged(fleet: Fleet) -> None:
    made = state.world("test/01")
    pls = PREFIX.replace("load-balancer-", "pls-")
    tracked = {INTERNAL: "true", f"{pls}create": "true", "argocd.argoproj.io/tracking-id": "x:/Service:ops/other"}
    made.service("ops/other", tracked, git=False)
    made.service("ops/by-hand", git=False)

    report = fleet.audited("test/01", made)

    assert rules(report) == [("service-not-in-git", "ops/by-hand")]
    assert [(one.rule, one.subject) for one in report.not_judged] == [("service-not-in-git", "ops/other")]
    assert "set `intent`" in report.not_judged[0].because.reason
