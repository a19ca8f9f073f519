"""The whole live path: real SDKs against the lab."""
