"""The live cluster: the official client against API servers on loopback."""
