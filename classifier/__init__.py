"""The escalation engine. Invariant: pure; it knows no database, no search engine and no person."""
