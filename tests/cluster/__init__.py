"""Tests on a real Kubernetes control plane whose nodes are simulated."""
