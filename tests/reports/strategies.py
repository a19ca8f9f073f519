"""Reports that hypothesis makes up."""

from hypothesis import strategies as st

from auditor.model.finding import Confidence, Finding, Report, Severity, State, Suppressed
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap
from tests.reports import factory

WORDS = st.text(max_size=120)
SERVICES = st.sampled_from([None, ServiceKey("web", "shop"), ServiceKey("payments", "ledger-api")])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
GAPS = st.builds(Gap, source=st.sampled_from(["git", "azure"]), scope=WORDS, kind=WORDS, reason=WORDS)


def _id(number: int) -> str:
    return f"{number:016x}"


@st.composite
def findings(draw: st.DrawFn) -> tuple[Finding, ...]:
    """Findings with ids of their own, each perhaps caused by any of them, itself included."""
    number = draw(st.integers(0, 8))
    causes = st.none() | st.integers(0, number).map(_id)
    return tuple(
        factory.finding(
            "some-rule",
            draw(st.sampled_from(Severity)),
            id=_id(i),
            state=draw(st.sampled_from(State)),
            confidence=draw(st.sampled_from(Confidence)),
            service=draw(SERVICES),
            field=draw(st.none() | WORDS),
            message=draw(st.text(min_size=1, max_size=120)),
            summary=draw(WORDS),
            values=draw(st.dictionaries(st.sampled_from(["git", "cluster", "expected", "azure"]), VALUES)),
            evidence=draw(st.lists(st.sampled_from([factory.GIT, factory.CLUSTER, factory.AZURE]), max_size=3)),
            caused_by=draw(causes),
            suppressed=draw(st.none() | st.just(Suppressed(reason="known"))),
        )
        for i in range(number)
    )


@st.composite
def made_up(draw: st.DrawFn) -> Report:
    """Reports of any findings and gaps."""
    return factory.report(*draw(findings()), gaps=tuple(draw(st.lists(GAPS, max_size=3))))
