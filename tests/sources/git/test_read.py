"""What a commit declares: which commit, which files of it, and what is told of the rest."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.model.service import Declared, Partial
from auditor.model.snapshot import Gap, GitSource, Snapshot
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.manifests import declarations
from auditor.sources.git.cache import BlobCache
from auditor.sources.git.local import repository_here
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_write import Recording, write_snapshot
from tests.sources.git.conftest import Reader
from tests.sources.git.repositories import Repository, failure, names, service

REFS = [(None, "b"), ("main", "b"), ("old", "a"), ("v1", "a"), ("v1-annotated", "a"), ("team/x", "c"), ("COMMIT", "a")]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, dict[str, str]]:
    """A repository with branches and tags, and the commit that declares each Service."""
    repository = Repository(tmp_path_factory.mktemp("history"))
    commits = {"a": repository.commit(x=service("a"))}
    repository.git("branch", "old")
    repository.git("tag", "v1")
    repository.git("tag", "--annotate", "--message=one", "v1-annotated")
    repository.git("tag", "blob", repository.git("rev-parse", "HEAD:x.yaml"))
    repository.git("switch", "--quiet", "--create", "team/x")
    commits["c"] = repository.commit(x=service("c"))
    repository.git("switch", "--quiet", "main")
    commits["b"] = repository.commit(x=service("b"))
    return repository, commits


@pytest.mark.parametrize(("ref", "expected"), REFS)
@pytest.mark.parametrize("how", ["url", "path"])
def test_a_ref(
    history: tuple[Repository, dict[str, str]], read: Reader, ref: str | None, expected: str, how: str
) -> None:
    repository, commits = history
    ref = commits["a"] if ref == "COMMIT" else ref

    found = read(ref=ref, **{how: getattr(repository, "url" if how == "url" else "directory")})

    assert names(found) == [expected]
    url = repository.url if how == "url" else None
    assert found.source == GitSource(name="main", path="git/main", url=url, ref=ref, commit=commits[expected])
    assert found.gaps == ()
    assert [(one.source, one.scope, one.kind, one.objects) for one in found.reads] == [("git", "main", "manifests", 1)]


@pytest.mark.parametrize("how", ["url", "path"])
@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("gone", "it has no branch, tag or commit `gone`"),
        ("0123456789" * 4, "it has no branch, tag or commit `0123"),
        ("blob", "it has no branch, tag or commit `blob`"),
        ("--upload-pack=touch x", "is no name of a branch or tag"),
        ("-x", "is no name of a branch or tag"),
        ("a:b", "is no name of a branch or tag"),
        ("a..b", "is no name of a branch or tag"),
        ("*", "is no name of a branch or tag"),
        ("", "is no name of a branch or tag"),
    ],
)
def test_a_ref_that_leads_nowhere(
    history: tuple[Repository, dict[str, str]], read: Reader, ref: str, expected: str, how: str
) -> None:
    repository, _ = history

    reason = failure(read(ref=ref, **{how: getattr(repository, "url" if how == "url" else "directory")}))

    assert expected in reason
    assert "correct `ref`" in reason


def test_a_repository_without_commits(repository: Repository, read: Reader) -> None:
    assert "no commit that HEAD leads to" in failure(read(url=repository.url))
    assert "no commit that HEAD leads to" in failure(read(path=repository.directory))


def test_places_of_what_is_declared(repository: Repository, read: Reader) -> None:
    repository.commit(apps__x="# first\n" + service("x", "ClusterIP"), other="kind: ConfigMap\n")

    found = read(path=repository.directory, namespace="web")

    assert found.declared is not None
    ((one,), namespace) = found.declared, found.namespace
    assert (one.source, one.path, one.line, one.namespace, one.type) == ("main", "apps/x.yaml", 2, "web", "ClusterIP")
    assert namespace == "web"


TREE = {
    "top.yaml": service("top"),
    "apps/a.yaml": service("a"),
    "apps/web/b.yml": service("b"),
    "apps/web/test/c.yaml": service("c"),
    "apps-too/d.json": '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "d"}}',
    "apps/[x].yaml": service("odd"),
    "apps/näme.yaml": service("ascii-no-more"),
    "README.md": service("readme"),
}
ALL = ["a", "ascii-no-more", "b", "c", "d", "odd", "top"]
GLOBS: list[tuple[dict[str, tuple[str, ...]], list[str]]] = [
    ({}, ALL),
    ({"paths": (".",)}, ALL),
    ({"paths": ("apps",)}, ["a", "ascii-no-more", "b", "c", "odd"]),
    ({"paths": ("./apps/web/", "top.yaml")}, ["b", "c", "top"]),
    ({"paths": ("apps/[x].yaml",)}, ["odd"]),
    ({"include": ("*.yml",)}, ["b"]),
    ({"include": ("/*.yaml",)}, ["top"]),
    ({"include": ("apps/*",)}, ["a", "ascii-no-more", "b", "c", "odd"]),
    ({"include": ("apps/*.yaml",)}, ["a", "ascii-no-more", "odd"]),
    ({"include": ("**/web/**",)}, ["b", "c"]),
    ({"include": ("web/",)}, ["b", "c"]),
    ({"include": ("apps", "top.yaml"), "exclude": ("test",)}, ["a", "ascii-no-more", "b", "odd", "top"]),
    ({"exclude": ("apps/**",)}, ["d", "top"]),
    ({"paths": ("apps",), "exclude": ("*.yml", "/apps/web/test/")}, ["a", "ascii-no-more", "odd"]),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a repository with TREE."""
    repository = Repository(tmp_path_factory.mktemp("tree"))
    repository.commit_files(dict(TREE))
    return repository.directory


