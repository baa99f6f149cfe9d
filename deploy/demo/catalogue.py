"""Which recordings there are, and how each of them is laid on the present."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

RECORDINGS_DIR = Path(__file__).parent / "recordings"


@dataclass(frozen=True)
class RecordingSpec:
    """What a recording's file looks like and how it is played.

    `time_format` (strptime, whole seconds) and `zone` say what its naive stamps mean. `played_from`
    is the day of the site on which its first row is played; from there it repeats for ever, in the
    past too. With `run_column`, rows with the same text there are one run (a trial), and runs
    are played one after the other with a pause of `run_pause_s`, whatever lay between them.
    """

    name: str
    file: str
    description: str
    time_column: str
    time_format: str
    zone: str
    step_s: int
    played_from: date
    run_column: str | None = None
    run_pause_s: int = 0

    @property
    def path(self) -> Path:
        """Where the compressed CSV text is."""
        return RECORDINGS_DIR / self.file

    @property
    def topic(self) -> str:
        """The MQTT topic that its rows are published on."""
        return f"recordings/{self.name}"


# The days are chosen so that the storm week of April 2025 falls on 18 to 24 November 2026.
RECORDINGS: dict[str, RecordingSpec] = {
    spec.name: spec
    for spec in (
        RecordingSpec(
            name="influent",
            file="plant_influent_flow_5min.csv.xz",
            description="influent flow of a large plant, 61 days, 5 min",
            time_column="timestamp",
            time_format="%Y-%m-%dT%H:%M:%S",
            zone="America/Chicago",
            step_s=300,
            played_from=date(2026, 10, 22),
        ),
        RecordingSpec(
            name="effluent",
            file="plant_effluent_flow_5min.csv.xz",
            description="effluent flow of the same plant, 61 days, 5 min",
            time_column="timestamp",
            time_format="%Y-%m-%dT%H:%M:%S",
            zone="America/Chicago",
            step_s=300,
            played_from=date(2026, 10, 22),
        ),
        RecordingSpec(
            name="aeration",
            file="plant_aeration_5min.csv.xz",
            description="oxygen, air, ammonium and nitrate of an aeration basin, 42 days, 5 min",
            time_column="Date.Time",
            time_format="%Y-%m-%d %H:%M:%S",
            zone="America/Denver",
            step_s=300,
            played_from=date(2026, 10, 12),
        ),
        RecordingSpec(
            name="ro",
            file="ro_pilot_1min.csv.xz",
            description="five trials of a reverse osmosis pilot on brine, 3.7 days, 1 min",
            time_column="Date.Time",
            time_format="%Y-%m-%d %H:%M:%S",
            zone="America/Denver",
            step_s=60,
            played_from=date(2026, 10, 13),
            run_column="experiment",
            run_pause_s=1800,
        ),
        RecordingSpec(
            name="electrolysis",
            file="pilot_electrolysis_10min.csv.xz",
            description="a bank filtration and electrolysis pilot, 123 days, 10 min",
            time_column="DateTime",
            time_format="%Y-%m-%d %H:%M:%S",
            zone="Asia/Kolkata",
            step_s=600,
            played_from=date(2026, 10, 8),
        ),
    )
}
