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


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ingress, namespace: web}
spec:
  values:
    controller:
      service:
        annotations:
"""
PREFIX = "service.beta.kubernetes.io/"


def release(annotations: dict[str, str], beside: str = "") -> str:
    """A HelmRelease; annotations are YAML and stand from line 9 on."""
    lines = (f"          {key if '/' in key else PREFIX + key}: {value}\n" for key, value in annotations.items())
    return RELEASE + "".join(lines) + (f"        {beside}\n" if beside else "")


def found(call: Call, *texts: str) -> list[tuple[str, int]]:
    """Rule and line of the findings in documents."""
    _, document = linted(call, "-", stdin="---\n".join(texts).encode())
    return sorted((one["rule"], one["evidence"][0]["line"]) for one in document["findings"])


@pytest.mark.parametrize(
    ("annotations", "beside", "expected"),
    [
        ({"azure-load-balancer-internal": '"true"'}, "", []),
        ({"azure-load-balancer-internal": '"True"'}, "", [("internal-not-exactly-true", 9)]),
        ({"azure-load-balancer-internal": "true"}, "", [("annotation-not-a-string", 9)]),
        ({"azure-load-balancer-internl": '"x"'}, "", [("annotation-unknown", 9)]),
        ({"azure-load-balancer-tcp-idle-timeout": '"3"'}, "", [("idle-timeout-invalid", 9)]),
        ({"azure-load-balancer-ipv4": '"10.0.0.300"'}, "", [("ip-invalid", 9)]),
        ({"azure-load-balancer-internal": '"true"'}, "loadBalancerIP: 10.0.0.9", [("ip-in-deprecated-field", 10)]),
        ({"azure-allowed-ip-ranges": '"10.0.0.1/8"'}, "", [("ip-ranges-invalid", 9)]),
        ({"azure-load-balancer-internal": '"true"'}, "type: ClusterIP", [("annotation-without-effect", 9)]),
        ({"azure-pls-create": '"true"', "azure-pls-visibility": '"a,b"'}, "",
         [("pls-list-separator", 10)]),
        # What a chart may have by default is not taken for absent.
        ({"azure-pls-create": '"true"'}, "", []),
        ({"azure-pls-name": '"x"'}, "", []),
        ({"azure-load-balancer-internal-subnet": '"x"'}, "", []),
        ({"azure-load-balancer-ipv4": '"10.0.0.9"'}, "", []),
        ({"azure-load-balancer-enable-high-availability-ports": '"true"'}, "", []),
        # What the values themselves say is.
        ({"azure-load-balancer-internal": '"false"', "azure-load-balancer-internal-subnet": '"x"'}, "",
         [("subnet-without-internal", 10)]),
        ({"azure-pls-create": '"false"', "azure-pls-name": '"x"'}, "", [("pls-annotations-without-create", 9)]),
    ],
)  # fmt: skip
def test_what_helm_values_list(
    call: Call, annotations: dict[str, str], beside: str, expected: list[tuple[str, int]]
) -> None:
    assert found(call, release(annotations, beside)) == expected


def test_a_finding_in_helm_values_names_their_object(call: Call) -> None:
    text = release({"azure-load-balancer-internal": '"True"'})

    _, document = linted(call, "-", stdin=text.encode())

    (finding,) = document["findings"]
    assert finding["service"] == {"namespace": "web", "name": "ingress", "uid": None}
    assert finding["evidence"][0]["declaredBy"] == {"kind": "HelmRelease", "namespace": "web", "name": "ingress"}
    assert finding["remediation"] == {"summary": "correct it where it is written", "commands": []}
    assert "stdin.yaml:9 (HelmRelease web/ingress)" in call("lint", "-", stdin=text.encode()).stdout


def test_a_chart_may_quote_what_is_no_string(call: Call) -> None:
    _, document = linted(call, "-", stdin=release({"azure-load-balancer-internal": "true"}).encode())

    assert document["findings"][0]["confidence"] == "medium"


def test_two_maps_of_one_object_and_a_service_of_its_name(call: Call) -> None:
    both = release({"azure-load-balancer-internal": '"True"'})
    both += both[both.index("    controller:") :].replace("controller", "other")

    assert found(call, both, PUBLIC_BY_MISTAKE.replace("shop", "ingress")) == [
        ("internal-not-exactly-true", 9),
        ("internal-not-exactly-true", 13),
        ("internal-not-exactly-true", 21),
    ]


def test_releases_of_several_clusters_do_not_claim_each_others_names(call: Call) -> None:
    pinned = {"azure-load-balancer-internal": '"true"', "azure-load-balancer-ipv4": '"10.0.0.9"'}
    named = {"azure-pls-create": '"true"', "azure-pls-name": '"pls"'}
    service = FINE.replace("spec:", f'    {PREFIX}azure-load-balancer-ipv4: "10.0.0.9"\nspec:')

    assert (
        found(call, release(pinned | named), release(pinned | named).replace("name: ingress", "name: b"), service) == []
    )


def test_values_that_are_not_known_are_said(call: Call) -> None:
    text = release({"azure-load-balancer-internal": '"true"'}) + "  valuesFrom: [{kind: Secret, name: s}]\n"

    result = call("lint", "-", stdin=text.encode())

    assert result.exit_code == 3
    assert "takes values from the Secret s" in result.stdout.replace("\n  ", " ")


def test_objects_that_say_nothing_of_services_are_none(call: Call) -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {source: {path: apps}}\n"

    result = call("lint", "-", stdin=text.encode())

    assert (result.exit_code, "Application" in result.stdout) == (0, False)
