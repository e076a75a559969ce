"""Measures of a real `tashbik serve` beside the raw limit of the same machine: `python -m benchmarks`."""
