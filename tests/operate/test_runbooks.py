"""The runbooks: one for each alert, with what to look at and what to type, and nothing in them that does not exist."""

import re
import shlex
from pathlib import Path

import pytest
from click import Command, Context, Group

from auditor.cli import main
from auditor.metrics.definitions import PREFIX
from auditor.rules.registry import RULES
from tests.operate.shipped import LABELS, alerts

FOLDER = Path(__file__).parents[2] / "docs" / "runbooks"
PAGES = sorted(FOLDER.glob("*.md"))
HEADINGS = ["What it means", "Look", "Type", "When it is wrong"]


def sections(text: str) -> dict[str, str]:
    """Return the sections of a page by their headings."""
    parts = re.split(r"(?m)^## (.+)$", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def commands(text: str) -> list[str]:
    """Return the lines of the shell blocks in a page, without comments."""
    blocks = re.findall(r"(?s)```sh\n(.*?)```", text)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip() and line.strip()[0] != "#"]


def test_one_for_each_alert() -> None:
    assert {page.stem for page in PAGES} == {"README", *alerts()}


@pytest.mark.parametrize("name", alerts())
def test_says_what_to_look_at_and_what_to_type(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n\nSeverity {alerts()[name]['labels']['severity']}, ")
    found = sections(text)
    assert [*found] == HEADINGS
    assert commands(found["Look"])
    assert commands(found["Type"])
    assert len(text.splitlines()) < 80, "too long for three in the morning"


def test_the_index_has_every_alert_with_its_severity() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| \[(\w+)\]\(\1\.md\) \| (\w+) \|", text))
    assert rows == {name: alert["labels"]["severity"] for name, alert in alerts().items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        assert (FOLDER / path).exists(), target
        assert not anchor or anchor in RULES, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_metrics_exist(page: Path) -> None:
    for name in re.findall(rf"{PREFIX}\w+", page.read_text(encoding="utf-8")):
        assert any(known.startswith(name) for known in LABELS), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_ours_exist(page: Path) -> None:
    for line in commands(page.read_text(encoding="utf-8")):
        words = shlex.split(line.partition(" | ")[0], comments=True)
        if words[0] == "auditor":
            command = subcommand(*words[1:3])
            known = {option for parameter in command.params for option in parameter.opts}
            flags = {
                word if word.startswith("--") or len(word) == 2 else word[:2]
                for word in words[2:]
                if word.startswith("-")
            }
            assert flags <= known, line


def subcommand(name: str, below: str = "") -> Command:
    """Return a command of the auditor; where that is a group of commands, the one `below`."""
    assert isinstance(main, Group)
    found = main.get_command(Context(main), name)
    if isinstance(found, Group):
        found = found.get_command(Context(found), below)
    assert found is not None, (name, below)
    return found


def test_commands_named_in_alerts_exist() -> None:
    for alert in alerts().values():
        said = alert["annotations"]["description"].rpartition(": ")[2]
        words = said.replace("{{ $labels.cluster }}", "weu").split()
        if words[0] == "auditor":
            subcommand(words[1]).make_context(words[1], words[2:], resilient_parsing=False)
