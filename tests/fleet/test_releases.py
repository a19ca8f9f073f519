"""Which Service a release speaks of, and where that cannot be told."""

import pytest

from tests.fleet import state
from tests.fleet.fleet import Fleet, missing, reasons, rules, written
from tests.fleet.repository import SUBNET, TIMEOUT
from tests.fleet.state import YES, helm, release
from tests.world import World

FLUX = release("shop", "payments")


def second(annotations: dict[str, str]) -> World:
    """A cluster in which the shop's release made two load balancers."""
    made = state.world("test/01")
    made.service("payments/shop-admin", annotations | helm("shop", "payments"), git=False, **FLUX)
    return made


def test_of_two_load_balancers_the_one_with_most_of_the_keys(fleet: Fleet) -> None:
    made = second(YES)
    made.change_live("shop-admin", annotations={SUBNET: "snet-ilb"})

    assert "annotation-drifted" not in [rule for rule, _ in rules(fleet.audited("test/01", made))]
    made.change_live("shop", annotations={TIMEOUT: "12"})
    assert ("annotation-drifted", "payments/shop") in rules(fleet.audited("test/01", made))


def test_a_tie_is_not_judged_and_said(fleet: Fleet) -> None:
    made = second(YES | {TIMEOUT: "20"})
    made.change_live("shop", annotations={TIMEOUT: "12"})

    report = fleet.audited("test/01", made)

    [gap] = missing(report)
    assert (gap.kind, gap.scope) == ("declarations", "fleet/apps/payments/shop/release.yaml")
    assert "does not say of which Service it speaks: it may be payments/shop, payments/shop-admin" in gap.reason
    assert not [one for one in report.findings if one.family == "sync"]


@pytest.mark.parametrize("marks", ["flux", "helm"])
def test_marks_of_flux_or_of_helm(fleet: Fleet, marks: str) -> None:
    made = World()
    labels = FLUX if marks == "flux" else {}
    own = helm("shop", "payments") if marks == "helm" else {}
    made.service("payments/shop", YES | {TIMEOUT: "12"} | own, git=False, **labels)
    fleet.files["clusters/test/01/kustomization.yaml"] = "resources: [../../../apps/payments/shop]\n"

    report = fleet.audited("test/01", made)

    assert ("annotation-drifted", "payments/shop") in rules(report)
    assert missing(report) == []


def test_a_release_that_made_nothing_yet_is_a_gap_and_no_missing_service(fleet: Fleet) -> None:
    made = state.world("test/01")
    made.live = [one for one in made.live or () if one.name != "shop"]

    report = fleet.audited("test/01", made)

    assert "HelmRelease payments/shop (spec.values.service) speaks of a Service, and the cluster has none" in str(
        reasons(report)
    )
    assert not [one for one in report.findings if one.family == "sync"]


def test_plain_files_take_values_from_other_files(fleet: Fleet) -> None:
    """Without kustomize, a ConfigMap may stand in another file of the source."""
    values = fleet.files["apps/platform/ingress/values.yaml"]
    fleet.files = {
        "release.yaml": fleet.files["apps/platform/ingress/release.yaml"],
        "values.yaml": values.replace("snet-ilb", "snet-pls"),
    }
    made = World()
    made.service("ingress/ingress-controller", YES | {SUBNET: "snet-ilb"} | helm("ingress", "ingress"), git=False,
                 external_traffic_policy="Local", health_check_node_port=31999, **release("ingress", "ingress"))  # fmt: skip

    report = fleet.audited("test/01", made, paths=())

    assert (rules(report), missing(report)) == ([("annotation-drifted", "ingress/ingress-controller")], [])
    assert written(report.findings[0]) == ("values.yaml", 12, "HelmRelease ingress/ingress")


def test_no_command_on_a_file_that_is_not_the_manifest(fleet: Fleet) -> None:
    path = "apps/payments/shop/release.yaml"
    fleet.files[path] += "      loadBalancerSourceRanges: [10.0.0.0/8]\n"

    found = fleet.audited("test/01").findings

    [finding] = [one for one in found if one.rule == "spec-drifted"]
    assert (finding.commands, finding.values["git"]) == ((), ["10.0.0.0/8"])
    assert written(finding)[0] == path


