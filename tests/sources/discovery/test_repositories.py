"""Feeds to sources: one for each repository and revision, signed in to as the configuration says."""

from pathlib import Path

import pytest

from auditor.config.settings import Git, GitAuth
from auditor.sources.discovery.repositories import same, without_user
from tests.sources.discovery.conftest import Find, Write
from tests.sources.discovery.made import REPOSITORY, application, kustomization, repository


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Git.Example/a/b.git", "https://git.example/a/b"),
        ("https://git.example:443/a/b/", "ssh://git@git.example:22/a/b.git"),
        ("git@git.example:a/b.git", "https://git.example/a/b"),
        ("git@ssh.dev.azure.com:v3/org/project/repo", "https://org@dev.azure.com/org/project/_git/repo"),
        ("ssh://git@ssh.dev.azure.com/v3/org/project/repo", "https://org.visualstudio.com/DefaultCollection/project/_git/repo"),
    ],
)  # fmt: skip
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert same(one) == same(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("https://git.example/a/b", "https://git.example/a/c"), ("https://git.example:8443/a", "https://git.example/a"), ("https://x/[", "https://x/]")],
)  # fmt: skip
def test_different_addresses(one: str, other: str) -> None:
    assert same(one) != same(other)


def test_users_and_passwords_stay_out() -> None:
    assert without_user("https://me:secret@git.example/a@b") == "https://git.example/a@b"
    assert without_user("ssh://git@git.example/a") == "ssh://git@git.example/a"


def test_the_configuration_says_how_to_sign_in(write: Write, find: Find) -> None:
    auth = GitAuth(token_variable="TOKEN")  # noqa: S106 - the name of a variable
    entry = Git(name="mine", url="https://git.example/platform/fleet", auth=auth, ref="old", paths=("x",))
    write(repository(url="ssh://git@git.example/platform/fleet.git"), kustomization())

    (source,) = find(git=(Git(name="other", url="https://git.example/z"), entry)).sources

    assert source.settings == Git(name="mine", url=entry.url, auth=auth, ref="main")


def test_an_entry_may_stand_for_a_repository_that_is_not_reachable_here(
    write: Write, find: Find, tmp_path: Path
) -> None:
    write(repository(), kustomization())

    (source,) = find(git=(Git(name="fleet", path=tmp_path),)).sources

    assert source.settings == Git(name="fleet", path=tmp_path, ref="main")


def test_names_are_unique_and_do_not_hang_on_the_order(write: Write, find: Find) -> None:
    revisions = [{"repoURL": url, "path": "p", "targetRevision": ref} for url, ref in (
        (REPOSITORY, "main"), (REPOSITORY, "release/1"), ("https://git.example/other/fleet", "main"), ("https://git.example/x/y", ""),
    )]  # fmt: skip
    applications = [application(f"a{index}", source=one) for index, one in enumerate(revisions)]
    write(*applications)
    names = [one.settings.name for one in find("argocd").sources]
    write(*reversed(applications))

    assert names == ["other.fleet", "platform.fleet@main", "fleet@release-1", "y"]
    assert [one.settings.name for one in find("argocd").sources] == names
