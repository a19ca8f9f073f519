"""A table of single faults: where they are put, and what is said of them."""

import pytest
from yaml import safe_dump

from tests.config.conftest import Load, Refuse

ID = "00000000-0000-0000-0000-00000000000a"
AKS = f"/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/a"
VNET = f"/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v"
NAMED = "is no name: letters, digits, `.`, `_` and `-`, at most 100, a letter or digit at both ends"
REMOTE = "is no address of a repository: https://host/path, ssh://user@host/path, user@host:path or file:///path"
CREDENTIALS = "has a user name or a password in it; name a file or a variable with the secret instead"
PLAIN = "is plain http, which is only for this machine; use https"


def nested(path: str, value: object) -> dict[str, object]:
    """Return a configuration with one value; `c.` stands for the cluster, `g.` for its Git source."""
    git: dict[str, object] = {"name": "g", "url": "https://git.example/x"}
    cluster: dict[str, object] = {"name": "a", "git": [git]}
    root: dict[str, object] = {"clusters": [cluster]}
    *above, last = path.split(".")
    into = root
    if above and above[0] in "cg":
        into = {"c": cluster, "g": git}[above.pop(0)]
    for part in above:
        into = into.setdefault(part, {})  # type: ignore[assignment]
    into[last] = value
    return root


