"""What runs inside Argilla's own environment: the standard library, numpy and Argilla are there."""