@pytest.mark.parametrize(("fields", "expected"), GLOBS)
def test_paths_and_globs(tree: Path, read: Reader, fields: dict[str, tuple[str, ...]], expected: list[str]) -> None:
    found = read(path=tree, **fields)

    assert names(found) == expected
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("fields", "scope", "expected"),
    [
        ({"paths": ("apps", "gone/x")}, "main/gone/x", "gone/x is not in the repository main at "),
        ({"paths": ("app",)}, "main/app", "app is not in the repository main at "),
        ({"paths": ("link",)}, "main/link", "link: link is a symbolic link, which is not followed"),
        ({"paths": ("link/web",)}, "main/link/web", "link/web: link is a symbolic link"),
        ({"paths": ("sub/apps",)}, "main/sub/apps", "sub/apps lies in the submodule sub; submodules are not fetched"),
        ({"paths": ("sub",)}, "main/sub", "sub is a submodule; submodules are not fetched"),
        ({"include": ("*.yaml",)}, "main/sub", "sub is a submodule"),
        ({"include": ("*.yalm",), "exclude": ("sub",)}, "main", "main: `include` selects no manifest at "),
        ({"paths": ("../x",)}, "main", "which is no path in the repository"),
        ({"paths": ("/x",)}, "main", "which is no path in the repository"),
        ({"include": ("!x",)}, "main", "is no glob of paths"),
        ({"exclude": ("../x",)}, "main", "is no glob of paths"),
    ],
)
def test_what_is_not_there_is_named(
    repository: Repository, read: Reader, fields: dict[str, tuple[str, ...]], scope: str, expected: str
) -> None:
    (repository.directory / "link").symlink_to("apps")
    repository.commit(apps__a=service("a"))
    repository.git("update-index", "--add", "--cacheinfo", "160000," + "1" * 40 + ",sub")
    repository.git("commit", "--quiet", "--message=submodule")

    (gap,) = read(path=repository.directory, **fields).gaps

    assert gap == Gap(source="git", scope=scope, kind="manifests", reason=gap.reason)
    assert expected in gap.reason


