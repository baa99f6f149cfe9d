"""A plant of simple balances: one file a process area, each a pure function of a `Scene`."""
