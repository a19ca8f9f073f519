"""What is shipped for operating the auditor, as the tests of it want it: alerts, their selectors, the dashboard's queries."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from auditor.metrics.definitions import DEFINITIONS, PREFIX
from tests.operate.generated import DASHBOARD, RULES

LABELS = {definition.full_name: definition.labels for definition in DEFINITIONS}
"""Every metric that the auditor exports, with its labels."""

_SELECTOR = re.compile(rf"(?<![\w:])({PREFIX}\w+)(?:\{{([^}}]*)\}})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric in an expression, with its matchers: label, operator, value."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]

    def takes(self, labels: Mapping[str, str]) -> bool:
        """True if a series with these labels is selected."""
        return all(_holds(labels.get(label, ""), operator, value) for label, operator, value in self.matchers)


def _holds(actual: str, operator: str, value: str) -> bool:
    same = re.fullmatch(value, actual) is not None if "~" in operator else actual == value
    return same is not operator.startswith("!")


def selectors(expression: str) -> list[Selector]:
    """Return the auditor's metrics in an expression."""
    found = _SELECTOR.findall(expression)
    return [Selector(metric, tuple(_MATCHER.findall(matchers))) for metric, matchers in found]


def grouped_by(expression: str) -> set[str]:
    """Return every label that an expression groups or joins by."""
    return {label.strip() for text in _GROUPING.findall(expression) for label in text.split(",") if label.strip()}


def rules() -> list[dict[str, Any]]:
    """Return every rule of the plain file."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """Return the alerts by name."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def dashboard() -> dict[str, Any]:
    """Return the dashboard."""
    loaded: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return loaded


def queries() -> Iterator[tuple[str, str]]:
    """Yield the title of a panel and an expression in it, the variables filled in."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$cluster", ".*")
