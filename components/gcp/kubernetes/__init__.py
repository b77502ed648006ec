"""The stack NAME-cluster on GCP: a GKE cluster and everything around it."""
