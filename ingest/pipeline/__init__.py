"""The way of a batch: taken, decoded, made safe, acknowledged; live or from history."""