KEYS: list[tuple[str, object, str]] = [
    ("serv", {}, "serv: `serv` is no key; did you mean `serve`?"),
    ("g.reff", "x", "clusters[0].git[0].reff: `reff` is no key; did you mean `ref`?"),
    (
        "c.azure.subscription_id",
        ID,
        "clusters[0].azure.subscription_id: `subscription_id` is no key; did you mean `subscriptionId`?",
    ),
    (
        "c.azure.subscription",
        ID,
        "clusters[0].azure.subscription: `subscription` is no key; did you mean `subscriptionId`?",
    ),
    ("c.ref", "x", "clusters[0].ref: `ref` is no key here; it belongs under `clusters[].git[]`"),
    (
        "serve.zzz",
        "x",
        "serve.zzz: `zzz` is no key; there are listen, schedule, timezone, jitter, deadline, tokenFile, tokenVariable",
    ),
    (
        "g.auth.token",
        "ghp_x",
        "clusters[0].git[0].auth.token: a secret is never written here, only the file or the variable that has it: `token` is no key; did you mean `tokenFile`?",
    ),
    ("g.auth", "ghp_x", "clusters[0].git[0].auth: expected a mapping, found a text"),
    ("c.name", True, "clusters[0].name: expected text, found true; put it in quotes"),
    ("c.name", "", "clusters[0].name: must not be empty"),
    ("c.kubernetes.inCluster", "perhaps", "clusters[0].kubernetes.inCluster: expected true or false, found a text"),
    ("c.kubernetes.kubeconfig", 5, "clusters[0].kubernetes.kubeconfig: expected a path, found the number 5"),
    (
        "c.kubernetes.namespaces",
        "web",
        "clusters[0].kubernetes.namespaces: expected a list, found a text; write [a, b]",
    ),
    ("c.kubernetes.namespaces", [None], "clusters[0].kubernetes.namespaces[0]: expected text, found nothing"),
    ("c.kubernetes.namespaces", [["a"]], "clusters[0].kubernetes.namespaces[0]: expected text, found a list"),
    ("concurrency", 0, "concurrency: must be at least 1"),
    ("concurrency", 1.5, "concurrency: expected a whole number, found the number 1.5"),
    ("concurrency", "four", "concurrency: expected a whole number, found a text"),
    ("g.render", "helmm", "clusters[0].git[0].render: `helmm` is not known; did you mean `helm`?"),
    (
        "g.render",
        "jsonnet",
        "clusters[0].git[0].render: `jsonnet` is not known; there are auto, plain, kustomize, helm",
    ),
    ("g.render", 5, "clusters[0].git[0].render: expected auto, plain, kustomize or helm, found the number 5"),
    ("settle", -5, "settle: expected a duration: write 45s, 10m or 1h30m, found the number -5"),
    ("settle", True, "settle: expected a duration: write 45s, 10m or 1h30m, found true"),
    ("settle", "9000h", "settle: is longer than a year"),
    ("settle", [], "settle: expected a duration: write 45s, 10m or 1h30m, found a list"),
    ("requestTimeout", 0, "requestTimeout: must be longer than 0"),
    ("serve.deadline", "0s", "serve.deadline: must be longer than 0"),
]
VALUES: list[tuple[str, object, str]] = [
    ("c.name", "a/b", f"clusters[0].name: `a/b` {NAMED}"),
    ("g.name", "..", f"clusters[0].git[0].name: `..` {NAMED}"),
    ("g.path", "/x", "clusters[0].git[0]: has both `url` and `path`: give one"),
    ("g.url", "http://git.example/x", f"clusters[0].git[0].url: {PLAIN}"),
    ("g.url", "ftp://git.example/x", f"clusters[0].git[0].url: {REMOTE}"),
    ("g.url", "ext::sh -c x", f"clusters[0].git[0].url: {REMOTE}"),
    ("g.url", "--upload-pack=x", f"clusters[0].git[0].url: {REMOTE}"),
    ("g.url", "fleet", f"clusters[0].git[0].url: {REMOTE}"),
    ("g.url", "https://git.example:port/x", f"clusters[0].git[0].url: {REMOTE}"),
    ("g.url", "https://ghp_x@git.example/x", f"clusters[0].git[0].url: {CREDENTIALS}"),
    ("g.url", "ssh://git:pw@git.example/x", f"clusters[0].git[0].url: {CREDENTIALS}"),
    ("g.url", "https://git.example/x?token=y", "clusters[0].git[0].url: has a `?` or a `#` in it, which the address of a repository has not"),
    ("g.url", "https:///x", "clusters[0].git[0].url: is no address of a repository: there is no host in it, or a blank"),
    ("g.url", "ssh://-oProxyCommand=x/y", "clusters[0].git[0].url: is no address of a repository: there is no host in it, or a blank"),
    ("g.ref", "-x", "clusters[0].git[0].ref: `-x` is no name of a branch, a tag or a commit"),
    ("g.ref", "a..b", "clusters[0].git[0].ref: `a..b` is no name of a branch, a tag or a commit"),
    ("g.paths", ["/a"], "clusters[0].git[0].paths[0]: `/a` is no path in the repository: it starts at its top and has no `..`"),
    ("g.exclude", ["a", "../b"], "clusters[0].git[0].exclude[1]: `../b` is no path in the repository: it starts at its top and has no `..`"),
    ("g.include", [""], "clusters[0].git[0].include[0]: is empty"),
    ("g.namespace", "Web", "clusters[0].git[0].namespace: `Web` is no name of a namespace"),
    ("g.helm.namespace", "Web", "clusters[0].git[0].helm.namespace: `Web` is no name of a namespace"),
    ("g.helm.releaseName", "--x", "clusters[0].git[0].helm.releaseName: `--x` is no name of a Helm release"),
    ("g.helm.kubeVersion", "new", "clusters[0].git[0].helm.kubeVersion: `new` is no version of Kubernetes; one is 1.33"),
    ("tools.allowedHosts", ["https://x"], "tools.allowedHosts[0]: `https://x` is no name of a host; one is github.com"),
    ("g.auth", {"tokenFile": "/t", "tokenVariable": "T"}, "clusters[0].git[0].auth: has both `tokenFile` and `tokenVariable`: give one"),
    ("g.auth.tokenVariable", "ghp-x", "clusters[0].git[0].auth.tokenVariable: is no name of an environment variable"),
    ("g.auth.sshKeyFile", "/k", "clusters[0].git[0].auth.sshKeyFile: is only for ssh, and `url` is something else"),
    ("c.kubernetes", {"inCluster": True, "context": "x"}, "clusters[0].kubernetes.context: excludes `inCluster: true`: give one of them"),
    ("c.kubernetes", {"inCluster": True, "kubeconfig": "/x"}, "clusters[0].kubernetes.kubeconfig: excludes `inCluster: true`: give one of them"),
    ("c.kubernetes.selector", "a>b", "clusters[0].kubernetes.selector: `a>b` in the selector `a>b` is no label requirement; there are `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a` and `!a`, joined by commas"),
    ("c.azure.cluster", VNET, "clusters[0].azure.cluster: is no resource id of an AKS cluster: /subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerService/managedClusters/…"),
    ("c.azure.subscriptionId", "prod", "clusters[0].azure.subscriptionId: `prod` is no subscription id; one is 32 digits, as 8-4-4-4-12"),
    ("c.azure", {"cluster": AKS, "subscriptionId": ID.replace("a", "b")}, "clusters[0].azure.subscriptionId: is another subscription than that in `cluster`"),
    ("c.azure.nodeResourceGroup", "a/b", "clusters[0].azure.nodeResourceGroup: `a/b` is no name of a resource group"),
    ("c.azure.endpoint", "http://management.local", f"clusters[0].azure.endpoint: {PLAIN}"),
    ("c.azure.endpoint", "management.local", "clusters[0].azure.endpoint: is no address of an endpoint: https://host"),
    ("c.azure.endpoint", "https://u:p@management.local", f"clusters[0].azure.endpoint: {CREDENTIALS}"),
    ("c.controller.virtualNetwork", AKS, "clusters[0].controller.virtualNetwork: is no resource id of a virtual network: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…"),
    ("c.controller.subnet", f"{VNET}/subnets/s", f"clusters[0].controller.subnet: `{VNET[:40]}` is no name of a resource"),
    ("metrics.pushgateway.url", "file:///x", "metrics.pushgateway.url: is no address of a Pushgateway: https://host"),
    ("metrics.pushgateway", {"url": "http://p", "username": "u"}, "metrics.pushgateway: needs `username` and a password, or neither of them"),
    ("serve.schedule", "@hourly", "serve.schedule: `@hourly` is no schedule; write minute, hour, day, month and day of week, as 7 * * * *"),
    ("serve.schedule", "61 * * * *", "serve.schedule: `61 * * * *` is no schedule: Error validating expression '61': the last value (61) is higher than the maximum value (59); write minute, hour, day, month and day of week, as 7 * * * *"),
    ("serve.schedule", "0 0 31 2 *", "serve.schedule: `0 0 31 2 *` never comes; write minute, hour, day, month and day of week, as 7 * * * *"),
    ("serve.schedule", "0 0 * * 8", "serve.schedule: `8` is no day of the week; write 0 to 7 (Sunday is 0 or 7), sun to sat, or 1-5"),
    ("serve.timezone", "Berlin", "serve.timezone: there is no time zone `Berlin`; write UTC or Europe/Berlin"),
    ("serve.timezone", "Europe", "serve.timezone: there is no time zone `Europe`; write UTC or Europe/Berlin"),
    ("serve.timezone", "../x", "serve.timezone: there is no time zone `../x`; write UTC or Europe/Berlin"),
    ("serve.listen", ":80", "serve.listen: `:80` is no HOST:PORT, as 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080"),
    ("serve.listen", "::1:80", "serve.listen: `::1:80` is no HOST:PORT, as 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080"),
    ("serve.listen", "a:65536", "serve.listen: `a:65536` is no HOST:PORT, as 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080"),
    ("serve", {"tokenFile": "/t", "tokenVariable": "T"}, "serve: has both `tokenFile` and `tokenVariable`: give one"),
    ("policy.ignoredNamespaces", ["kube_system"], "policy.ignoredNamespaces[0]: `kube_system` is no name of a namespace"),
    ("policy.allowedVisibility", ["prod"], "policy.allowedVisibility[0]: `prod` is neither a subscription id nor `*`"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), [*KEYS, *VALUES])
