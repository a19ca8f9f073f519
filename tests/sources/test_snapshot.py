"""Snapshot directories: golden ones whole, hand-made ones with their gaps, and directories that are none."""

import dataclasses
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.errors import SnapshotError
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Facts, Gap, GitSource, Read, Snapshot
from auditor.sources.snapshots import snapshot_files
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_parts import COLLECTIONS
from tests.sources.conftest import STATES

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
EMPTY = {
    **{one.file: b"[]" for one in COLLECTIONS if one.source == "azure"},
    **{one.file: b'{"items": []}' for one in COLLECTIONS if one.source == "kubernetes"},
    "git/main/svc.yaml": SERVICE.encode(),
}
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a snapshot directory: a small complete one, with some files changed or (None) left out."""

    def made(changes: dict[str, str | bytes | None] | None = None) -> Path:
        root = tmp_path / "prod"
        for name, data in {**EMPTY, **(changes or {})}.items():
            if data is not None:
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data.encode() if isinstance(data, str) else data)
        return root

    return made


def only_gap(snapshot: Snapshot) -> Gap:
    """The gap of a snapshot that has one."""
    (found,) = snapshot.gaps
    assert found.reason
    assert "\n" not in found.reason
    return found


@pytest.mark.parametrize("state", STATES)
def test_a_golden_state_is_read_whole(state: str, golden_dir: Path) -> None:
    found = read_snapshot(golden_dir / state)

    without_nodes = state == "pls-az"
    assert [gap.kind for gap in found.gaps] == (["nodes"] if without_nodes else [])
    assert found.cluster == state
    assert found.declared
    assert found.services
    assert found.load_balancers
    assert found.facts.node_resource_group == "MC_rg_cluster_eastus"
    assert found.facts.subnet == "snet-nodes"
    assert found.facts.virtual_network is not None
    assert found.facts.virtual_network.endswith("/virtualNetworks/vnet-aks")
    assert {one.kind for one in found.reads} >= {one.kind for one in COLLECTIONS if not one.optional} - (
        {"nodes"} if without_nodes else set()
    )


@pytest.mark.parametrize("state", STATES)
def test_reading_twice_gives_the_same(state: str, golden_dir: Path) -> None:
    assert read_snapshot(golden_dir / state) == read_snapshot(golden_dir / state)


def test_the_recorded_forms_are_the_same_state(golden_dir: Path) -> None:
    nested, flat = read_snapshot(golden_dir / "pls"), read_snapshot(golden_dir / "pls-az")

    for field in ("declared", "services", "events", "load_balancers", "private_link_services", "public_ips"):
        assert getattr(nested, field) == getattr(flat, field)
    assert nested.virtual_networks == flat.virtual_networks
    given = dataclasses.asdict(nested.facts)
    concluded = dataclasses.asdict(flat.facts)
    assert flat.facts.inferred == {"subscription_id", "node_resource_group", "virtual_network", "subnet"}
    assert {name: concluded[name] for name in flat.facts.inferred} == {
        name: given[name] for name in flat.facts.inferred
    }


def test_a_complete_snapshot_has_no_gap(make: Make) -> None:
    found = read_snapshot(make())

    assert found.gaps == ()
    assert found.cluster == "prod"
    assert found.captured_at is None
    assert found.facts == Facts()
    assert found.git == (GitSource(name="main", path="git/main"),)
    assert found.declared is not None
    assert [one.key for one in found.declared] == [ServiceKey("default", "x")]
    assert found.services == ()
    assert found.nic_addresses == ()
    assert found.reads[-1] == Read(source="git", scope="main", kind="manifests", objects=1)


@pytest.mark.parametrize("what", [one for one in COLLECTIONS if not one.optional], ids=lambda one: str(one.kind))
def test_a_missing_file_is_a_gap_that_says_how_to_make_it(make: Make, what: object) -> None:
    one = next(one for one in COLLECTIONS if one is what)

    found = read_snapshot(make({one.file: None}))

    assert getattr(found, one.field) is None
    assert only_gap(found) == Gap(
        source=one.source,
        scope=one.file,
        kind=one.kind,
        reason=f"{one.file} is not in the snapshot: `{one.command} > {one.file}` makes it",
    )


def test_network_interfaces_are_optional(make: Make) -> None:
    found = read_snapshot(make({"azure/networkInterfaces.json": None}))

    assert (found.nic_addresses, found.gaps) == (None, ())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"<html>", "is not JSON: "),
        (b'{"items": [', "is not JSON: "),
        (b"[]", "does not have the expected form: expected `object`, got `array`"),
        (b'{"items": [{"kind": "Service", "metadata": {}}]}', "has a Service without a name at items[0]"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_gap(make: Make, data: bytes, reason: str) -> None:
    found = read_snapshot(make({"kubernetes/services.json": data}))

    assert found.services is None
    assert only_gap(found).reason.startswith(f"kubernetes/services.json {reason}")
    assert "kubectl get services -A -o json" in only_gap(found).reason


def test_a_folder_where_a_file_belongs_is_a_gap(make: Make) -> None:
    found = read_snapshot(make({"azure/loadBalancers.json": None, "azure/loadBalancers.json/x": b""}))

    assert only_gap(found).reason.startswith("azure/loadBalancers.json cannot be read: Is a directory")


def test_a_pipe_is_not_waited_for(make: Make) -> None:
    root = make({"azure/loadBalancers.json": None})
    os.mkfifo(root / "azure/loadBalancers.json")
    os.mkfifo(root / "git/main/pipe.yaml")

    gaps = read_snapshot(root).gaps

    assert {gap.scope for gap in gaps} == {"azure/loadBalancers.json", "main/pipe.yaml"}
    assert all("is not a file" in gap.reason for gap in gaps)


def test_what_may_not_be_read_is_a_gap(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def refuse(path: str, flags: int) -> int:
        if str(path).endswith(("events.json", "svc.yaml")):
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, flags)

    root = make()
    monkeypatch.setattr(os, "open", refuse)

    gaps = read_snapshot(root).gaps

    assert {gap.scope for gap in gaps} == {"kubernetes/events.json", "main/svc.yaml"}
    assert all("cannot be read: Permission denied" in gap.reason for gap in gaps)


def test_a_file_too_large_is_a_gap(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_files, "MAX_BYTES", 100)

    assert "is larger than" in only_gap(read_snapshot(make({"kubernetes/nodes.json": b" " * 101}))).reason


def test_links_out_of_the_snapshot_are_not_followed(make: Make, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text(SERVICE)
    root = make({"kubernetes/services.json": None})
    (root / "kubernetes/services.json").symlink_to(outside / "secret.yaml")
    (root / "git/main/out.yaml").symlink_to(outside / "secret.yaml")
    (root / "git/main/folder").symlink_to(outside)
    (root / "git/other").symlink_to(outside)

    found = read_snapshot(root)

    assert {gap.scope for gap in found.gaps} == {"kubernetes/services.json", "main/out.yaml", "main/folder"}
    assert all("leads out of the snapshot" in gap.reason for gap in found.gaps)
    assert found.declared is not None
    assert [one.path for one in found.declared] == ["svc.yaml"]


def test_links_within_the_snapshot(make: Make) -> None:
    root = make({"shared.yaml": SERVICE.replace("name: x", "name: shared")})
    (root / "git/main/again.yaml").symlink_to("svc.yaml")
    (root / "git/main/loop").symlink_to(".")
    (root / "git/main/shared.yaml").symlink_to("../../shared.yaml")
    (root / "git/main/dangling.yaml").symlink_to("nowhere.yaml")

    found = read_snapshot(root)

    assert found.declared is not None
    assert [one.name for one in found.declared] == ["shared", "x"]
    assert [gap.scope for gap in found.gaps] == ["main/dangling.yaml"]


def test_a_file_name_that_is_no_text(make: Make) -> None:
    root = make()
    (root / "git/main" / os.fsdecode(b"\xff.yaml")).write_text("a: [")

    assert only_gap(read_snapshot(root)).scope == "main/\ufffd.yaml"


def test_no_git_folder_is_a_gap(make: Make) -> None:
    found = read_snapshot(make({"git/main/svc.yaml": None}))

    assert found.declared is None
    assert only_gap(found) == Gap(
        source="git",
        scope="git",
        kind="manifests",
        reason="git/ is not in the snapshot: put the manifests into git/<source>/",
    )


def test_an_empty_source_declares_nothing(make: Make) -> None:
    root = make()
    (root / "git/main/svc.yaml").unlink()

    found = read_snapshot(root)

    assert (found.declared, found.gaps) == ((), ())


def test_manifests_beside_the_sources_are_named(make: Make) -> None:
    found = only_gap(read_snapshot(make({"git/loose.yaml": SERVICE})))

    assert found.reason == "git/loose.yaml belongs to no source; put it into git/<source>/"


def test_each_folder_of_git_is_a_source(make: Make) -> None:
    found = read_snapshot(make({"git/apps/a.yaml": SERVICE.replace("name: x", "name: a"), "git/.git/x.yaml": "a: ["}))

    assert [one.name for one in found.git] == ["apps", "main"]
    assert found.declared is not None
    assert [(one.source, one.name) for one in found.declared] == [("apps", "a"), ("main", "x")]


def test_two_sources_that_declare_one_service(make: Make) -> None:
    found = read_snapshot(make({"git/apps/a.yaml": SERVICE}))

    assert found.declared is not None
    assert [(one.source, [other.source for other in one.also]) for one in found.declared] == [("main", ["apps"])]
    assert found.gaps == ()


def test_what_was_rendered_is_declared_and_its_gaps_vanish(make: Make) -> None:
    unrendered = {"git/main/app/kustomization.yaml": "resources: [svc.yaml]\n", "git/main/app/svc.yaml": "a: ["}
    before = read_snapshot(make(dict(unrendered)))
    after = read_snapshot(make({**unrendered, "rendered/main/app.yaml": SERVICE.replace("name: x", "name: made")}))

    assert only_gap(before).scope == "main/app"
    assert after.gaps == ()
    assert after.declared is not None
    assert [(one.name, one.path) for one in after.declared] == [("x", "svc.yaml"), ("made", "app.yaml")]


YAML = """\
schema: aks-auditor/snapshot-v1
cluster: weu
capturedAt: 2026-11-22T10:50:00Z
unknown: {a: b}
azure: {subscriptionId: sub, nodeResourceGroup: MC_x, location: weu}
controller:
  clusterName: k8s
  virtualNetwork: /virtualNetworks/v
  subnet: snet
  privateLinkServiceResourceGroup: rg-pls
  backendPoolType: nodeIP
  multipleLoadBalancers: [a, b]
