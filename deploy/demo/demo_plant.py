"""Everything that a replay needs, put together from the site file and the recordings."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import deploy
from deploy.demo.catalogue import RECORDINGS
from deploy.demo.defects import DEFECTS
from deploy.demo.drivers import Drivers
from deploy.demo.model.model import Model
from deploy.demo.model.water_works import WaterWorks
from deploy.demo.plant_model import PlantModel
from deploy.demo.recording import Recording, read
from deploy.demo.replay_clock import Loop, ReplayClock, lay
from deploy.demo.rows import Rows
from deploy.demo.show import Show
from deploy.demo.signals import Signals
from deploy.demo.sources import DemoPoint, Sources, feeds_of, find_sources
from schemas.site import reader
from schemas.site.model import Site

_SITES = Path(deploy.__file__).parent / "sites"
DEMO_SITE = _SITES / "mikkeli"
WORKS_SITE = _SITES / "kuusilahde"
DEMO_SITES = (DEMO_SITE, WORKS_SITE)


@dataclass(frozen=True)
class DemoPlant:
    """Recordings on their loops, the model over them, and what of the site each of them feeds."""

    site: Site
    recordings: dict[str, Recording]
    loops: dict[str, Loop]
    sources: Sources
    model: Model

    @property
    def site_key(self) -> str:
        """The key of its site."""
        return self.site.key

    def rows(self) -> dict[str, Rows]:
        """Return players of all recordings by name, at their beginning."""
        return {
            name: Rows(recording, self.loops[name], self.sources.mapped[name])
            for name, recording in self.recordings.items()
        }

    def signals(
        self,
        counter_offset: dict[str, float] | None = None,
        shows: Collection[Show] = (),
    ) -> Signals:
        """Return the synthetic signals; see `Signals` for `counter_offset`."""
        defects = DEFECTS if Show.FAULTS in shows else ()
        points = self.sources.synthetic
        return Signals(self.model, points, self.site_key, counter_offset, defects)


def load_plant() -> DemoPlant:
    """Put the demonstration's own site together. Raises SiteFileError, SourceMissing."""
    return assemble(reader.read(DEMO_SITE))


def load_works() -> DemoPlant:
    """Put the water works together, of which all is modelled. Raises as `load_plant` does."""
    site = reader.read(WORKS_SITE)
    model = WaterWorks(site.zone)
    modelled = model.state(np.zeros(1, np.int64), ReplayClock(start_us=0)).keys()
    return DemoPlant(site, {}, {}, find_sources(_points(site), {}, modelled), model)


def assemble(site: Site) -> DemoPlant:
    """Read the recordings and put the plant of a site together.

    Raises SourceMissing if a point is not fed by what its provenance says.
    """
    recordings = {name: read(spec) for name, spec in RECORDINGS.items()}
    loops = {name: lay(recording, site.zone) for name, recording in recordings.items()}
    feeds = feeds_of(site.topic_mappings())
    model = PlantModel(Drivers(recordings, loops, feeds), site.zone)
    some_moment = np.zeros(1, np.int64)
    modelled = model.state(some_moment, ReplayClock(start_us=0)).keys() | model.sampled
    sources = find_sources(_points(site), feeds, modelled)
    return DemoPlant(site, recordings, loops, sources, model)


def _points(site: Site) -> list[DemoPoint]:
    """Return the points that something feeds; the others are calculated from them."""
    provenance = {instrument.key: instrument.provenance for instrument in site.instrument}
    return [
        DemoPoint(
            line=point.line,
            key=point.key,
            provenance=provenance.get(point.instrument or "", "of no instrument"),
            interval_s=point.expected_interval_s,
            range_hi=None if point.range is None else point.range[1],
        )
        for point in site.point
        if point.formula is None
    ]
