"""The errors a user can meet, each branch with its exit code.

- AuditorError: exit 2
  - UsageError: a flag, a format or a path that cannot be
  - ConfigError: a configuration that cannot be (all faults at once)
  - SnapshotError: a snapshot directory that is none
  - DeliveryError: metrics that could not be delivered, told as a warning beside the exit code of the audit
"""


class AuditorError(Exception):
    """Anything that is told in one clear sentence, without a traceback."""

    exit_code = 2


def failure(error: Exception) -> str:
    """What went wrong, in a sentence; what is no error of ours is a bug."""
    if isinstance(error, AuditorError):
        return str(error)
    return f"the auditor broke, which is a bug ({type(error).__name__}: {error}); please report it"


class UsageError(AuditorError):
    """A flag, a format or a path that cannot be."""


class ConfigError(AuditorError):
    """A configuration that cannot be; the message has a line for each fault."""


class SnapshotError(AuditorError):
    """A snapshot directory that is none, or whose snapshot.yaml cannot be understood."""


class DeliveryError(AuditorError):
    """Metrics that could not be delivered. The audit is done: whoever runs it warns, and keeps its exit code."""