git:
- {name: main, path: git/main, url: "https://git.example/fleet.git", ref: main, commit: 3f2c1aa, namespace: web}
gaps:
- {source: azure, scope: rg-other, kind: privateLinkServices, reason: forbidden}
"""


def test_snapshot_yaml(make: Make) -> None:
    found = read_snapshot(make({"snapshot.yaml": YAML}))

    assert found.cluster == "weu"
    assert found.captured_at == datetime(2026, 11, 22, 10, 50, tzinfo=UTC)
    assert found.facts == Facts(
        subscription_id="sub",
        node_resource_group="MC_x",
        location="weu",
        cluster_name="k8s",
        virtual_network="/virtualNetworks/v",
        subnet="snet",
        pls_resource_group="rg-pls",
        backend_pool_type="nodeIP",
        multiple_load_balancers=("a", "b"),
    )
    assert found.git == (
        GitSource(name="main", path="git/main", url="https://git.example/fleet.git", ref="main", commit="3f2c1aa"),
    )
    assert only_gap(found) == Gap(source="azure", scope="rg-other", kind="privateLinkServices", reason="forbidden")
    assert found.declared is not None
    assert found.declared[0].namespace == "web"
    assert {one.read_at for one in found.reads} == {found.captured_at}


def test_a_gap_of_the_recording_is_told_once(make: Make) -> None:
    found = read_snapshot(make({"snapshot.yaml": YAML, "azure/privateLinkServices.json": None}))

    assert only_gap(found).reason == "forbidden"
    assert found.private_link_services is None


def test_a_source_that_is_not_there_is_a_gap(make: Make) -> None:
    found = read_snapshot(make({"snapshot.yaml": "git: [{name: main}, {name: apps, path: git/applications}]\n"}))

    assert only_gap(found) == Gap(
        source="git",
        scope="apps",
        kind="manifests",
        reason="git/applications is not in the snapshot: put the manifests of apps there",
    )


@pytest.mark.parametrize("path", ["../outside", "/etc", "git/../../outside"])
def test_a_source_outside_of_the_snapshot_is_a_gap(make: Make, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.yaml").write_text(SERVICE)

    found = read_snapshot(make({"snapshot.yaml": f"git: [{{name: x, path: {path}}}]\n"}))

    assert only_gap(found).scope == "x"
    assert found.declared is None


CHAIN = "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 600)) + "#" * 500_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [", ["snapshot.yaml:2 is not YAML"]),
        ("- a\n", ["snapshot.yaml: is not a mapping"]),
        (f"a0: &a0 [x]\n{CHAIN}", ["snapshot.yaml: its aliases nest too deeply"]),
        ("a: 1\n---\nb: 2\n", ["snapshot.yaml: holds several documents"]),
        ("schema: aks-auditor/snapshot-v9\n", ["snapshot.yaml: schema: `aks-auditor/snapshot-v9` is not known"]),
        (
            "controller: {backendPoolType: nodes}\n",
            ["snapshot.yaml: controller.backendPoolType: `nodes` is not one of"],
        ),
        ("schema: 1\n", ["snapshot.yaml: schema: expected `str | null`, got `int`"]),
        ("cluster: [a]\n", ["snapshot.yaml: cluster: expected `str | null`, got `array`"]),
        ("capturedAt: yesterday\n", ["snapshot.yaml: capturedAt: invalid RFC3339 encoded datetime"]),
        ("azure: x\n", ["snapshot.yaml: azure: expected `object | null`, got `str`"]),
        ("gaps: {a: b}\n", ["snapshot.yaml: gaps: expected `array | null`, got `object`"]),
        ("git: [{path: x}]\n", ["snapshot.yaml: git[0].name: is missing"]),
        (
            "cluster: 5\nazure: {location: [a], subscriptionId: ok}\ngit: [{name: a}, {name: 5, ref: 7}]\n",
            [
                "snapshot.yaml: cluster: expected `str | null`, got `int`",
                "snapshot.yaml: azure.location: expected `str | null`, got `array`",
                "snapshot.yaml: git[1].name: expected `str`, got `int`",
                "snapshot.yaml: git[1].ref: expected `str | null`, got `int`",
            ],
        ),
    ],
)
def test_a_bad_snapshot_yaml_is_an_error_with_every_fault(make: Make, text: str, expected: list[str]) -> None:
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(make({"snapshot.yaml": text}))

    told = str(caught.value).splitlines()
    assert len(told) == len(expected)
    assert all(line.startswith(start) for line, start in zip(told, expected, strict=True)), told


def test_facts_may_be_empty_and_pool_types_in_any_case(make: Make) -> None:
    text = (
        "azure: {subscriptionId: '', location: ~}\ncontroller: {clusterName: '', subnet: '', backendPoolType: NODEIP}\n"
    )

    assert read_snapshot(make({"snapshot.yaml": text})).facts == Facts(backend_pool_type="nodeIP")


def test_an_empty_snapshot_yaml_says_nothing(make: Make) -> None:
    assert read_snapshot(make({"snapshot.yaml": ""})).cluster == "prod"


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        SnapshotError, match="there is no such directory; make it of what `kubectl` and `az` print, as docs/snap"
    ):
        read_snapshot(tmp_path / "none")


def test_a_file_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1")

    with pytest.raises(SnapshotError, match="is not a directory; give the snapshot"):
        read_snapshot(tmp_path / "x.yaml")


def test_a_directory_with_other_things_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("")

    with pytest.raises(SnapshotError, match=r"is no snapshot, it holds none of snapshot\.yaml, git, "):
        read_snapshot(tmp_path)


@pytest.mark.parametrize("part", ["git", "kubernetes", "azure", "rendered"])
def test_one_part_is_enough(tmp_path: Path, part: str) -> None:
    (tmp_path / part).mkdir()

    found = read_snapshot(tmp_path)

    assert len(found.gaps) == 8
    assert found.declared is None


def test_a_snapshot_can_lie_behind_a_link(golden_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(golden_dir / "internal", tmp_path / "internal")
    (tmp_path / "link").symlink_to(tmp_path / "internal")

    assert read_snapshot(tmp_path / "link") == read_snapshot(golden_dir / "internal")
