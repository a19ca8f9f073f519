"""Metrics as a file that node-exporter collects: whole or not at all, readable for others, and never forgetful.

The file is all that stays of a run. So where a run did not succeed, or left a cluster out, what an earlier one wrote of
that cluster is kept: findings that nobody has looked at since must not vanish, nor may the moment of the last success.
"""

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from auditor.errors import DeliveryError
from auditor.metrics.definitions import DEFINITIONS, LAST_RUN, PREFIX, SERVICES
from auditor.metrics.labels import fit
from auditor.metrics.registry import exposition, holding

READABLE = 0o644
"""node-exporter runs as somebody else."""


def write_textfile(path: Path, made: CollectorRegistry, others: Collection[str] = ()) -> None:
    """Replace the file in one step. Raises DeliveryError.

    `others` are clusters that are the auditor's too and that this run has left out.
    """
    new = list(made.collect())
    staying = _failed(new) | {fit(name) for name in others}
    content = exposition(holding(_with_what_stays(new, path, staying)) if staying else made)
    try:
        _replace(path, content)
    except OSError as error:
        raise DeliveryError(f"cannot write the metrics to {path}: {error.strerror or error}") from error


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), READABLE)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _clusters(families: Iterable[Metric], name: str) -> set[str]:
    return {s.labels["cluster"] for f in families if f.name == PREFIX + name for s in f.samples}


def _failed(families: list[Metric]) -> set[str]:
    """Clusters whose run has nothing to say of their Services."""
    return _clusters(families, LAST_RUN.name) - _clusters(families, SERVICES.name)


def _with_what_stays(new: list[Metric], path: Path, staying: set[str]) -> Iterator[Metric]:
    """The families with the earlier series of these clusters, but for metrics that the run states anew."""
    old = {family.name: family for family in _earlier(path)}
    by_name = {family.name: family for family in new}
    for definition in DEFINITIONS:
        name = PREFIX + definition.name
        stated = by_name[name].samples if name in by_name else []
        said = {s.labels.get("cluster") for s in stated}
        kept = [s for s in old[name].samples if s.labels.get("cluster") in staying - said] if name in old else []
        if stated or kept:
            family = Metric(name, definition.help, definition.kind)
            family.samples = [*stated, *kept]
            yield family


def _earlier(path: Path) -> list[Metric]:
    """What the file holds; nothing if it is not there, or is not ours to understand."""
    try:
        return list(text_string_to_metric_families(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []
