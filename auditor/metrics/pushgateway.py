"""Metrics pushed to a Pushgateway: a group for each cluster, which only a run that succeeded replaces as a whole.

PUT replaces the group, so that findings which were mended vanish. A run that failed sends POST, which replaces no more
than the metrics that it names: what was found before stays, and so does the moment of the last success.
"""

import http.client
from collections.abc import Iterable
from datetime import timedelta

from prometheus_client import push_to_gateway, pushadd_to_gateway

from auditor.config.settings import Pushgateway
from auditor.errors import DeliveryError
from auditor.metrics.gateway import Gateway
from auditor.metrics.labels import fit
from auditor.metrics.registry import registry
from auditor.metrics.runs import Run


def push(settings: Pushgateway, runs: Iterable[Run], *, info_limit: int, interval: timedelta | None = None) -> None:
    """Push each run to the group of its job and cluster.

    One that cannot be pushed does not keep the others back. Raises DeliveryError, with a line for each different fault.
    """
    gateway = Gateway(settings)
    faults: dict[str, None] = {}
    for run in runs:
        deliver = push_to_gateway if run.succeeded else pushadd_to_gateway
        try:
            deliver(
                gateway.url, job=settings.job, registry=registry([run], info_limit=info_limit, interval=interval),
                grouping_key={"cluster": fit(run.cluster)}, timeout=settings.timeout.total_seconds(),
                handler=gateway.sender,
            )  # fmt: skip
        except (OSError, http.client.HTTPException, ValueError) as error:
            faults[f"cannot push metrics to {gateway.url}: {gateway.fault(error)}"] = None
    if faults:
        raise DeliveryError("\n".join(faults))
