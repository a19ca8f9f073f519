"""What stands in a recording for a value that nobody needs to judge it, and that may be a secret."""

REDACTED = "<redacted>"
"""No label can have this value, so a recording is never mistaken for the cluster."""
