"""The generated part of docs/metrics.md: every metric, from the table that the collector uses."""

import textwrap

from auditor.metrics.definitions import DEFINITIONS, Definition


def metric_table() -> str:
    """Return a section for each metric."""
    return "\n\n".join(map(_section, DEFINITIONS))


def _section(it: Definition) -> str:
    labels = ", ".join(f"`{label}`" for label in it.labels)
    meaning = textwrap.fill(f"{it.help} {it.note}", 120, break_long_words=False, break_on_hyphens=False)
    return f"## `{it.full_name}`\n\n{it.kind}; labels {labels}\n\n{meaning}\n\n```promql\n{it.query}\n```"
