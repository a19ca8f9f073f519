"""The JSON of the Kubernetes API and of ARM, from a file or an answer, to the model."""
