"""Key figures: what each is at a site, and its value over a window. Pure."""
