"""What was built is built once, and only what changed is built again; a recording says the same as what was built."""

import dataclasses
from pathlib import Path

import pytest

from auditor.sources.builds import Build
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.manifests import declarations
from auditor.sources.git.cache import BlobCache
from auditor.sources.git.source import GitRead
from auditor.sources.render.cache import Built
from auditor.sources.render.origins import located, origin_of
from tests.sources.git.repositories import Repository, names, service
from tests.sources.render.conftest import Rendered

ROOTS: dict[str, str | bytes] = {
    "base/kustomization.yaml": "resources: [x.yaml]\n",
    "base/x.yaml": service("x"),
    "one/kustomization.yaml": "resources: [../base]\nnamePrefix: one-\n",
    "two/kustomization.yaml": "resources: [../base, y.yaml]\nnamePrefix: two-\n",
    "two/y.yaml": service("y"),
    "two/not-named.yaml": service("z"),
    "three/kustomization.yaml": "resources: [x.yaml]\n",
    "three/x.yaml": service("three"),
}
BUILDS = tuple(Build(path=path) for path in ("one", "two", "three"))
ALL = ["one-x", "three", "two-x", "two-y"]


@pytest.fixture
def counted(tmp_path: Path, kustomize: Path) -> tuple[Path, Path]:
    """A program that notes that it was started, and the notes."""
    notes = tmp_path / "notes"
    notes.write_text("")
    program = tmp_path / "kubectl"
    program.write_text(f'#!/bin/sh\necho build >>"{notes}"\nexec "{kustomize}" "$@"\n')
    program.chmod(0o755)
    return program, notes


@pytest.fixture
def build(repository: Repository, render: Rendered, counted: tuple[Path, Path]) -> "Counting":
    repository.commit_files(ROOTS)
    return Counting(render, *counted)


class Counting:
    """Reads, and counts the builds."""

    def __init__(self, render: Rendered, program: Path, notes: Path) -> None:
        self._render, self._program, self._notes = render, program, notes

    def __call__(self, *, blobs: BlobCache | None = None, record: bool = False) -> tuple[GitRead, int]:
        before = self._notes.read_text().count("build")
        found = self._render(*BUILDS, tools={"kustomize": self._program}, blobs=blobs, record=record)
        return found, self._notes.read_text().count("build") - before


def test_an_unchanged_repository(build: Counting, repository: Repository) -> None:
    blobs = BlobCache()
    first, builds = build(blobs=blobs)
    assert (names(first), builds) == (ALL, 3)

    for same in (blobs, BlobCache(), BlobCache()):  # in this process, and in the next ones
        again, builds = build(blobs=same)
        assert builds == 0
        assert (again.declared, again.gaps) == (first.declared, first.gaps)

    repository.commit_files({"unrelated.yaml": service("q"), "two/not-named.yaml": service("zz")})
    assert build()[1] == 0


@pytest.mark.parametrize(
    ("path", "text", "builds"),
    [
        ("base/x.yaml", service("xx"), 2),
        ("two/y.yaml", service("yy"), 1),
        ("one/kustomization.yaml", "resources: []\n", 1),
    ],
)
def test_one_changed_file(build: Counting, repository: Repository, path: str, text: str, builds: int) -> None:
    build()
    repository.commit_files({path: text})

    assert build()[1] == builds
    repository.git("revert", "--no-edit", "HEAD")
    assert build()[1] == 0  # it was built before


def test_another_program_or_question(build: Counting, counted: tuple[Path, Path], render: Rendered) -> None:
    build()
    counted[0].write_text(counted[0].read_text() + "# newer\n")
    assert build()[1] == 3

    build_of = dataclasses.replace(BUILDS[0], namespace="shop")
    assert str(render(build_of, tools={"kustomize": counted[0]}).declared[0].key) == "shop/one-x"  # type: ignore[index]


@pytest.mark.parametrize("damage", ["", "cut", "changed"])
def test_a_damaged_cache(build: Counting, tmp_path: Path, damage: str) -> None:
    first, _ = build()
    files = sorted((tmp_path / "cache" / "rendered").iterdir())
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    for file in files:
        data = file.read_bytes()
        file.write_bytes({"": b"", "cut": data[:-3], "changed": data.replace(b"x", b"q")}[damage])

    again, builds = build()

    assert (again.declared, again.gaps, builds) == (first.declared, first.gaps, 3)


def test_what_failed_is_tried_again(build: Counting, repository: Repository) -> None:
    repository.commit_files({"three/x.yaml": "kind: Nothing\n"})

    assert [len(build()[0].gaps) for _ in range(2)] == [1, 1]


def test_the_cache_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Built.tidy.__globals__, "MAX_FILES", 2)
    built = Built()
    for number in range(5):
        built.put(str(number), b"x", tmp_path)

    built.tidy(tmp_path)

    assert len(list(tmp_path.iterdir())) == 2
    assert len(built.memory) == 2


def test_a_cache_folder_that_cannot_be_written(build: Counting, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")

    assert names(build()[0]) == ALL


def test_a_recording(build: Counting) -> None:
    found, _ = build(record=True)

    assert [path for path, _ in found.rendered] == ["one/rendered.yaml", "three/rendered.yaml", "two/rendered.yaml"]
    replayed = []
    for path, data in found.rendered:
        origin = origin_of(data, Origin("main", path, "default"))
        replayed += located(declarations(data, origin), data, origin)
    assert tuple(replayed) == found.declared
    assert build(record=True)[0].rendered == found.rendered
    assert build()[0].rendered == ()


def test_two_builds_of_a_folder(repository: Repository, render: Rendered) -> None:
    repository.commit_files(ROOTS)
    shop = Build(path="one", namespace="shop")

    found = render(Build(path="one"), shop, Build(path="one"), record=True)

    assert sorted(str(one.key) for one in found.declared or ()) == ["default/one-x", "shop/one-x"]
    assert [path for path, _ in found.rendered] == ["one/rendered.yaml", "one/rendered_2.yaml"]


def test_no_secret_is_recorded(repository: Repository, render: Rendered) -> None:
    manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {Service: hidden}\n"
    repository.commit_files(
        {"k/kustomization.yaml": "resources: [x.yaml, s.yaml]\n", "k/x.yaml": service("x"), "k/s.yaml": manifest}
    )

    ((_, data),) = render(Build(path="k"), record=True).rendered

    assert b"hidden" not in data
    assert b"name: x" in data
