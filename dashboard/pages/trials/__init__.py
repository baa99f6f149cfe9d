"""The pages of trials: the list, one trial, what people write about it, and its package."""
