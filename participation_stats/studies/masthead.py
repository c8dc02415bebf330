"""Masthead: what stands on every report of a place, whatever it asks."""

from __future__ import annotations

from collections.abc import Mapping

from participation_stats.intake.estates import Estate
from participation_stats.release.policies import Policy
from participation_stats.release.provenance import Provenance, hash_files


def lawful(estate: Estate, policy: Policy) -> Policy:
    """The same policy, lifted where the data are nobody's, or already in the public domain."""
    if estate.synthetic:
        return policy.exempt("the people in these data are synthetic")
    if estate.already_published:
        return policy.exempt(f"the records are already published ({estate.already_published})")
    return policy


def banners(policy: Policy) -> tuple[str, ...]:
    """Lines printed on top of the page."""
    return (policy.banner,) if policy.banner else ()


def subtitle(estate: Estate, question: str) -> str:
    """What the page asks, and of which time."""
    return f"{question} {estate.period}." if estate.period else question


def caption(estate: Estate) -> str:
    """Source, population and period for every figure."""
    parts = [f"Source: {estate.source}." if estate.source else "", _population(estate)]
    parts.append(f"Period: {estate.period}." if estate.period else "")
    return " ".join(part for part in parts if part)


def _population(estate: Estate) -> str:
    if not estate.has("population"):
        return ""
    table = estate.population()
    if "count" not in table or table["count"].isna().all():
        return "Population: shares as published."
    return f"Population: {residents(estate):,} residents."


def residents(estate: Estate) -> int | None:
    """How many people live there, as the population table has it; ``None`` of shares alone."""
    if not estate.has("population"):
        return None
    table = estate.population()
    if "count" not in table or table["count"].isna().all():
        return None
    return int(table.groupby("variable", sort=False)["count"].sum().max())


def sources(estate: Estate) -> tuple[str, ...]:
    """What the data are, and who is to be cited."""
    return tuple(text for text in (estate.description, estate.source) if text)


def provenance(
    estates: Mapping[str, Estate],
    policy: Policy,
    *,
    time: str | None,
    command: str,
    kind: str,
) -> Provenance:
    """What is needed to make the report again; input files by the prefix of their estate."""
    inputs = {
        f"{prefix}{name}": digest
        for prefix, estate in estates.items()
        if estate.folder is not None
        for name, digest in hash_files(estate.folder).items()
    }
    return Provenance(inputs, _in_words(policy), command, time=time, kind=kind)


def _in_words(policy: Policy) -> str:
    told = policy.banner or f"Counts of fewer than {policy.threshold} people are withheld."
    return f"{policy.name}. {told}"
