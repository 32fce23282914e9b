"""The pages of officers, posts and places."""
