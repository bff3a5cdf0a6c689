"""The stages that look at one row alone, each a file; `all_stages` gives them in their order."""
