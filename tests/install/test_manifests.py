"""What is applied to a cluster: one file, known keys, matching selectors, deadlines that fit, no more rights than used."""

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor import __version__
from auditor.config.load import load
from auditor.config.settings import Settings
from auditor.sources.azure import lists
from tests.install import rights
from tests.install.manifests import CONFIG, Manifest, faults, one, pod, read, variant
from tests.install.one_file import CHANGE, ONE_FILE, ROOT, made

CRONJOB = variant("cronjob")
DAEMON = variant("daemon")
OWN = {"app.kubernetes.io/name": "aks-drift-auditor", "app.kubernetes.io/instance": "aks-drift-auditor"}
WORKLOADS = [pytest.param(one(CRONJOB, "CronJob"), id="cronjob"), pytest.param(one(DAEMON, "Deployment"), id="daemon")]
DOCUMENTS = [pytest.param(d, id=f"{d['kind']}-{d['metadata']['name']}") for d in CRONJOB + DAEMON]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The configuration in the ConfigMap, read as the auditor reads it."""
    path = tmp_path_factory.mktemp("configuration") / "auditor.yaml"
    path.write_text(one(CRONJOB, "ConfigMap")["data"]["auditor.yaml"], encoding="utf-8")
    return load(path, {})


def seconds(job: Manifest) -> int:
    limit: int = job["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    return limit


def container(workload: Manifest) -> Manifest:
    (only,) = pod(workload)["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def test_the_one_file_is_made_of_the_others() -> None:
    assert ONE_FILE.read_text(encoding="utf-8") == made(), "run `python -m tests.install.one_file`"
    assert read(ONE_FILE) == CRONJOB


def test_what_to_change_is_marked_and_listed_at_the_top() -> None:
    head, _, rest = ONE_FILE.read_text(encoding="utf-8").partition("\n---\n")
    marked = CHANGE.findall(rest)

    assert [line.removeprefix("#   - ") for line in head.splitlines() if line.startswith("#   - ")] == marked
    assert 0 < len(marked) < 10
    placeholders = ("00000000", ".example", "rg-prod", "prod-weu")
    for before, line in zip(rest.splitlines(), rest.splitlines()[1:], strict=False):
        if any(placeholder in line for placeholder in placeholders):
            assert "# CHANGE" in line + before, line


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_api_knows_every_key(document: Manifest) -> None:
    assert faults(document) == []


def test_a_key_that_the_api_does_not_know_is_noticed() -> None:
    wrong = copy.deepcopy(one(CRONJOB, "CronJob"))
    wrong["spec"]["timezone"] = "UTC"
    wrong["spec"]["suspend"] = "false"
    container(wrong)["securityContext"]["readonlyRootFilesystem"] = True

    where = "CronJob.spec.jobTemplate.spec.template.spec.containers[0].securityContext.readonlyRootFilesystem"
    assert sorted(faults(wrong)) == sorted(
        [
            "CronJob.spec.timezone: unknown to the API",
            "CronJob.spec.suspend: `false` is no bool",
            f"{where}: unknown to the API",
        ]
    )


@pytest.mark.parametrize("document", [*DOCUMENTS, *(read(CONFIG / "daemon" / "pod-monitor.yaml"))])
def test_labels_and_namespace(document: Manifest) -> None:
    metadata = document["metadata"]
    cluster_wide = document["kind"] in {"Namespace", "ClusterRole", "ClusterRoleBinding"}

    assert metadata["labels"].items() >= (OWN | {"app.kubernetes.io/part-of": "aks-drift-auditor"}).items()
    assert ("namespace" in metadata) is not cluster_wide
    assert metadata.get("namespace", "aks-drift-auditor") == "aks-drift-auditor"


@pytest.mark.parametrize("workload", WORKLOADS)
def test_versions(workload: Manifest) -> None:
    labels = pod(workload)["metadata"]["labels"]

    assert labels["app.kubernetes.io/version"] == __version__
    assert workload["metadata"]["labels"].items() <= labels.items()
    assert container(workload)["image"].partition("@")[0].endswith(f":{__version__}")


def test_rights_are_exactly_those_that_are_used() -> None:
    rules = one(CRONJOB, "ClusterRole")["rules"]
    assert all(set(rule) == {"apiGroups", "resources", "verbs"} and rule["apiGroups"] == [""] for rule in rules)

    granted = [(verb, resource) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]]
    assert sorted(granted) == sorted(rights.KUBERNETES)


def test_the_binding_joins_the_account_of_the_pods_to_the_role() -> None:
    account = one(CRONJOB, "ServiceAccount")["metadata"]
    binding = one(CRONJOB, "ClusterRoleBinding")

    assert binding["roleRef"]["name"] == one(CRONJOB, "ClusterRole")["metadata"]["name"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    assert "azure.workload.identity/client-id" in account["annotations"]


def test_the_azure_rights_are_those_of_the_lists_that_are_read() -> None:
    kinds = (*lists.ALL, lists.NETWORK_INTERFACES)
    elsewhere = {
        "Microsoft.ContainerService/managedClusters/read",  # where the rest of Azure is found
        "Microsoft.Compute/virtualMachineScaleSets/networkInterfaces/read",  # those of the nodes are listed there
    }

    assert {f"Microsoft.Network/{kind.name}/read" for kind in kinds} | elsewhere == rights.AZURE


def test_the_azure_role() -> None:
    role = json.loads((CONFIG / "azure-role.json").read_text(encoding="utf-8"))

    assert role.pop("Actions") == sorted(rights.AZURE)
    assert all(action.endswith("/read") and "*" not in action for action in rights.AZURE)
    assert (role["NotActions"], role["DataActions"], role["NotDataActions"]) == ([], [], [])


@pytest.mark.parametrize("workload", WORKLOADS)
def test_security(workload: Manifest) -> None:
    spec, only = pod(workload)["spec"], container(workload)

    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["serviceAccountName"] == one(CRONJOB, "ServiceAccount")["metadata"]["name"]
    assert pod(workload)["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & spec.keys()
    assert "env" not in only, "a secret has no place in the environment, and nothing else needs it"


def test_the_namespace_refuses_anything_less() -> None:
    labels = one(CRONJOB, "Namespace")["metadata"]["labels"]
    assert {labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")} == {"restricted"}


@pytest.mark.parametrize("workload", WORKLOADS)
def test_volumes(workload: Manifest, settings: Settings) -> None:
    spec, only = pod(workload)["spec"], container(workload)
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    mounts = {mount["mountPath"]: mount for mount in only["volumeMounts"]}

    assert {mount["name"] for mount in mounts.values()} == volumes.keys()
    for mount in mounts.values():
        volume = volumes[mount["name"]]
        assert mount.get("readOnly", False) is ("emptyDir" not in volume)
        assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit"})
        assert volume.get("secret", {"optional": True})["optional"], "a Pod that waits for a Secret says nothing"
        source = volume.get("configMap") or volume.get("secret")
        assert source is None or source["defaultMode"] == 0o440
    assert volumes["configuration"]["configMap"]["name"] == one(CRONJOB, "ConfigMap")["metadata"]["name"]
    (git,) = settings.clusters[0].git
    assert str(git.auth.token_file) == "/var/run/secrets/git/token"
    assert "/var/run/secrets/git" in mounts
    assert str(settings.cache_dir) in mounts
    assert "/tmp" in mounts  # noqa: S108
    assert "/etc/auditor" in mounts


@pytest.mark.parametrize("workload", WORKLOADS)
def test_resources(workload: Manifest) -> None:
    resources = container(workload)["resources"]
    assert resources == container(one(CRONJOB, "CronJob"))["resources"]
    assert resources["requests"].keys() == {"cpu", "memory", "ephemeral-storage"}
    assert resources["limits"].keys() == {"memory", "ephemeral-storage"}


def test_the_cronjob_runs_the_command_of_the_contract() -> None:
    job = one(CRONJOB, "CronJob")

    assert container(job)["args"] == ["run", "--config", "/etc/auditor/auditor.yaml", "--exit-zero-on-drift"]
    assert "command" not in container(job), "the image's entry point"


def test_the_schedule_and_its_deadlines(settings: Settings) -> None:
    job = one(CRONJOB, "CronJob")["spec"]
    minute = job["schedule"].split()[0]
    template = job["jobTemplate"]["spec"]
    (cluster,) = settings.clusters
    sources = [cluster.kubernetes.timeout, cluster.azure.timeout, *(git.timeout for git in cluster.git)]
    attempt = max(sources).total_seconds() + settings.request_timeout.total_seconds() + 10  # a push to the Pushgateway

    assert int(minute) % 2 == 1
    assert (job["schedule"], job["timeZone"]) == (settings.serve.schedule, settings.serve.timezone)
    assert job["concurrencyPolicy"] == "Forbid"
    assert job["startingDeadlineSeconds"] >= 60
    assert (template["backoffLimit"], pod(one(CRONJOB, "CronJob"))["spec"]["restartPolicy"]) == (1, "Never")
    assert 2 * (attempt + 60) < seconds(one(CRONJOB, "CronJob")) < 3600, "both attempts, with a minute to start each"
    assert (job["successfulJobsHistoryLimit"], job["failedJobsHistoryLimit"]) == (3, 3)


def test_only_a_wrong_configuration_is_not_tried_again() -> None:
    policy = one(CRONJOB, "CronJob")["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    codes: list[tuple[str, Any]] = [(rule["action"], rule["onExitCodes"]) for rule in policy if "onExitCodes" in rule]

    assert codes == [("FailJob", {"containerName": "auditor", "operator": "In", "values": [2]})]
    assert container(one(CRONJOB, "CronJob"))["name"] == "auditor"


def test_the_daemon(settings: Settings) -> None:
    deployment, service = one(DAEMON, "Deployment"), one(DAEMON, "Service")
    only, labels = container(deployment), pod(deployment)["metadata"]["labels"]
    (port,) = only["ports"]

    assert only["args"] == ["serve", "--config", "/etc/auditor/auditor.yaml", "--listen", "0.0.0.0:8080"]
    assert (port["name"], port["containerPort"]) == ("http", 8080)
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert deployment["spec"]["replicas"] == 1
    assert only["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert only["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert service["spec"]["type"] == "ClusterIP"
    assert [each["targetPort"] for each in service["spec"]["ports"]] == ["http"]
    assert deployment["spec"]["progressDeadlineSeconds"] > settings.serve.deadline.total_seconds()
    monitor = read(CONFIG / "daemon" / "pod-monitor.yaml")[0]["spec"]
    assert [(each["port"], each["honorLabels"]) for each in monitor["podMetricsEndpoints"]] == [("http", True)]
    for selector in (deployment["spec"]["selector"], monitor["selector"], {"matchLabels": service["spec"]["selector"]}):
        assert selector["matchLabels"].items() <= labels.items()


def test_network_policies() -> None:
    shared, *_ = (document for document in CRONJOB if document["kind"] == "NetworkPolicy")
    scrape = read(CONFIG / "daemon" / "network-policy.yaml")[0]["spec"]

    for workload in (one(CRONJOB, "CronJob"), one(DAEMON, "Deployment")):
        labels = pod(workload)["metadata"]["labels"]
        assert shared["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert scrape["podSelector"]["matchLabels"].items() <= labels.items()
    assert scrape["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "daemon"
    assert shared["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert shared["spec"]["ingress"] == []
    ports = {(port["protocol"], port["port"]) for rule in shared["spec"]["egress"] for port in rule["ports"]}
    assert ports == {("UDP", 53), ("TCP", 53), ("TCP", 443), ("TCP", 9091)}


def test_the_pushgateway_of_the_comment(tmp_path: Path) -> None:
    text = one(CRONJOB, "ConfigMap")["data"]["auditor.yaml"]
    path = tmp_path / "auditor.yaml"
    path.write_text(text.replace("# metrics:", "metrics:").replace("#   ", "  "), encoding="utf-8")

    pushgateway = load(path, {}).metrics.pushgateway

    assert pushgateway is not None
    assert pushgateway.url.endswith(":9091")


def test_the_configuration_loads(settings: Settings) -> None:
    (cluster,) = settings.clusters

    assert cluster.kubernetes.in_cluster
    assert cluster.azure.credential == "workload-identity"


def kustomize(folder: Path) -> list[Manifest]:
    """Build a folder with kubectl."""
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl here")
    built = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return list(yaml.safe_load_all(built.stdout))


def in_order(documents: list[Manifest]) -> list[Manifest]:
    return sorted(documents, key=lambda document: (document["kind"], document["metadata"]["name"]))


@pytest.mark.parametrize("port", [80, 3128])
def test_what_managed_identity_or_a_proxy_needs_stands_in_it(port: int) -> None:
    text = (CONFIG / "base" / "network-policy.yaml").read_text(encoding="utf-8")
    assert f"port: {port}}}" not in re.sub(r"(?m)^ *#.*$", "", text)

    egress = yaml.safe_load(re.sub(r"(?m)^    # ", "    ", text))["spec"]["egress"]

    (rule,) = (one for one in egress if {"protocol": "TCP", "port": port} in one["ports"])
    assert rule.get("to") == ([{"ipBlock": {"cidr": "169.254.169.254/32"}}] if port == 80 else None)


def test_the_patch_for_a_proxy_of_the_documentation(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    patch = text.split("```yaml\n# a patch of the CronJob", 1)[1].split("\n", 1)[1].split("```", 1)[0]
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "kustomization.yaml").write_text(f"resources: [config]\npatches:\n{patch}", encoding="utf-8")

    built = one(kustomize(tmp_path), "CronJob")

    variables = {variable["name"] for variable in container(built)["env"]}
    assert variables == {"HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO"}
    assert {mount["name"] for mount in container(built)["volumeMounts"]} == {
        v["name"] for v in pod(built)["spec"]["volumes"]
    }


@pytest.mark.parametrize(("folder", "expected"), [(".", CRONJOB), ("cronjob", CRONJOB), ("daemon", DAEMON)])
def test_kustomize_builds_the_same(folder: str, expected: list[Manifest]) -> None:
    assert in_order(kustomize(CONFIG / folder)) == in_order(expected)


def test_the_overlay_of_the_documentation(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    overlay = text.split("```yaml\n# overlays/prod-weu/kustomization.yaml\n", 1)[1].split("```", 1)[0]
    shutil.copytree(CONFIG, tmp_path / "config")
    where = tmp_path / "overlays" / "prod-weu"
    where.mkdir(parents=True)
    where.joinpath("kustomization.yaml").write_text(
        overlay.replace("https://git.example/aks-drift-auditor//config?ref=v0.1.0", "../../config"), encoding="utf-8"
    )
    where.joinpath("auditor.yaml").write_text("clusters: []\n", encoding="utf-8")

    built = kustomize(where)

    assert one(built, "ConfigMap")["data"] == {"auditor.yaml": "clusters: []\n"}
    configured = {volume["name"]: volume for volume in pod(one(built, "CronJob"))["spec"]["volumes"]}["configuration"]
    assert configured["configMap"]["name"] == one(built, "ConfigMap")["metadata"]["name"]
    assert container(one(built, "CronJob"))["image"].startswith("registry.example/team/")
    client = one(built, "ServiceAccount")["metadata"]["annotations"]["azure.workload.identity/client-id"]
    assert client != "00000000-0000-0000-0000-000000000000"
