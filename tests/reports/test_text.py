"""The text report: fits 80 columns, tells the cause first, and nothing in it drives a terminal."""

import re
from typing import Any

import pytest
from hypothesis import given

from auditor.model.finding import Evidence, Report, Severity, State, Suppressed
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap
from auditor.reports import text
from auditor.reports.options import Options
from tests.reports import factory
from tests.reports.factory import finding, report
from tests.reports.strategies import made_up

LONG = "x" * 300


def written(*findings: Any, **options: Any) -> str:
    return text.render(report(*findings), Options(**options))


def shown(**changes: Any) -> str:
    """Return what is said of one finding, without the frame, in single blanks."""
    return " ".join(written(finding(**changes)).split())


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("audited", [factory.drifted(), factory.clean(), factory.blind()])
def test_lines_fit_but_commands_and_ids(audited: Report, width: int) -> None:
    for line in text.render(audited, Options(width=width)).splitlines():
        assert len(line) <= width or line.strip().startswith("kubectl ") or " " not in line.strip()


@given(made_up())
def test_nothing_in_it_drives_a_terminal(audited: Report) -> None:
    said = text.render(audited, Options())

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", said)
    assert said.endswith("\n")


@given(made_up())
def test_every_finding_that_is_not_muted_is_told_once(audited: Report) -> None:
    said = text.render(audited, Options())

    told = re.findall(r"^ +(?:critical|high|medium|low|info) +some-rule", said, re.MULTILINE)
    assert len(told) >= sum(f.suppressed is None for f in audited.findings)


def test_a_clean_report_is_short() -> None:
    assert text.render(factory.clean(), Options()).splitlines()[2:] == [
        "no findings in 3 Services; 3 fine, 0 not judged",
        "clean    git complete · kubernetes complete · azure complete",
    ]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ((), "no findings; Services not read"),
        ((finding(service=None, resource="/x"),), "1 high in 1 resource of no Service; Services not read"),
    ],
)
def test_services_that_were_not_read_are_not_counted(found: tuple[Any, ...], says: str) -> None:
    lost = Gap(source="kubernetes", scope="*", kind="services", reason="401")
    said = text.render(report(*found, gaps=(lost,), services=()), Options())
    some = text.render(report(*found, gaps=(lost,)), Options())

    assert says in said.splitlines()
    assert said.splitlines()[0].endswith("   Services not read")
    assert "kubernetes  services: 401" in said, "not: of *"
    assert "0 Services" not in said
    assert "3 Services" in some.splitlines()[0], "those that are declared, or were read"


def test_values_have_their_places() -> None:
    said = written(factory.exposed(), width=100)

    assert re.search(r"git +0a1b2c3d-\S+ +clusters/weu/ledger.yaml:14\n", said)
    assert re.search(r"cluster +0a1b2c3d-\S+ +kubectl-edit, 2026-11-20 09:12\n", said)
    assert "etag 8e1f0a5…, read 10:50:00" in said


def test_place_without_a_value() -> None:
    said = shown(values={"azure": 4}, evidence=(factory.GIT,))

    assert "at clusters/weu/ledger.yaml:14" in said


def test_second_place_of_a_value() -> None:
    other = Evidence(source="git", details={"path": "clusters/weu/other.yaml", "line": 3})

    said = shown(values={"git": "10.0.0.4"}, evidence=(factory.GIT, other))

    assert "git 10.0.0.4 clusters/weu/ledger.yaml:14 also clusters/weu/other.yaml:3" in said


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "(absent)"),
        ("", '""'),
        (" true", '" true"'),
        ("true", "true"),
        (True, "true"),
        (4, "4"),
        ([], "(none)"),
        (["a", "b"], "a b"),
        (frozenset({"b", "a"}), "a b"),
        ([{"port": 80, "name": "x"}, {"port": 81}], "port=80 name=x; port=81"),
        ({}, "(empty)"),
        ("a\x1b[31mb\nc", r"a\x1b[31mb\nc"),
    ],
)
def test_values(value: Any, expected: str) -> None:
    assert f"git {expected} " in shown(values={"git": value})


def test_long_values_stay_whole() -> None:
    assert LONG in written(finding(values={"azure": LONG, "git": [LONG, "b"]}))


def test_commands_are_never_broken() -> None:
    command = f"kubectl annotate service a {LONG} b {LONG}"

    assert f"\n      {command}\n" in written(finding(commands=(command,), summary="do it"))


def test_consequences_are_brief_and_below_their_cause() -> None:
    said = text.render(factory.drifted(), Options())

    cause, rest = said.split("internal-not-exactly-true")[1].split("sync-failed", 1)
    assert "explains 2 more below" in cause
    assert "frontend-subnet-drifted" in rest
    assert "(+2 consequences, 1 pending, 1 suppressed)" in " ".join(said.split())


