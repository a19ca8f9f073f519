"""What could not be built is said, once, with the way out; what it may declare is not judged, and all else is."""

import re
from pathlib import Path

import pytest

from auditor.config.settings import Tools
from tests.fleet.fleet import Fleet, missing, reasons, rules
from tests.fleet.repository import INTERNAL, PLAIN, SUBNET, line_of
from tests.world import World

ROOT = "clusters/prod/00"
BROKEN = {
    "a missing resource": ({"kustomization.yaml": "resources: [../base, gone.yaml]\n"}, r"names `gone\.yaml`, which is not in the repository; add it"),
    "a cycle": ({"kustomization.yaml": "resources: [../00]\n"}, r"in a cycle .*; break it"),
    "a remote base": ({"kustomization.yaml": "resources: ['https://git.example/a/b?ref=x']\n"}, r"names the remote .*not fetched; vendor it"),
    "a plugin": ({"kustomization.yaml": "resources: [../base]\ngenerators: [plugin.yaml]\n",
                  "plugin.yaml": "apiVersion: x.example/v1\nkind: Made\nmetadata: {name: m}\n"}, r"needs a plugin, which is not run; write"),
    "a chart to inflate": ({"kustomization.yaml": "helmCharts: [{name: a}]\n"}, r"inflates charts .*add the chart as a source"),
    "no YAML": ({"kustomization.yaml": "resources: [\n"}, r"kustomization\.yaml:\d+ .*; correct it"),
    "a patch of nothing": ({"kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n",
                            "p.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: nothing}\n"}, r"a patch finds no resource"),
}  # fmt: skip


def with_bastion(world: World) -> None:
    """A plain Service, of another source path, with drift."""
    world.service("ops/bastion", git=False)
    world.change_live("bastion", annotations={SUBNET: "snet-ilb"})
    world.service("ops/by-hand", git=False)


@pytest.mark.parametrize("name", BROKEN)
def test_a_root_that_does_not_build(fleet: Fleet, name: str) -> None:
    files, pattern = BROKEN[name]
    fleet.files |= {f"{ROOT}/{file}": text for file, text in files.items()}
    fleet.files["plain/prod/bastion.yaml"] = PLAIN

    report = fleet.audited("prod/00", with_bastion, paths=(ROOT, "plain/prod"))

    [gap] = missing(report)
    assert (gap.source, gap.scope, gap.kind) == ("git", f"fleet/{ROOT}", "manifests")
    assert gap.reason.startswith(f"{ROOT} could not be built: ")
    assert re.search(pattern, gap.reason), gap.reason
    assert not re.search(r"\n|Traceback|/tmp/|auditor-render", gap.reason)
    assert [one for one in rules(report) if one[1] != "ops/bastion"] == []
    assert ("annotation-drifted", "ops/bastion") in rules(report)
    assert {(one.rule, one.subject) for one in report.not_judged} >= {("service-not-in-git", "ops/by-hand")}


