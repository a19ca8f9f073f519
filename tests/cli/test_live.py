"""A live audit where there is no cluster: what a newcomer is told, before anything is contacted."""

from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import Call

WAYS = "or name a recording with --snapshot DIR, or see `auditor demo`, which needs no cluster"


def nobody(call: Call, folder: Path, *arguments: str, **variables: str) -> Result:
    """Call it as someone whose home folder is empty."""
    return call(*arguments, env={"HOME": str(folder), "KUBECONFIG": "", **variables})


@pytest.mark.parametrize("arguments", [["run"], ["snapshot", "-o", "x"]])
def test_a_newcomer_is_told_of_the_demo(call: Call, tmp_path: Path, arguments: list[str]) -> None:
    result = nobody(call, tmp_path, *arguments)

    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: there is no kubeconfig: ~/.kube/config does not exist; set ")
    assert line.endswith(WAYS)
    assert result.stdout == ""


def test_a_kubeconfig_that_was_named_is_all_that_is_spoken_of(call: Call, tmp_path: Path) -> None:
    result = nobody(call, tmp_path, "run", "--kubeconfig", str(tmp_path / "none"))

    assert result.exit_code == 2
    assert "none does not exist; name a kubeconfig that does" in result.stderr
    assert "demo" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "-c", "/no/such/auditor.yaml"], "cannot read the configuration /no/such/auditor.yaml: No such file"),
        (["run", "--cluster", "a", "--cluster", "b"], "--cluster b: without a configuration the cluster is a, as the "),
        (["run", "--cluster", "b"], "name the configuration that has b with --config FILE"),
        (["snapshot", "-o", "x", "--cluster", "b"], "name the configuration that has b with --config FILE"),
        (["serve", "--cluster", "b"], "name the configuration that has b with --config FILE"),
        (["run", "--request-timeout", "0s"], "requestTimeout"),
        (["snapshot"], "Missing option '-o' / '--output'"),
    ],
)
def test_wrong_usage(call: Call, tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "kubeconfig").write_text(
        "{contexts: [{name: a, context: {cluster: a}}], clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}],"
        " current-context: a}"
    )

    result = nobody(call, tmp_path, *arguments, KUBECONFIG=str(tmp_path / "kubeconfig"))

    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output


def test_the_name_that_the_context_gives_may_be_said(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no repository
    (tmp_path / "kubeconfig").write_text(
        "{contexts: [{name: a, context: {cluster: a}}], clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}],"
        " current-context: a}"
    )

    result = nobody(call, tmp_path, "run", "--cluster", "a", KUBECONFIG=str(tmp_path / "kubeconfig"))

    assert result.exit_code == 3, "nothing answers there"
    assert "no findings; Services not read" in result.stdout
    assert "0 Services" not in result.output
