"""Every manifest and intent rule is in the tables, has a page, and says how to mend what it finds."""

import re

import pytest

from auditor.model.finding import Severity
from auditor.rules.registry import RULES
from tests.rules import (
    test_intent,
    test_intent_subnet,
    test_manifest_annotations,
    test_manifest_ip,
    test_manifest_pls,
    test_manifest_probe,
    test_manifest_service,
)
from tests.rules.test_manifest_table import SEVERITY, Case, check, only_git

TABLES = (
    test_manifest_service, test_manifest_annotations, test_manifest_ip, test_manifest_pls, test_manifest_probe,
    test_intent, test_intent_subnet,
)  # fmt: skip
CASES: list[Case] = [case for table in TABLES for case in table.CASES]
JUDGED = {rule.id: rule for rule in RULES.values() if rule.family in {"manifest", "intent"}}
NEEDY = {"subnet-unknown", "ip-not-in-subnet", "ip-reserved", "ip-taken", "pls-customised-by-sharer"}
"""What these say depends on more than the declared Services; all others judge what Git alone shows."""


def cases(rule: str, kind: str) -> list[Case]:
    return [case for case in CASES if case.rule == rule and case.kind == kind]


def test_the_contract_names_every_rule() -> None:
    assert set(JUDGED) == set(SEVERITY)


def test_only_some_rules_need_more_than_git() -> None:
    assert {rule.id for rule in JUDGED.values() if rule.needs} == NEEDY


def test_no_case_is_there_twice() -> None:
    assert len({str(case) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("rule", sorted(SEVERITY))
def test_the_rule_is_in_the_tables(rule: str) -> None:
    assert cases(rule, "fires")
    assert cases(rule, "quiet")
    assert bool(cases(rule, "blind")) == (rule in NEEDY)
    assert JUDGED[rule].severity is Severity[SEVERITY[rule].upper()]


@pytest.mark.parametrize("rule", sorted(set(SEVERITY) - NEEDY))
def test_the_rule_judges_where_only_git_was_read(rule: str) -> None:
    case = cases(rule, "fires")[0]
    report = only_git(case.world).report()

    found = sorted((str(f.service), f.field, f.severity.word) for f in report.findings if f.rule == rule)

    assert found == sorted(case.claims)
    assert rule not in {n.rule for n in report.not_judged}
    assert all(f.family in {"manifest", "intent"} for f in report.findings)


@pytest.mark.parametrize("rule", sorted(NEEDY))
def test_a_rule_that_needs_more_says_that_it_was_not_judged(rule: str) -> None:
    for kind in ("fires", "quiet"):
        report = only_git(cases(rule, kind)[0].world).report()

        assert rule not in {f.rule for f in report.findings}
        assert (rule, "*") in {(n.rule, n.subject) for n in report.not_judged}


@pytest.mark.parametrize("rule", sorted(SEVERITY))
def test_the_page_says_why_how_and_when_not(rule: str) -> None:
    page = JUDGED[rule].page
    sections = re.findall(r"^(Why it matters|How to fix|When it is wrong): \S", page, re.MULTILINE)

    assert sections == ["Why it matters", "How to fix", "When it is wrong"]
    assert JUDGED[rule].title.endswith(".")
    assert not page.startswith("Why")


@pytest.mark.parametrize("rule", sorted(SEVERITY))
def test_every_claim_says_how_to_mend_it(rule: str) -> None:
    for case in cases(rule, "fires"):
        for finding in (f for f in case.world.findings() if f.rule == rule):
            assert finding.message.endswith((".", "?"))
            assert finding.summary
            assert finding.commands
            assert all(re.match(r"(kubectl|az) \w", command) for command in finding.commands)
            assert finding.values
            assert {e.source for e in finding.evidence} <= {"git", "kubernetes"}


def test_a_finding_that_git_does_not_know_shows_the_live_value() -> None:
    case = next(c for c in cases("internal-not-exactly-true", "fires") if c.title == "alive alone")
    check(case)

    (finding,) = case.world.findings()

    assert finding.values == {"cluster": "True"}
