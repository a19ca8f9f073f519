"""Azure's side of one cluster: what it is made of, then the lists; whatever cannot be read is a gap, never a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from auditor.config.settings import Azure, Controller
from auditor.model import ids
from auditor.model.service import Node
from auditor.model.snapshot import Facts
from auditor.sources.api_json.wire import DecodeError
from auditor.sources.azure import known, lists, public_ips, subnets
from auditor.sources.azure.client import Client
from auditor.sources.azure.clouds import cluster_id
from auditor.sources.azure.faults import UnreachableError
from auditor.sources.azure.links import Links
from auditor.sources.gathered import Gathered, SourceError

_GIVE = (
    "give azure.cluster, the resource id of the AKS cluster (--azure-cluster, AUDITOR_AZURE_CLUSTER), "
    "or azure.subscriptionId and azure.nodeResourceGroup"
)
_GIVE_TOO = "or give azure.nodeResourceGroup too"
"""Where azure.cluster is given, and does not help."""
_LOOKS = 3
"""Times that a list is read again which may have changed while its pages were read."""


class Reader:
    """Reads what one cluster has in Azure; for one thread."""

    def __init__(self, client: Client, settings: Azure, controller: Controller, *, record: bool) -> None:
        self.gathered = Gathered(source="azure", record=record, endpoint=client.endpoint)
        self._client = client
        self._settings = settings
        self._facts = known.given(settings, controller)
        self._lists = lists.Lists(client, self.gathered)
        self._links = Links(self._lists, self.gathered)
        self._rest: list[lists.Kind] = []
        """What is still to be read."""
        self._own_network = False
        self._networks: set[str] = set()
        """Virtual networks that were asked for, lower-cased."""

    def facts(self) -> Facts:
        """What is known of the cluster: as configured, else as AKS says, else by its nodes."""
        return self._facts

    def first(self, nodes: Callable[[], Iterable[Node]] = tuple) -> None:
        """Read everything that does not depend on what the Services say.

        `nodes` is called where neither the configuration nor AKS tells where the cluster is.
        """
        self._guarded(lambda: self._first(nodes))

    def follow(self, groups: Iterable[str], ip_groups: Iterable[str] = ()) -> None:
        """Read what Services name: resource groups of Private Link Services, and of public IP addresses."""
        self._guarded(lambda: self._follow(tuple(groups), tuple(ip_groups)))

    def again(self) -> None:
        """Read anew what may have gone meanwhile, in its place. Raises SourceError, and then all is as it was."""
        self._lists.again((lists.LOAD_BALANCERS, lists.PRIVATE_LINK_SERVICES, lists.PUBLIC_IPS))
        self._led_to_again()

    @property
    def paged(self) -> bool:
        """True if a list came in several pages."""
        return bool(self._lists.paged)

    def paged_again(self) -> None:
        """Read anew the lists that came in several pages: where one goes meanwhile, others move past the reader.

        Unless they are found to be the same twice nobody knows whether they were whole, which is a gap.
        """
        paged = tuple(self._lists.paged)
        kinds = tuple(dict(paged))
        why = "they changed each time; audit again later"
        for _ in range(_LOOKS):
            before = self._lists.ids(kinds)
            try:
                self._lists.again(kinds)
            except SourceError as e:
                why = str(e)
                break
            if self._lists.ids(kinds) == before:
                why = ""
                break
        for kind, scope in paged if why else ():
            reason = f"{kind.name} in {scope} came in several pages, and a second look did not confirm them: {why}"
            self.gathered.missed(scope, kind.name, reason)
        self._led_to_again()

    def _led_to_again(self) -> None:
        self._rest = [lists.PUBLIC_IPS, lists.VIRTUAL_NETWORKS]
        self._guarded(self._led_to)

    def nics(self) -> None:
        """Read the network interfaces where a subnet may be nearly full: they tell IPv6 addresses from others.

        It is evidence that no rule needs, so there is no gap if it cannot be had.
        """
        for path, version in subnets.interface_lists(self.gathered, self._node_group):
            scope = path.rpartition("/providers/")[0]
            try:
                self._lists.at(path, lists.NETWORK_INTERFACES, scope=scope, version=version)
            except UnreachableError:
                return
            except SourceError:
                continue

    def _guarded(self, read: Callable[[], None]) -> None:
        """Where no request can succeed any more, say so for all that is still to be read."""
        try:
            read()
        except UnreachableError as e:
            self._unread(self.gathered, str(e))

    def so_far(self, reason: str) -> Gathered:
        """A copy of what was read, with gaps for what was not; for one who does not wait for the rest."""
        found = self.gathered.copy()
        self._unread(found, reason)
        return found

    def _unread(self, gathered: Gathered, reason: str) -> None:
        scope = self._subscription if self._facts.subscription_id else "*"
        rest = tuple(self._rest)
        if len(rest) == len(lists.ALL):
            gathered.missed(scope, "resources", reason)
        else:
            for kind in rest:
                gathered.missed(scope, kind.name, reason)

    def _first(self, nodes: Callable[[], Iterable[Node]]) -> None:
        self._rest = list(lists.ALL)
        failure = self._ask_cluster()
        told = self._known
        if not told:
            self._facts = known.located(self._facts, known.of_nodes(nodes()))
        if not self._known:
            where = f"where the cluster is in Azure is not known: {_GIVE}"
            reason = f"{failure}; {_GIVE_TOO}" if failure else where
            self.gathered.missed(self._settings.cluster or "*", "resources", reason)
            return
        if failure:
            self.gathered.missed(self._settings.cluster or "*", "managedCluster", failure)
        self._lists.read_all(self._node_group, lists.LOAD_BALANCERS)
        if not told:
            self._facts = known.spelled(self._facts, self.gathered.found.get(lists.LOAD_BALANCERS.field, ()))
        self._rest.remove(lists.LOAD_BALANCERS)
        self._links.read(self._subscription, self._link_groups())
        self._rest.remove(lists.PRIVATE_LINK_SERVICES)
        self._lists.read_all(self._node_group, lists.PUBLIC_IPS)
        self._addresses_elsewhere()
        self._rest.remove(lists.PUBLIC_IPS)
        self._read_networks()

    def _follow(self, groups: tuple[str, ...], ip_groups: tuple[str, ...]) -> None:
        if not self._known or self._rest != [lists.VIRTUAL_NETWORKS]:
            # Azure is not known, or cannot be reached: that was said.
            return
        self._rest = [lists.PRIVATE_LINK_SERVICES, lists.PUBLIC_IPS, lists.VIRTUAL_NETWORKS]
        self._links.follow(groups)
        self._rest = [lists.PUBLIC_IPS, lists.VIRTUAL_NETWORKS]
        elsewhere = {name.lower() for name in ip_groups} - {(self._facts.node_resource_group or "").lower()}
        public_ips.read_named(self._lists, self.gathered, self._subscription, elsewhere)
        self._rest = [lists.VIRTUAL_NETWORKS]
        self._read_networks()

    @property
    def _known(self) -> bool:
        return bool(self._facts.subscription_id and self._facts.node_resource_group)

    @property
    def _subscription(self) -> str:
        return f"/subscriptions/{self._facts.subscription_id}"

    @property
    def _node_group(self) -> str:
        return f"{self._subscription}/resourceGroups/{self._facts.node_resource_group}"

    def _link_groups(self) -> tuple[str, ...]:
        """Where Private Link Services are for certain, if the subscription may not be read."""
        found = (
            self._facts.node_resource_group,
            self._facts.pls_resource_group,
            *self._settings.private_link_service_resource_groups,
        )
        return tuple(name for name in found if name)

    def _ask_cluster(self) -> str | None:
        """Ask AKS; the reason why it did not tell."""
        cluster = cluster_id(self._settings.cluster or "")
        if cluster is None:
            return None
        try:
            data = self._client.get(cluster.id, lists.CONTAINER_SERVICE)
            self._facts = known.merged(self._facts, known.of_cluster(data))
            self._own_network = known.has_own_network(data)
        except UnreachableError:
            raise
        except SourceError as e:
            return str(e)
        except DecodeError as e:
            return f"what Azure answered to the reading of {cluster.id} {e}; audit again later"
        self.gathered.read(cluster.id, "managedCluster", 1)
        return None if self._facts.node_resource_group else f"Azure tells no node resource group of {cluster.id}"

    def _addresses_elsewhere(self) -> None:
        """Public IP addresses of the frontends that are in other resource groups."""
        held = {one.id.lower() for one in self.gathered.found.get(lists.PUBLIC_IPS.field, ())}
        for one in subnets.public_addresses(self.gathered):
            elsewhere = ids.parse(one).resource_group != (self._facts.node_resource_group or "").lower()
            if elsewhere and one.lower() not in held:
                self._lists.read_one(one, lists.PUBLIC_IPS)

    def _led_to(self) -> None:
        """What load balancers lead to that were read anew."""
        self._addresses_elsewhere()
        self._read_networks()

    def _read_networks(self) -> None:
        """The cluster's virtual network, and those in which its frontends and Private Link Services are."""
        if self._own_network and self._facts.virtual_network is None and not self._networks:
            self._find_own_network()
        wanted = {self._facts.virtual_network} if self._facts.virtual_network else set()
        by_key = {one.lower(): one for one in (*wanted, *subnets.networks(self.gathered))}
        for key in sorted(by_key.keys() - self._networks):
            self._networks.add(key)
            self._lists.read_one(by_key[key], lists.VIRTUAL_NETWORKS)
        noted = {gap.kind for gap in self.gathered.gaps}
        if not self._networks and lists.VIRTUAL_NETWORKS.name not in noted:
            give = (
                "controller.virtualNetwork" if self._settings.cluster else "azure.cluster, or controller.virtualNetwork"
            )
            reason = f"the cluster's virtual network is not known; give {give}"
            self.gathered.missed(self._subscription, lists.VIRTUAL_NETWORKS.name, reason)

    def _find_own_network(self) -> None:
        """The virtual network that AKS made itself is the one in the node resource group."""
        if not self._lists.read_all(self._node_group, lists.VIRTUAL_NETWORKS):
            return
        found = self.gathered.found[lists.VIRTUAL_NETWORKS.field]
        self._networks |= {one.id.lower() for one in found}
        if len(found) == 1:
            named = any(one.name.lower() == known.MANAGED_SUBNET for one in found[0].subnets)
            own = Facts(virtual_network=found[0].id, subnet=known.MANAGED_SUBNET if named else None)
            self._facts = known.merged(self._facts, own)
