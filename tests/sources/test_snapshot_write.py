"""Recordings: what is read back is what was written, and nothing secret is in it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.controller import keys
from auditor.errors import SnapshotError
from auditor.model.redacted import REDACTED
from auditor.model.snapshot import Facts, Gap, GitSource, Snapshot
from auditor.sources.snapshots import redact
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_parts import COLLECTIONS
from auditor.sources.snapshots.snapshot_write import Recording, write_snapshot
from tests.sources.conftest import STATES

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
CONFIDENTIAL = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: hunter2\n"


def files_below(folder: Path) -> list[tuple[str, bytes]]:
    """The files of a folder with their paths in it."""
    return [(str(path.relative_to(folder)), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


def recorded(directory: Path) -> Recording:
    """The recording that a snapshot directory holds."""
    snapshot = read_snapshot(directory)
    return Recording(
        snapshot=snapshot,
        collections={
            one.kind: (directory / one.file).read_bytes() for one in COLLECTIONS if (directory / one.file).exists()
        },
        manifests={one.name: files_below(directory / one.path) for one in snapshot.git},
    )


def small(**manifests: str) -> Recording:
    """A recording of one Git source."""
    given = [(name.replace("__", "/") + ".yaml", text.encode()) for name, text in manifests.items()]
    return Recording(
        snapshot=Snapshot(cluster="c", git=(GitSource(name="main"),)), manifests={"main": given} if given else {}
    )


def everything(directory: Path) -> str:
    """All that was written."""
    return "\n".join(data.decode() for _, data in files_below(directory))


def masked(snapshot: Snapshot) -> Snapshot:
    """The same without what somebody wrote on a Private Link Service by hand."""
    links = [
        replace(one, tags={key: REDACTED if key == "made-by" else value for key, value in one.tags.items()})
        for one in snapshot.private_link_services or ()
    ]
    return snapshot if snapshot.private_link_services is None else replace(snapshot, private_link_services=tuple(links))


@pytest.mark.parametrize("state", STATES)
def test_what_is_read_back_is_what_was_written(state: str, golden_dir: Path, tmp_path: Path) -> None:
    recording = recorded(golden_dir / state)

    write_snapshot(tmp_path / state, recording)

    assert read_snapshot(tmp_path / state) == masked(recording.snapshot)
    assert [path.name for path in tmp_path.iterdir()] == [state]
    again = recorded(tmp_path / state)
    assert again.snapshot == masked(recording.snapshot)
    write_snapshot(tmp_path / "again", again)
    assert files_below(tmp_path / "again") == files_below(tmp_path / state)


def test_facts_gaps_and_names_that_look_like_something_else(tmp_path: Path) -> None:
    snapshot = Snapshot(
        cluster="y",
        facts=Facts(
            subscription_id="1e3",
            node_resource_group="0755",
            location="null",
            cluster_name="on",
            virtual_network="/virtualNetworks/v: x #y",
            subnet="2026-01-01",
            pls_resource_group="~",
            backend_pool_type="nodeIP",
            multiple_load_balancers=("1", "ü"),
            inferred=frozenset({"subnet"}),
        ),
        git=(GitSource(name="5", path="git/5", url="ssh://git@host/x", ref="1.10", commit="1234567"),),
        declared=(),
        gaps=(Gap(source="azure", scope="*", kind="loadBalancers", reason="forbidden: `x`\nand 'more'"),),
    )
    write_snapshot(tmp_path / "s", Recording(snapshot=snapshot, manifests={"5": []}, namespaces={"5": "true"}))

    found = read_snapshot(tmp_path / "s")

    assert (found.cluster, found.facts, found.git) == (snapshot.cluster, snapshot.facts, snapshot.git)
    assert found.gaps[0] == snapshot.gaps[0]
    assert 'namespace: "true"' in (tmp_path / "s/snapshot.yaml").read_text()


def test_gaps_are_told_once_after_any_number_of_recordings(tmp_path: Path) -> None:
    bad = "apiVersion: v1\nkind: Service\nmetadata: {}\n"
    first = small(a=bad, b="kind: Service\na: [", app__kustomization="", app__svc=SERVICE)
    write_snapshot(tmp_path / "1", first)
    snapshot = read_snapshot(tmp_path / "1")
    assert {gap.scope for gap in snapshot.gaps if gap.source == "git"} == {"main/a.yaml", "main/app"}

    write_snapshot(tmp_path / "2", recorded(tmp_path / "1"))

    assert read_snapshot(tmp_path / "2") == snapshot


def test_manifests_as_kubectl_left_them_are_not_in_live_services(tmp_path: Path) -> None:
    annotations = {redact.LAST_APPLIED: '{"env": "hunter2"}', keys.PLS_NAME: "kept"}
    items = [{"kind": "Service", "metadata": {"name": "x", "annotations": annotations}}, {"metadata": None}, None]
    data = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()

    write_snapshot(tmp_path / "s", Recording(snapshot=Snapshot(cluster="c"), collections={"services": data}))

    written = json.loads((tmp_path / "s/kubernetes/services.json").read_text())
    assert written["items"][0]["metadata"]["annotations"] == {keys.PLS_NAME: "kept"}
    assert "hunter2" not in everything(tmp_path)


def test_services_that_are_no_json_are_not_written(tmp_path: Path) -> None:
    for data in (b"hunter2", b'["hunter2"]', b"\xff\xfeh"):
        assert redact.services(data) is None
    write_snapshot(tmp_path / "s", Recording(snapshot=Snapshot(cluster="c"), collections={"services": b"hunter2"}))

    assert not (tmp_path / "s/kubernetes").exists()


def test_only_services_are_recorded_of_a_manifest(tmp_path: Path) -> None:
    text = f"# password: hunter2\n---\n{CONFIDENTIAL}---\n{SERVICE}--- # next\nkind: ConfigMap\nx: Service hunter2\n"
    write_snapshot(tmp_path / "s", small(mixed=text, secret=CONFIDENTIAL + "# Service\n", config="kind: ConfigMap\n"))

    found = read_snapshot(tmp_path / "s")

    assert "hunter2" not in everything(tmp_path)
    assert [name for name, _ in files_below(tmp_path / "s/git")] == ["main/mixed.yaml"]
    assert found.declared is not None
    assert [(one.name, one.line) for one in found.declared] == [("x", 9)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_stay_where_they_were(newline: str, encoding: str) -> None:
    text = (CONFIDENTIAL + "---\n" + SERVICE + "---\n" + CONFIDENTIAL).replace("\n", newline)

    kept = redact.manifest(text.encode(encoding))

    assert kept is not None
    lines = kept.decode().split(newline)
    assert lines == ["", "", "", "", "", "---", *SERVICE.splitlines(), "---", "", "", "", "", "", ""]


def test_a_secret_in_one_list_with_a_service_keeps_the_file_out(tmp_path: Path) -> None:
    items = [{"apiVersion": "v1", "kind": "Secret", "data": {"a": "hunter2"}}]
    items += [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})

    write_snapshot(tmp_path / "s", small(a=text))

    assert "hunter2" not in everything(tmp_path)
    gaps = [gap for gap in read_snapshot(tmp_path / "s").gaps if gap.source == "git"]
    assert [gap.reason for gap in gaps] == [
        "a.yaml holds a Service and a Secret in one list, so it was not recorded; part them"
    ]


def test_what_must_be_rendered_is_only_named(tmp_path: Path) -> None:
    recording = small(app__kustomization="secretGenerator: [{literals: [a=hunter2]}]", app__svc=SERVICE + CONFIDENTIAL)

    write_snapshot(tmp_path / "s", recording)

    assert "hunter2" not in everything(tmp_path)
    assert [name for name, _ in files_below(tmp_path / "s/git/main")] == ["app/kustomization.yaml"]
    assert "main/app" in {gap.scope for gap in read_snapshot(tmp_path / "s").gaps}


def test_what_was_rendered_is_recorded(tmp_path: Path) -> None:
    given = small(app__kustomization="")
    recording = Recording(
        snapshot=given.snapshot,
        manifests=given.manifests,
        rendered={"main": [("app/kustomization.yaml", SERVICE.encode())]},
    )

    write_snapshot(tmp_path / "s", recording)

    found = read_snapshot(tmp_path / "s")
    assert found.declared is not None
    assert [one.path for one in found.declared] == ["app/kustomization.yaml"]
    assert not [gap for gap in found.gaps if gap.source == "git"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://user:hunter2@git.example/x.git", "https://git.example/x.git"),
        ("https://hunter2@git.example:8443/x.git", "https://git.example:8443/x.git"),
        ("https://git.example/x.git", "https://git.example/x.git"),
        ("ssh://git:hunter2@git.example/x.git", "ssh://git@git.example/x.git"),
        ("git@git.example:x.git", "git@git.example:x.git"),
        ("/a/path", "/a/path"),
    ],
)
def test_addresses_without_passwords(address: str, expected: str) -> None:
    assert redact.url(address) == expected


def test_an_older_snapshot_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "s", small(a=SERVICE, b=SERVICE.replace("name: x", "name: y")))
    write_snapshot(tmp_path / "s", small(c=SERVICE))

    assert [name for name, _ in files_below(tmp_path / "s")] == ["git/main/c.yaml", "snapshot.yaml"]


def test_an_empty_directory_and_missing_parents_are_fine(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    write_snapshot(tmp_path / "empty", small(a=SERVICE))
    write_snapshot(tmp_path / "a/b/c", small(a=SERVICE))

    assert read_snapshot(tmp_path / "empty") == read_snapshot(tmp_path / "a/b/c")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("notes.md", "is not empty and no snapshot"), ("git/x", "is not empty and no snapshot")],
)
def test_a_directory_with_other_things_is_left_alone(tmp_path: Path, name: str, expected: str) -> None:
    path = tmp_path / "s" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")

    with pytest.raises(SnapshotError, match=expected):
        write_snapshot(tmp_path / "s", small(a=SERVICE))

    assert path.read_text() == "mine"


def test_a_snapshot_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "s", small(a=SERVICE))
    (tmp_path / "s/notes.md").write_text("mine")

    with pytest.raises(SnapshotError, match=r"holds notes\.md, which is no part of a snapshot"):
        write_snapshot(tmp_path / "s", small(c=SERVICE))


def test_a_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("mine")

    with pytest.raises(SnapshotError, match="is not a directory"):
        write_snapshot(tmp_path / "s", small())
    with pytest.raises(SnapshotError, match="cannot be written: "):
        write_snapshot(tmp_path / "s/t", small())


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/x"])
def test_nothing_half_written_is_left(tmp_path: Path, path: str) -> None:
    with pytest.raises(SnapshotError, match="would lead out of the snapshot"):
        write_snapshot(tmp_path / "s", small(a=SERVICE, **{path: SERVICE}))

    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_older_snapshot(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "s", small(a=SERVICE))
    before = files_below(tmp_path / "s")

    with pytest.raises(SnapshotError):
        write_snapshot(tmp_path / "s", small(**{"../x": SERVICE}))

    assert files_below(tmp_path / "s") == before
