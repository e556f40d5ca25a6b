"""What may be wrong with an installation, found before it hurts."""
