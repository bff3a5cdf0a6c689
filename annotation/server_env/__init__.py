"""What runs inside Argilla's own environment; only the standard library, numpy and Argilla are there."""
