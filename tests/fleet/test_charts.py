"""A chart in the repository, with `render: helm`: what it makes is declared whole."""

from pathlib import Path

from auditor.config.settings import Helm, Tools
from tests.fleet.fleet import Fleet, missing, reasons, rules, written
from tests.fleet.repository import INTERNAL, SUBNET
from tests.world import World

CHART = "charts/metrics"


def chart(**git: object) -> dict[str, object]:
    """The settings of a Git source that is a chart."""
    given = Helm(release_name="metrics", namespace="metrics", value_files=("../values-prod.yaml",))
    return {"paths": (CHART,), "render": "helm", "helm": given} | git


def made(subnet: str = "snet-ilb", name: str = "metrics") -> World:
    """A cluster with what the chart makes."""
    world = World()
    return world.service(f"metrics/{name}", {INTERNAL: "true", SUBNET: subnet}, git=False)


def test_an_untouched_cluster(fleet: Fleet) -> None:
    report = fleet.audited("prod/01", made(), **chart())

    assert (rules(report), missing(report)) == ([], [])


def test_a_value_of_the_environment(fleet: Fleet) -> None:
    [finding] = fleet.audited("prod/01", made("snet-pls"), **chart()).findings

    assert (finding.rule, finding.values["git"]) == ("annotation-drifted", "snet-ilb")
    assert written(finding) == ("charts/values-prod.yaml", 1, "")


def test_a_value_of_the_template(fleet: Fleet) -> None:
    def public(world: World) -> World:
        return world.change_live("metrics", annotations={INTERNAL: None})

    found = fleet.audited("prod/01", public(made()), **chart()).findings

    finding = next(one for one in found if one.rule == "annotation-drifted")
    assert written(finding) == (f"{CHART}/templates/service.yaml", 7, "")


def test_a_service_that_the_cluster_does_not_have(fleet: Fleet) -> None:
    found = fleet.audited("prod/01", World(), **chart()).findings

    [finding] = [one for one in found if one.rule == "service-missing"]
    assert (finding.summary, finding.commands) == (f"apply what is built of {CHART}", ())


def test_a_chart_that_does_not_template(fleet: Fleet) -> None:
    fleet.files[f"{CHART}/templates/service.yaml"] += '{{ required "give it a colour" .Values.colour }}\n'

    report = fleet.audited("prod/01", made("snet-pls"), **chart())

    assert rules(report) == []
    [gap] = missing(report)
    assert gap.scope == f"fleet/{CHART}"
    assert gap.reason.startswith(f"{CHART} could not be built: helm refuses it: ")
    assert "templates/service.yaml" in gap.reason
    assert "give it a colour" not in gap.reason  # a chart may put a password there
    assert gap.reason.endswith("; give it the values that it needs")
    assert "/tmp/" not in gap.reason  # noqa: S108
    assert ("service-not-in-git", "metrics/metrics") in {(one.rule, one.subject) for one in report.not_judged}


def test_dependencies_that_are_not_there(fleet: Fleet) -> None:
    fleet.files[f"{CHART}/Chart.yaml"] += (
        "dependencies:\n- {name: redis, version: 1.0.0, repository: 'https://charts.example'}\n"
    )

    [reason] = reasons(fleet.audited("prod/01", made(), **chart()))

    assert "its dependencies redis are not in charts/, and nothing is fetched; vendor them" in reason


def test_there_is_no_helm(fleet: Fleet) -> None:
    fleet.session.tools = Tools(helm=Path("/nowhere/helm"))

    [reason] = reasons(fleet.audited("prod/01", made(), **chart()))

    assert reason == f"{CHART} could not be built: `tools.helm` /nowhere/helm is no program; correct it"
