"""The page of an asset or a stream: values, key figures, properties, trend, notes, instruments."""
