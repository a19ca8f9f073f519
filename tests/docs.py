"""Writes the generated parts of the documentation anew, or with --check says which are out of date.

A generated part stands between `<!-- begin: NAME -->` and `<!-- end: NAME -->`; the names are those of `BLOCKS`.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

import auditor.rules  # noqa: F401  (registers the rules)
from auditor.cli import main as auditor_main
from auditor.reports.rulebook import rule_section, rule_table
from auditor.rules.registry import RULES
from tests.docs_configuration import key_tables, schema_text
from tests.docs_metrics import metric_table

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "auditor" / "lab" / "demo"
BLOCK = re.compile(
    r"(?P<begin><!-- begin: (?P<name>[a-z-]+) -->)(?P<text>.*?)(?P<end><!-- end: (?P=name) -->)", re.DOTALL
)


def usage(*command: str) -> Callable[[], str]:
    """Return what writes the `--help` of a command, 80 columns wide."""

    def write() -> str:
        result = CliRunner().invoke(auditor_main, [*command, "--help"], prog_name="auditor", terminal_width=80)
        return f"```text\n{result.output}```\n"

    return write


def finding() -> str:
    """Return one finding of the demo's recording, as the text report tells it."""
    result = CliRunner(env={"NO_COLOR": "1"}).invoke(auditor_main, ["run", "--snapshot", str(DEMO), "-q"])
    service = next(part for part in result.output.split("\n\n") if part.startswith("payments/ledger-api "))
    title, *found = re.split(r"\n(?=  \S)", service)
    (one,) = (text for text in found if " pls-visibility-drifted " in text)
    return f"```text\n{title}\n{one}\n```\n"


BLOCKS: dict[str, Callable[[], str]] = {
    "rule-count": lambda: str(len(RULES)),
    "rule-table": lambda: rule_table(RULES.values()),
    "rule-pages": lambda: "\n".join(map(rule_section, RULES.values())),
    "metrics": metric_table,
    "configuration-keys": key_tables,
    "finding": finding,
    "help": usage(),
    "help-run": usage("run"),
    "help-lint": usage("lint"),
    "help-config": usage("config"),
    "help-config-check": usage("config", "check"),
    "help-config-show": usage("config", "show"),
}

FILES: dict[Path, Callable[[], str]] = {ROOT / "config" / "auditor.schema.json": schema_text}
"""Files that are generated as a whole."""


def documents() -> list[Path]:
    """Return every document that may have generated parts."""
    return [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if path.exists()]


def renewed(text: str) -> str:
    """Return the text with its generated parts written anew."""
    return BLOCK.sub(lambda m: f"{m['begin']}{_filled(m)}{m['end']}", text)


def _filled(block: re.Match[str]) -> str:
    """Return what stands between the markers: in the line, or in lines of its own, as it was."""
    content = BLOCKS[block["name"]]()
    return f"\n{content.strip()}\n" if block["text"].startswith("\n") else content.strip()


def main(arguments: list[str]) -> int:
    """Write or check; return the exit code."""
    current = {path: path.read_text(encoding="utf-8") if path.exists() else "" for path in (*documents(), *FILES)}
    wanted = {path: FILES[path]() if path in FILES else renewed(text) for path, text in current.items()}
    stale = [path for path, text in wanted.items() if text != current[path]]
    for path in stale:
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is out of date: run `make docs`", file=sys.stderr)
        else:
            path.write_text(wanted[path], encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
