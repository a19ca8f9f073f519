"""Manifests to what they declare: whole Services, and what other objects say of Services they make."""
