"""The metrics of a single run: to a file, to a Pushgateway, or nowhere.

Metrics that cannot be delivered do not change the verdict, which has been reached; a line says so, and the alert for an
auditor that is late does the rest.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import logs
from auditor.errors import DeliveryError

if TYPE_CHECKING:
    from auditor.config.settings import Metrics, Serve
    from auditor.run import Outcome


def ways_out(
    settings: "Metrics", textfile: Path | None, pushgateway: str | None, schedule: "Serve | None" = None
) -> "Callable[[list[Outcome]], None]":
    """Return what delivers the metrics of these outcomes; flags win over the settings.

    `schedule` says how often such a run is made, which the metrics tell, so that nobody takes a daily one for late.
    Raises UsageError for an address that is none, so call it before anything is contacted.
    """
    from auditor.config.settings import Pushgateway

    file = textfile or settings.textfile
    gateway = settings.pushgateway
    if pushgateway:
        _check(pushgateway)
        gateway = gateway.model_copy(update={"url": pushgateway}) if gateway else Pushgateway(url=pushgateway)

    def deliver(outcomes: "list[Outcome]") -> None:
        from auditor.config.cron import interval
        from auditor.metrics.pushgateway import push
        from auditor.metrics.registry import registry
        from auditor.metrics.textfile import write_textfile

        runs = [one.measured() for one in outcomes]
        limit = settings.finding_info_limit
        every = interval(schedule, max(run.finished_at for run in runs)) if schedule and runs else None
        if file is not None:
            _try(lambda: write_textfile(file, registry(runs, info_limit=limit, interval=every)), outcomes)
        if gateway is not None:
            for one, run in zip(outcomes, runs, strict=True):
                _try(partial(push, gateway, [run], info_limit=limit, interval=every), [one])

    return deliver if file or gateway else lambda _: None


def _check(address: str) -> None:
    from auditor.config.forms import pushgateway
    from auditor.errors import UsageError

    if fault := pushgateway(address):
        raise UsageError(f"--pushgateway: {fault}")


def _try(deliver: Callable[[], None], of: "list[Outcome]") -> None:
    """Deliver metrics of these; what fails is told with their cluster and run, if that is one."""
    try:
        deliver()
    except DeliveryError as error:
        with logs.about(**_whose(of)):
            for line in str(error).splitlines():
                logs.logger().warning(line)


def _whose(outcomes: "list[Outcome]") -> dict[str, str]:
    if len(outcomes) != 1:
        return {}
    (one,) = outcomes
    return {"run": one.report.run_id if one.report else one.audit.run_id, "cluster": one.cluster}
