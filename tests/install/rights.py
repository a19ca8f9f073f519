"""What the auditor asks for, said once: the manifests, the Azure role and recorded requests are held to this."""

KUBERNETES = frozenset({("get", "services"), ("list", "services"), ("list", "events"), ("list", "nodes")})
"""Verb and resource, all of the core API group."""

AZURE = frozenset(
    {
        "Microsoft.Compute/virtualMachineScaleSets/networkInterfaces/read",
        "Microsoft.ContainerService/managedClusters/read",
        "Microsoft.Network/loadBalancers/read",
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.Network/privateLinkServices/read",
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.Network/virtualNetworks/read",
    }
)
"""Actions; each stands for the GET and the list of its type."""
