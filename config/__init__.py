"""Wiring only: settings, addresses, worker, embedded database."""
