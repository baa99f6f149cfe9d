"""Who is on duty, week by week, and how the last messages to them went."""
