"""Series in, a registry of the Prometheus client out: one for each run, and nothing of the process in it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from auditor.metrics.definitions import PREFIX, Definition, Series
from auditor.metrics.runs import Run
from auditor.metrics.series import series


class Collected(Collector):
    """Families that were made before anybody asks for them."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        return self._families


def registry(
    runs: Iterable[Run],
    *,
    info_limit: int,
    interval: timedelta | None = None,
    last_success: Mapping[str, datetime] | None = None,
    extra: Series = MappingProxyType({}),
) -> CollectorRegistry:
    """Return a registry of its own that holds the metrics of these runs, and `extra` ones that runs do not tell.

    The other arguments are those of `series`.
    """
    found = series(runs, info_limit=info_limit, interval=interval, last_success=last_success)
    return holding(_families({**found, **extra}))


def holding(families: Iterable[Metric]) -> CollectorRegistry:
    """Return a registry of these families."""
    made = CollectorRegistry()
    made.register(Collected(families))
    return made


def exposition(made: CollectorRegistry) -> bytes:
    """Return the text format of Prometheus, version 0.0.4."""
    return generate_latest(made)


def _families(found: Series) -> Iterator[Metric]:
    for definition, values in found.items():
        if values:
            family = _family(definition)
            for labels, value in values.items():
                family.add_metric(labels, value)
            yield family


def _family(definition: Definition) -> GaugeMetricFamily | CounterMetricFamily:
    make = CounterMetricFamily if definition.kind == "counter" else GaugeMetricFamily
    return make(PREFIX + definition.name, definition.help, labels=definition.labels)
