"""The escalation engine, run for real on small made-up tickets."""
