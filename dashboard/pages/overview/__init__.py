"""The overview: values now, key figures by theme, the process, a trend, what deviates."""
