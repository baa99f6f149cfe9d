"""Key figures: what each is, the arithmetic of it, and what goes in. Pure."""
