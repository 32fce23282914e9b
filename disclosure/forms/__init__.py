"""What officers type. Forms check shape and never save; the services decide."""
