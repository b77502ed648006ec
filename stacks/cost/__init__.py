"""What a preview would cost a month, from the dated price table of the repository."""
