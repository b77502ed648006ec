"""What to recommend and how large it must be. Pure: values in, values out; no cloud SDK, no Pulumi."""
