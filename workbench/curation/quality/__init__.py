"""Rows that teach the wrong thing."""