def test_values_from_a_secret_are_a_gap_of_what_hangs_on_them(fleet: Fleet) -> None:
    path = "apps/platform/ingress/release.yaml"
    fleet.files[path] = fleet.files[path].replace("ConfigMap", "Secret")

    report = fleet.audited("test/01")

    [gap] = missing(report)
    assert gap.kind == "declarations"
    assert "takes values from the Secret ingress-values, which is not known: Secrets are not read" in gap.reason
    assert rules(report) == []


def test_a_release_of_another_name_in_another_namespace(fleet: Fleet) -> None:
    path = "apps/payments/shop/release.yaml"
    fleet.files[path] = fleet.files[path].replace(
        "spec:\n", "spec:\n  targetNamespace: store\n  releaseName: front\n", 1
    )
    made = state.world("test/01")
    made.change_live("shop", namespace="store", annotations=helm("front", "store") | {TIMEOUT: "12"})

    report = fleet.audited("test/01", made)

    assert ("annotation-drifted", "store/shop") in rules(report)


def test_values_that_a_generator_makes_of_a_file(fleet: Fleet) -> None:
    folder = "apps/platform/ingress"
    lines = fleet.files.pop(f"{folder}/values.yaml").split("values.yaml: |\n")[1].splitlines()
    fleet.files[f"{folder}/own.yaml"] = "".join(f"{line.removeprefix('    ')}\n" for line in lines).replace(
        "snet-ilb", "snet-pls"
    )
    fleet.files[f"{folder}/names.yaml"] = (
        "nameReference:\n- kind: ConfigMap\n  version: v1\n  fieldSpecs:\n"
        "  - {path: spec/valuesFrom/name, kind: HelmRelease}\n"
    )
    fleet.files[f"{folder}/kustomization.yaml"] = (
        "namespace: ingress\nresources: [release.yaml]\nconfigurations: [names.yaml]\n"
        "configMapGenerator:\n- name: ingress-values\n  files: [values.yaml=own.yaml]\n"
    )

    report = fleet.audited("test/01")

    assert (rules(report), missing(report)) == ([("annotation-drifted", "ingress/ingress-controller")], [])
    assert written(report.findings[0]) == (f"{folder}/own.yaml", 5, "HelmRelease ingress/ingress")


def test_values_from_a_secret_matter_only_where_they_made_a_load_balancer(fleet: Fleet) -> None:
    made = state.world("test/01")
    made.live = [one for one in made.live or () if one.name != "ingress-controller"]
    path = "apps/platform/ingress/release.yaml"
    fleet.files[path] = fleet.files[path].replace("ConfigMap", "Secret")

    assert missing(fleet.audited("test/01", made)) == []


def test_one_map_for_two_load_balancers(fleet: Fleet) -> None:
    made = second(YES | {TIMEOUT: "10"})

    assert (rules(fleet.audited("test/01", made)), missing(fleet.audited("test/01", made))) == ([], [])
    made.live = [one for one in made.live or () if one.name != "shop-admin"]
    made.service("payments/shop-admin", {TIMEOUT: "10"} | helm("shop", "payments"), git=False, **FLUX)

    report = fleet.audited("test/01", made)

    [gap] = missing(report)
    assert (
        "is compared with payments/shop, which fits it best; whether it speaks of payments/shop-admin too" in gap.reason
    )


def test_what_flux_patches_after_rendering_is_not_compared(fleet: Fleet) -> None:
    path = "apps/payments/shop/release.yaml"
    patch = "postRenderers:\n  - kustomize: {patches: [{target: {kind: Service}, patch: '[]'}]}\n  values:"
    fleet.files[path] = fleet.files[path].replace("values:", patch)

    report = fleet.audited("test/01", lambda world: world.change_live("shop", annotations={TIMEOUT: "15"}))

    [gap] = missing(report)
    assert "HelmRelease payments/shop changes its Services by spec.postRenderers" in gap.reason
    assert not [one for one in report.findings if one.family == "sync"]
