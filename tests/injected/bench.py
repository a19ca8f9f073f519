"""Audit a golden state with changes laid over it."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from auditor.audit import audit
from auditor.model.finding import Report, State
from auditor.model.policy import Policy
from auditor.sources.snapshots.snapshot import read_snapshot
from tests.injected.raw import Said, files
from tests.world import subject

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
"""The clock where a state has none."""


def report(folder: Path) -> Report:
    """Audit a snapshot directory."""
    snapshot = read_snapshot(folder)
    return audit(snapshot, Policy(), snapshot.captured_at or NOW)


def entries(audited: Report) -> Counter[Said]:
    """The findings as expected.json has them, how often each."""
    assert all(f.state is State.DRIFT for f in audited.findings), "a finding is pending"
    return Counter(
        (f.rule, str(f.service) if f.service else None, subject(f), f.severity.word) for f in audited.findings
    )


def blind(audited: Report) -> set[str]:
    """What could not be seen or judged."""
    missed = {f"{c.source} {c.scope} {c.kind} {c.reason}" for c in audited.coverage if not c.complete}
    return missed | {f"{n.rule} {n.subject.lower()}" for n in audited.not_judged}


class Bench:
    """One folder per golden state, into which changes are written and taken back."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.base: dict[str, tuple[Counter[Said], set[str]]] = {}

    def folder(self, state: str) -> Path:
        """The folder of a state, made when first asked for."""
        folder = self.root / state
        if not folder.exists():
            lay(folder, dict(files(state)))
        return folder

    def untouched(self, state: str) -> tuple[Counter[Said], set[str]]:
        """What is said, and what is not seen, of the state itself."""
        if state not in self.base:
            self.base[state] = self.look(state)
        return self.base[state]

    def look(self, state: str) -> tuple[Counter[Said], set[str]]:
        """What is said, and what is not seen, of the folder as it is now."""
        audited = report(self.folder(state))
        return entries(audited), blind(audited)

    def change(self, state: str, changed: Mapping[str, bytes | None]) -> None:
        """Write changes into the folder of a state."""
        lay(self.folder(state), changed)

    def undo(self, state: str, changed: Mapping[str, bytes | None]) -> None:
        """Take them back."""
        lay(self.folder(state), {path: files(state).get(path) for path in changed})


def lay(folder: Path, changed: Mapping[str, bytes | None]) -> None:
    """Write files; None removes one."""
    for path, content in changed.items():
        target = folder / path
        if content is None:
            target.unlink()
            while not any(target.parent.iterdir()):
                target = target.parent
                target.rmdir()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
