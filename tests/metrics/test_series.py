"""What the metrics say of runs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import __version__
from auditor.metrics.labels import severities
from auditor.model.finding import NotJudged, Report, Severity, State, Suppressed
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap
from auditor.reports.outcome import incomplete
from auditor.rules.registry import RULES
from tests.injected.bench import report as audited
from tests.injected.raw import GOLDEN, STATES
from tests.metrics.runs import NOON, of, pick, run
from tests.reports import factory
from tests.reports.factory import FORBIDDEN, NETWORK, covered, entry, finding, report
from tests.reports.strategies import made_up

NOTHING_READ = report(coverage=tuple(replace(c, complete=False, reason="refused") for c in covered()))


# -- findings ---------------------------------------------------------------------------------------------------------


def test_every_rule_is_there_with_each_of_its_severities_and_both_states() -> None:
    values = of(run(report()))

    for rule in RULES.values():
        for severity in severities(rule):
            for state in State:
                found = pick(values, "findings", cluster="prod-weu", rule=rule.id, severity=severity.word, state=state)
                assert found == [0]
    assert {s for rule in RULES.values() for s in severities(rule)} == set(Severity)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("frontend-missing", ["critical"]),
        ("pls-visibility-drifted", ["critical", "high"]),
        ("connection-not-visible", ["critical", "info"]),
        ("spec-drifted", ["high", "medium"]),
        ("pls-limit-near", ["medium"]),
    ],
)
def test_severities_of_a_rule(rule: str, words: list[str]) -> None:
    assert [s.word for s in severities(RULES[rule])] == words


@pytest.mark.parametrize("state", STATES)
def test_a_golden_state_has_no_series_beyond_the_known_ones(state: str) -> None:
    found = audited(GOLDEN / state)
    values = of(run(found))

    assert sum(pick(values, "findings")) == len(found.findings)
    assert len(pick(values, "findings")) == len(pick(of(run(report())), "findings"))
    assert sum(pick(values, "services")) == len(found.services)


@settings(deadline=None)
@given(made_up(), st.integers(0, 4))
def test_every_finding_is_counted_once(found: Report, limit: int) -> None:
    values = of(run(found), limit=limit)
    confirmed = [f for f in found.findings if f.suppressed is None and f.state is State.DRIFT]

    assert sum(pick(values, "findings")) + sum(pick(values, "suppressed_findings")) == len(found.findings)
    assert sum(pick(values, "findings", state="drift")) == len(confirmed)
    assert len(pick(values, "finding_info")) <= limit
    assert sum(pick(values, "finding_info")) + sum(pick(values, "finding_info_omitted")) <= len(confirmed)
    assert (min(pick(values, "source_complete")) == 0) == incomplete(found)


def test_the_example_of_the_design() -> None:
    values = of(run(factory.drifted()))

    assert pick(values, "findings", rule="internal-not-exactly-true", severity="critical", state="drift") == [1]
    assert pick(values, "findings", rule="lb-rule-drifted", severity="medium", state="pending") == [1]
    assert pick(values, "findings", rule="subnet-name-truncated", state="drift") == [0]
    assert pick(values, "suppressed_findings", cluster="prod-weu") == [1]
    assert sum(pick(values, "finding_info")) == sum(pick(values, "findings", state="drift")) == 5
    assert pick(values, "services", state="drift") == [2]
    assert pick(values, "services", state="ok") == [42]


def test_an_unknown_severity_of_a_rule_is_counted_all_the_same() -> None:
    values = of(run(report(finding("frontend-missing", Severity.LOW))))

    assert pick(values, "findings", rule="frontend-missing", severity="low", state="drift") == [1]


def test_services_by_state() -> None:
    entries = [entry(ServiceKey("a", str(i)), state) for i, state in enumerate(["ok", "ok", "unknown", "pending"])]
    values = of(run(report(services=tuple(entries))))

    assert {s: pick(values, "services", state=s) for s in ("ok", "drift", "pending", "unknown")} == {
        "ok": [2], "drift": [0], "pending": [1], "unknown": [1],
    }  # fmt: skip


# -- finding_info -----------------------------------------------------------------------------------------------------


def test_the_worst_come_first_and_the_rest_is_said() -> None:
    severe = [finding("frontend-missing", Severity.CRITICAL, service=ServiceKey("a", str(i))) for i in range(3)]
    mild = [finding("probe-extra", Severity.LOW, resource=f"{NETWORK}/{i}") for i in range(4)]
    values = of(run(report(*mild, *severe)), limit=5)

    assert len(pick(values, "finding_info", severity="critical")) == 3
    assert len(pick(values, "finding_info", severity="low")) == 2
    assert pick(values, "finding_info_omitted", cluster="prod-weu") == [2]


def test_findings_that_no_label_tells_apart_share_a_series() -> None:
    twins = [finding("annotation-drifted", Severity.MEDIUM, field=f"azure-{i}") for i in range(3)]

    values = of(run(report(*twins)))
    assert pick(values, "finding_info", rule="annotation-drifted") == [1]
    assert pick(values, "finding_info_omitted") == [0]
    assert pick(of(run(report(*twins)), limit=0), "finding_info_omitted") == [3]


def test_labels_of_an_orphan() -> None:
    orphan = factory.orphan()
    values = of(run(report(orphan)))

    labels = {"namespace": "", "service": "", "rule": "orphaned-frontend", "resource": str(orphan.resource)}
    assert pick(values, "finding_info", cluster="prod-weu", severity="high", **labels) == [1]


def test_muted_and_pending_findings_have_no_series_of_their_own() -> None:
    muted = finding(suppressed=Suppressed(reason="known"))
    pending = finding("lb-rule-missing", state=State.PENDING)

    assert pick(of(run(report(muted, pending))), "finding_info") == []


# -- coverage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gap", "source"),
    [
        (FORBIDDEN, "azure"),
        (Gap(source=" Git ", scope="main", kind="manifests", reason="x"), "git"),
        (Gap(source="k8s", scope="*", kind="events", reason="x"), "kubernetes"),
        (Gap(source="auditor", scope="r", kind="rule", reason="x"), "auditor"),
        (Gap(source="somebody", scope="r", kind="what", reason="x"), "other"),
    ],
)
def test_a_gap_counts_against_its_source(gap: Gap, source: str) -> None:
    values = of(run(report(gaps=(gap,))))
    blamed = of(run(report(not_judged=(NotJudged(rule="r", subject="*", because=gap),))))

    for found in (values, blamed):
        assert pick(found, "source_complete", cluster="prod-weu", source=source) == [0]
        assert sum(pick(found, "source_complete")) == 3 + (source == "other")


# -- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_that_failed_gives_no_all_clear() -> None:
    values = of(run(None, durations={"gather": 1.5}, requests=(("azure", "403", 2),)))

    assert {name for name, _ in values} == {
        "last_run_timestamp_seconds", "run_duration_seconds", "api_requests_total", "build_info", "source_complete",
    }  # fmt: skip
    assert pick(values, "source_complete") == [0, 0, 0], "or alerts would end where nobody looks"


def test_a_run_that_read_nothing_is_none_that_succeeded() -> None:
    values = of(run(NOTHING_READ))

    assert not run(NOTHING_READ).succeeded
    assert {name for name, _ in values} == {"last_run_timestamp_seconds", "source_complete", "build_info"}
    assert pick(values, "source_complete", source="azure") == [0]


@pytest.mark.parametrize("found", [report(), factory.drifted(), factory.blind()])
def test_drift_and_partial_evidence_are_no_failure(found: Report) -> None:
    assert run(found).succeeded
    assert pick(of(run(found)), "last_success_timestamp_seconds", cluster="prod-weu") == [NOON.timestamp()]


def test_the_latest_run_says_how_it_went_and_the_latest_success_what_was_found() -> None:
    good = run(report(finding()), durations={"gather": 1, "judge": 2})
    bad = run(None, minutes=30, durations={"gather": 60})

    for order in ([good, bad], [bad, good]):
        values = of(*order)
        assert sum(pick(values, "findings")) == 1
        assert pick(values, "last_run_timestamp_seconds") == [NOON.timestamp() + 1800]
        assert pick(values, "last_success_timestamp_seconds") == [NOON.timestamp()]
        assert pick(values, "run_duration_seconds") == [60]


def test_an_earlier_success_is_remembered_and_never_moves_back() -> None:
    earlier = {"prod-weu": NOON - timedelta(hours=2), "elsewhere": NOON}

    assert pick(of(run(None), last_success=earlier), "last_success_timestamp_seconds") == [NOON.timestamp() - 7200]
    assert pick(of(run(report()), last_success=earlier), "last_success_timestamp_seconds") == [NOON.timestamp()]


def test_clusters_stand_side_by_side() -> None:
    values = of(run(report(finding())), run(report(), "test-weu"), interval=timedelta(hours=1))

    assert sum(pick(values, "findings", cluster="prod-weu")) == 1
    assert sum(pick(values, "findings", cluster="test-weu")) == 0
    assert pick(values, "run_interval_seconds", cluster="test-weu") == [3600]
    assert pick(values, "build_info", version=__version__) == [1]


def test_requests_are_counted_by_source_and_code() -> None:
    values = of(run(report(), requests=(("azure", "200", 40), ("azure", "error", 1), ("kubernetes", "200", 3))))

    assert pick(values, "api_requests_total", cluster="prod-weu", source="azure", code="error") == [1]
    assert sum(pick(values, "api_requests_total")) == 44
