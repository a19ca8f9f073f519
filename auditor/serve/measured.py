"""The metrics of a daemon: those of the runs that it remembers, and what only it knows."""

from prometheus_client import CollectorRegistry

from auditor.metrics.definitions import CONFIG_RELOADED, CONFIG_RELOADED_AT, RUNS, Series
from auditor.metrics.labels import fit
from auditor.metrics.registry import registry
from auditor.serve.daemon import Daemon


def measured(daemon: Daemon) -> CollectorRegistry:
    """Return a registry of what is known now."""
    found = daemon.found()
    names = [fit(result.cluster) for result in found]
    good, when = float(not daemon.fault), daemon.read_at.timestamp()
    extra: Series = {
        RUNS: {(fit(result.cluster), end): number for result in found for end, number in result.ended.items()},
        CONFIG_RELOADED: {(name,): good for name in names},
        CONFIG_RELOADED_AT: {(name,): when for name in names},
    }
    return registry(
        [run for result in found for run in result.runs()],
        info_limit=daemon.plan.settings.metrics.finding_info_limit,
        interval=daemon.interval,
        extra=extra,
    )
