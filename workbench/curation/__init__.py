"""Curation: reading files, the rules of the recipe, duplicates, leakage and splits."""
