"""`auditor lint`: manifests alone, with file and line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call

PUBLIC_BY_MISTAKE = """\
apiVersion: v1
kind: Service
metadata:
  name: shop
  namespace: web
  annotations:
    service.beta.kubernetes.io/azure-load-balancer-internal: "True"
spec:
  type: LoadBalancer
  ports:
    - port: 443
"""
FINE = PUBLIC_BY_MISTAKE.replace('"True"', '"true"')
NESTED = ["apiVersion: v1", "kind: Service", "metadata: [", ""]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A folder's manifest with a mistake in it."""
    path = tmp_path / "clusters" / "shop.yaml"
    path.parent.mkdir()
    path.write_text(PUBLIC_BY_MISTAKE)
    return path


def linted(call: Call, *arguments: str | Path, **settings: Any) -> tuple[int, dict[str, Any]]:
    """Return exit code and JSON report."""
    result = call("lint", *arguments, "-f", "json", **settings)
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("place", ["file", "folder", "stdin"])
def test_a_mistake_is_found_at_its_line(call: Call, manifest: Path, place: str) -> None:
    places: dict[str, str | Path] = {"file": manifest, "folder": manifest.parent.parent, "stdin": "-"}

    code, document = linted(call, places[place], stdin=PUBLIC_BY_MISTAKE.encode())

    (finding,) = document["findings"]
    assert code == 1
    assert finding["rule"] == "internal-not-exactly-true"
    (evidence,) = finding["evidence"]
    assert evidence["path"] == ("stdin.yaml" if place == "stdin" else str(manifest))
    assert evidence["line"] == 7


def test_text_names_file_and_line(call: Call, manifest: Path) -> None:
    assert f"{manifest}:7" in call("lint", manifest).stdout


def test_fine_manifests_are_clean(call: Call, manifest: Path) -> None:
    manifest.write_text(FINE)

    code, document = linted(call, manifest)

    assert (code, document["verdict"], document["findings"], document["notJudged"]) == (0, "clean", [], [])
    assert {c["source"] for c in document["coverage"]} == {"git"}


def test_what_cannot_be_read_is_a_gap(call: Call, manifest: Path) -> None:
    manifest.write_text("\n".join(NESTED))

    code, document = linted(call, manifest)

    assert (code, document["verdict"]) == (3, "incomplete")
    assert any(str(manifest) in c["reason"] for c in document["coverage"] if not c["complete"])


def test_hidden_folders_and_other_files_are_left_aside(call: Call, manifest: Path) -> None:
    root = manifest.parent.parent
    (root / ".git").mkdir()
    manifest.rename(root / ".git" / "shop.yaml")
    (root / "notes.txt").write_text(PUBLIC_BY_MISTAKE)

    result = call("lint", root)

    assert result.exit_code == 0
    assert "Warning: there is no Service to judge" in result.stderr


def test_default_namespace(call: Call, manifest: Path) -> None:
    manifest.write_text(PUBLIC_BY_MISTAKE.replace("  namespace: web\n", ""))

    _, document = linted(call, manifest, "--default-namespace", "apps")

    assert document["findings"][0]["service"]["namespace"] == "apps"


def test_threshold(call: Call, manifest: Path) -> None:
    assert linted(call, manifest, "--fail-on", "never")[0] == 0


def test_a_folder_that_may_not_be_read_is_a_gap(call: Call, manifest: Path) -> None:
    manifest.unlink()
    manifest.symlink_to(manifest.parent / "shop.yaml")

    assert call("lint", manifest.parent).exit_code in {0, 3}
