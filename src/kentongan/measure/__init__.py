"""Intervals and percentiles, computed from the journal and from nothing else."""
