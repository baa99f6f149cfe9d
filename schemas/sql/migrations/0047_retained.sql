-- Which filters' retained messages are safe with us. A source does not ask for them: they are taken beside what
-- comes now, once, and a process that is killed meanwhile must know that they are not yet.
ALTER TABLE subscription ADD COLUMN retained_taken boolean NOT NULL DEFAULT true;
GRANT UPDATE (retained_taken) ON subscription TO virtaama_ingest;
