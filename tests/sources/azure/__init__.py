"""Azure's side, read over loopback with the real SDKs."""
