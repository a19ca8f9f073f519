"""What is rendered out of repositories."""
