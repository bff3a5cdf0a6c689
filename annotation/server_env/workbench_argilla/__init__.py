"""Argilla's server with a search index in one SQLite file; run as `python -m …launcher`.

This folder is put on the path of Argilla's environment as a package of its own. It imports nothing
of the workbench.
"""
