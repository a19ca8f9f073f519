"""What the user decided: thresholds, namespaces to ignore, what is allowed to be exposed."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Decisions of the user that the rules obey."""

    settle: timedelta = timedelta(minutes=10)
    """How long the controller may take before a difference is drift."""
    ignored_namespaces: frozenset[str] = frozenset({"kube-system"})
    """Namespaces in which a Service need not be in Git."""
    allowed_visibility: frozenset[str] = frozenset()
    """Subscriptions, or `*`, that every PLS may be visible to."""
    allowed_auto_approval: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which Services the user asked about; everything by default."""

    namespaces: frozenset[str] = frozenset()
    labels: tuple[tuple[str, str, frozenset[str]], ...] = ()
    """Label requirements: key, operator (`in`, `notin`, `exists`, `!`), values."""

    @property
    def whole(self) -> bool:
        """True if nothing was narrowed."""
        return not self.namespaces and not self.labels
