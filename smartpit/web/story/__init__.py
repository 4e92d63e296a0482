"""A story: months of an owner's life, played through the real services under a virtual clock."""
