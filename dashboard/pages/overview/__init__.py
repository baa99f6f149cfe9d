"""The overview: values now, key figures by pillar, the process, a trend, what deviates."""
