"""AWS component resources. `SingleNode` stands a plan up, the targets are its subclasses, the others are its parts.

Components take plan values as plain Python and what other resources produce as `pulumi.Input`. They declare no inputs
of their own to the engine: children wait for their component to be registered, and a component with an instance's id
among its inputs would hold back children that need no instance (a load balancer takes minutes by itself).
"""
