"""Component resources on GCP. `machine_image.MachineImage` is the one that a program constructs."""
