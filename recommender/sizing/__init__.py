"""How much machine, disk, CPU and memory a load asks for. Pure arithmetic; it imports nothing heavy."""

from recommender.sizing.estimator import Load, ServiceSize
from recommender.sizing.sizing import Machine, Sizing, size

__all__ = ["Load", "Machine", "ServiceSize", "Sizing", "size"]
