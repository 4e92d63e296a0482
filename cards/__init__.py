"""Numbers, and what they are printed on."""
