"""Every metric, once: the collector takes names, types, labels and help from here, and so does docs/metrics.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PREFIX = "aks_auditor_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A metric: what it is called, what it tells, and a question that it answers."""

    name: str
    """Without the prefix, and without the `_total` that a counter is shown with."""
    kind: Literal["gauge", "counter"] = "gauge"
    labels: tuple[str, ...]
    help: str
    """The sentence that the exposition carries."""
    note: str = ""
    """What a reader should know beside it."""
    query: str
    """A PromQL expression that uses it."""

    @property
    def full_name(self) -> str:
        """As Prometheus stores it."""
        return f"{PREFIX}{self.name}{'_total' if self.kind == 'counter' else ''}"


FINDINGS = Definition(
    name="findings",
    labels=("cluster", "rule", "severity", "state"),
    help="Findings that nobody has muted.",
    note="Every rule is there with each severity that it can have and both states (`drift`, `pending`), 0 included. "
    "A 0 beside an incomplete source says that nothing was seen, not that there is nothing.",
    query='sum by (cluster, severity) (aks_auditor_findings{state="drift"}) > 0',
)
FINDING_INFO = Definition(
    name="finding_info",
    labels=("cluster", "namespace", "service", "rule", "severity", "resource"),
    help="Confirmed findings (state drift) that nobody has muted; always 1.",
    note="At most `metrics.findingInfoLimit` series for each cluster, most severe first. Findings that differ in none "
    "of the labels share a series. A finding of no Service has an empty `namespace` and `service`.",
    query='aks_auditor_finding_info{severity="critical"}',
)
FINDING_INFO_OMITTED = Definition(
    name="finding_info_omitted",
    labels=("cluster",),
    help="Confirmed findings that have no finding_info series because of the limit.",
    note="0 says that `finding_info` is the whole list.",
    query="aks_auditor_finding_info_omitted > 0",
)
SUPPRESSED_FINDINGS = Definition(
    name="suppressed_findings",
    labels=("cluster",),
    help="Findings that somebody has muted.",
    note="They are counted nowhere else.",
    query="aks_auditor_suppressed_findings",
)
SERVICES = Definition(
    name="services",
    labels=("cluster", "state"),
    help="Audited Services.",
    note="`drift`: at least one confirmed finding; `pending`: findings, none of them confirmed yet; `unknown`: no "
    "finding, but not all of it could be seen; `ok`: seen, and nothing found. Muted findings and those of severity "
    "`info` do not count.",
    query='sum by (cluster) (aks_auditor_services{state="unknown"})',
)
SOURCE_COMPLETE = Definition(
    name="source_complete",
    labels=("cluster", "source"),
    help="1 if everything that was to be read of the source was read and judged, else 0.",
    note="`git`, `kubernetes` and `azure`; `auditor` is 0 where a rule failed; `other`, if it is there, stands for "
    "gaps of a recording that name no source we know. All 1 exactly where the audit does not say `incomplete`. "
    "After a run that failed the sources are 0.",
    query="aks_auditor_source_complete == 0",
)
LAST_RUN = Definition(
    name="last_run_timestamp_seconds",
    labels=("cluster",),
    help="When the latest run ended, successful or not, in seconds since 1970.",
    query="time() - aks_auditor_last_run_timestamp_seconds",
)
LAST_SUCCESS = Definition(
    name="last_success_timestamp_seconds",
    labels=("cluster",),
    help="When the latest successful run ended, in seconds since 1970.",
    note="Successful: it made a report, and read at least one collection whole. Drift does not matter; that evidence "
    "is incomplete in part is said by `source_complete`.",
    query="time() - aks_auditor_last_success_timestamp_seconds > 2 * aks_auditor_run_interval_seconds",
)
RUN_INTERVAL = Definition(
    name="run_interval_seconds",
    labels=("cluster",),
    help="How often an audit is meant to run.",
    note="Absent where the auditor does not know.",
    query="aks_auditor_run_interval_seconds",
)
RUN_DURATION = Definition(
    name="run_duration_seconds",
    labels=("cluster", "phase"),
    help="How long the phases of the latest run took.",
    query="sum by (cluster) (aks_auditor_run_duration_seconds)",
)
API_REQUESTS = Definition(
    name="api_requests",
    kind="counter",
    labels=("cluster", "source", "code"),
    help="Requests that were sent to the sources; code error where no answer came.",
    note="Since the daemon started; from a single run, those of that run.",
    query='sum by (cluster, source) (aks_auditor_api_requests_total{code!~"2.."})',
)
RUNS = Definition(
    name="runs",
    kind="counter",
    labels=("cluster", "result"),
    help="Audits since the daemon started, by what became of them.",
    note="`succeeded`: as above; `failed`; `cut`: it had not ended at `serve.deadline`; `skipped`: it was due while "
    "the one before was still at work. Only from a daemon.",
    query='increase(aks_auditor_runs_total{result=~"cut|skipped"}[6h]) > 0',
)
CONFIG_RELOADED = Definition(
    name="config_last_reload_successful",
    labels=("cluster",),
    help="1 if the configuration that is gone by is the one that was read last, 0 if that could not be taken up.",
    note="A daemon goes on with the former configuration then. The same for all its clusters. Only from a daemon.",
    query="aks_auditor_config_last_reload_successful == 0",
)
CONFIG_RELOADED_AT = Definition(
    name="config_last_reload_success_timestamp_seconds",
    labels=("cluster",),
    help="When a configuration was read last and found good, in seconds since 1970.",
    note="Only from a daemon.",
    query="time() - aks_auditor_config_last_reload_success_timestamp_seconds",
)
BUILD_INFO = Definition(
    name="build_info",
    labels=("version", "python"),
    help="The auditor that speaks; always 1.",
    query="count by (version) (aks_auditor_build_info)",
)

DEFINITIONS = (
    FINDINGS, FINDING_INFO, FINDING_INFO_OMITTED, SUPPRESSED_FINDINGS, SERVICES, SOURCE_COMPLETE, LAST_RUN,
    LAST_SUCCESS, RUN_INTERVAL, RUN_DURATION, API_REQUESTS, RUNS, CONFIG_RELOADED, CONFIG_RELOADED_AT,
    BUILD_INFO,
)  # fmt: skip
"""In the order of the exposition."""
OF_A_DAEMON = (RUNS, CONFIG_RELOADED, CONFIG_RELOADED_AT)
"""Those that no single run tells."""

Series = Mapping[Definition, Mapping[tuple[str, ...], float]]
"""Values by the values of the labels, these in the order of the definition."""
