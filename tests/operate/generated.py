"""Writes the manifests that are made of other files, or with --check says which are out of date.

config/prometheusrule.yaml has the groups of the plain rule file, for the Prometheus operator; config/
dashboard-configmap.yaml holds the dashboard, for Grafana's sidecar.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

CONFIG = Path(__file__).parents[2] / "config"
RULES = CONFIG / "alerts" / "aks-drift-auditor.rules.yaml"
DASHBOARD = CONFIG / "dashboard.json"
LABELS = {
    "app.kubernetes.io/name": "aks-drift-auditor",
    "app.kubernetes.io/instance": "aks-drift-auditor",
    "app.kubernetes.io/part-of": "aks-drift-auditor",
}
NAMESPACE = "aks-drift-auditor"
MADE = "# Made from {source} by `python -m tests.operate.generated`; change that, not this.\n"


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block, and no line breaks of its own."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _manifest(source: str, note: str, document: dict[str, Any]) -> str:
    body = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return MADE.format(source=source) + note + body


def prometheus_rule() -> str:
    """Return the PrometheusRule."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    metadata = {"name": "aks-drift-auditor", "namespace": NAMESPACE, "labels": LABELS}
    return _manifest(
        "alerts/aks-drift-auditor.rules.yaml",
        "# Give it the labels that your Prometheus selects rules by (spec.ruleSelector), often release: <helm release>.\n",
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": metadata,
            "spec": {"groups": groups},
        },
    )


def dashboard_config_map() -> str:
    """Return the ConfigMap that Grafana's sidecar loads the dashboard from."""
    text = DASHBOARD.read_text(encoding="utf-8")
    json.loads(text)
    labels = {**LABELS, "grafana_dashboard": "1"}
    return _manifest(
        "dashboard.json",
        "# Put it where Grafana's sidecar looks, with the label that it looks for.\n",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "aks-drift-auditor-dashboard", "namespace": NAMESPACE, "labels": labels},
            "data": {"aks-drift-auditor.json": text},
        },
    )


FILES: dict[Path, Callable[[], str]] = {
    CONFIG / "prometheusrule.yaml": prometheus_rule,
    CONFIG / "dashboard-configmap.yaml": dashboard_config_map,
}


def main(arguments: list[str]) -> int:
    """Write or check; return the exit code."""
    stale = [path for path, made in FILES.items() if not path.exists() or path.read_text(encoding="utf-8") != made()]
    for path in stale:
        if "--check" in arguments:
            print(f"config/{path.name} is out of date: run `python -m tests.operate.generated`", file=sys.stderr)  # noqa: T201
        else:
            path.write_text(FILES[path](), encoding="utf-8")
            print(f"wrote config/{path.name}")  # noqa: T201
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
