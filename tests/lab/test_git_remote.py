"""The Git remote, asked by git."""

import base64
import subprocess
from pathlib import Path

import pytest

from auditor.lab.git_remote import branch
from auditor.lab.server import Lab
from tests.lab.asking import GOLDEN, ask, changed, gap


def git(*words: str, at: Path | None = None, check: bool = True, variables: dict[str, str] | None = None) -> str:
    environment = {"PATH": "/usr/bin:/bin", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": "/dev/null"}
    command = ["git", *(("-C", str(at)) if at else ()), *words]
    done = subprocess.run(command, env=environment | (variables or {}), capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout if check else done.stderr


def files(directory: Path) -> dict[str, bytes]:
    found = (path for path in directory.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(directory)): path.read_bytes() for path in found}


@pytest.mark.parametrize("protocol", ["0", "1", "2"])
def test_a_clone_holds_what_was_recorded(lab: Lab, tmp_path: Path, protocol: str) -> None:
    git("-c", f"protocol.version={protocol}", "clone", "-q", lab.git_url("main"), str(tmp_path / "clone"))

    assert files(tmp_path / "clone") == files(GOLDEN / "pls" / "git" / "main")
    assert git("rev-parse", "HEAD", at=tmp_path / "clone").strip() == lab.commit("main")
    assert git("branch", "--show-current", at=tmp_path / "clone").strip() == "main"


@pytest.mark.parametrize("what", ["HEAD", "main", "refs/tags/recorded", "a commit"])
def test_shallow_fetches(lab: Lab, tmp_path: Path, what: str) -> None:
    wanted = lab.commit("main") if what == "a commit" else what
    git("init", "-q", "--bare", str(tmp_path))
    git("fetch", "-q", "--depth=1", lab.git_url("main"), wanted, at=tmp_path)

    assert git("rev-parse", "FETCH_HEAD^{commit}", at=tmp_path).strip() == lab.commit("main")


def test_the_same_files_have_the_same_commit(tmp_path: Path) -> None:
    directory = changed(tmp_path / "state")
    added = directory / "git" / "main" / 'odd "name"\\\n.yaml'
    with Lab(directory) as one, Lab(GOLDEN / "drift-00-baseline") as other:
        commit = one.commit("main")
        assert commit == other.commit("main")
        added.write_text("a: 1\n")
        one.reload()
        assert one.commit("main") != commit
        git("clone", "-q", one.git_url("main"), str(tmp_path / "clone"))
        assert files(tmp_path / "clone") == files(directory / "git" / "main")

        added.unlink()
        one.reload()
        assert one.commit("main") == commit
        git("fetch", "-q", one.git_url("main"), at=tmp_path / "clone")
        assert git("rev-parse", "FETCH_HEAD", at=tmp_path / "clone").strip() == commit


def test_a_token_is_asked_for() -> None:
    word = "open-sesame"
    with Lab(GOLDEN / "pls", git_token=word) as lab:
        url = lab.git_url("main")
        refused = git("ls-remote", url, check=False)
        header = f"Authorization: Basic {base64.b64encode(f'x:{word}'.encode()).decode()}"
        variables = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": header}
        assert lab.commit("main") in git("ls-remote", url, variables=variables)
        assert lab.settings().git[0].auth.token_variable in lab.environment

    assert "could not read Username" in refused or "terminal prompts disabled" in refused


def test_a_source_that_was_not_read_is_not_found(tmp_path: Path) -> None:
    sources = [{"name": "main"}, {"name": "team a/b", "ref": "dev"}]
    with Lab(changed(tmp_path / "state", git=sources, gaps=[gap("git", "team a/b", "manifests")])) as lab:
        asked = [(one.name, one.url, one.ref) for one in lab.settings().git]
        refused = git("ls-remote", lab.git_url("team a/b"), check=False)
        with pytest.raises(KeyError):
            lab.commit("team a/b")
        with pytest.raises(KeyError):
            lab.git_url("nope")

    assert asked[1] == ("team a/b", f"{lab.url}/git/team%20a%2Fb.git", "dev")
    assert "not found" in refused


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/git/nope.git/info/refs?service=git-upload-pack", "GET", 404),
        ("/git/main.git/info/refs?service=git-receive-pack", "GET", 403),
        ("/git/main.git/info/refs", "GET", 403),
        ("/git/main.git/git-receive-pack", "POST", 404),
        ("/git/main.git/git-upload-pack", "GET", 405),
        ("/git/main.git/HEAD", "GET", 404),
    ],
)
def test_nothing_else_is_served(lab: Lab, path: str, method: str, status: int) -> None:
    assert ask(lab, path, method=method).status == status


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        (None, "main"),
        ("release/1.2", "release/1.2"),
        ("refs/heads/dev", "dev"),
        ("3f2c1aa94be05d7716c8a1b2e90d43c5f6a7b8c9", "main"),
        ("-x", "main"),
        ("a..b", "main"),
        ("a b", "main"),
        ("x.lock", "main"),
    ],
)
def test_the_branch_of_a_recorded_ref(ref: str | None, expected: str) -> None:
    assert branch(ref) == expected
