"""The demo desk: a fictional company, written for Deflect."""
