"""The policies for the engine: `pulumi preview --policy-pack stacks/policy_pack`."""
