"""A recording keeps what partial declarations say, in its place, and none of the secrets beside it."""

from pathlib import Path

import pytest

from auditor.model.snapshot import GitSource, Snapshot
from auditor.sources.snapshots.redact_values import masked
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_write import Recording, write_snapshot
from tests.sources.test_partials import (
    ANNOTATED,
    APPLICATION,
    FLEET,
    GATEWAY,
    IN_OBJECT,
    IN_PARAMETERS,
    IN_TEXT,
    NGINX,
    ROUTING,
    nested,
    read,
    release,
)
from tests.sources.test_partials_forms import ANNOTATIONS, ENVOY, FLUX, PATCH, SERVICE, application
from tests.sources.test_partials_values import CONFIG, FROM

RANGES = "\nloadBalancerSourceRanges: [10.0.0.0/8]\ntype: LoadBalancer\nspec: {externalTrafficPolicy: Local}"
SECRETS = """
auth: {password: hunter2, users: [hunter2, &a hunter2, *a]}
tls: |
  -----BEGIN KEY-----
  hunter2: hunter2
folded: >-
  hunter2

  hunter2
plain: hunter2
  hunter2
# hunter2
env:
  - name: PASSWORD # hunter2
    value: "hunter2 # hunter2"
"""
SECRET_TEXT = "      values: |\n" + "".join(f"        {line}\n" for line in SECRETS.splitlines())
FILES: dict[str, dict[str, str]] = {
    "release": {"a": NGINX},
    "values": {"a": release(f"{SECRETS}{nested('service', ANNOTATED)}\n  loadBalancerIP: 10.0.0.9 # hunter2")},
    "flow": {"a": release(f"x: {{p: hunter2, service: {{annotations: {{{ANNOTATED[15:]}}}, q: hunter2}}}}")},
    "variables": {"a": release(nested("service", ANNOTATED + "\nloadBalancerIP: ${ip}"))},
    "config map": {"a": release("a: hunter2", FROM), "b": CONFIG + "  other: hunter2\n"},
    "config map without ours": {"a": release(nested("service", ANNOTATED), FROM), "b": CONFIG.split("    service")[0] + "    p: hunter2\n"},
    "config map in the same file": {"a": f"{CONFIG}  other: hunter2\n---\n{release('a: hunter2', FROM)}"},
    "text": {"a": APPLICATION + IN_TEXT.replace("# of the team", "# hunter2\n        p: hunter2")},
    "secrets in the text": {"a": APPLICATION + SECRET_TEXT + IN_TEXT.partition("\n")[2]},
    "object": {"a": APPLICATION + IN_OBJECT + "        p: hunter2\n"},
    "parameters": {"a": APPLICATION + IN_PARAMETERS.replace("v1", "hunter2")},
    "secret elsewhere": {"a": release(nested("service", ANNOTATED), "  valuesFrom: [{kind: Secret, name: s}]\n")},
    "names and types of others": {"a": release(
        f"auth: {{name: hunter2, type: hunter2, path: hunter2, enabled: hunter2}}\n{nested('service', ANNOTATED + RANGES)}")},
    "annotations of others": {"a": release(nested("service", f"{ANNOTATED}\n  other: hunter2"))},
    "annotations as a text": {"a": release(nested("service", f"{ANNOTATIONS['a text']}\n  p: hunter2"))},
    "pairs": {"a": release(nested("service", ANNOTATIONS["pairs"].replace("value: x", "value: hunter2")))},
    "a list of maps": {"a": release(nested("service", ANNOTATIONS["a list of maps"].replace("x", "hunter2")))},
    "a whole service": {"a": release(nested("resources", SERVICE + "    externalName: hunter2\n"))},
    "patches": {"a": NGINX + PATCH.format(key="patches", patch="{target: {kind: Service}, patch: hunter2}")},
    "patches of others": {"a": NGINX + PATCH.format(
        key="patches", patch="patch: |\n              kind: Deployment\n              p: hunter2")},
    "a config map that is none": {"a": release("a: 1", FROM), "b": CONFIG.partition("|")[0] + "ENC[hunter2]\n"},
    "an EnvoyProxy": {"a": ENVOY + "          other: hunter2\n"},
    "a release that is not understood, before another": {"a": "\n---\n".join([
        release("a: 1", "  valuesFrom: [a]\n"), release("a: 1", FROM)]), "b": CONFIG},
    "an Application of a folder": {"a": application("path: apps, repoURL: hunter2", "name: prod-01, namespace: web")},
    "a folder of Flux": {"a": f"{FLUX}spec: {{path: ./apps, postBuild: {{substitute: {{p: hunter2}}}}}}\n"},
    "in a list with a secret": {
        "a": "kind: List\napiVersion: v1\nitems:\n- kind: Secret\n  stringData: {name: hunter2}\n- "
        + "\n  ".join(NGINX.splitlines())
    },
    "others": {"a": f"{GATEWAY}---\nkind: Secret\ndata: hunter2\n---\n{ROUTING}---\n{FLEET}"},
}  # fmt: skip


def recorded(folder: Path, files: dict[str, str]) -> Snapshot:
    """What a replay of a recording of files reads."""
    snapshot = Snapshot(cluster="c", git=(GitSource(name="main", path="git/main"),))
    given = [(f"{name}.yaml", text.encode()) for name, text in files.items()]
    write_snapshot(folder, Recording(snapshot=snapshot, manifests={"main": given}))
    return read_snapshot(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_replay_reads_the_same(name: str, tmp_path: Path) -> None:
    before = read(**FILES[name])
    assert before.partials

    after = recorded(tmp_path / "s", FILES[name])

    assert after.partials == before.partials
    assert [one for one in after.gaps if one.source == "git"] == list(before.gaps)
    assert all(b"hunter2" not in path.read_bytes() for path in tmp_path.rglob("*.yaml"))


def test_what_cannot_be_told_apart_is_not_recorded(tmp_path: Path) -> None:
    text = f"{APPLICATION}      values: \"service:\\n  annotations: {{{ANNOTATED.split()[1]} 'true'}}\\np: hunter2\"\n"

    after = recorded(tmp_path / "s", {"a": text})

    assert after.partials == ()
    assert [one.reason for one in after.gaps if one.source == "git"] == [
        "a.yaml holds Helm values whose parts cannot be told apart, as in a quoted text, so it was not recorded; part them"
    ]
    assert all(b"hunter2" not in path.read_bytes() for path in tmp_path.rglob("*.yaml"))


def test_rendered_files_are_recorded_alike(tmp_path: Path) -> None:
    snapshot = Snapshot(cluster="c", git=(GitSource(name="main", path="git/main"),))
    files = [("apps.yaml", FILES["values"]["a"].encode())]
    write_snapshot(tmp_path / "s", Recording(snapshot=snapshot, manifests={"main": []}, rendered={"main": files}))

    assert len(read_snapshot(tmp_path / "s").partials) == 1
    assert b"hunter2" not in (tmp_path / "s/rendered/main/apps.yaml").read_bytes()


def test_nothing_moves() -> None:
    text = "a: {b: secret, c: 10.0.0.9}\n# comment\nd: secret\n"

    assert masked(text, {(1, 19)}) == "a: {b: ~     , c: 10.0.0.9}\n         \nd: ~     \n"
