"""What Helm makes of the vendor's charts with a plan's values, before any cluster exists."""
