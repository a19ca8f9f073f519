"""Globs and patterns of .gitignore, those of strangers too: what would be tried in a thousand ways is tried once."""

import pytest

from auditor.sources.builds import Build
from auditor.sources.render.globs import fits, pattern, step, steps
from auditor.sources.render.ignored import MAX_PATTERNS
from tests.sources.git.repositories import Repository, names, service
from tests.sources.render.conftest import Rendered, reason

FLUX = Build(path="k", owner="Kustomization flux-system/apps", generate=True)


@pytest.mark.parametrize(
    ("glob", "fitting", "others"),
    [
        ("a", ["a"], ["b", "aa", ""]),
        ("*.yaml", ["a.yaml", ".yaml"], ["a.yml", "a.yaml.x"]),
        ("a*b*c", ["abc", "a-b-c", "abbcc"], ["acb", "ab"]),
        ("?[!b]", ["aa"], ["ab", "a"]),
        ("[]a]", ["]", "a"], ["b"]),
        ("[a-c]x", ["bx"], ["dx"]),
        ("[z-a]", [], ["z", "a"]),
        ("[a", ["[a"], ["a"]),
        ("\\*.x", ["*.x"], ["a.x"]),
        ("a.b(c|d)+", ["a.b(c|d)+"], ["axbc"]),
        ("*" * 30 + "b", ["b", "ab"], ["a" * 255]),
        ("*a" * 40 + "b", ["a" * 40 + "b"], ["a" * 255]),
    ],
)
def test_one_step(glob: str, fitting: list[str], others: list[str]) -> None:
    assert [one for one in (*fitting, *others) if step(glob).fullmatch(one)] == fitting


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("a/*/c", "a/b/c", True), ("a/*/c", "a/c", False), ("a/**/c", "a/c", True), ("a/**/c", "a/x/y/c", True),
        ("**/c", "c", True), ("a/**", "a/b/c", True), ("**", "a/b", True), ("a/*", "a/b/c", False),
        ("**/a/" * 60 + "b", "a/" * 500 + "x", False), ("**/a/" * 60 + "b", "a/" * 500 + "b", True),
    ],
)  # fmt: skip
def test_a_path(glob: str, path: str, expected: bool) -> None:
    assert fits(steps(glob), path.split("/")) is expected


@pytest.mark.parametrize(
    ("line", "path", "folder", "expected"),
    [
        ("a", "x/a", False, True), ("/a", "x/a", False, False), ("x/a", "x/a", False, True), ("a/", "a", False, False),
        ("a/", "a", True, True), ("a ", "a", False, True), ("\\#a", "#a", False, True), ("\\!a", "!a", False, True),
        ("a/**", "a", True, False), ("a/**", "a/b", False, True),
    ],
)  # fmt: skip
def test_a_line(line: str, path: str, folder: bool, expected: bool) -> None:
    found = pattern(line)
    assert found is not None
    assert found.says(path.split("/"), folder=folder) is expected


@pytest.mark.parametrize("line", ["", "# a", "/", "!", " "])
def test_a_line_that_says_nothing(line: str) -> None:
    assert pattern(line) is None


def test_a_repository_cannot_hang_the_audit(repository: Repository, render: Rendered) -> None:
    long = "a" * 200
    repository.commit_files({".sourceignore": f"{'*a' * 30}b\n{'**/a/' * 30}b\n", f"k/{long}.yaml": service("x")})

    assert names(render(FLUX)) == ["x"]


def test_more_patterns_than_anybody_writes(repository: Repository, render: Rendered) -> None:
    repository.commit_files({".sourceignore": "a\n" * MAX_PATTERNS, "k/x.yaml": service("x")})

    assert f"more than the {MAX_PATTERNS} that are followed; write fewer" in reason(render(FLUX))
