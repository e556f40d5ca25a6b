"""Records, rules and the flows. Invariant: everything here is the truth or is decided from it; nothing commits."""
