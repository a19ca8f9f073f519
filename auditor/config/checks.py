"""What the types of the settings cannot say: what has to be unique, what excludes what, and how values look."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from auditor.config import cron, forms, selector
from auditor.config.fault import Fault, Path
from auditor.config.settings import Azure, Cluster, Controller, Git, GitAuth, Kubernetes, Pushgateway, Serve, Settings
from auditor.errors import ConfigError, UsageError

Form = Callable[[str], str | None]


def faults(settings: Settings) -> Iterator[Fault]:
    """Everything that is wrong with settings whose types are right."""
    yield from _unique(("clusters",), [cluster.name for cluster in settings.clusters], "cluster")
    for index, cluster in enumerate(settings.clusters):
        yield from _cluster(("clusters", index), cluster)
    yield from _longer_than_nothing(("requestTimeout",), settings.request_timeout)
    yield from _longer_than_nothing(("tools", "timeout"), settings.tools.timeout)
    yield from _each(("tools", "allowedHosts"), settings.tools.allowed_hosts, forms.host)
    if settings.metrics.pushgateway:
        yield from _pushgateway(("metrics", "pushgateway"), settings.metrics.pushgateway)
    yield from _serve(("serve",), settings.serve)
    policy = settings.policy
    yield from _each(("policy", "ignoredNamespaces"), policy.ignored_namespaces, forms.namespace)
    yield from _each(("policy", "allowedVisibility"), policy.allowed_visibility, forms.subscription_or_all)
    yield from _each(("policy", "allowedAutoApproval"), policy.allowed_auto_approval, forms.subscription_or_all)


def _cluster(at: Path, cluster: Cluster) -> Iterator[Fault]:
    yield from _one((*at, "name"), cluster.name, forms.name)
    yield from _kubernetes((*at, "kubernetes"), cluster.kubernetes)
    yield from _azure((*at, "azure"), cluster.azure)
    yield from _controller((*at, "controller"), cluster.controller)
    yield from _unique((*at, "git"), [git.name for git in cluster.git], "Git source")
    for index, git in enumerate(cluster.git):
        yield from _git((*at, "git", index), git)


def _kubernetes(at: Path, kubernetes: Kubernetes) -> Iterator[Fault]:
    if kubernetes.in_cluster:
        for name, given in (("context", kubernetes.context), ("kubeconfig", kubernetes.kubeconfig)):
            if given is not None:
                yield Fault((*at, name), "excludes `inCluster: true`: give one of them")
    yield from _each((*at, "namespaces"), kubernetes.namespaces, forms.namespace)
    if kubernetes.selector is not None:
        try:
            selector.parse(kubernetes.selector)
        except UsageError as error:
            yield Fault((*at, "selector"), str(error))
    yield from _longer_than_nothing((*at, "timeout"), kubernetes.timeout)


def _azure(at: Path, azure: Azure) -> Iterator[Fault]:
    yield from _one((*at, "cluster"), azure.cluster, forms.cluster_id)
    yield from _one((*at, "subscriptionId"), azure.subscription_id, forms.subscription)
    found = forms.CLUSTER_ID.fullmatch(azure.cluster or "")
    given = azure.subscription_id
    if found and given and forms.GUID.fullmatch(given) and found[1].lower() != given.lower():
        yield Fault((*at, "subscriptionId"), "is another subscription than that in `cluster`")
    yield from _one((*at, "nodeResourceGroup"), azure.node_resource_group, forms.resource_group)
    groups = azure.private_link_service_resource_groups
    yield from _each((*at, "privateLinkServiceResourceGroups"), groups, forms.resource_group)
    yield from _one((*at, "endpoint"), azure.endpoint, forms.endpoint)
    yield from _longer_than_nothing((*at, "timeout"), azure.timeout)


def _controller(at: Path, controller: Controller) -> Iterator[Fault]:
    yield from _one((*at, "clusterName"), controller.cluster_name, forms.resource)
    yield from _one((*at, "virtualNetwork"), controller.virtual_network, forms.network_id)
    yield from _one((*at, "subnet"), controller.subnet, forms.resource)
    group = controller.private_link_service_resource_group
    yield from _one((*at, "privateLinkServiceResourceGroup"), group, forms.resource_group)
    yield from _each((*at, "multipleLoadBalancers"), controller.multiple_load_balancers or (), forms.resource)


def _git(at: Path, git: Git) -> Iterator[Fault]:
    yield from _one((*at, "name"), git.name, forms.name)
    if (git.url is None) == (git.path is None):
        yield Fault(at, "needs one of `url` and `path`" if git.url is None else "has both `url` and `path`: give one")
    yield from _one((*at, "url"), git.url, forms.remote)
    yield from _one((*at, "ref"), git.ref, forms.ref)
    for name, given in (("paths", git.paths), ("include", git.include), ("exclude", git.exclude)):
        yield from _each((*at, name), given, forms.path_in_repository)
    yield from _one((*at, "namespace"), git.namespace, forms.namespace)
    yield from _one((*at, "helm", "namespace"), git.helm.namespace, forms.namespace)
    yield from _one((*at, "helm", "releaseName"), git.helm.release_name, forms.release)
    yield from _one((*at, "helm", "kubeVersion"), git.helm.kube_version, forms.kube_version)
    yield from _auth((*at, "auth"), git.auth, git.url)
    yield from _longer_than_nothing((*at, "timeout"), git.timeout)


def _auth(at: Path, auth: GitAuth, url: str | None) -> Iterator[Fault]:
    yield from _file_or_variable(at, "token", auth.token_file, auth.token_variable)
    if url is None or forms.remote(url) is not None:
        return
    ssh = url.startswith("ssh://") or "://" not in url
    web = url.startswith(("https://", "http://"))
    for name, given, fits, scheme in (
        ("username", auth.username, web, "https"),
        ("tokenFile", auth.token_file, web, "https"),
        ("tokenVariable", auth.token_variable, web, "https"),
        ("sshKeyFile", auth.ssh_key_file, ssh, "ssh"),
        ("knownHostsFile", auth.known_hosts_file, ssh, "ssh"),
    ):
        if given is not None and not fits:
            yield Fault((*at, name), f"is only for {scheme}, and `url` is something else")


def _pushgateway(at: Path, pushgateway: Pushgateway) -> Iterator[Fault]:
    yield from _one((*at, "url"), pushgateway.url, forms.pushgateway)
    yield from _one((*at, "job"), pushgateway.job, forms.name)
    yield from _file_or_variable(at, "password", pushgateway.password_file, pushgateway.password_variable)
    password = pushgateway.password_file or pushgateway.password_variable
    if (password is None) != (pushgateway.username is None):
        yield Fault(at, "needs `username` and a password, or neither of them")
    yield from _longer_than_nothing((*at, "timeout"), pushgateway.timeout)


def _serve(at: Path, serve: Serve) -> Iterator[Fault]:
    yield from _one((*at, "listen"), serve.listen, forms.listen)
    default = Serve()
    if serve.schedule != default.schedule:  # the scheduler takes a while to import
        yield from _one((*at, "schedule"), serve.schedule, _cron)
    if serve.timezone != default.timezone:
        yield from _one((*at, "timezone"), serve.timezone, _timezone)
    yield from _longer_than_nothing((*at, "deadline"), serve.deadline)
    yield from _file_or_variable(at, "token", serve.token_file, serve.token_variable)


def _cron(value: str) -> str | None:
    try:
        cron.check(value)
    except ConfigError as error:
        return str(error)
    return None


def _timezone(value: str) -> str | None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):  # a folder of time zones is an OSError
        return f"there is no time zone `{value[:60]}`; write UTC or Europe/Berlin"
    return None


def _file_or_variable(at: Path, secret: str, file: object, variable: str | None) -> Iterator[Fault]:
    """A secret is in a file or in a variable."""
    if file is not None and variable is not None:
        yield Fault(at, f"has both `{secret}File` and `{secret}Variable`: give one")
    yield from _one((*at, f"{secret}Variable"), variable, forms.variable)


def _unique(at: Path, names: list[str], what: str) -> Iterator[Fault]:
    """Names that are folders, too: some file systems do not tell letter cases apart."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name.lower() in seen:
            yield Fault((*at, index, "name"), f"`{name[:60]}` is the name of another {what} already")
        seen.add(name.lower())


def _one(at: Path, value: str | None, form: Form) -> Iterator[Fault]:
    wrong = None if value is None else form(value)
    if wrong is not None:
        yield Fault(at, wrong)


def _each(at: Path, values: Iterable[str], form: Form) -> Iterator[Fault]:
    for index, value in enumerate(values):
        yield from _one((*at, index), value, form)


def _longer_than_nothing(at: Path, value: timedelta) -> Iterator[Fault]:
    if not value:
        yield Fault(at, "must be longer than 0")
