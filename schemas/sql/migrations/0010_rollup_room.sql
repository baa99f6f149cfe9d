-- Rollups are updated again and again; with room on the page an update needs no new index entries.
-- A minute's row is finished soon, an hour's and a day's are not. Holds for new chunks and new pages.
ALTER TABLE rollup_1m SET (fillfactor = 75);
ALTER TABLE rollup_1h SET (fillfactor = 50);
ALTER TABLE rollup_1d SET (fillfactor = 50);
