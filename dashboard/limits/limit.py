"""Every limit that refuses somebody, by its name in the counter and in the log."""

from enum import StrEnum


class Limit(StrEnum):
    """A limit of the dashboard; docs/limits.md says what each holds, and what sets it."""

    CONNECTIONS = "connections"
    CONNECTIONS_PER_ADDRESS = "connections_per_address"
    HEADER_TIMEOUT = "header_timeout"
    BODY_TIMEOUT = "body_timeout"
    SEND_TIMEOUT = "send_timeout"
    BODY_BYTES = "body_bytes"
    ORIGIN = "origin"
    QUESTIONS_WAITING = "questions_waiting"
    QUESTIONS_WAIT = "questions_wait"
    QUERY_TIME = "query_time"
    STREAMS = "streams"
    STREAMS_PER_VIEWER = "streams_per_viewer"
    HASHES_WAITING = "hashes_waiting"
    SIGN_INS_PER_NAME = "sign_ins_per_name"
    SIGN_INS_PER_ADDRESS = "sign_ins_per_address"
    SESSIONS = "sessions"
    SIGN_IN_FAILURES_LOGGED = "sign_in_failures_logged"
    DEPARTURES = "departures"
    PACKAGES = "packages"
    PACKAGES_RUNNING = "packages_running"
    PACKAGES_PER_DAY = "packages_per_day"
    PACKAGE_TIME = "package_time"
    PACKAGE_READINGS = "package_readings"
