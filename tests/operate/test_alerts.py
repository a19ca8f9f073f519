"""The alerts: fit for use, each finding in exactly one, and nothing in them that the auditor does not export."""

import re
import subprocess
from pathlib import Path

import pytest

from auditor.metrics.labels import severities
from auditor.model.finding import Severity
from auditor.rules.registry import RULES
from tests.operate import generated
from tests.operate.servers import hurried, program
from tests.operate.shipped import LABELS, alerts, grouped_by, rules, selectors

DRIFT = {name: alert for name, alert in alerts().items() if name.startswith("AksDrift")}
BASE = "https://runbooks.example/aks-drift-auditor/"
OTHERS = {"ALERTS", *(rule["record"] for rule in rules() if "record" in rule)}
"""What expressions use beside the auditor's metrics."""


def seconds(duration: str) -> int:
    """Return a Prometheus duration in seconds."""
    return sum(int(n) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[u] for n, u in re.findall(r"(\d+)([smhd])", duration))


# -- by promtool ------------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_promtool_finds_nothing_wrong() -> None:
    done = subprocess.run(
        [program("promtool"), "check", "rules", "--lint=all", "--lint-fatal", str(generated.RULES)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.server
@pytest.mark.parametrize("file", sorted(generated.RULES.parent.glob("*.test.yaml")), ids=lambda file: file.name)
def test_alerts_fire_and_resolve(file: Path) -> None:
    done = subprocess.run(
        [program("promtool"), "test", "rules", file.name], cwd=file.parent, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_unit_tests_with_its_texts() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in generated.RULES.parent.glob("*.test.yaml"))
    for name in alerts():
        assert f"alertname: {name}\n" in text, name
        assert f"runbook_url: {BASE}{name}.md\n" in text, name


# -- each of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", alerts())
def test_has_what_a_tired_person_needs(name: str) -> None:
    alert = alerts()[name]
    labels, said = alert["labels"], alert["annotations"]
    assert labels.keys() == {"severity"}
    assert labels["severity"] in {"critical", "warning", "info"}
    assert said.keys() == {"summary", "description", "runbook_url"}
    assert said["runbook_url"] == f"{BASE}{name}.md"
    assert "$labels.cluster" in said["summary"]
    assert "$labels.cluster" in said["description"]
    assert "$value" in said["description"]
    assert re.search(r": (auditor|kubectl) [^:]+$", said["description"]), "ends with what to type"
    assert said["description"].count("auditor run --config auditor.yaml --cluster {{ $labels.cluster }}") == said[
        "description"
    ].count("auditor run"), "by its name the auditor finds a cluster in a configuration only"


@pytest.mark.parametrize("name", alerts())
def test_waits(name: str) -> None:
    least = {"AksDriftExposure": 60, "AksAuditorLate": 60}.get(name, 3600)
    assert seconds(alerts()[name]["for"]) >= least


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_uses_only_what_is_exported(rule: dict[str, str]) -> None:
    expression = rule["expr"]
    used = selectors(expression)
    assert used
    for selector in used:
        assert selector.metric in LABELS, selector.metric
        assert {label for label, _, _ in selector.matchers} <= {*LABELS[selector.metric]}
    labels = {label for selector in used for label in LABELS[selector.metric]}
    assert grouped_by(expression) <= labels
    named = set(re.findall(r"\b(?:ALERTS\b|cluster:[\w:]+)", expression))
    assert named <= OTHERS


@pytest.mark.parametrize("name", alerts())
def test_knows_every_rule_it_names(name: str) -> None:
    named = {
        word
        for selector in selectors(alerts()[name]["expr"])
        for label, _, value in selector.matchers
        if label == "rule"
        for word in value.split("|")
    }
    assert named - {"orphaned-.+"} <= RULES.keys()


@pytest.mark.parametrize("name", DRIFT)
def test_looks_at_confirmed_findings_only(name: str) -> None:
    used = [s for s in selectors(DRIFT[name]["expr"]) if s.metric == "aks_auditor_findings"]
    assert used
    assert all(("state", "=", "drift") in s.matchers for s in used)


@pytest.mark.parametrize("name", DRIFT)
def test_is_held_while_evidence_is_lost(name: str) -> None:
    held = DRIFT[name]["expr"].partition("\nor\n(")[2]
    assert f'ALERTS{{alertname="{name}",alertstate=~"pending|firing"}}' in held
    assert "cluster:aks_auditor_source_complete:lost1d" in held
    assert "[1d]" in held, "the number of findings that were there"


# -- all of them ------------------------------------------------------------------------------------------------------


def alerted(rule: str, severity: Severity) -> list[str]:
    """The alerts that a confirmed finding of a rule makes fire."""
    labels = {"rule": rule, "severity": severity.word, "state": "drift"}
    first = {name: selectors(alert["expr"].partition("\nor\n(")[0]) for name, alert in DRIFT.items()}
    return [name for name, used in first.items() if any(s.takes(labels) for s in used)]


def test_every_confirmed_finding_has_exactly_one_alert() -> None:
    every = [(rule, s) for rule in RULES.values() for s in severities(rule)]
    wrong = {
        (rule.id, s.word): alerted(rule.id, s) for rule, s in every if len(alerted(rule.id, s)) != (s > Severity.INFO)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("alert", "family", "of"),
    [
        ("AksDriftSyncFailure", "sync", {Severity.HIGH, Severity.CRITICAL}),
        ("AksDriftOrphans", "orphans", {Severity.HIGH, Severity.MEDIUM, Severity.LOW}),
    ],
)
def test_an_alert_for_a_family_has_all_of_it(alert: str, family: str, of: set[Severity]) -> None:
    every = [(rule, s) for rule in RULES.values() for s in severities(rule)]
    assert {(r.id, s) for r, s in every if alerted(r.id, s) == [alert]} == {
        (r.id, s) for r, s in every if r.family == family and s in of
    }


EXPOSING = (
    ("internal-not-exactly-true", "critical"), ("internal-not-a-boolean", "high"), ("annotation-unknown", "critical"),
    ("frontend-on-wrong-load-balancer", "critical"), ("frontend-on-both-load-balancers", "high"),
    ("pls-visibility-drifted", "critical"), ("pls-auto-approval-drifted", "critical"),
    ("pls-auto-approves-everyone", "critical"), ("connection-not-visible", "critical"), ("pls-hijacked", "critical"),
    ("pls-lingering", "high"), ("orphaned-frontend", "critical"),
)  # fmt: skip


def test_what_is_exposure() -> None:
    every = [
        (rule.id, s.word)
        for rule in RULES.values()
        for s in severities(rule)
        if alerted(rule.id, s) == ["AksDriftExposure"]
    ]
    assert sorted(every) == sorted(EXPOSING)


def test_no_alert_without_a_cause() -> None:
    assert len(alerts()) == len([r for r in rules() if "alert" in r]), "a name is used twice"
    assert not [name for name in alerts() if not re.fullmatch(r"Aks(Drift|Auditor)[A-Z]\w+", name)]


# -- what is made of them ---------------------------------------------------------------------------------------------


def test_generated_manifests_are_current() -> None:
    assert generated.main(["--check"]) == 0


def test_the_hurried_copy_waits_for_nothing(tmp_path: Path) -> None:
    text = hurried(generated.RULES, tmp_path, keep_firing_for="1s").read_text(encoding="utf-8")
    assert {*re.findall(r" for: (\S+)", text)} == {"0s"}
    assert {*re.findall(r"keep_firing_for: (\S+)", text)} == {"1s"}
