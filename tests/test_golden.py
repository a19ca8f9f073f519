"""Every golden state gives the findings of its expected.json, and the report does not hang on chance or on what was not seen."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from auditor.reports import renderer
from auditor.reports.options import Options
from auditor.sources.snapshots.snapshot_parts import COLLECTIONS
from tests.injected.bench import Bench, entries, report
from tests.injected.raw import GOLDEN, LBS, PIPS, PLS, STATES, VNETS, Json, Raw, Said, every, files, props

ORDERED = frozenset({"ports", "ipFamilies", "clusterIPs"})
"""Lists whose order means something: a rule for all ports is named after the first."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("golden"))


def expected(state: str) -> Counter[Said]:
    """What expected.json holds."""
    found = json.loads((GOLDEN / state / "expected.json").read_bytes())["findings"]
    return Counter((e["rule"], e["service"], e["subject"], e["severity"]) for e in found)


def test_there_are_golden_states() -> None:
    assert len(STATES) == 13
    assert not [*GOLDEN.glob("*/notes.md")], "notes are for the people who made the states"


@pytest.mark.parametrize("state", STATES)
def test_exactly_the_expected_findings(state: str) -> None:
    got, want = entries(report(GOLDEN / state)), expected(state)
    assert {"missing": dict(want - got), "extra": dict(got - want)} == {"missing": {}, "extra": {}}


def test_the_flattened_state_says_what_the_nested_one_says() -> None:
    assert entries(report(GOLDEN / "pls-az")) == entries(report(GOLDEN / "pls"))


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_not_recorded_is_a_gap(state: str) -> None:
    missing = [c.kind for c in report(GOLDEN / state).coverage if not c.complete]
    assert missing == (["nodes"] if state == "pls-az" else [])


# -- through the command --------------------------------------------------------------------------------------------


def command(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the auditor in a process of its own."""
    env = {**os.environ, "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, "-m", "auditor", "run", *arguments], capture_output=True, check=False, env=env, timeout=60
    )


def listed(finding: Json) -> Said:
    """A finding of the JSON report as expected.json writes it; the subject is left out where the rule has none."""
    service = finding["service"]
    name = f"{service['namespace']}/{service['name']}" if service else None
    return finding["rule"], name, "", finding["severity"]


@pytest.mark.parametrize(("state", "code"), [("drift-01-drifted", 1), ("drift-00-baseline", 0), ("pls-az", 1)])
def test_the_command_says_the_same(state: str, code: int) -> None:
    done = command("--snapshot", str(GOLDEN / state), "--format", "json")
    assert (done.returncode, done.stderr) == (code, b"")
    got = Counter(map(listed, json.loads(done.stdout)["findings"]))
    assert got == Counter((rule, service, "", severity) for rule, service, _, severity in expected(state).elements())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--exit-zero-on-drift",), 0),
        (("--fail-on", "never"), 0),
        (("--fail-on", "critical", "-n", "web"), 1),
        (("-n", "nowhere"), 0),
        (("--cluster", "other"), 2),
    ],
)  # fmt: skip
def test_the_exit_code(options: tuple[str, ...], code: int) -> None:
    assert command("--snapshot", str(GOLDEN / "drift-01-drifted"), "-q", *options).returncode == code


def test_a_gap_is_the_exit_code_where_nothing_is_wrong(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.change("drift-00-baseline", {"kubernetes/nodes.json": None})
    assert command("--snapshot", str(tmp_path / "drift-00-baseline"), "-q").returncode == 3


# -- properties -----------------------------------------------------------------------------------------------------


def shuffled(value: Any, chance: random.Random, key: str = "") -> Any:
    """The same JSON with every list in another order, but those whose order means something."""
    if isinstance(value, dict):
        return {k: shuffled(v, chance, k) for k, v in value.items()}
    if isinstance(value, list):
        inner = [shuffled(one, chance) for one in value]
        if key not in ORDERED:
            chance.shuffle(inner)
        return inner
    return value


@pytest.mark.parametrize("state", STATES)
def test_neither_order_nor_the_case_of_ids_changes_a_finding(state: str, bench: Bench) -> None:
    chance = random.Random(state)  # noqa: S311
    raw = Raw(state)
    for path in (LBS, PLS, VNETS, PIPS):
        for thing in every(raw.file(path)):
            thing.update({k: thing[k].upper() for k in ("id", "resourceGroup") if isinstance(thing.get(k), str)})
    for path in files(state):
        if path.endswith(".json") and path != "expected.json":
            raw.parsed[path] = shuffled(raw.file(path), chance)
    before = bench.untouched(state)
    bench.change(state, changed := raw.changed())
    try:
        assert bench.look(state) == before
    finally:
        bench.undo(state, changed)


def _things(said: Counter[Said]) -> Counter[tuple[str, str | None, str]]:
    """The findings without severity: a frontend is no less orphaned where one cannot see that a PLS exposes it."""
    return Counter((rule, service, subject) for rule, service, subject, _ in said.elements())


@pytest.mark.parametrize("part", [*(c.file for c in COLLECTIONS), "git"])
@pytest.mark.parametrize("state", STATES)
def test_what_was_not_seen_adds_no_finding(state: str, part: str, bench: Bench) -> None:
    gone: dict[str, bytes | None] = {p: None for p in files(state) if p == part or p.startswith(f"{part}/")}
    before, _ = bench.untouched(state)
    bench.change(state, gone)
    try:
        assert not _things(bench.look(state)[0]) - _things(before)
    finally:
        bench.undo(state, gone)


@pytest.mark.parametrize("part", [c.file for c in COLLECTIONS])
def test_what_cannot_be_read_adds_no_finding(part: str, bench: Bench) -> None:
    before, _ = bench.untouched("errors-01-unmanaged-pls")
    for content in (b"", b"{", b"null", b'{"items": 1}', b"[[]]", b"[{}]"):
        bench.change("errors-01-unmanaged-pls", {part: content})
        try:
            assert not bench.look("errors-01-unmanaged-pls")[0] - before, content
        finally:
            bench.undo("errors-01-unmanaged-pls", {part: content})


@pytest.mark.parametrize("state", STATES)
def test_twice_the_same_bytes(state: str) -> None:
    render = renderer("json")
    assert render(report(GOLDEN / state), Options()) == render(report(GOLDEN / state), Options())


def test_every_pls_of_the_golden_states_is_read_whole() -> None:
    raw = Raw("pls")
    assert len(raw.file(PLS)) == next(
        c.objects for c in report(GOLDEN / "pls").coverage if c.kind == "privateLinkServices"
    )
    assert all(props(p)["loadBalancerFrontendIpConfigurations"] for p in raw.file(PLS))
