"""`auditor run` and `auditor snapshot` of a cluster that is there: what is contacted, what is said, and where."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from auditor.lab.server import Lab
from tests.live.command import GOLDEN, Change, Command, first, found, gaps, report, unchanged
from tests.live.conftest import Enter

PASSWORD, OTHER = "hunter2", "swordfish"


def contexts(document: dict[str, Any]) -> None:
    """Mistype a key."""
    document["clusters"][0]["kubernetes"]["contxt"] = "x"


def lines(result: Result) -> list[dict[str, Any]]:
    """What was said on standard error, where nobody looks."""
    return [json.loads(line) for line in result.stderr.splitlines()]


NOT_BEGUN: dict[str, tuple[Change, tuple[str, ...], str]] = {
    "unknown key": (contexts, (), "clusters[0].kubernetes.contxt: `contxt` is no key; did you mean `context`?"),
    "no kubeconfig": (first("kubernetes", kubeconfig="/no/such"), (), "/no/such does not exist; name a kubeconfig that"),
    "kubeconfig is none": (first("kubernetes", kubeconfig="/etc/hostname"), (), "the kubeconfig /etc/hostname is "),
    "wrong context": (first("kubernetes", context="nope"), (), "no context `nope` in "),
    "wrong --context": (unchanged, ("--context", "nope"), "there is `drift-01-drifted`"),
    "--ref is an option": (unchanged, ("--ref", "--upload-pack=x"), "--ref: `--upload-pack=x` is no name of a branch"),
    "--azure-cluster": (unchanged, ("--azure-cluster", "prod"), "--azure-cluster: is no resource id of an AKS cluster"),
    "--node-resource-group": (unchanged, ("--node-resource-group", "a/b"), "--node-resource-group: "),
    "--request-timeout": (unchanged, ("--request-timeout", "soon"), "--request-timeout: expected a duration: write 45s"),
    "--cluster": (unchanged, ("--cluster", "nope"), "--cluster nope: the configuration has no such cluster; it has drift"),
    "plain http": (first("azure", endpoint="http://example.com"), (), "clusters[0].azure.endpoint"),
    "--output": (unchanged, ("-o", "/no/such/folder/x"), "there is no folder /no/such/folder"),
    "-l": (unchanged, ("-l", "a=b=c"), "is no label requirement"),
    "--pushgateway": (unchanged, ("--pushgateway", "http://u:hunter2@127.0.0.1:1"), "--pushgateway: has a user name or"),
    "no --pushgateway": (unchanged, ("--pushgateway", "gateway:9091"), "--pushgateway: is no address of a Pushgateway"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_BEGUN)
def test_nothing_is_contacted_with_a_wrong_configuration(command: Command, drifted: Lab, case: str) -> None:
    change, arguments, says = NOT_BEGUN[case]
    before = len(drifted.requests)

    result = command.call(*arguments, change=change)

    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""
    assert not [secret for secret in command.secrets() | {PASSWORD} if secret in result.output]
    assert len(drifted.requests) == before


def test_a_line_of_json_with_the_run_where_nobody_looks(command: Command) -> None:
    result = command.call("-f", "json")

    (line,) = lines(result)
    assert list(line)[:5] == ["time", "level", "event", "cluster", "run"]
    assert line["run"] == report(result)["run"]["id"]
    assert (line["level"], line["cluster"], line["verdict"]) == ("info", "drift-01-drifted", "drift")
    assert line["seconds"].keys() == {"gather", "judge"}
    assert result.exit_code == 1


def test_quiet(command: Command) -> None:
    assert command.call("-q", "-n", "wbe").stderr == ""


def test_verbose_tells_times(command: Command) -> None:
    assert [line["event"].split(" took ")[0] for line in lines(command.call("-v"))][:2] == ["gather", "judge"]


def test_very_verbose_lets_the_sdks_speak_but_of_no_secret(enter: Enter, tmp_path: Path) -> None:
    command = Command(tmp_path, enter(GOLDEN / "drift-01-drifted", git_token=PASSWORD))

    result = command.call("-vv")

    said = [line for line in lines(result) if line["event"].startswith("urllib3")]
    assert any("GET /api/v1/services" in line["event"] for line in said)
    assert {line["run"] for line in said if "run" in line} == {lines(result)[-1]["run"]}
    assert not [secret for secret in command.secrets() if secret in result.output]
    assert gaps(report(command.call("-f", "json"))) == []


def test_a_repository_that_asks_for_a_password(enter: Enter, tmp_path: Path) -> None:
    command = Command(tmp_path, enter(GOLDEN / "drift-01-drifted", git_token=PASSWORD))

    without = command.call("-f", "json", change=lambda document: document["clusters"][0]["git"][0].pop("auth"))
    command.variables["AUDITOR_LAB_GIT_TOKEN"] = OTHER
    wrong = command.call("-f", "json")

    assert "the server wants a credential" in gaps(report(without))[0]["reason"]
    assert "the server refuses the credential of `auth`" in gaps(report(wrong))[0]["reason"]
    assert OTHER not in wrong.output


@pytest.mark.parametrize("arguments", [("-n", "web"), ("-n", "web", "-n", "data"), ("-l", "!nope"), ("-l", "nope")])
def test_what_is_asked_for_is_judged_as_offline(command: Command, arguments: tuple[str, ...]) -> None:
    live = report(command.call("-f", "json", *arguments))

    recorded = command.bare("run", "--snapshot", GOLDEN / "drift-01-drifted", "-f", "json", *arguments)
    assert found(live) == found(report(recorded))
    assert live["services"] == report(recorded)["services"]


def test_a_misspelt_namespace_does_not_pass_for_clean(command: Command) -> None:
    warning, _ = lines(command.call("-n", "wbe"))

    assert (warning["level"], warning["event"]) == (
        "warning", "no Service of the namespace wbe is in Git or in the cluster",
    )  # fmt: skip


def test_a_recording_gives_the_same(command: Command, drifted: Lab, tmp_path: Path) -> None:
    made = command.call("-o", tmp_path / "out", command="snapshot")

    assert (made.exit_code, made.stdout) == (0, "")
    assert made.stderr.startswith(
        "drift-01-drifted: recorded 19 declared Services, 19 live Services, 38 events, 3 nodes"
    )
    live, replay = command.call("-f", "json"), command.bare("run", "--snapshot", tmp_path / "out", "-f", "json")
    assert found(report(replay)) == found(report(live))
    assert not [one for one in (tmp_path / "out").rglob("*") if one.is_file() and drifted.token in one.read_text()]


def test_a_recording_of_what_cannot_be_read_is_incomplete(command: Command, drifted: Lab, tmp_path: Path) -> None:
    drifted.fault("/api/v1/nodes", status=403)
    drifted.fault("/git/", status=403)

    made = command.call("-o", tmp_path / "out", command="snapshot")

    assert made.exit_code == 3
    assert "2 gaps (git manifests, kubernetes nodes)" in made.stderr
    replay = report(command.bare("run", "--snapshot", tmp_path / "out", "-f", "json"))
    assert found(replay) == found(report(command.call("-f", "json")))
    assert {one["reason"] for one in gaps(replay)} == {
        one["reason"] for one in gaps(report(command.call("-f", "json")))
    }


def test_metrics(command: Command, drifted: Lab, tmp_path: Path) -> None:
    drifted.fault("/api/v1/nodes", status=403)

    result = command.call("--metrics-textfile", tmp_path / "auditor.prom", "--pushgateway", "http://127.0.0.1:1")

    told = (tmp_path / "auditor.prom").read_text()
    assert result.exit_code == 1
    assert 'aks_auditor_source_complete{cluster="drift-01-drifted",source="kubernetes"} 0.0' in told
    assert 'aks_auditor_source_complete{cluster="drift-01-drifted",source="azure"} 1.0' in told
    assert 'aks_auditor_api_requests_total{cluster="drift-01-drifted",code="403",source="kubernetes"} 1.0' in told
    assert [line["level"] for line in lines(result)] == ["warning", "info"]
    lost, audited = lines(result)
    assert lost["event"].startswith("cannot push metrics to http://127.0.0.1:1: ")
    assert (lost["cluster"], lost["run"]) == (audited["cluster"], audited["run"])


@pytest.fixture
def two(drifted: Lab, enter: Enter, command: Command, tmp_path: Path) -> Command:
    """Two clusters; the second has nothing to confirm above medium."""
    made = Command(tmp_path, drifted, enter(GOLDEN / "internal"))
    made.variables["XDG_CACHE_HOME"] = command.variables["XDG_CACHE_HOME"]
    return made


def documents(text: str) -> dict[str, Any]:
    """JSON documents that follow each other, by cluster."""
    decoder, all_of_them = json.JSONDecoder(), {}
    while text:
        one, end = decoder.raw_decode(text)
        all_of_them[one["run"]["cluster"]] = one
        text = text[end:].lstrip()
    return all_of_them


def test_several_clusters_and_one_is_broken(two: Command) -> None:
    whole = documents(two.call("-f", "json").stdout)
    two.labs[1].fault("/api/v1", status=401)

    result = two.call("-f", "json")

    broken = documents(result.stdout)
    assert list(broken) == ["drift-01-drifted", "internal"]
    assert found(broken["drift-01-drifted"]) == found(whole["drift-01-drifted"])
    assert {one["family"] for one in broken["internal"]["findings"]} == {"manifest"}
    assert {one["source"] for one in gaps(broken["internal"])} == {"kubernetes"}
    assert result.exit_code == 1
    assert [(line["cluster"], line["verdict"]) for line in lines(result)] == [
        ("drift-01-drifted", "drift"), ("internal", "drift"),
    ]  # fmt: skip


@pytest.mark.parametrize("change", [first("kubernetes", kubeconfig="/no/such"), first("kubernetes", context="nope")])
def test_several_clusters_and_one_cannot_be_read_at_all(two: Command, change: Change) -> None:
    before = len(two.labs[0].requests)

    result = two.call("-f", "json", change=change)

    failed, audited = lines(result)
    assert list(documents(result.stdout)) == ["internal"]
    assert result.exit_code == 2
    assert (failed["level"], failed["cluster"], failed["run"]) == ("error", "drift-01-drifted", failed["run"])
    assert failed["event"].startswith("drift-01-drifted: kubernetes.")
    assert (audited["cluster"], audited["verdict"]) == ("internal", "drift")
    assert len(two.labs[0].requests) == before


def test_of_several_clusters_what_is_wrong_in_the_text_stops_all(two: Command) -> None:
    before = [len(lab.requests) for lab in two.labs]

    result = two.call(change=contexts)

    assert result.exit_code == 2
    assert "`contxt` is no key" in result.stderr
    assert [len(lab.requests) for lab in two.labs] == before


def test_texts_of_several_clusters_are_apart(two: Command, tmp_path: Path) -> None:
    result = two.call()
    one, other = (two.call("--cluster", name).stdout for name in ("drift-01-drifted", "internal"))
    assert result.stdout == f"{one}\n{other}"

    two.call("-o", f"json={tmp_path}/report-{{cluster}}.json")
    assert {path.name for path in tmp_path.glob("report*")} == {
        "report-drift-01-drifted.json", "report-internal.json",
    }  # fmt: skip


@pytest.mark.parametrize(("command_name", "arguments", "says"), [
    ("run", ("-o", "json=report.json"), "{cluster} where its name belongs, as in -o json=report-{cluster}"),
    ("run", ("--ref", "main"), "Name one with --cluster."),
    ("snapshot", ("-o", "out"), "choose one of drift-01-drifted, internal with --cluster."),
])  # fmt: skip
def test_several_clusters_where_one_is_meant(
    two: Command, command_name: str, arguments: tuple[str, ...], says: str
) -> None:
    before = [len(lab.requests) for lab in two.labs]

    result = two.call(*arguments, command=command_name)

    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert [len(lab.requests) for lab in two.labs] == before


@pytest.mark.parametrize("ref", ["main", "recorded"])
def test_ref(command: Command, drifted: Lab, ref: str) -> None:
    document = report(command.call("-f", "json", "--ref", ref))

    assert gaps(document) == []
    assert drifted.commit("main") in json.dumps(document["inputs"])
