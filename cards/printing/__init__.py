"""Cards on paper: dataclasses in, PDF bytes out."""
