"""What the cluster says it has applied, beside what Git has."""

from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from auditor.config import settings
from auditor.model.service import Owner
from auditor.sources.builds import Build
from auditor.sources.discovery import discover
from auditor.sources.discovery.found import Discovered, Source, State
from auditor.sources.git_side import GitSide
from auditor.sources.kubernetes.client import Client
from auditor.sources.session import Session
from tests.sources.git.repositories import Repository, service

OWNER = Owner("Kustomization", "flux-system", "apps")
SINCE = datetime(2026, 11, 22, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("applied", "delay"),
    [
        (-1, None),
        (1, "2 commits behind since 2026-11-22 10:12 UTC; suspended"),
        (2, "1 commit behind since 2026-11-22 10:12 UTC; suspended"),
    ],
)
def test_commits_that_are_not_applied_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, applied: int, delay: str | None
) -> None:
    repository = Repository(tmp_path / "fleet")
    commits = [repository.commit(**{f"a{number}": service("a")}) for number in range(4)]
    source = Source(
        settings=settings.Git(name="fleet", url=repository.url, ref="main"), builds=(Build(path="none"),),
        owners=(OWNER,), state=State(applied=commits[applied], since=SINCE, cause="suspended"),
    )  # fmt: skip
    monkeypatch.setattr(discover, "discover", lambda *_, **__: Discovered(sources=(source,)))
    session = Session(cache_dir=tmp_path / "cache", request_timeout=timedelta(seconds=5))
    client: Future[Client] = Future()
    client.set_result(cast(Client, None))  # nobody asks it
    side = GitSide(settings.Cluster(name="prod", intent="flux"), session, record=False)
    side.ask(client)

    (read,) = side.reads()

    assert (read.source.commit, read.source.applied) == (commits[-1], commits[applied])
    assert read.source.delay == delay
