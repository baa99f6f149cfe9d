-- The spool of ingest: SQLite on the machine's own disk. ? are sqlite3's parameters.

-- name: create
-- A number is given once while messages of its lane wait. lane says which were given and which are done
-- with, on one of the first pages, so that a damaged file can be counted; the plant's own have lane 0. A file
-- of the first version has one row of that in mark, and everything in it counts as the plant's own.
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS lane (
    lane   INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    last   INTEGER NOT NULL,
    done   INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS mark (last INTEGER NOT NULL, done INTEGER NOT NULL);
INSERT OR IGNORE INTO lane SELECT 0, '', coalesce(max(last), 0), coalesce(max(done), 0) FROM mark;
DROP TABLE mark;
DELETE FROM lane WHERE lane > 0 AND last = done;
CREATE TABLE IF NOT EXISTS message (
    number      INTEGER PRIMARY KEY,
    received_us INTEGER NOT NULL,
    crc32       INTEGER NOT NULL,
    topic       BLOB NOT NULL,
    payload     BLOB NOT NULL
);
-- What few messages have beside their bytes; a table of its own, so that a file of an earlier version fits.
CREATE TABLE IF NOT EXISTS note (
    number       INTEGER PRIMARY KEY,
    retained     INTEGER NOT NULL,
    stream_order TEXT
);
CREATE TABLE IF NOT EXISTS damaged AS SELECT * FROM message WHERE 0;
CREATE TABLE IF NOT EXISTS sequence (
    topic        TEXT PRIMARY KEY,
    last_n       INTEGER NOT NULL,
    gaps         INTEGER NOT NULL,
    missing      INTEGER NOT NULL,
    last_gap_us  INTEGER,
    last_seen_us INTEGER NOT NULL
) WITHOUT ROWID;
-- How many bytes each sender has here.
CREATE TABLE IF NOT EXISTS share (sender TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plant (description BLOB NOT NULL);
COMMIT;

-- name: lanes
SELECT lane, sender, last, done FROM lane;

-- name: mark
SELECT 0, '', last, done FROM mark;

-- name: append
INSERT INTO message (number, received_us, crc32, topic, payload) VALUES (?, ?, ?, ?, ?);

-- name: annotate
INSERT INTO note (number, retained, stream_order) VALUES (?, ?, ?);

-- name: notes
SELECT number, retained, stream_order FROM note WHERE number BETWEEN ? AND ?;

-- name: forget_notes
DELETE FROM note WHERE number BETWEEN ? AND ?;

-- name: advance
INSERT INTO lane (lane, sender, last, done) VALUES (?, ?, ?, ?)
ON CONFLICT (lane) DO UPDATE SET last = excluded.last;

-- name: first
SELECT number, received_us, crc32, topic, payload FROM message
WHERE number > ? AND number <= ? ORDER BY number LIMIT ?;

-- name: between
SELECT number, received_us, crc32, topic, payload FROM message
WHERE number BETWEEN ? AND ? ORDER BY number;

-- name: set_aside
INSERT INTO damaged SELECT * FROM message WHERE number = ?;

-- name: forget
DELETE FROM message WHERE number BETWEEN ? AND ?;

-- name: settle
UPDATE lane SET done = ? WHERE lane = ?;

-- name: highest
SELECT max(number) FROM message WHERE number <= ?;

-- name: sequences
SELECT topic, last_n, gaps, missing, last_gap_us, last_seen_us FROM sequence;

-- name: keep_sequence
INSERT OR REPLACE INTO sequence (topic, last_n, gaps, missing, last_gap_us, last_seen_us)
VALUES (?, ?, ?, ?, ?, ?);

-- name: shares
SELECT sender, bytes FROM share;

-- name: add_share
INSERT INTO share (sender, bytes) VALUES (?, ?)
ON CONFLICT (sender) DO UPDATE SET bytes = max(0, bytes + excluded.bytes);

-- name: drop_shares
-- Where a sender has nothing left, or nobody has (?): a topic may have got another sender meanwhile.
DELETE FROM share WHERE bytes <= 0 OR ?;

-- name: plant
SELECT description FROM plant;

-- name: forget_plant
DELETE FROM plant;

-- name: keep_plant
INSERT INTO plant (description) VALUES (?);
