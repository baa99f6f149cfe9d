-- With three quarters of a page filled, every seventh update of a minute found no room left on it and made
-- new index entries; half filled, none did, and the table stayed smaller. Holds for new chunks and pages.
ALTER TABLE rollup_1m SET (fillfactor = 50);
