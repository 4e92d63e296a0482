"""What the project stands on: the data folder, its PostgreSQL and its processes. No Django here."""