def test_a_symlink_is_not_followed(repository: Repository, read: Reader, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(service("outside"))
    (repository.directory / "l.yaml").symlink_to(tmp_path / "outside.yaml")
    repository.commit(a=service("a"))

    assert names(read(path=repository.directory)) == ["a"]


ROOTS: list[tuple[dict[str, object], list[str], list[str]]] = [
    ({}, ["plain"], ["main/apps", "main/chart"]),
    ({"paths": ("apps/web",)}, [], ["main/apps"]),
    ({"paths": ("plain",)}, ["plain"], []),
    ({"exclude": ("apps", "chart")}, ["plain"], []),
    ({"include": ("x.yaml",)}, [], ["main/apps"]),
    ({"render": "plain"}, ["plain", "t", "x"], []),
    ({"render": "plain", "paths": ("apps/web",)}, ["x"], []),
]


@pytest.mark.parametrize(("fields", "declared", "scopes"), ROOTS)
def test_a_folder_to_be_rendered(
    repository: Repository, read: Reader, fields: dict[str, object], declared: list[str], scopes: list[str]
) -> None:
    files = {"apps/kustomization.yaml": "resources: [web]\n", "apps/web/x.yaml": service("x"), "chart/Chart.yaml": ""}
    repository.commit_files({**files, "chart/templates/t.yaml": service("t"), "plain/p.yaml": service("plain")})

    found = read(path=repository.directory, record=True, **fields)

    assert names(found) == declared
    assert [gap.scope for gap in found.gaps] == scopes
    assert all("must be rendered first" in gap.reason for gap in found.gaps)


def test_declared_twice(repository: Repository, read: Reader) -> None:
    repository.commit(a=service("x"), b=service("x"))

    found = read(path=repository.directory)

    [last] = found.declared or ()
    assert (last.path, [one.path for one in last.also], found.gaps) == ("b.yaml", ["a.yaml"], ())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: [Service\n", "a.yaml:2 is not YAML"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a.yaml is kept in Git LFS"),
        (b"\0GITCRYPT\0\1\2", "a.yaml is encrypted"),
        (b"# Service\n" + b"#" * 17_000_000, "a.yaml has 16 MiB, more than the 16 that are read; exclude it"),
    ],
    ids=["broken", "lfs", "git-crypt", "large"],
)
def test_a_file_that_cannot_be_read_hides_no_other(
    repository: Repository, read: Reader, data: bytes, expected: str
) -> None:
    repository.commit(a=data, b=service("b"))

    found = read(path=repository.directory)

    assert names(found) == ["b"]
    (gap,) = found.gaps
    assert (gap.scope, gap.kind) == ("main/a.yaml", "manifests")
    assert gap.reason.startswith(expected)


def test_an_unchanged_blob_is_not_parsed_again(repository: Repository, read: Reader) -> None:
    parsed: list[str] = []

    def parse(data: bytes, origin: Origin) -> Iterable[Declared | Partial | Gap]:
        parsed.append(origin.path)
        return declarations(data, origin)

    blobs = BlobCache(parse=parse)
    repository.commit(a=service("a"), b=service("b"), c="kind: ConfigMap\n", d="x: [Service")
    first = read(blobs=blobs, url=repository.url)
    assert parsed == ["a.yaml", "b.yaml", "d.yaml"]
    again = read(blobs=blobs, url=repository.url)
    assert parsed[3:] == []
    assert (again.declared, again.gaps) == (first.declared, first.gaps)

    assert len(read(blobs=blobs, url=repository.url, record=True).files) == 3
    assert parsed[3:] == []
    repository.commit(b=service("bb"))
    assert names(read(blobs=blobs, url=repository.url)) == ["a", "bb"]
    assert parsed[3:] == ["b.yaml"]

    repository.git("revert", "--no-edit", "HEAD")
    read(blobs=blobs, url=repository.url)
    assert parsed[4:] == ["b.yaml"]  # what the last audit did not use was dropped


