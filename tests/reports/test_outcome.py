"""The exit code: 0 clean, 1 drift, 3 incomplete; drift wins."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.finding import NotJudged, Report, Severity, State, Suppressed
from auditor.reports import json_v1
from auditor.reports.options import Options
from auditor.reports.outcome import exit_code, incomplete
from tests.reports import factory
from tests.reports.factory import finding, report
from tests.reports.strategies import made_up

HIGH = finding(severity=Severity.HIGH)
PENDING = finding(severity=Severity.CRITICAL, state=State.PENDING)
MUTED = finding(severity=Severity.CRITICAL, suppressed=Suppressed(reason="known"))
CONSEQUENCE = finding(severity=Severity.HIGH, caused_by="another")
GAPS = (factory.FORBIDDEN,)
NEVER = None


@pytest.mark.parametrize(
    ("audited", "fail_on", "zero", "expected"),
    [
        (report(), Severity.HIGH, False, 0),
        (report(HIGH), Severity.HIGH, False, 1),
        (report(HIGH), Severity.CRITICAL, False, 0),
        (report(HIGH), Severity.INFO, False, 1),
        (report(HIGH), NEVER, False, 0),
        (report(HIGH), Severity.HIGH, True, 0),
        (report(PENDING), Severity.INFO, False, 0),
        (report(MUTED), Severity.INFO, False, 0),
        (report(CONSEQUENCE), Severity.HIGH, False, 1),
        (report(gaps=GAPS), Severity.HIGH, False, 3),
        (report(gaps=GAPS), NEVER, False, 3),
        (report(gaps=GAPS), Severity.HIGH, True, 3),
        (report(HIGH, gaps=GAPS), Severity.HIGH, False, 1),
        (report(HIGH, gaps=GAPS), Severity.CRITICAL, False, 3),
        (report(HIGH, gaps=GAPS), NEVER, False, 3),
        (report(HIGH, gaps=GAPS), Severity.HIGH, True, 0),
        (report(HIGH, gaps=GAPS), Severity.CRITICAL, True, 3),
        (report(PENDING, gaps=GAPS), Severity.HIGH, False, 3),
        (report(MUTED, gaps=GAPS), Severity.HIGH, False, 3),
    ],
)
def test_table(audited: Report, fail_on: Severity | None, zero: bool, expected: int) -> None:
    assert exit_code(audited, fail_on, exit_zero_on_drift=zero) == expected


def test_what_was_not_judged_is_incomplete_too() -> None:
    broken = NotJudged(rule="pls-missing", subject="*", because=factory.FORBIDDEN)

    assert incomplete(report(not_judged=(broken,)))


@given(made_up(), st.sampled_from(Severity), st.booleans())
def test_exit_code_agrees_with_the_listed_findings(audited: Report, fail_on: Severity, zero: bool) -> None:
    document = json.loads(json_v1.render(audited, Options()))

    failing = [
        f
        for f in document["findings"]
        if f["state"] == "drift" and f["suppressed"] is None and Severity[f["severity"].upper()] >= fail_on
    ]
    blind = any(not c["complete"] for c in document["coverage"])
    assert exit_code(audited, fail_on, exit_zero_on_drift=zero) == (
        (0 if zero else 1) if failing else 3 if blind else 0
    )


@given(made_up(), st.sampled_from(Severity), st.sampled_from(Severity))
def test_a_stricter_threshold_never_turns_drift_into_clean(audited: Report, a: Severity, b: Severity) -> None:
    if exit_code(audited, max(a, b)) == 1:
        assert exit_code(audited, min(a, b)) == 1
