"""What needs more than one app: health, home pages, the commands that run the whole."""