def test_one_fault(refused: Refuse, path: str, value: object, message: str) -> None:
    [line] = refused(safe_dump(nested(path, value)))

    assert line.partition(" ")[2] == message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("g.url", "http://127.0.0.1:8080/x"),
        ("g.url", "http://[::1]:8080/x"),
        ("g.url", "ssh://git@git.example:22/x"),
        ("g.url", "git@git.example:a/b.git"),
        ("g.url", "file:///srv/x"),
        ("g.ref", "refs/heads/feature/a@b"),
        ("g.paths", [".", "a/b", "**/*.yaml"]),
        ("c.azure.cluster", AKS.upper()),
        ("c.azure.endpoint", "http://localhost:1"),
        ("c.controller.virtualNetwork", VNET.lower()),
        ("c.kubernetes.inCluster", "true"),
        ("settle", 0),
        ("settle", "1h5s"),
        ("serve.schedule", "*/5 1-3 * jan-mar 0,7"),
        ("serve.schedule", "0 0 * * 1-7"),
        ("serve.schedule", "0 0 1 * mon-fri"),
        ("serve.timezone", "Europe/Berlin"),
        ("serve.listen", "[::]:0"),
        ("serve.listen", "localhost:9000"),
        ("policy.allowedVisibility", ["*", ID]),
    ],
)
def test_what_is_fine(configured: Load, path: str, value: object) -> None:
    configured(safe_dump(nested(path, value)))


def test_what_fits_ssh(configured: Load) -> None:
    git = {"name": "g", "url": "git@git.example:x", "auth": {"sshKeyFile": "/k", "knownHostsFile": "/h"}}

    configured(safe_dump({"clusters": [{"name": "a", "git": [git]}]}))
