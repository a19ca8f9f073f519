"""Where a cluster's manifests come from, as the objects of Flux and Argo CD in it say.

Objects come in through objects.py, from a live cluster or a recording; the rest is a pure function of them.
"""
