"""Finders of personal data and secrets, a kind a file. Invariant: each does work in proportion to the text."""
