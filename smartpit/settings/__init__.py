"""Settings: ``base`` has every one, the others say only where they differ."""
