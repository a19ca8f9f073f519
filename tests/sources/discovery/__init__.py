"""Discovery of what feeds a cluster, over a lab."""
