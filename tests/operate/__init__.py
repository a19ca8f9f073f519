"""What is shipped for operating the auditor: alerts, runbooks, the dashboard, and real servers to try them on."""
