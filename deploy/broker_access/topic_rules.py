"""Topic rules, from the site alone: which account may publish or read which topics. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from deploy.errors import BrokerAccessError
from ingest.broker_url import RETAINED_SUFFIX, VERSION_TOPIC
from schemas.site.model import Site, Trial
from schemas.site.value_rules import TAG

INGEST = "ingest"
PLANT = "plant"
GATEWAY = "gateway-"


@dataclass(frozen=True)
class Rules:
    """What one account may do: `writes` are topics, `reads` are filters.

    With `password_of` it is a second connection of that account, and has its password.
    """

    account: str
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    password_of: str = ""


def topic_rules(site: Site, now: datetime) -> list[Rules]:
    """Return the rules of ingest, of the plant's gateway, and of each company with a running trial.

    A company may publish the points of its trials that stand on the trial's own line: not those of
    the plant that it was given to compare with. What belongs to no running trial is the plant's.
    Raises BrokerAccessError if two running trials of different companies share such a point.
    """
    owners = _owners(site, now)
    companies = sorted(set(owners.values()))
    gateways = [
        Rules(f"{GATEWAY}{company}", writes=_topics(site, _owned(owners, company)))
        for company in companies
    ]
    plants = {ref for ref in site.points if ref not in owners}
    return [
        *_ingest(INGEST, all_filters(site)),
        Rules(PLANT, writes=_topics(site, plants)),
        *gateways,
    ]


def rules_of_sites(sites: Sequence[Site], now: datetime) -> list[Rules]:
    """Return the rules for all sites of a broker: ingest reads all, each plant has its own account.

    With one site these are its topic rules. A company has one account for its trials everywhere.
    Raises BrokerAccessError.
    """
    if len(sites) == 1:
        return topic_rules(sites[0], now)
    merged: dict[str, Rules] = {}
    for site in sites:
        for one in topic_rules(site, now):
            name = f"{PLANT}-{site.key}" if one.account == PLANT else one.account
            before = merged.get(name, Rules(name))
            merged[name] = Rules(
                name,
                tuple(dict.fromkeys((*before.writes, *one.writes))),
                tuple(dict.fromkeys((*before.reads, *one.reads))),
                one.password_of,
            )
    return list(merged.values())


def further_ingest(sites: Sequence[Site], partitions: int) -> list[Rules]:
    """Return the rules of the ingest processes after the first: `ingest-2` and so on.

    The account is the client id, so that two processes with one would throw each other out.
    """
    reads = tuple(dict.fromkeys(wanted for site in sites for wanted in all_filters(site)))
    names = [f"{INGEST}-{number}" for number in range(2, partitions + 1)]
    return [rules for name in names for rules in _ingest(name, reads)]


def _ingest(account: str, reads: tuple[str, ...]) -> tuple[Rules, Rules]:
    """Return the rules of an ingest process, and of its connection for what is retained."""
    apart = Rules(account + RETAINED_SUFFIX, reads=(*reads, VERSION_TOPIC), password_of=account)
    return Rules(account, reads=reads), apart


def all_filters(site: Site) -> tuple[str, ...]:
    """Return the filters of everything that a site publishes."""
    filters = {mapping.topic.replace(TAG, "+") for mapping in site.mapping}
    foreign = sorted(wanted for wanted in filters if wanted.split("/")[0] != site.key)
    return (f"{site.key}/#", *foreign)


def acl_text(rules: Iterable[Rules]) -> str:
    """Return Mosquitto's access list. What it does not name is refused, for everybody."""
    lines = ["# Written by `virtaama broker-access`; changes are lost."]
    for one in rules:
        lines += ["", f"user {one.account}"]
        lines += [f"topic write {_one_line(topic)}" for topic in one.writes]
        lines += [f"topic read {_one_line(topic)}" for topic in one.reads]
    return "\n".join(lines) + "\n"


def _owners(site: Site, now: datetime) -> dict[str, str]:
    """Return the company of each point that a running trial has on its own line."""
    owners: dict[str, str] = {}
    for trial in site.trial:
        if not site.starts_at(trial.starts) <= now < site.ends_at(trial.ends):
            continue
        for ref in _own_points(trial):
            other = owners.setdefault(ref, trial.company)
            if other != trial.company:
                raise BrokerAccessError(
                    f"The point {ref} is in running trials of {other} and {trial.company}; "
                    "let one of them end first, or give each its own point."
                )
    return owners


def _own_points(trial: Trial) -> list[str]:
    return [ref for ref in trial.points if ref.split("/")[0] == trial.line]


def _owned(owners: dict[str, str], company: str) -> set[str]:
    return {ref for ref, owner in owners.items() if owner == company}


def _topics(site: Site, refs: set[str]) -> tuple[str, ...]:
    """Return the topics that carry these points and no others."""
    topics = {f"{site.key}/{ref}" for ref in refs}
    for line in site.line:
        on_line = {point.ref for point in site.point if point.line == line.key}
        if on_line and on_line <= refs:
            topics.add(f"{site.key}/{line.key}")
    carried: dict[str, set[str]] = {}
    for topic, ref in _foreign_topics(site):
        carried.setdefault(topic, set()).add(ref)
    topics |= {topic for topic, points in carried.items() if points <= refs}
    return tuple(sorted(topics))


def _foreign_topics(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each topic of the mappings with each point that it carries."""
    for mapping in site.mapping:
        for value in mapping.value:
            yield mapping.topic.replace(TAG, value.tag or TAG), value.point


def _one_line(topic: str) -> str:
    if not topic.isprintable() or topic != topic.strip():
        raise BrokerAccessError(
            f"The topic {topic!r} cannot stand in an access list: it has control characters, or "
            "spaces at an end. Choose another in the mapping."
        )
    return topic
