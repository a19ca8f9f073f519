"""The rules as a reader meets them, table and pages: made from the code, so that they cannot disagree."""

import textwrap
from collections.abc import Iterable, Sequence

from auditor.rules.registry import Rule

HEADINGS = ("Why it matters:", "How to fix:", "When it is wrong:")


def grade(rule: Rule) -> str:
    """Return the severity of its findings: `high; critical when …`."""
    return f"{rule.severity.word}; {rule.variants}" if rule.variants else rule.severity.word


def rule_lines(rules: Sequence[Rule], width: int | None = None) -> list[str]:
    """Return a line for each rule: family, severity, id, title; cut at `width` columns, if there is one."""
    longest = max((len(rule.id) for rule in rules), default=0)
    lines = [f"{r.family:<11}  {r.severity.word:<8}  {r.id:<{longest}}  {r.title}" for r in rules]
    return [line if width is None or len(line) <= width else f"{line[: width - 1]}…" for line in lines]


def rule_page(rule: Rule, width: int = 80) -> str:
    """Return the page of one rule as text of `width` columns."""
    head = f"{rule.id}\n{_filled(f'{rule.family} · {grade(rule)}', width)}"
    return "\n\n".join([head, *(_filled(p, width) for p in rule.page.split("\n\n"))]) + "\n"


def _filled(paragraph: str, width: int) -> str:
    """Wrap a paragraph; lists and what is indented stay as they are."""
    lines = paragraph.splitlines()
    if any(line.startswith((" ", "- ", "* ")) for line in lines):
        return paragraph
    return textwrap.fill(" ".join(lines), width, break_long_words=False, break_on_hyphens=False)


def rule_table(rules: Iterable[Rule]) -> str:
    """Return the table of rules in Markdown, each linked to its page."""
    rows = [f"| [`{r.id}`](#{r.id}) | {r.family} | {_cell(grade(r))} | {_cell(r.title)} |" for r in rules]
    return "\n".join(["| rule | family | severity | what it finds |", "|---|---|---|---|", *rows]) + "\n"


def rule_section(rule: Rule) -> str:
    """Return the page of one rule in Markdown."""
    page = rule.page
    for heading in HEADINGS:
        page = page.replace(f"\n\n{heading}", f"\n\n**{heading}**")
    return f"### {rule.id}\n\n{rule.family} · {grade(rule)}\n\n{page}\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
