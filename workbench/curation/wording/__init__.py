"""Typos, terms and chatter, and the edits that mend them."""
