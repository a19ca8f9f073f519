"""Facts in, claims out: one small pure function per rule, whose docstring is its page.

Nothing in this room reads a file, a clock or a network, and no rule knows of another's findings. To add a rule: write
its function in the file of its family, its cases in tests/rules, a line in the changelog.
"""

from auditor.rules import (
    manifest_service,
    manifest_ip,
    manifest_pls,
    manifest_probe,
    intent,
    intent_subnet,
    sync,
    sync_state,
    azure_frontend,
    azure_lbrules,
    azure_estate,
    azure_pls,
    azure_pls_fields,
    orphans,
    connections,
)  # isort: skip

__all__ = [
    "azure_estate", "azure_frontend", "azure_lbrules", "azure_pls", "azure_pls_fields", "connections", "intent",
    "intent_subnet", "manifest_ip", "manifest_pls", "manifest_probe", "manifest_service", "orphans", "sync", "sync_state",
]  # fmt: skip
