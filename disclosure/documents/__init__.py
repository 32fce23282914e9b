"""What disclosure writes on paper: summaries of open days."""
