"""Texts for Kubernetes: Helm values in layers, manifests outside the charts, and the bundle of both."""
