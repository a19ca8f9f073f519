"""Settings to the policy that the rules obey."""

from auditor.config.settings import Settings
from auditor.model.policy import Policy


def policy(settings: Settings) -> Policy:
    """Return what the user decided. Subscription ids are compared in lower case."""
    chosen = settings.policy
    return Policy(
        settle=settings.settle,
        ignored_namespaces=frozenset(chosen.ignored_namespaces),
        allowed_visibility=frozenset(map(str.lower, chosen.allowed_visibility)),
        allowed_auto_approval=frozenset(map(str.lower, chosen.allowed_auto_approval)),
    )
