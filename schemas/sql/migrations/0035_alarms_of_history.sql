-- While history of a point comes in, an alarm calls nobody: what lasts when its newest reading has come calls once.

ALTER TABLE alarm_state DROP CONSTRAINT alarm_state_suppressed_by_check;
ALTER TABLE alarm_state ADD CONSTRAINT alarm_state_suppressed_by_check
    CHECK (suppressed_by IN ('stopped', 'maintenance', 'cause', 'history'));
