"""The settings of the limits; part of the dashboard's settings."""

from ipaddress import ip_network

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class LimitSettings(BaseSettings):
    """What one process of the dashboard allows at once, and how long it waits for whom."""

    dashboard_connections_max: int = Field(default=1_000, ge=10, le=50_000)
    """Connections of browsers at once, all together; one that idles or dawdles makes room."""
    dashboard_connections_per_address_max: int = Field(default=100, ge=4, le=10_000)
    """Connections at once of one address that is no trusted proxy."""
    dashboard_head_max_bytes: int = Field(default=32_768, ge=4_096, le=65_536)
    """A request whose head, its address and its cookies with all else, is longer is refused."""
    dashboard_header_timeout_s: float = Field(default=10.0, gt=0, le=120)
    """A request whose head has not come whole within this is given up."""
    dashboard_body_timeout_s: float = Field(default=30.0, gt=0, le=600)
    """A request whose body has not come whole within this after its head is given up."""
    dashboard_idle_timeout_s: float = Field(default=15.0, gt=0, le=600)
    """A connection on which no request followed within this is closed."""
    dashboard_send_timeout_s: float = Field(default=60.0, gt=0, le=3_600)
    """A reader that takes less than a quarter of what lies ready in this time is given up."""
    dashboard_body_max_bytes: int = Field(default=200_000, ge=10_000, le=100_000_000)
    """A request with a larger body is refused, and so is one that does not state its size."""
    dashboard_trusted_proxies: str = ""
    """Addresses or networks, parted by commas, whose X-Forwarded-For and -Proto are believed."""
    dashboard_questions_per_viewer_max: int = Field(default=3, ge=1, le=100)
    """Questions of one account or screen that are answered at once; others wait their turn."""
    dashboard_questions_of_guests_max: int = Field(default=2, ge=1, le=100)
    """Questions of all companies and guests together that are answered at once."""
    dashboard_questions_waiting_max: int = Field(default=100, ge=1, le=10_000)
    """Questions of one account or screen that may wait; more are refused."""
    dashboard_questions_of_guests_waiting_max: int = Field(default=250, ge=1, le=10_000)
    """Of all companies and guests together; beyond, each of them may have an equal share of it."""
    dashboard_question_wait_max_s: float = Field(default=20.0, gt=0, le=300)
    """A question that has no turn within this is refused."""
    dashboard_streams_per_viewer_max: int = Field(default=20, ge=1, le=10_000)
    """Open pages of one account or screen that get live values; a further one ends the oldest."""
    dashboard_streams_max: int = Field(default=500, ge=1, le=50_000)
    """Open pages of everybody that get live values; a further one is refused."""
    dashboard_streams_of_guests_max: int = Field(default=250, ge=1, le=50_000)
    """Of these, the pages of all companies and guests together."""
    dashboard_packages_max: int = Field(default=4, ge=1, le=50)
    """Packages of trials at once; a company has one of them, and the staff always has one."""
    dashboard_package_time_max_s: float = Field(default=7_200.0, gt=0, le=86_400)
    """A package that was not taken home within this breaks off."""
    dashboard_packages_per_day_max: int = Field(default=20, ge=1, le=10_000)
    """Packages that one account may begin within 24 hours."""
    dashboard_package_readings_max: int = Field(default=100_000_000, ge=1)
    """Readings in one package; a larger one is refused before its first byte."""
    dashboard_hashes_waiting_max: int = Field(default=20, ge=1, le=1_000)
    """Passwords that wait to be checked, from unknown addresses and again from known ones; each
    takes some 50 ms of a processor."""
    dashboard_hashes_waiting_per_address_max: int = Field(default=4, ge=1, le=1_000)
    """Passwords from one address that wait to be checked."""
    dashboard_sign_in_window_s: float = Field(default=300.0, gt=0, le=86_400)
    """The time in which tries to sign in are counted."""
    dashboard_sign_ins_per_name_max: int = Field(default=10, ge=1, le=10_000)
    """Tries for one name within that time, whether the name exists or not."""
    dashboard_sign_ins_per_address_max: int = Field(default=60, ge=1, le=100_000)
    """Tries from one address within that time."""
    dashboard_sign_in_failures_logged_per_hour_max: int = Field(default=1_000, ge=10, le=100_000)
    """Failures in the access log: of one account, and of all names that nobody has; others are
    counted."""
    dashboard_sessions_per_account_max: int = Field(default=50, ge=1, le=10_000)
    """Living sessions of one account; a further one ends the oldest."""
    dashboard_departures_max: int = Field(default=10_000, ge=10, le=1_000_000)
    """People who are away at the OpenID Connect provider at once, in all processes."""
    dashboard_note_characters_max: int = Field(default=4_000, ge=100, le=4_000)
    """Characters of a note on the trend."""
    dashboard_entry_characters_max: int = Field(default=20_000, ge=100, le=20_000)
    """Characters of the text of an entry in a trial's journal."""
    dashboard_entries_per_hour_max: int = Field(default=120, ge=1, le=1_000)
    """Notes and entries that one account may write in an hour."""
    dashboard_entries_per_trial_max: int = Field(default=5_000, ge=10, le=50_000)
    """Notes and entries of a trial: so many of its company, and so many of the plant's staff."""
    dashboard_entry_bytes_per_trial_max: int = Field(default=5_000_000, ge=10_000, le=50_000_000)
    """All of their text together, of its company and of the plant's staff each."""
    dashboard_actions_per_hour_max: int = Field(default=600, ge=10, le=10_000)
    """Lines that one account or screen may bring into the access log in an hour by what it does."""
    dashboard_push_devices_per_account_max: int = Field(default=10, ge=1, le=100)
    """Browsers in which one account is told of alarms."""
    dashboard_push_devices_max: int = Field(default=1_000, ge=1, le=10_000)
    """Browsers in which anybody is told of alarms, all together."""

    @field_validator("dashboard_trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, proxies: str) -> str:
        names = [part.strip() for part in proxies.split(",") if part.strip()]
        for name in names:
            try:
                ip_network(name)
            except ValueError:
                raise ValueError(f"{name!r} is neither an address nor a network") from None
        return ",".join(names)