def test_cause_at_another_service_is_named() -> None:
    cause = finding("pls-name-claimed-twice", service=ServiceKey("web", "shop"))

    said = written(cause, finding("pls-hijacked", caused_by=cause.id))

    assert "because of pls-name-claimed-twice of web/shop" in said
    assert "explains" not in said


def test_a_circle_of_causes_is_told_in_full() -> None:
    said = written(finding("a-rule", id="1", caused_by="2"), finding("b-rule", id="2", caused_by="1"))

    assert said.count("a-rule") == said.count("b-rule") == 2


def test_hidden_and_suppressed_are_counted() -> None:
    low = finding("low-rule", Severity.LOW)
    muted = finding("muted-rule", suppressed=Suppressed(reason="known"))

    said = " ".join(written(low, muted, min_severity=Severity.HIGH).split())

    assert "low-rule" not in said
    assert "muted-rule" not in said
    assert "1 suppressed, 1 below --min-severity not listed" in said


def test_pending_is_marked_and_not_in_the_headline() -> None:
    said = written(finding("slow-rule", state=State.PENDING))

    assert "slow-rule    pending" in said
    assert "nothing confirmed in 3 Services" in said


def test_colour_is_for_severities_only() -> None:
    coloured = written(finding(), colour=True)

    assert "\x1b[31mhigh    \x1b[0m" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == written(finding())


def test_what_stands_in_backticks_is_kept_whole() -> None:
    command = "`az network private-link-service list -o json > azure/privateLinkServices.json`"
    gap = Gap(
        source="azure", scope="x.json", kind="privateLinkServices", reason=f"x.json is missing: {command} makes it"
    )

    lines = text.render(report(gaps=(gap,)), Options(width=100)).splitlines()

    assert "  azure  privateLinkServices: x.json is missing:" in lines
    assert f"    {command} makes it" in lines


def test_many_gaps_are_counted_not_listed() -> None:
    gaps = tuple(Gap(source="git", scope=f"a-{i}.yaml", kind="manifests", reason="not YAML") for i in range(25))

    said = text.render(report(gaps=gaps), Options())

    assert said.count("not YAML") == 20
    assert "and 5 more" in said


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"uid": "1"}, "internal 10.241.2.10"),
        ({"uid": "1", "internal": False, "ips": ("20.61.7.9",)}, "public 20.61.7.9"),
        ({"uid": "1", "ips": ()}, "internal, no address"),
        ({"uid": None, "ips": ()}, "internal, not in the cluster"),
        ({"uid": "1", "pls": "pls-a", "connections": 0}, "internal 10.241.2.10    PLS pls-a, 0 connections"),
        ({"uid": "1", "pls": "pls-a", "connections": None}, "internal 10.241.2.10    PLS pls-a"),
    ],
)
def test_title_of_a_service(changes: dict[str, Any], title: str) -> None:
    said = text.render(report(finding(), services=(factory.entry(**changes),)), Options())

    assert f"\npayments/ledger-api     {title}\n" in said


def test_title_says_nothing_of_a_cluster_that_was_not_asked() -> None:
    entry = factory.entry(uid=None, ips=())

    said = text.render(report(finding(), services=(entry,), coverage=factory.covered()[:1]), Options())

    assert "\npayments/ledger-api     internal\n" in said


def test_title_that_does_not_fit_takes_more_lines() -> None:
    name = ServiceKey("a-rather-long-namespace", "with-a-service-of-a-long-name")
    entry = factory.entry(name, pls="and-a-private-link-service", connections=12)

    said = text.render(report(finding(service=name), services=(entry,)), Options())

    assert f"\n{name}\n  internal 10.241.2.10\n  PLS and-a-private-link-service, 12 connections\n" in said


def test_service_outside_the_inventory_has_its_name_alone() -> None:
    assert "\npayments/ledger-api\n" in written(finding("service-missing"))


def test_the_place_names_the_object_that_speaks_of_the_service() -> None:
    where = {"path": "clusters/weu/ingress.yaml", "line": 31}
    owners = {
        "(HelmRelease web/ingress)": {"kind": "HelmRelease", "namespace": "web", "name": "ingress"},
        "(NginxIngressController nginx)": {"kind": "NginxIngressController", "namespace": "", "name": "nginx"},
    }
    for name, owner in owners.items():
        git = Evidence(source="git", details={**where, "declaredBy": owner})

        assert f"git a clusters/weu/ingress.yaml:31 {name}" in shown(values={"git": "a"}, evidence=(git,))


@pytest.mark.parametrize(
    ("family", "expected"), [("sync", "pending: suspended"), ("azure", "frontend-missing pending No")]
)
def test_why_git_is_not_applied_yet(family: str, expected: str) -> None:
    git = Evidence(source="git", details={"path": "a.yaml", "line": 1, "delay": "suspended", "applied": "a" * 40})

    assert expected in shown(family=family, state=State.PENDING, evidence=(git,))
