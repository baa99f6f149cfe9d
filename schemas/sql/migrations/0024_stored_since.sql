-- Whoever sees no point learns nothing of what is stored.
CREATE OR REPLACE VIEW visible.storage_class WITH (security_barrier) AS
SELECT class, dropped_before FROM storage_class WHERE EXISTS (SELECT FROM point_window);
