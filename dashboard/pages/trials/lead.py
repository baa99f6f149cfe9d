"""What whoever leads a trial does on its page, and the points that a coming trial will share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.card import card
from dashboard.pages.trials.access import OpenTrial
from dashboard.pages.trials.forms import lead_forms
from dashboard.pages.trials.plan import change_forms, invited_list, shared_points
from dashboard.store.plant import SitePoint
from dashboard.store.trial_change import Invited
from dashboard.store.trial_journal import Kind
from dashboard.store.trial_setup import Company, Guest
from dashboard.store.trial_writing import Correctable
from dashboard.web.display import DisplaySettings


@dataclass(frozen=True)
class LeadOptions:
    """What the forms offer: whom to let in, who is in; to whom and what the trial may be given.

    `may_change` says whether it was made in the app and has not begun. `closings` are what ends it
    or access to it.
    """

    guests: Sequence[Guest]
    invited: Sequence[Invited]
    may_change: bool
    companies: Sequence[Company]
    points: Mapping[str, SitePoint]
    closings: Mapping[Kind, Sequence[Correctable]]


def lead_card(
    opened: OpenTrial,
    lead: LeadOptions,
    place: dict[str, Any],
    now: datetime,
    display: DisplaySettings,
) -> Any:
    """Return what an engineer may do with a trial, and its guests in `place`."""
    changes = (
        change_forms(opened, lead.companies, lead.invited, lead.points, display)
        if lead.may_change
        else []
    )
    forms = lead_forms(opened, lead.closings, lead.guests, now, display)
    title = html.H3(display.text("trial.guests"), className="part-name")
    guests = html.Div(invited_list(lead.invited, display), id=place, className="form-preview")
    return card(display.text("trial.lead"), [*changes, forms, title, guests], wide=True)


def points_card(
    opened: OpenTrial, lead: LeadOptions | None, place: dict[str, Any], display: DisplaySettings
) -> Any:
    """Return the points that the company will see of a trial that has not begun, in `place`."""
    listed = html.Div(listed_points(opened, display), id=place, className="form-preview")
    fixed = lead is not None and not lead.may_change
    note = [html.Div(display.text("trial.in_site_file"), className="note")] if fixed else []
    return card(display.text("trial.points"), [listed, *note], wide=True)


def listed_points(opened: OpenTrial, display: DisplaySettings) -> Any:
    """Return the points of a trial as a list."""
    points = opened.all_points
    chosen = {point.point_id for point in points.values()}
    return shared_points(chosen, opened.trial.line, points, display)
