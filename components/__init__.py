"""Pulumi component resources, one SDK a folder. They construct what a plan says, and decide nothing."""
