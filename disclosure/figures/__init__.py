"""What open days count, and what they add to the figures of inquiries."""
