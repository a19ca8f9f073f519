"""The lab: a snapshot directory served on loopback as the Kubernetes API, ARM and Git remote that it came from.

What the recording could not see is forbidden here too: nothing that was not read is ever served as empty.
"""