def test_there_is_no_kustomize(fleet: Fleet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    git = tmp_path / "bin"
    git.mkdir()
    (git / "git").symlink_to("/usr/bin/git")
    monkeypatch.setenv("PATH", str(git))
    fleet.session.tools = Tools()

    report = fleet.audited("prod/00")

    [reason] = reasons(report)
    assert reason.startswith(f"{ROOT} could not be built: there is neither `kustomize` nor `kubectl` on PATH; ")
    assert reason.endswith("install it, or set `tools.kustomize`")
    assert rules(report) == []


def test_a_program_that_is_not_there(fleet: Fleet) -> None:
    fleet.session.tools = Tools(kustomize=Path("/nowhere/kustomize"))

    [reason] = reasons(fleet.audited("prod/00"))

    assert reason.endswith("`tools.kustomize` /nowhere/kustomize is no program; correct it")


def test_a_release_without_values_says_nothing(fleet: Fleet) -> None:
    text = fleet.files["apps/payments/shop/release.yaml"]
    fleet.files["apps/payments/shop/release.yaml"] = text[: text.index("  values:")]

    report = fleet.audited("test/01", lambda world: world.change_live("shop", annotations={SUBNET: "snet-ilb"}))

    assert missing(report) == []
    assert not [one for one in report.findings if one.family == "sync"]


@pytest.mark.parametrize("old", ["name: ledger\n  namespace", "pls-name: ledger"])
def test_a_variable_in_a_plain_service(fleet: Fleet, old: str) -> None:
    path = "apps/payments/ledger/service.yaml"
    fleet.files[path] = fleet.files[path].replace(old, old.replace("ledger", "${team}-ledger"))

    report = fleet.audited("prod/01")

    assert rules(report) == []
    [gap] = missing(report)
    assert (gap.scope, gap.kind) == ("fleet/clusters/prod/01", "manifests")
    assert gap.reason.startswith(f"{path}:1 the Service ledger/")
    assert "holds `${team}-ledger`, which nobody has replaced, so it is not compared: write its value" in gap.reason


def test_a_variable_where_it_does_not_matter(fleet: Fleet) -> None:
    path = "apps/payments/ledger/service.yaml"
    inside = fleet.files[path].replace("LoadBalancer", "ClusterIP").split("  annotations")
    spec = inside[1][inside[1].index("spec:") :]
    fleet.files[path] += "---\n" + inside[0].replace("name: ledger\n", "name: ${team}\n") + spec

    report = fleet.audited("prod/01")

    assert (rules(report), missing(report)) == ([], [])


def test_only_some_namespaces(fleet: Fleet) -> None:
    with fleet.serving("prod/01") as lab:
        settings = fleet.settings(lab, paths=("clusters/prod/01",))
        only = settings.kubernetes.model_copy(update={"namespaces": ("payments",)})

        report = fleet.read(settings.model_copy(update={"kubernetes": only}))

    assert (rules(report), missing(report)) == ([], [])
    assert [str(one.service) for one in report.services] == ["payments/shop"]


def test_a_variable_that_nobody_replaces(fleet: Fleet) -> None:
    path = "clusters/prod/base/shop.yaml"
    fleet.files[path] = fleet.files[path].replace("snet-ilb", "${subnet}")

    report = fleet.audited("prod/01")

    [gap] = missing(report)
    assert gap.kind == "declarations"
    assert gap.scope == "fleet/clusters/prod/01"
    assert f"{SUBNET} holds a variable or a template, so it is not compared" in gap.reason
    line = line_of(fleet.files[path], SUBNET)
    assert gap.reason.startswith(f"{path}:{line} HelmRelease payments/shop (spec.values.service): ")
    assert rules(report) == []


def test_a_path_that_holds_only_what_flux_is_to_apply(fleet: Fleet) -> None:
    folder = "clusters/prod/flux"
    fleet.files[f"{folder}/apps.yaml"] = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n"
        "spec: {path: ./clusters/prod/01, sourceRef: {kind: GitRepository, name: fleet}}\n"
    )

    report = fleet.audited("prod/01", paths=(folder,))

    [gap] = missing(report)
    assert "applies the folder clusters/prod/01, of which nothing was read; set `intent: flux`, or add it" in gap.reason
    assert missing(fleet.audited("prod/01", paths=(folder, "clusters/prod/01"))) == []


def test_an_application_in_git_of_a_folder_that_is_not_read(fleet: Fleet) -> None:
    fleet.files["plain/prod/app.yaml"] = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: edge, namespace: argocd}\n"
        "spec:\n  source: {repoURL: 'https://git.example/a', path: charts/m}\n  destination: {namespace: ops}\n"
    )
    made = World().service("ops/edge", {INTERNAL: "true"}, git=False, labels={"app.kubernetes.io/instance": "edge"})

    report = fleet.audited("prod/01", made, paths=("plain/prod/app.yaml",))

    [gap] = missing(report)
    assert gap.reason.endswith(
        "Application argocd/edge is made of a folder of a repository; set `intent: argocd`, or add that folder under "
        "`git:`; it made ops/edge"
    )
    assert rules(report) == []
