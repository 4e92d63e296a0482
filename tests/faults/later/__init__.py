"""An app of the tests alone: its one migration changes a table that tills write to."""
