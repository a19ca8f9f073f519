"""Runs made by hand, and what their exposition says when it is read back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from auditor.metrics.registry import exposition, registry
from auditor.metrics.runs import Run
from auditor.model.finding import Report

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMIT = 1000

Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def run(report: Report | None, cluster: str = "prod-weu", *, minutes: float = 0, **changes: Any) -> Run:
    """Return a run that ended some minutes after noon."""
    end = NOON + timedelta(minutes=minutes)
    return Run(cluster=cluster, report=report, started_at=end - timedelta(seconds=9), finished_at=end, **changes)


def read(text: bytes) -> Values:
    """Return the samples of an exposition, by name without the prefix and labels; each may be there only once."""
    out: Values = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            key = sample.name.removeprefix("aks_auditor_"), tuple(sorted(sample.labels.items()))
            assert key not in out, f"{key} is there twice"
            out[key] = sample.value
    return out


def said(made: CollectorRegistry) -> Values:
    """Return what a registry says."""
    return read(exposition(made))


def of(*runs: Run, limit: int = LIMIT, **settings: Any) -> Values:
    """Return what the metrics of these runs say."""
    return said(registry(runs, info_limit=limit, **settings))


def pick(values: Values, metric: str, **labels: str) -> list[float]:
    """Return the values of a metric's series that have these labels."""
    return [v for (name, found), v in values.items() if name == metric and labels.items() <= dict(found).items()]
