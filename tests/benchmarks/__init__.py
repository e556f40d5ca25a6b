"""Measurements, not tests: how search does at a million passages, and beside its peers. Run by hand, on a quiet machine."""
