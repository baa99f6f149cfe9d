"""The trend page: any points over any window."""
