"""How it is written: what names and texts may do to the exposition, and that all that is defined is in it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.metrics.definitions import DEFINITIONS, OF_A_DAEMON
from auditor.metrics.registry import exposition, registry
from auditor.metrics.runs import Run
from auditor.model.service import ServiceKey
from tests.metrics.runs import LIMIT, of, pick, run
from tests.reports import factory
from tests.reports.factory import FORBIDDEN, finding, report


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=60))
def test_names_from_outside_cannot_break_it(cluster: str, namespace: str, resource: str) -> None:
    key = ServiceKey(namespace, 'a\ud800\n\r\x00\x1b[2J\u2028"\\}')
    hostile = replace(finding(), service=key, resource=resource)
    values = of(run(report(hostile, finding()), cluster, requests=((namespace, resource, 1),)))

    assert sum(pick(values, "findings")) == 2
    assert len(pick(values, "finding_info")) == 2
    assert not {c for key in values for _, v in key[1] for c in v} & set("\n\r\x00\x1b\ud800\u2028")


def test_names_that_become_the_same_are_one_series() -> None:
    twins = [finding(service=ServiceKey("web", name)) for name in ("a\x1b", r"a\x1b")]

    assert len(pick(of(run(report(*twins))), "finding_info")) == 1


def test_no_message_is_a_label() -> None:
    marked = finding(message="MARK one", summary="MARK two", values={"azure": "MARK"}, commands=("MARK",))
    gap = replace(FORBIDDEN, reason="MARK")

    assert b"MARK" not in exposition(registry([run(report(marked, gaps=(gap,)))], info_limit=LIMIT))


def test_the_same_runs_give_the_same_bytes() -> None:
    made = [exposition(registry([run(factory.drifted())], info_limit=3)) for _ in range(2)]
    assert made[0] == made[1]


def test_all_that_is_defined_is_used_and_nothing_else() -> None:
    whole = run(factory.drifted(), durations={"gather": 1}, requests=(("azure", "200", 1),))
    text = exposition(registry([whole], info_limit=LIMIT, interval=timedelta(hours=1))).decode()

    types = dict(line.split()[2:] for line in text.splitlines() if line.startswith("# TYPE"))
    assert types == {d.full_name: d.kind for d in DEFINITIONS if d not in OF_A_DAEMON}
    assert max(Counter(d.name for d in DEFINITIONS).values()) == 1
    assert all(d.full_name in d.query for d in DEFINITIONS)


def test_a_run_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Run.__setattr__(run(None), "cluster", "other")
