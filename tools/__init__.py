"""What builds the project; no part of the running program."""
