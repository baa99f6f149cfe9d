"""The catalogue: which kinds of assets and streams there are, and what points may mean at them.

Data in TOML (`roles`, `ends`, `properties`, `kinds/`), read once and checked as a whole. Kinds of
assets and of streams share one namespace, and roles are one vocabulary, so that a formula needs no
more than `kind.role`. Never: knows a plant, a tag or a company.
"""

from schemas.catalogue.model import Catalogue, Kind, Names, Property, Role
from schemas.catalogue.reader import LABORATORY, CatalogueError, catalogue

__all__ = [
    "LABORATORY",
    "Catalogue",
    "CatalogueError",
    "Kind",
    "Names",
    "Property",
    "Role",
    "catalogue",
]
