"""`auditor explain`: the page of a rule, or the table of all."""

import difflib
import shutil
import sys

import click


@click.command(short_help="Explain a rule, or list them all.")
@click.argument("rule", required=False)
def explain(rule: str | None) -> None:
    """Explain what a RULE finds, why it matters and how to fix it; without RULE list all rules."""
    import auditor.rules  # noqa: F401  (registers the rules)
    from auditor.publish import write_stdout
    from auditor.reports.rulebook import rule_lines, rule_page
    from auditor.rules.registry import RULES

    if rule is None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        write_stdout("\n".join(rule_lines(list(RULES.values()), width)) + "\n")
    elif rule in RULES:
        write_stdout(rule_page(RULES[rule]))
    else:
        raise click.UsageError(f"There is no rule `{rule}`{_nearest(rule, list(RULES))}")


def _nearest(wrong: str, known: list[str]) -> str:
    """Suggest rules of a similar name."""
    near = difflib.get_close_matches(wrong.lower().replace("_", "-"), known, n=3, cutoff=0.6)
    near = near or [name for name in known if wrong and wrong.lower() in name][:5]
    return f"; did you mean {' or '.join(near)}?" if near else "; `auditor explain` lists them all."
