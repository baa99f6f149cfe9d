"""Raw messages on the disk of this machine, for as long as the database is away."""
