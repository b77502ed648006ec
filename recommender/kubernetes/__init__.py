"""Kubernetes: what an organization's cluster must be, and what runs on it. Pure: values in, values out."""
