"""`auditor snapshot`: a recording of a recording says the same, and holds nothing that it should not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.commands.snapshot import NOUNS
from auditor.sources.snapshots.redact import LAST_APPLIED
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_parts import COLLECTIONS
from tests.cli.conftest import Call

GOLDEN = Path(__file__).parents[1] / "golden"
STATES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())
CLOCK = {"SOURCE_DATE_EPOCH": "1795344600"}
"""For recordings that have no clock of their own."""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {type: LoadBalancer}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"  # noqa: S105
Made = Callable[[dict[str, str]], Path]


def files(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their paths in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def change(path: Path, edit: Callable[[Any], None]) -> None:
    """Change a JSON file."""
    document = json.loads(path.read_bytes())
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def report(call: Call, folder: Path) -> bytes:
    """The JSON report of a recording."""
    return call("run", "--snapshot", folder, "-f", "json", env=CLOCK).stdout_bytes


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Make a recording by hand."""

    def make(contents: dict[str, str]) -> Path:
        for name, text in contents.items():
            path = tmp_path / "prod" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "prod"

    return make


@pytest.fixture
def copied(recording: Path, tmp_path: Path) -> Path:
    """A copy of the drifted recording, to be changed."""
    return Path(shutil.copytree(recording, tmp_path / "copied"))


@pytest.mark.parametrize("state", STATES)
def test_a_recording_of_a_recording_says_the_same(call: Call, state: str, tmp_path: Path) -> None:
    result = call("snapshot", "--snapshot", GOLDEN / state, "-o", tmp_path / "out")

    assert result.exit_code == (3 if state == "pls-az" else 0)
    assert report(call, tmp_path / "out") == report(call, GOLDEN / state)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    again = call("snapshot", "--snapshot", tmp_path / "out", "-o", tmp_path / "again")
    assert again.exit_code == result.exit_code
    assert files(tmp_path / "again") == files(tmp_path / "out")


def test_one_line_tells_what_was_recorded(call: Call, recording: Path, tmp_path: Path) -> None:
    result = call("snapshot", "--snapshot", recording, "-o", tmp_path / "out")

    assert result.stdout == ""
    assert result.stderr == (
        "drift-01-drifted: recorded 19 declared Services, 20 live Services, 38 events, 3 nodes, 2 load balancers, "
        f"9 private link services, 1 virtual network, 2 public IPs, 16 NIC configurations; no gaps -> {tmp_path}/out\n"
    )


def test_every_kind_is_told() -> None:
    assert NOUNS.keys() == {"manifests", *(one.kind for one in COLLECTIONS)}


def test_gaps_are_told_and_kept(call: Call, copied: Path, tmp_path: Path) -> None:
    (copied / "kubernetes/nodes.json").unlink()
    (copied / "azure/loadBalancers.json").write_text("hunter2")

    result = call("snapshot", "--snapshot", copied, "-o", tmp_path / "out")

    assert result.exit_code == 3
    assert "; 2 gaps (kubernetes nodes, azure loadBalancers) -> " in result.stderr
    assert "azure/loadBalancers.json" not in files(tmp_path / "out")
    assert report(call, tmp_path / "out") == report(call, copied)


def test_quiet_says_nothing(call: Call, recording: Path, tmp_path: Path) -> None:
    result = call("snapshot", "--snapshot", recording, "-o", tmp_path / "out", "-q")

    assert (result.exit_code, result.output) == (0, "")


def test_variables_stand_for_flags(call: Call, recording: Path, tmp_path: Path) -> None:
    variables = {"AUDITOR_SNAPSHOT": str(recording), "AUDITOR_OUTPUT": str(tmp_path / "out"), "AUDITOR_QUIET": "1"}

    assert call("snapshot", env=variables).output == ""
    assert read_snapshot(tmp_path / "out") == read_snapshot(recording)


def test_only_what_the_auditor_reads_is_recorded(call: Call, copied: Path, tmp_path: Path) -> None:
    before = report(call, copied)
    (copied / "git/main/README.md").write_text("Service hunter2")
    (copied / "git/main/values.txt").write_text("Service hunter2")
    (copied / "git/main/config.yaml").write_text("kind: ConfigMap # Service\ndata: {a: hunter2}\n")
    (copied / "azure/keyVaults.json").write_text('["hunter2"]')
    pod = {"involvedObject": {"kind": "Pod"}, "message": "hunter2"}
    change(copied / "kubernetes/events.json", lambda found: found["items"].append(pod))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "hunter2"}}
    change(copied / "kubernetes/services.json", lambda found: found["items"].append(secret))

    call("snapshot", "--snapshot", copied, "-o", tmp_path / "out")

    assert not [name for name, data in files(tmp_path / "out").items() if b"hunter2" in data]
    assert {name.rpartition("/")[2] for name in files(tmp_path / "out") if not name.startswith("git/")} == {
        "snapshot.yaml",
        *(Path(one.file).name for one in COLLECTIONS),
    }
    assert report(call, tmp_path / "out") == before


