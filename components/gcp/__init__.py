"""Component resources on GCP. `SingleNode` stands a plan up, the targets are its subclasses, the others are parts."""
