"""The search engine. Invariant: pure; it knows no database, no settings and no person."""
