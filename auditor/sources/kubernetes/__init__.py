"""Services, events and nodes out of a live cluster: the official client as the transport, JSON decoded by us."""
