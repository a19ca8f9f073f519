"""Which cluster is meant; all that is wrong there is told before anything is contacted."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.config.settings import Kubernetes
from auditor.errors import ConfigError
from auditor.sources.kubernetes.access import access
from auditor.sources.kubernetes.errors import LoginError
from auditor.sources.kubernetes.kubeconfig import check, choose
from tests.sources.kubernetes.conftest import kubeconfig

SECRET = "s3cr3t"  # noqa: S105 - opens nothing


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a kubeconfig nor a pod around the test."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def document(**changes: Any) -> dict[str, Any]:
    """A kubeconfig with two contexts, one of them current."""
    return {
        "current-context": "prod",
        "contexts": [
            {"name": "prod", "context": {"cluster": "c", "user": "me"}},
            {"name": "test", "context": {"cluster": "c"}},
        ],
        "clusters": [{"name": "c", "cluster": {"server": "https://user:pw@api.example:443/"}}],
        "users": [{"name": "me", "user": {"token": SECRET}}],
        **changes,
    }


def test_the_current_context_or_another(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text(json.dumps(document()))
    check(Kubernetes(kubeconfig=path))
    prod = choose(Kubernetes(kubeconfig=path))
    test = choose(Kubernetes(kubeconfig=path, context="test"))

    assert prod is not None
    assert test is not None
    assert (prod.endpoint, prod.login) == ("https://api.example:443", "context `prod` (user `me`)")
    assert (test.user, test.login, test.folder) == ("", "context `test`", str(tmp_path))


BAD: dict[str, tuple[Any, str | None, str]] = {
    "not YAML": ("a: [" + SECRET, None, "is not YAML (line 1, column"),
    "binary": ("\x00\x01", None, "is not YAML"),
    "empty": ("", None, "is none: it must have lists of contexts"),
    "a text": (SECRET, None, "is none"),
    "contexts that are none": (document(contexts={"prod": 1}), None, "is none"),
    "users without a name": (document(users=[{"user": {"token": SECRET}}]), None, "is none"),
    "a user that is a text": (document(users=[{"name": "me", "user": SECRET}]), None, "is none"),
    "no context": (document(contexts=[]), None, "has no context"),
    "no current context": (document(**{"current-context": ""}), None, "set `kubernetes.context`; there is `prod`, `test`"),
    "another context": (document(), "weu", "kubernetes.context: there is no context `weu`"),
    "a current context that is gone": (document(**{"current-context": "x"}), None, "current-context of"),
    "no cluster": (document(clusters=None), None, "no cluster with a `server"),
    "no server": (document(clusters=[{"name": "c", "cluster": {}}]), None, "no cluster with a `server"),
    "an odd server": (document(clusters=[{"name": "c", "cluster": {"server": "api:443"}}]), None, "no cluster with"),
    "half an address": (document(clusters=[{"name": "c", "cluster": {"server": "https://[::1"}}]), None, "no cluster with"),
    "no such port": (document(clusters=[{"name": "c", "cluster": {"server": "https://x:99999"}}]), None, "no cluster with"),
    "no such user": (document(users=[]), None, "names the user `me`"),
    "an old provider": (
        document(users=[{"name": "me", "user": {"auth-provider": {"name": "azure", "config": {"access-token": SECRET}}}}]),
        None,
        "the auth provider `azure`, which Kubernetes no longer has; convert it with `kubelogin convert-kubeconfig",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_kubeconfigs_that_cannot_be(tmp_path: Path, name: str) -> None:
    content, context, said = BAD[name]
    path = tmp_path / "k"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ConfigError) as caught:
        check(Kubernetes(kubeconfig=path, context=context))

    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


def test_no_kubeconfig_at_all() -> None:
    with pytest.raises(ConfigError, match=r"there is no kubeconfig: ~/.kube/config does not exist; set"):
        check(Kubernetes())


def test_a_kubeconfig_that_is_missing_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"kubernetes.kubeconfig: .*/gone does not exist"):
        check(Kubernetes(kubeconfig=tmp_path / "gone"))
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        check(Kubernetes(kubeconfig=tmp_path))
    monkeypatch.setenv("KUBECONFIG", "/gone/1:/gone/2")
    with pytest.raises(ConfigError, match="KUBECONFIG: /gone/1, /gone/2 does not exist"):
        check(Kubernetes())


def test_files_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in {"a": document(users=[]), "b": document(**{"current-context": "test"})}.items():
        (tmp_path / name).write_text(json.dumps(content))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/a:/gone:{tmp_path}/b")
    found = choose(Kubernetes(context="prod"))

    assert found is not None
    assert found.credentials == {"token": SECRET}


def test_a_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="this is no pod"):
        check(Kubernetes(in_cluster=True))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    with pytest.raises(ConfigError, match="token is missing: let the pod mount"):
        choose(Kubernetes(), tmp_path)
    with pytest.raises(ConfigError, match="there is no kubeconfig"):
        choose(Kubernetes(context="prod"), tmp_path)
    (tmp_path / "token").write_text(f"{SECRET}\n")
    (tmp_path / "ca.crt").write_text("a certificate")
    assert choose(Kubernetes(), tmp_path) is None
    way = access(None, lambda: 1, tmp_path)

    assert (way.endpoint, way.login) == ("https://10.0.0.1:443", "this pod's service account")
    way.api.configuration.auth_settings()
    assert way.secret == SECRET


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"client-certificate": "gone.pem", "client-key": "gone.pem"}, "name a file that does not exist: "),
        ({"client-certificate-data": "abcde", "client-key-data": "abcde"}, "cannot be used"),
        ({"tokenFile": "gone"}, "cannot be read: "),
    ],
)
def test_credentials_that_cannot_be(tmp_path: Path, user: dict[str, str], said: str) -> None:
    chosen = choose(Kubernetes(kubeconfig=kubeconfig(tmp_path, **user)))
    with pytest.raises(LoginError, match=said):
        access(chosen, lambda: 1)


@pytest.mark.parametrize(("first", "chosen"), [("prod", "prod"), ("", "test")])
def test_the_first_file_with_a_current_context_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, chosen: str
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text(json.dumps(document(**{"current-context": first})))
    two.write_text(json.dumps({"current-context": "test"}))
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}")
    found = choose(Kubernetes())

    assert found is not None
    assert found.context == chosen


def test_a_query_is_not_shown(tmp_path: Path) -> None:
    found = choose(Kubernetes(kubeconfig=kubeconfig(tmp_path, f"https://h/x?token={SECRET}#{SECRET}")))

    assert found is not None
    assert found.endpoint == "https://h/x"


@pytest.mark.parametrize("key", ["as", "as-groups"])
def test_impersonation_is_refused(tmp_path: Path, key: str) -> None:
    path = kubeconfig(tmp_path, token=SECRET, **{key: "nobody"})
    with pytest.raises(ConfigError, match=f"the user `me` of the kubeconfig acts as somebody else \\(`{key}`\\)"):
        check(Kubernetes(kubeconfig=path))
