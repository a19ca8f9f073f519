"""The metrics: what they say of runs, and their ways out."""
