"""What settlement does: each function is one business event and one transaction."""
