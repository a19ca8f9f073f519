"""YAML as kubectl reads it: bounded, with the place of every value, scalars resolved as Go does."""
