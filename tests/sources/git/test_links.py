"""Links in a repository, and trees without end: nothing is left out in silence, and nothing outside is read."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.model.snapshot import Snapshot
from auditor.sources.git import tree
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_write import Recording, write_snapshot
from tests.sources.git.conftest import Reader
from tests.sources.git.repositories import Repository, failure, names, service

Links = dict[str, str]
CASES: dict[str, tuple[Links, list[str], list[str], str]] = {
    "to a file elsewhere": ({"clusters/x.yaml": "../base/b.yaml"}, ["a", "b"], [], ""),
    "through a link": ({"clusters/x.yaml": "../y.yaml", "y.yaml": "base/b.yaml"}, ["a", "b"], [], ""),
    "through a linked folder": ({"clusters/x.yaml": "../other/b.yaml", "other": "base"}, ["a", "b"], [], ""),
    "two to one file": (
        {"clusters/x.yaml": "../base/b.yaml", "clusters/y.yaml": "../base/b.yaml"}, ["a", "b"], [], "",
    ),
    "to what is read anyway": ({"clusters/x.yaml": "a.yaml"}, ["a"], [], ""),
    "to no manifest": ({"clusters/README": "../LICENSE", "clusters/docs": "../docs"}, ["a"], [], ""),
    "out of the repository": (
        {"clusters/x.yaml": "../../outside.yaml"}, ["a"], ["main/clusters/x.yaml"], "that leads out of the repository; ",
    ),
    "absolute": ({"clusters/x.yaml": "/etc/passwd"}, ["a"], ["main/clusters/x.yaml"], "that leads out of the reposi"),
    "to nothing": ({"clusters/x.yaml": "gone.yaml"}, ["a"], ["main/clusters/x.yaml"], "to what is not in the reposit"),
    "in a circle": (
        {"clusters/x.yaml": "y.yaml", "clusters/y.yaml": "x.yaml"},
        ["a"], ["main/clusters/x.yaml", "main/clusters/y.yaml"], "in a circle; copy the manifest, or exclude the link",
    ),
    "to a folder elsewhere": (
        {"clusters/all": "../base"}, ["a"], ["main/clusters/all"], "to the folder base, which is not followed; add that",
    ),
    "to a folder that is read": ({"clusters/all": "sub"}, ["a"], [], ""),
    "excluded": ({"clusters/no/x.yaml": "gone.yaml", "clusters/no/all": "../../base"}, ["a"], [], ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_links(repository: Repository, read: Reader, tmp_path: Path, case: str) -> None:
    links, declared, scopes, says = CASES[case]
    (tmp_path / "outside.yaml").write_text(service("outside"))
    for path, target in links.items():
        link = repository.directory / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    repository.commit_files({
        "clusters/a.yaml": service("a"), "clusters/sub/NOTE": "", "base/b.yaml": service("b"), "LICENSE": "x",
        "docs/index": "x",
    })  # fmt: skip

    found = read(path=repository.directory, paths=("clusters",), exclude=("no",), record=True)

    assert names(found) == declared
    assert sorted(gap.scope for gap in found.gaps) == scopes
    assert all(says in gap.reason for gap in found.gaps)
    write_snapshot(
        tmp_path / "s",
        Recording(
            snapshot=Snapshot(cluster="c", git=(found.source,), gaps=found.gaps), manifests={"main": found.files}
        ),
    )
    assert [one.name for one in read_snapshot(tmp_path / "s").declared or ()] == declared


@pytest.mark.parametrize("how", ["url", "path"])
def test_a_link_is_followed_in_every_copy(repository: Repository, read: Reader, how: str) -> None:
    (repository.directory / "clusters").mkdir()
    (repository.directory / "clusters/x.yaml").symlink_to("../base/b.yaml")
    repository.commit(base__b=service("b"))

    (one,) = read(paths=("clusters",), **{how: repository.url if how == "url" else repository.directory}).declared or ()

    assert (one.name, one.path) == ("b", "clusters/x.yaml")


def object_of(repository: Repository, kind: str, data: bytes) -> bytes:
    """Write an object of any content; its id."""
    command = ("git", "hash-object", "--literally", "-t", kind, "-w", "--stdin")
    done = subprocess.run(command, cwd=repository.directory, input=data, check=True, capture_output=True)
    return bytes.fromhex(done.stdout.decode().strip())


def wide(repository: Repository, files: int, levels: int) -> bytes:
    """Ten trees in each of ten trees …: `files` * 10 ** `levels` files of very few objects."""
    blob = object_of(repository, "blob", b"x")
    made = object_of(repository, "tree", b"".join(b"100644 f%d\0%s" % (i, blob) for i in range(files)))
    for _ in range(levels):
        made = object_of(repository, "tree", b"".join(b"40000 d%d\0%s" % (i, made) for i in range(10)))
    return made


def long(repository: Repository) -> bytes:
    """One file, in a folder with a name that no file system takes."""
    blob = object_of(repository, "blob", b"x")
    return object_of(repository, "tree", b"100644 %s\0%s" % (b"x" * 5000, blob))


def deep(repository: Repository) -> bytes:
    """Few files, and many long names of folders."""
    made = wide(repository, 1, 0)
    for _ in range(15):
        made = object_of(repository, "tree", b"40000 %s\0%s" % (b"d" * 250, made))
    return object_of(repository, "tree", b"".join(b"40000 e%04d\0%s" % (i, made) for i in range(1000)))


TREES: dict[str, Callable[[Repository], bytes]] = {
    "without end": lambda repository: wide(repository, 10, 9),
    "with a long name": long,
    "with many folders": deep,
}


@pytest.mark.parametrize("case", TREES)
def test_a_tree_that_nobody_has(
    repository: Repository, read: Reader, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr(tree, "_MAX_FILES", 5000)
    monkeypatch.setattr(tree, "_MAX_LISTED", 8_000_000)
    top = TREES[case](repository).hex()
    repository.git("update-ref", "refs/heads/main", repository.git("commit-tree", "-m", "x", top))

    assert "; name a repository of the manifests alone" in failure(read(path=repository.directory))
