"""What is installed: manifests, the Azure role, the image."""
