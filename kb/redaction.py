"""Personal data taken out of text before anything is embedded, learned from, drafted from or logged.

Invariant: `redact` is the only function that makes a `RedactedText`.
"""
