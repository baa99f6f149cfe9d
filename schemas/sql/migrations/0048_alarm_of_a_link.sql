-- Which alarm the link of a message acknowledges: for the person to whom it was sent, also once it is over. NULL for
-- all other links and persons alike.
CREATE FUNCTION visible.alarm_of_link(p_token_sha256 bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT o.alarm_id FROM message_link l JOIN current_viewer v USING (account_id) JOIN alarm_occurrence o USING (occurrence)
    WHERE l.token_sha256 = p_token_sha256;
END;
REVOKE EXECUTE ON FUNCTION visible.alarm_of_link(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.alarm_of_link(bytea) TO virtaama_viewer;
