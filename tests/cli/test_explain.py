"""`auditor explain` and `auditor demo`."""

import pytest

import auditor.rules  # noqa: F401  (registers the rules)
from auditor.commands.demo import RECORDING
from auditor.rules.registry import RULES
from tests.cli.conftest import Call


def test_table_has_a_line_for_each_rule(call: Call) -> None:
    lines = call("explain").stdout.splitlines()

    assert [line.split()[2] for line in lines] == list(RULES)


@pytest.mark.parametrize("name", RULES)
def test_page_of_each_rule(call: Call, name: str) -> None:
    result = call("explain", name)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{name}\n{RULES[name].family} · {RULES[name].severity.word}")
    assert "When it is wrong: " in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.skipif(not RECORDING.exists(), reason="the recording of the demo is still to come")
def test_demo_shows_an_audit_and_succeeds(call: Call) -> None:
    result = call("demo")

    assert result.exit_code == 0
    assert "critical" in result.stdout
