"""One change of a golden state raises exactly what contract.md says, and nothing is left when it is undone."""

from collections import Counter
from typing import Any

import pytest

from tests.injected import combined, in_azure, in_cluster, in_git, in_private_link, nothing, nothing_in_git
from tests.injected.bench import Bench, entries, report
from tests.injected.raw import STATES, Case, Raw, said

LOUD: list[Case] = [*in_git.CASES, *in_cluster.CASES, *in_azure.CASES, *in_private_link.CASES, *combined.CASES]
QUIET: list[Case] = [*nothing.CASES, *nothing_in_git.CASES]


def table(cases: list[Case]) -> list[Any]:
    """The cases as parameters; those in which the code differs from contract.md are known failures."""
    marks = {c: [pytest.mark.xfail(reason=c.doubt)] if c.doubt else [] for c in cases}
    return [pytest.param(c, id=str(c), marks=marks[c]) for c in cases]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("states"))


def test_there_are_many_of_every_state() -> None:
    silent = [c for c in LOUD if not c.adds and not c.removes]
    assert len(LOUD) - len(silent) >= 90
    assert len(QUIET) + len(silent) >= 40
    assert {c.state for c in LOUD} | {c.state for c in QUIET} == set(STATES)
    assert len({str(c) for c in LOUD + QUIET}) == len(LOUD + QUIET)


@pytest.mark.parametrize("case", table(LOUD))
def test_exactly_this_is_raised(case: Case, bench: Bench) -> None:
    before, blind = bench.untouched(case.state)
    want = before + Counter(said(case, entry) for entry in case.adds)
    gone = Counter(said(case, entry) for entry in case.removes)
    assert gone <= before, "what is to go is not there"
    _differs_by(bench, case, want - gone, blind)
    assert bench.look(case.state) == bench.untouched(case.state), "something is left of a change that was undone"


@pytest.mark.parametrize("case", table(QUIET))
def test_nothing_is_raised(case: Case, bench: Bench) -> None:
    before, blind = bench.untouched(case.state)
    _differs_by(bench, case, before, blind)


def _differs_by(bench: Bench, case: Case, want: Counter[tuple[str, str | None, str, str]], blind: set[str]) -> None:
    raw = Raw(case.state)
    case.change(raw)
    changed = raw.changed()
    assert changed, "nothing was changed"
    bench.change(case.state, changed)
    try:
        got, unseen = bench.look(case.state)
    finally:
        bench.undo(case.state, changed)
    assert {"missing": dict(want - got), "extra": dict(got - want)} == {"missing": {}, "extra": {}}
    assert unseen == blind


BAD = {
    "not YAML": b"kind: Service\n  metadata: [",
    "a list for metadata": b"apiVersion: v1\nkind: Service\nmetadata: []\n",
    "no name": b"apiVersion: v1\nkind: Service\nmetadata: {namespace: web}\nspec: {type: LoadBalancer}\n",
    "not UTF-8": b"kind: \xff\xfe\xfa",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_manifest_that_cannot_be_read_is_one_gap_and_no_finding(content: bytes, bench: Bench) -> None:
    path = "git/main/web/affinity.yaml"
    before, _ = bench.untouched("internal")
    bench.change("internal", {path: content})
    try:
        audited = report(bench.folder("internal"))
    finally:
        bench.undo("internal", {path: content})
    gaps = [c.reason or "" for c in audited.coverage if not c.complete]
    assert len(gaps) == 1
    assert "web/affinity.yaml" in gaps[0]
    assert entries(audited) == before
