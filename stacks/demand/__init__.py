"""What a deployment takes of quotas and subnets, and the permissions to make it, computed from its preview."""
