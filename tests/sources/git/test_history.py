"""How many commits a cluster is behind: counted of remotes of any kind, and left out where that cannot be done."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.config import settings
from auditor.sources.gathered import Deadline
from auditor.sources.git import history
from auditor.sources.git.cache import BlobCache
from auditor.sources.git.source import GitRead, read_git
from tests.sources.git.repositories import Repository, Server, names, service

Behind = Callable[..., GitRead]


@pytest.fixture
def behind(tmp_path: Path) -> Behind:
    """Read a source of which the cluster has applied another commit."""

    def reading(applied: str, seconds: float = 20, **fields: Any) -> GitRead:
        return read_git(
            settings.Git(**{"name": "main", "ref": "main", **fields}), cache_dir=tmp_path / "cache",
            deadline=Deadline(timedelta(seconds=seconds)), blobs=BlobCache(), applied=applied,
        )  # fmt: skip

    return reading


@pytest.fixture
def commits(repository: Repository) -> list[str]:
    """Ids of commits, the oldest first."""
    return [repository.commit(**{f"s{number}": service(f"s{number}")}) for number in range(6)]


@pytest.mark.parametrize("filters", ["true", "false"])
def test_a_remote(
    repository: Repository, server: Server, commits: list[str], behind: Behind, filters: str, tmp_path: Path
) -> None:
    repository.git("config", "uploadpack.allowFilter", filters)
    url = server.url(repository)

    assert [behind(one, url=url).ahead for one in (commits[2], commits[0], commits[5])] == [3, 5, None]
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()][1:] == []
    (copy,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    assert (copy / "shallow").read_text().split() == [commits[5]]


def test_a_clone_of_this_machine(repository: Repository, commits: list[str], behind: Behind) -> None:
    assert behind(commits[2], path=repository.directory).ahead == 3


def test_a_merge_counts_as_all_that_it_brings(repository: Repository, commits: list[str], behind: Behind) -> None:
    repository.git("checkout", "--quiet", "-b", "topic", commits[3])
    repository.commit(topic=service("topic"))
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message=merge", "topic")

    assert behind(commits[5], url=repository.url).ahead == 2


def test_what_is_no_earlier_commit(repository: Repository, commits: list[str], behind: Behind) -> None:
    repository.git("checkout", "--quiet", "-b", "rewritten", commits[1])
    other = repository.commit(other=service("other"))

    assert [behind(one, url=repository.url).ahead for one in (other, "f" * 40)] == [None, None]


def test_a_commit_that_is_too_far_away(
    repository: Repository, commits: list[str], behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "DEPTH", 3)

    assert [behind(one, url=repository.url).ahead for one in (commits[3], commits[0])] == [2, None]


def test_a_branch_that_began_further_away_than_was_fetched(
    repository: Repository, commits: list[str], behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.git("checkout", "--quiet", "-b", "topic", commits[1])
    repository.commit(topic=service("topic"))
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message=merge", "topic")

    assert behind(commits[5], url=repository.url).ahead == 2
    monkeypatch.setattr(history, "DEPTH", 3)
    assert behind(commits[5], url=repository.url).ahead is None, "it has old commits in it that were applied long ago"


def test_a_history_that_cannot_be_fetched(
    repository: Repository, commits: list[str], behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_MOST", 0.0)

    found = behind(commits[0], url=repository.url)

    assert (found.ahead, len(names(found)), found.gaps) == (None, 6, ())
