"""The flows. Invariant: each takes a session and the moment, reads top to bottom, and never commits."""
