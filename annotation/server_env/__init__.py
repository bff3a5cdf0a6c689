"""What runs inside Argilla's own environment; only the standard library and Argilla are there."""
