"""Components inside a Kubernetes cluster, of our own or of the customer's."""
