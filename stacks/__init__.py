"""What runs: the program, the dry run, and the command line."""
