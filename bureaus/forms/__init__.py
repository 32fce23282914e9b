"""What officers type into the pages of this app. Forms check shape and never save; the services decide."""
