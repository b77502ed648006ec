"""A Kubernetes cluster on AWS, and what AWS runs beside it. `Cluster` stands a plan up, the others are its parts."""
