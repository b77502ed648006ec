"""The preflight of a cluster: whether it is as a plan asks. It reads, and changes nothing."""
