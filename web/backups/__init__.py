"""Backups: one archive of records, index and models, and the way back."""
