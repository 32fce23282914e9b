"""What the REST API takes and gives of inquiries. Serializers check shape and never save."""
