"""The metrics of a single run: to a file, to a Pushgateway, or nowhere.

Metrics that cannot be delivered do not change the verdict, which has been reached; a line says so, and the alert for an
auditor that is late does the rest.

The configuration's ways out are for audits of all that the configuration means. A look at a part, sent there, would
take away what was found in the rest, and resolve alerts of it.
"""

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import logs
from auditor.errors import DeliveryError

if TYPE_CHECKING:
    from auditor.config.settings import Metrics, Serve
    from auditor.run import Outcome


def ways_out(
    settings: "Metrics",
    textfile: Path | None,
    pushgateway: str | None,
    schedule: "Serve | None" = None,
    *,
    part: str = "",
    others: Collection[str] = (),
) -> "Callable[[list[Outcome]], None]":
    """Return what delivers the metrics of these outcomes; flags win over the settings.

    `schedule` says how often such a run is made, which the metrics tell, so that nobody takes a daily one for late.
    `part` is the flag by which something else is audited than the configuration says, if there is one: then only flags
    name ways out. `others` are clusters that are not audited this time; what the file says of them stays.
    Raises UsageError for an address that is none, so call it before anything is contacted.
    """
    from auditor.config.settings import Pushgateway

    file = textfile or (None if part else settings.textfile)
    gateway = settings.pushgateway if pushgateway or not part else None
    if pushgateway:
        _check(pushgateway)
        gateway = gateway.model_copy(update={"url": pushgateway}) if gateway else Pushgateway(url=pushgateway)
    unused = {
        "metrics.textfile": settings.textfile and not file,
        "metrics.pushgateway": settings.pushgateway and not gateway,
    }
    withheld = [key for key, value in unused.items() if value]

    def deliver(outcomes: "list[Outcome]") -> None:
        from auditor.config.cron import interval
        from auditor.metrics.pushgateway import push
        from auditor.metrics.registry import registry
        from auditor.metrics.textfile import write_textfile

        runs = [one.measured() for one in outcomes]
        limit = settings.finding_info_limit
        every = interval(schedule, max(run.finished_at for run in runs)) if schedule and runs else None
        if withheld:
            _tell(withheld, part)
        if file is not None:
            made = registry(runs, info_limit=limit, interval=every)
            _try(lambda: write_textfile(file, made, others), outcomes)
        if gateway is not None:
            for one, run in zip(outcomes, runs, strict=True):
                _try(partial(push, gateway, [run], info_limit=limit, interval=every), [one])

    return deliver if file or gateway or withheld else lambda _: None


def _tell(withheld: list[str], part: str) -> None:
    logs.logger().info(
        f"no metrics go to {' or '.join(withheld)}: with {part} this is not the audit that they tell of; "
        "--metrics-textfile and --pushgateway send them all the same"
    )


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
