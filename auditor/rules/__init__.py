"""Facts in, claims out: one small pure function per rule, whose docstring is its page.

Nothing in this room reads a file, a clock or a network, and no rule knows of another's findings. To add a rule: write
its function in the file of its family, its cases in tests/rules, a line in the changelog.
"""

# The order of the imports is the order of the rules in every table.
# isort: off
from auditor.rules import manifest_annotations
from auditor.rules import manifest_service
from auditor.rules import manifest_ip
from auditor.rules import manifest_subnet
from auditor.rules import manifest_pls
from auditor.rules import manifest_pls_lists
from auditor.rules import manifest_probe
from auditor.rules import intent
from auditor.rules import intent_subnet
from auditor.rules import sync
from auditor.rules import sync_state
from auditor.rules import azure_frontend
from auditor.rules import azure_lbrules
from auditor.rules import azure_pool
from auditor.rules import azure_lb
from auditor.rules import azure_subnet
from auditor.rules import azure_pls
from auditor.rules import azure_pls_fields
from auditor.rules import orphans
from auditor.rules import connections
# isort: on

__all__ = [
    "azure_frontend",
    "azure_lb",
    "azure_lbrules",
    "azure_pls",
    "azure_pls_fields",
    "azure_pool",
    "azure_subnet",
    "connections",
    "intent",
    "intent_subnet",
    "manifest_annotations",
    "manifest_ip",
    "manifest_pls",
    "manifest_pls_lists",
    "manifest_probe",
    "manifest_service",
    "manifest_subnet",
    "orphans",
    "sync",
    "sync_state",
]
