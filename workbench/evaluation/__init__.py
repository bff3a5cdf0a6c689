"""Judging answers: generation, checks, metrics, statistics and the report."""
