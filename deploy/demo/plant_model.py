"""The whole plant at any moments: every value that no recording gives, labelled synthetic."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np

from deploy.demo.counters import COUNTERS, Counters
from deploy.demo.drivers import Drivers
from deploy.demo.model import laboratory
from deploy.demo.model.biology import biology
from deploy.demo.model.energy import energy
from deploy.demo.model.hydraulics import hydraulics
from deploy.demo.model.membranes import membranes
from deploy.demo.model.pilots import pilots
from deploy.demo.model.scene import Scene, Values
from deploy.demo.model.sludge import sludge
from deploy.demo.model.weather import weather
from deploy.demo.replay_clock import SECOND_US, ReplayClock, Times

# Each area may use the values of those before it.
AREAS: tuple[Callable[[Scene, Values], Values], ...] = (
    weather,
    hydraulics,
    biology,
    membranes,
    sludge,
    pilots,
    energy,
)


class PlantModel:
    """Computes the plant from simple balances over what the recordings say.

    A pure function of time: the same moments and clock always give the same values, in any order
    and after any restart. (Inside, integrals of the counters are kept so as not to repeat them.)
    """

    counters = COUNTERS
    sampled = frozenset(laboratory.POINTS)

    def __init__(self, drivers: Drivers, zone: ZoneInfo) -> None:
        """Take the recordings' values and the zone of the site."""
        self._drivers = drivers
        self._zone = zone
        self._counters = Counters(
            lambda virtual_us: self._flowing(self._scene(virtual_us, virtual_us, quiet=True)),
            COUNTERS,
        )

    def state(self, at_us: Times, clock: ReplayClock) -> Values:
        """Return the values [n] of all synthetic points but the laboratory's, by point key.

        `at_us` are present moments, microseconds since 1970 UTC. NaN: no value at this moment.
        """
        values = self._flowing(self._scene(at_us, clock.virtual(at_us)))
        values |= self._counters.at(at_us, clock)
        hidden = [name for name in values if name.startswith("_")]
        for name in (*hidden, "il-qt-442"):
            del values[name]
        return values

    def samples(
        self, first_us: int, until_us: int, clock: ReplayClock
    ) -> list[tuple[int, dict[str, float]]]:
        """Return the laboratory's results for [first, until) of the present: moment and values."""
        first, until = clock.virtual(np.array([first_us, until_us], np.int64)).tolist()
        found = []
        for day, sample_us in laboratory.sampling_times(first, until, self._zone):
            hours = laboratory.composite_times(sample_us)
            day_before = self._flowing(self._scene(hours, hours))
            at = clock.present(np.array([sample_us], np.int64)).item() // SECOND_US * SECOND_US
            found.append((at, laboratory.results(day, day_before)))
        return found

    def _scene(self, at_us: Times, process_us: Times, *, quiet: bool = False) -> Scene:
        blank = Scene(at_us, process_us, {}, self._zone, quiet)
        drive = self._drivers.at(process_us, blank.local_us)
        return Scene(at_us, process_us, drive, self._zone, quiet)

    def _flowing(self, scene: Scene) -> Values:
        """Return all values and hidden rates that depend on the moment alone."""
        values: Values = {
            "_flow_in": scene.drive["flow_in"],
            "_flow_out": scene.drive["flow_out"],
        }
        for area in AREAS:
            values |= area(scene, values)
        return values
