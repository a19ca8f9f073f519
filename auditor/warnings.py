"""What a person should know of a run that is no finding: a misspelt name must not pass for a clean cluster."""

from auditor import logs
from auditor.errors import UsageError
from auditor.judge import matches
from auditor.model.finding import Severity
from auditor.model.policy import Scope
from auditor.model.redacted import REDACTED
from auditor.model.snapshot import Snapshot


def of_the_unlisted(least: Severity, fail_on: Severity | None) -> None:
    """Warn where findings that fail would not be listed."""
    if fail_on is not None and least > fail_on:
        logs.logger().warning(f"--min-severity {least.word} hides findings that --fail-on {fail_on.word} fails on")


def of_nothing(snapshot: Snapshot, scope: Scope) -> None:
    """Warn where nothing was looked at, since then nothing is found. Raises UsageError where that cannot be told."""
    _check(snapshot, scope)
    services = (*(snapshot.declared or ()), *(snapshot.services or ()))
    seen = {service.namespace for service in services}
    if not seen and not snapshot.gaps:
        logs.logger().warning("there is no Service to judge")
    for namespace in sorted(scope.namespaces - seen):
        logs.logger().warning(f"no Service of the namespace {namespace} is in Git or in the cluster")
    if scope.labels and not any(matches(service, scope) for service in services):
        logs.logger().warning("no Service in Git or in the cluster matches the selector")


def _check(snapshot: Snapshot, scope: Scope) -> None:
    """A recording has no values of labels that no rule reads, so nobody can be chosen by them."""
    for key, operator, _ in scope.labels:
        if operator in {"in", "notin"} and any(one.labels.get(key) == REDACTED for one in snapshot.services or ()):
            raise UsageError(
                f"--selector: the values of the label {key} were not recorded; ask for `{key}` or `!{key}`, choose by "
                "--namespace, or audit the cluster itself"
            )
