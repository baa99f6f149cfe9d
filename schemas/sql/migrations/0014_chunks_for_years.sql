-- Ten years of daily chunks are 3 650, and every question that does not say when visits them all. A week
-- holds twelve million readings of 200 points every 10 seconds; `site load` chooses by the plant's own rate.
-- Holds for new chunks; those that are there stay as they are.
SELECT set_chunk_time_interval('reading', INTERVAL '7 days');
