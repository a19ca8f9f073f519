"""Configuration: text to Settings; every error names the path of the bad key, all of them at once."""