@pytest.mark.parametrize("render", ["auto", "plain"])
def test_a_recording_replays(repository: Repository, read: Reader, tmp_path: Path, render: str) -> None:
    root = {"k/k/kustomization.yaml": "resources: [x.yaml]\n", "k/k/x.yaml": service("x")}
    files = {**root, "c.yaml": "kind: ConfigMap\n"}
    repository.commit_files(
        {**files, "a/y.yaml": service("once"), "b.yaml": service("once"), "broken.yaml": "a: [Service"}
    )
    found = read(path=repository.directory, paths=("k", "a", "b.yaml", "broken.yaml"), record=True, render=render)
    assert len(found.gaps) == (2 if render == "auto" else 1)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    snapshot = Snapshot(
        cluster="x", captured_at=at, git=(found.source,), declared=found.declared, gaps=found.gaps, reads=found.reads
    )

    write_snapshot(tmp_path / "made", Recording(snapshot=snapshot, manifests={"main": found.files}))

    replayed = read_snapshot(tmp_path / "made")
    assert replayed.declared == found.declared
    assert set(found.gaps) == {gap for gap in replayed.gaps if gap.source == "git"}
    assert replayed.git == (found.source,)


def test_a_folder_in_a_clone(repository: Repository, read: Reader) -> None:
    repository.commit(apps__a=service("a"), top=service("top"))
    apps = repository.directory / "apps"

    repository.git("remote", "add", "origin", "https://token@git.example/team/fleet.git")
    assert names(read(path=apps)) == ["a"]
    assert read(path=apps).source.url == "https://git.example/team/fleet.git"
    assert names(read(path=apps, paths=("top.yaml",))) == ["top"]


def test_bare_and_linked_repositories(repository: Repository, read: Reader, tmp_path: Path) -> None:
    repository.commit(a=service("a"))
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    repository.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    (tmp_path / "linked" / "b.yaml").write_text(service("not-committed"))

    assert names(read(path=tmp_path / "bare.git")) == ["a"]
    assert names(read(path=tmp_path / "linked")) == ["a"]


def test_local_reading_obeys_no_variable_of_a_hook(
    repository: Repository, read: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(a=service("a"))
    Repository(tmp_path / "other").commit(a=service("other"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")

    assert names(read(path=repository.directory, include=("*.yaml",))) == ["a"]
    assert names(read(url=repository.url, include=("*.yaml",))) == ["a"]


def test_a_partial_clone_fetches_nothing(repository: Repository, read: Reader, tmp_path: Path) -> None:
    repository.commit(a=service("a"))
    repository.git("config", "uploadpack.allowFilter", "true")
    partial = str(tmp_path / "partial")
    repository.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", repository.url, partial)

    assert "it is a partial clone" in failure(read(path=Path(partial)))


@pytest.mark.parametrize(("place", "expected"), [("gone", "is no folder"), (".", "lies in no Git repository")])
def test_no_local_repository(tmp_path: Path, read: Reader, place: str, expected: str) -> None:
    assert expected in failure(read(path=tmp_path / place))


def test_the_repository_here(repository: Repository, tmp_path: Path) -> None:
    repository.write({"apps/x.yaml": ""})
    found = repository_here(repository.directory / "apps")
    assert found is not None
    assert (found.name, found.path, found.paths, found.ref) == ("work tree", repository.directory, (), None)

    repository.git("remote", "add", "origin", "git@git.example:team/fleet.git")
    found = repository_here(repository.directory)
    assert found is not None
    assert found.name == "fleet"
    assert repository_here(tmp_path / "home") is None


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ingress, namespace: web}
spec:
  valuesFrom: [{kind: ConfigMap, name: values}]
"""
VALUES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: web}
data:
  values.yaml: |
    service: {annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "ANSWER"}}
"""


def test_values_from_another_file(repository: Repository, read: Reader) -> None:
    blobs = BlobCache()
    key = "service.beta.kubernetes.io/azure-load-balancer-internal"
    for answer in ("true", "true", "false"):  # read, unchanged, changed in the other file
        repository.commit(release=RELEASE, values=VALUES.replace("ANSWER", answer))

        found = read(path=repository.directory, blobs=blobs)

        assert found.gaps == ()
        (one,) = found.partials
        assert (one.path, one.annotations, one.places[key].path) == ("release.yaml", {key: answer}, "values.yaml")

    repository.commit(values="kind: Nothing\n")
    (one,) = read(path=repository.directory, blobs=blobs).partials
    assert "it is not among the files" in one.unknown
