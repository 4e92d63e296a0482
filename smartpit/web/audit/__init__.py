"""The books looked through: what must always be true, asked of the database as it stands."""
