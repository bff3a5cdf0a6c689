"""Evaluation text in training rows: equal, in spans of words, near, and in meaning."""
