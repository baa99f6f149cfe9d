-- The notifier asks at each look how many messages there were lately: with ten years of them it read them all.
CREATE INDEX ON message (created_at);
