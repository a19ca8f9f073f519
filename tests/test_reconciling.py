"""While an object is being reconciled that makes a Service, what differs from Git is pending."""

import pytest

from tests.rules.test_attach import made, report, says


@pytest.mark.parametrize(
    ("cause", "state"),
    [
        ("reconciling: Running 'upgrade' action with timeout of 5m0s", "pending"),
        ("failing: timed out", "drift"),
        ("suspended", "drift"),
    ],
)
def test_a_release_that_does_not_follow_git(cause: str, state: str) -> None:
    told = report(made(annotations={}), says(), causes=(("HelmRelease web/ingress", cause),))

    (finding,) = [one for one in told.findings if one.service]
    assert (finding.rule, str(finding.state)) == ("annotation-drifted", state)
    assert finding.evidence[0].details["cause"] == cause
