"""Clouds, endpoints, and settings that cannot be."""

import pytest
from azure.core import AzureClouds
from azure.mgmt.core.tools import get_arm_endpoints

from auditor.config.settings import Azure
from auditor.errors import ConfigError
from auditor.sources.azure import clouds, credentials
from tests.sources.azure.serving import BALANCERS, SUBSCRIPTION, VERSION, Token, client_of, say, serving

CLUSTER = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/prod"
THEIRS = {
    "public": AzureClouds.AZURE_PUBLIC_CLOUD,
    "usgov": AzureClouds.AZURE_US_GOVERNMENT,
    "china": AzureClouds.AZURE_CHINA_CLOUD,
}


@pytest.mark.parametrize("name", THEIRS)
def test_clouds_are_as_the_sdk_has_them(name: str) -> None:
    theirs = get_arm_endpoints(THEIRS[name])

    assert theirs["resource_manager"].rstrip("/") == clouds.CLOUDS[name].endpoint
    assert theirs["credential_scopes"] == [clouds.CLOUDS[name].scope]
    assert clouds.endpoint(Azure.model_validate({"cloud": name})) == clouds.CLOUDS[name].endpoint


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("public", "https://management.azure.com/.default"),
        ("usgov", "https://management.core.usgovcloudapi.net/.default"),
        ("china", "https://management.chinacloudapi.cn/.default"),
    ],
)
def test_a_token_is_asked_for_the_cloud(name: str, scope: str) -> None:
    token = Token()
    with (
        serving(lambda handler: say(handler, 200, "{}")) as (url, _),
        client_of(url, cloud=name, credential=token) as client,
    ):
        client.get(BALANCERS, VERSION)

    assert token.scopes == [scope]


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({"cloud": "usgov"}, "login.microsoftonline.us"),
        ({"endpoint": "https://stack.local"}, "adfs.stack.local"),
    ],
)
def test_the_authority_is_the_clouds(settings: dict[str, str], host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "adfs.stack.local")

    assert credentials.authority(Azure.model_validate(settings)) == host


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"cluster": CLUSTER, "subscription_id": SUBSCRIPTION, "node_resource_group": "MC_a(b)-c.d"},
        {"cluster": CLUSTER.lower() + "/"},
        {"endpoint": "https://management.local:8443/arm"},
        {"endpoint": "http://127.0.0.1:8080"},
        {"endpoint": "http://[::1]:8080"},
        {"endpoint": "http://localhost"},
    ],
)
def test_settings_that_are_right(settings: dict[str, str]) -> None:
    clouds.check(Azure.model_validate(settings))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"endpoint": "http://management.local"},
            "azure.endpoint: `http://management.local` would send a token unencrypted",
        ),
        ({"endpoint": "http://127.0.0.1.evil.example"}, "would send a token unencrypted"),
        ({"endpoint": "management.local"}, "azure.endpoint: `management.local` is no URL"),
        ({"endpoint": "https://"}, "is no URL"),
        ({"endpoint": "https://h:port"}, "is no URL"),
        ({"endpoint": "ftp://h"}, "is no URL"),
        ({"endpoint": "https://me:hunter2@h"}, "azure.endpoint: `https://h` must not hold a user"),
        ({"cluster": "prod"}, "azure.cluster: `prod` is no resource id of an AKS cluster; write /subscriptions/<id>"),
        ({"cluster": CLUSTER.replace("managedClusters", "registries")}, "is no resource id of an AKS cluster"),
        ({"cluster": CLUSTER + "/agentPools/a"}, "is no resource id of an AKS cluster"),
        ({"subscription_id": "prod"}, "azure.subscriptionId: `prod` is no subscription id"),
        ({"node_resource_group": "/subscriptions/x"}, "azure.nodeResourceGroup: `/subscriptions/x` cannot be"),
        ({"private_link_service_resource_groups": ("a", "..")}, "azure.privateLinkServiceResourceGroups[1]: `..`"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        clouds.check(Azure.model_validate(settings))

    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        clouds.check(Azure(endpoint="x", cluster="y", subscription_id="z"))

    assert len(str(caught.value).splitlines()) == 3
