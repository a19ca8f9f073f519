"""aks-drift-auditor: tells the truth about internal Azure load balancers and Private Link Services on AKS."""

__version__ = "0.1.0"
