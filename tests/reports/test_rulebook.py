"""The rule book is made from the rules: table, page and Markdown."""

from auditor.model.finding import Severity
from auditor.reports.rulebook import rule_lines, rule_page, rule_section, rule_table
from auditor.rules.registry import Rule

PAGE = """\
A private link service is shown to a subscription | that nobody declares.

Why it matters: whoever can see it can ask for a connection, and where auto-approval is on they get one without a word.

How to fix: touch the Service.

- one way
- another way

When it is wrong: never."""


def rule(rule_id: str = "pls-visibility-drifted", variants: str = "") -> Rule:
    return Rule(
        id=rule_id,
        family="azure",
        severity=Severity.HIGH,
        per="service",
        needs=frozenset(),
        subject="service",
        variants=variants,
        page=PAGE,
        judge=lambda *_: None,
    )


def test_page_of_a_rule() -> None:
    page = rule_page(rule(variants="critical when wider"), width=60)

    assert page.startswith("pls-visibility-drifted\nazure · high; critical when wider\n\nA private link service is")
    assert max(map(len, page.splitlines())) <= 60
    assert "\n- one way\n- another way\n" in page


def test_lines_are_aligned_and_cut() -> None:
    lines = rule_lines([rule("a-rule"), rule("a-longer-rule")])

    assert lines[0].index("A private") == lines[1].index("A private")
    assert [len(line) for line in rule_lines([rule()], width=40)] == [40]
    assert rule_lines([]) == []


def test_table_in_markdown() -> None:
    head, _, row = rule_table([rule(variants="critical when wider")]).splitlines()

    assert head.count("|") == 5
    assert row.startswith("| [`pls-visibility-drifted`](#pls-visibility-drifted) | azure | high; critical when wider |")
    assert r"subscription \| that" in row


def test_section_in_markdown() -> None:
    section = rule_section(rule())

    assert section.startswith("### pls-visibility-drifted\n\nazure · high\n\nA private link")
    assert "\n\n**How to fix:** touch the Service.\n" in section
