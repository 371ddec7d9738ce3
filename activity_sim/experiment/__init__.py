"""Experiments: runs, replications and studies."""
