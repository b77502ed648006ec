"""Rules that every preview is held to. The dry run and the pack for the engine call the same functions."""
