"""Batches: what they list, write, skip and repair."""
