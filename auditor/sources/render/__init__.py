"""What is rendered before it declares anything: kustomize roots and charts, by the real tools in a sandbox."""