def test_the_last_applied_manifest_is_gone(call: Call, copied: Path, tmp_path: Path) -> None:
    def apply(found: Any) -> None:
        for item in found["items"]:
            item["metadata"].setdefault("annotations", {})[LAST_APPLIED] = '{"password": "hunter2"}'

    change(copied / "kubernetes/services.json", apply)

    call("snapshot", "--snapshot", copied, "-o", tmp_path / "out")

    written = files(tmp_path / "out")["kubernetes/services.json"]
    assert LAST_APPLIED.encode() not in written
    assert b"hunter2" not in written
    assert report(call, tmp_path / "out") == report(call, copied)


def test_a_folder_made_by_hand(call: Call, made: Made, tmp_path: Path) -> None:
    folder = made(
        {
            "snapshot.yaml": (
                "git:\n"
                "- {name: main, path: fleet/weu, namespace: web, url: 'https://u:hunter2@git.example/x'}\n"
                "- {name: gone, path: fleet/none}\n"
            ),
            "fleet/weu/shop.yaml": f"{SECRET}---\n{SERVICE}",
            "fleet/weu/chart/Chart.yaml": "name: hunter2",
            "rendered/main/chart.yaml": f"{SERVICE.replace('shop', 'rendered')}---\n{SECRET}",
            "kubernetes/services.json": '{"items": []}',
        }
    )

    result = call("snapshot", "--snapshot", folder, "-o", tmp_path / "a" / "b")

    assert result.exit_code == 3
    assert result.stderr.startswith("prod: recorded 2 declared Services, 0 live Services; ")
    written = files(tmp_path / "a" / "b")
    assert not [name for name, data in written.items() if b"hunter2" in data]
    before, after = read_snapshot(folder), read_snapshot(tmp_path / "a" / "b")
    assert after.declared == before.declared
    assert (after.cluster, after.captured_at, after.gaps) == ("prod", None, before.gaps)
    assert sorted(name for name in written if not name.startswith("kubernetes/")) == [
        "git/main/chart/Chart.yaml",
        "git/main/shop.yaml",
        "rendered/main/chart.yaml",
        "snapshot.yaml",
    ]


def test_what_cannot_be_recorded_without_a_secret_is_a_gap(call: Call, made: Made, tmp_path: Path) -> None:
    both = [{"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}} for kind in ("Secret", "Service")]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": both})

    result = call("snapshot", "--snapshot", made({"git/main/x.json": text}), "-o", tmp_path / "out")

    assert result.exit_code == 3
    assert "recorded 0 declared Services" in result.stderr
    assert "holds a Service and a Secret in one list" in (tmp_path / "out/snapshot.yaml").read_text()


@pytest.mark.parametrize("held", ["notes.md", "snapshot.yaml"])
def test_nothing_is_written_where_something_is(call: Call, recording: Path, tmp_path: Path, held: str) -> None:
    (tmp_path / held).write_text("cluster: mine")

    result = call("snapshot", "--snapshot", recording, "-o", tmp_path)

    assert result.exit_code == 2
    assert result.stderr == f"Error: {tmp_path}: is not empty; choose another directory, or empty it\n"
    assert files(tmp_path) == {held: b"cluster: mine"}


def test_a_recording_is_not_written_over_itself(call: Call, copied: Path) -> None:
    before = files(copied)

    result = call("snapshot", "--snapshot", copied, "-o", copied)

    assert result.exit_code == 2
    assert files(copied) == before


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("file", "file: is not a directory; choose another place for the snapshot"),
        ("file/out", "file/out: the snapshot cannot be written: "),
    ],
)
def test_where_nothing_can_be_written(call: Call, recording: Path, tmp_path: Path, target: str, says: str) -> None:
    (tmp_path / "file").write_text("mine")

    result = call("snapshot", "--snapshot", recording, "-o", tmp_path / target)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {tmp_path}/{says}")
    assert len(result.stderr.splitlines()) == 1
    assert files(tmp_path) == {"file": b"mine"}


def test_an_empty_directory_is_written_to(call: Call, recording: Path, tmp_path: Path) -> None:
    assert call("snapshot", "--snapshot", recording, "-o", tmp_path).exit_code == 0
    assert read_snapshot(tmp_path) == read_snapshot(recording)


def test_two_sources_of_one_name_cannot_be_told_apart(call: Call, made: Made, tmp_path: Path) -> None:
    folder = made({"snapshot.yaml": "git: [{name: main, path: a}, {name: main, path: b}]"})

    result = call("snapshot", "--snapshot", folder, "-o", tmp_path / "out")

    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert result.stderr.endswith("two Git sources are called main; give each a name of its own\n")


def test_a_recording_that_leads_out_is_not_recorded(call: Call, made: Made, tmp_path: Path) -> None:
    folder = made({"snapshot.yaml": "git: [{name: ../x, path: a}]", "a/svc.yaml": SERVICE})

    result = call("snapshot", "--snapshot", folder, "-o", tmp_path / "out")

    assert (result.exit_code, [path.name for path in tmp_path.iterdir()]) == (2, ["prod"])
    assert "would lead out of the snapshot" in result.stderr
