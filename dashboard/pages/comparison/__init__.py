"""Several sites beside each other by their key figures: for who sees several, and nobody else."""
