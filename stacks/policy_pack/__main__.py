"""Where the engine starts the pack. `PolicyPack` serves until the engine is done, so nothing may import this module."""

from __future__ import annotations

from pulumi_policy import PolicyPack

from stacks.policy_pack.pack import Pack

if __name__ == "__main__":
    PolicyPack("moorage", Pack().policies())
