"""The reference connector: a Smart Pit centre's events, kept in SQLite, one command a payment."""
