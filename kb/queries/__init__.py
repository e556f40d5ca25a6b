"""Every SQL statement. Invariant: plain functions, session first, and none of them commits."""
