"""What goes with coming: the model section of a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial

import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.intake.estates import Estate
from participation_stats.intake.shaping import as_factors
from participation_stats.measure.engagement.crossings import attendance_formula
from participation_stats.measure.engagement.fits import Fit, Rates
from participation_stats.measure.engagement.logit import fit_logit
from participation_stats.measure.engagement.never_attending import complete_cells
from participation_stats.measure.results import Result
from participation_stats.measure.tallies import Cells
from participation_stats.release.cells import AT_RISK, counted_by
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures.rates import draw_rates, rates_headline
from participation_stats.release.phrases import Terms, plain_name
from participation_stats.release.reporting import RATES, Claim, Exhibit, Finding, Section

#: Characteristics asked of the log, in order; one without at least two groups is left out.
CHARACTERISTICS = ("ethnicity", "gender", "length_of_residence", "housing_tenure", "format", "seat")

#: Those of them that belong to the meeting, or to a person at a meeting.
OF_MEETING = ("format", "seat")

#: The people of the model, among those of whom tables tell.
MODEL = "model"

#: Those with a figure; the others are tables.
DRAWN = ("ethnicity", "length_of_residence", "format")

LEAD = (
    "Residents, at every meeting that they could have come to. Each comparison holds the other "
    "characteristics alike."
)

METHOD = (
    "Logistic regression of attendance, one row for each resident at each meeting they could have "
    "come to: people are at risk of a meeting only while resident and, where it is for members, "
    "while a member. Apologies and absences count as not coming. Rows are collapsed without loss "
    "to cells of the same characteristics; standard errors are clustered by person. An adjusted "
    "rate is the share that would come if everybody had that characteristic and otherwise stayed "
    "as they are; its interval is by the delta method on the logit scale. People whose "
    "characteristics are not stated are left out."
)


@dataclasses.dataclass(frozen=True)
class Engagement:
    """A fitted model, released: its terms and the adjusted rates of each characteristic."""

    described: str
    terms: Protected
    rates: dict[str, Protected]

    def section(self, caption: str) -> Section:
        """Adjusted rates by characteristic, then the model's own table."""
        shown = [
            Exhibit(
                slug=f"rates_{variable}",
                title=f"Adjusted attendance rates of residents by {plain_name(variable)}",
                protected=rates,
                columns=("category", "n_units", "estimate", "conf_low", "conf_high"),
                units=RATES,
                draw=partial(draw_rates, caption=caption) if variable in DRAWN else None,
            )
            for variable, rates in sorted(self.rates.items(), key=lambda item: item[0] not in DRAWN)
        ]
        model = Exhibit(
            slug="model", title="The model: log-odds of attending", protected=self.terms
        )
        return Section(
            slug="what-goes-with-coming",
            title="What goes with coming",
            sentences=(LEAD, *self._headlines()),
            exhibits=(*shown, model),
            method=f"{METHOD} {self.described}",
        )

    def finding(self) -> Finding:
        """Where rates differ most once the other characteristics are held alike."""
        return Finding("What goes with coming", self._headlines()[:2], "what-goes-with-coming")

    def _headlines(self) -> tuple[Claim, ...]:
        return tuple(
            Claim(f"{rates_headline(rates.table, Terms())}.", f"rates_{variable}")
            for variable, rates in self.rates.items()
        )


@dataclasses.dataclass(frozen=True)
class Model:
    """The fitted model and its adjusted rates, as measured. Nothing here is released.

    Parameters
    ----------
    fit : Fit
    rates : dict of str to Rates
        By characteristic.
    known : frozenset of str
        Whom it is of; nobody where those who never came are counted in, who have no names.
    """

    fit: Fit
    rates: dict[str, Rates]
    known: frozenset[str] = frozenset()

    def results(self) -> dict[str, Result]:
        """What is to be protected, by the name of the table."""
        named: dict[str, Result] = {f"rates by {name}": found for name, found in self.rates.items()}
        return {MODEL: self.fit} | named

    def bodies(self) -> dict[str, str]:
        """The rates rest on the model's people."""
        return dict.fromkeys(self.results(), MODEL)

    def people(self) -> dict[str, frozenset[str]]:
        """Whom the model is of: nearly those who came, whom other tables tell."""
        return {counted_by(MODEL, AT_RISK): self.known}

    def released(self, protected: Mapping[str, Protected]) -> Engagement:
        """The same after `protect_all`."""
        return Engagement(
            self.fit.describe(),
            protected[MODEL],
            {name: protected[f"rates by {name}"] for name in self.rates},
        )


def engage(estate: Estate) -> Model | str | None:
    """Model residents' attendance by what is known of them.

    Returns
    -------
    Model, str or None
        A sentence where the model cannot be fitted; ``None`` where the tables do not allow it.
    """
    if not estate.has("meetings", "attendance", "people"):
        return None
    panel = residents_of(as_factors(estate.panel()))
    if panel.empty:
        return None
    try:
        rows, asked = _everybody(estate, panel)
        fit = fit_logit(str(attendance_formula(panel, asked)), rows, unit="person_id")
    except (EstimationError, InputError) as error:
        return f"What goes with coming: no model could be fitted ({reason_of(error)})."
    known = people_of(rows, fit) if isinstance(rows, pd.DataFrame) else frozenset[str]()
    return Model(fit, {name: fit.rates(name) for name in fit.basis.levels}, known)


def people_of(rows: pd.DataFrame, fit: Fit) -> frozenset[str]:
    """Whom a model of these rows is of: whose characteristics are all stated."""
    complete = rows.dropna(subset=[*fit.basis.levels, "attended"])
    return frozenset(complete["person_id"].astype(str))


def _everybody(estate: Estate, panel: pd.DataFrame) -> tuple[pd.DataFrame | Cells, tuple[str, ...]]:
    """Rows of all residents and what is asked of them.

    Where the records name only people who came, those who never did are counted in from the
    population, which then decides what can be asked.
    """
    if not names_only_comers(panel) or not estate.has("population"):
        return panel, CHARACTERISTICS
    dropped_in = panel[panel["seat"].ne("yes")]
    population = estate.population()
    counted = set(population.dropna(subset="count")["variable"]) if "count" in population else set()
    of_person = [name for name in CHARACTERISTICS if name not in OF_MEETING and name in counted]
    if not of_person:
        return panel, CHARACTERISTICS
    # Whoever never came holds no seat: their meetings are those open to all residents.
    meetings = dropped_in.drop_duplicates("meeting_id").assign(seat="no")
    cells = complete_cells(panel, population, of_person, meetings, of_meeting=OF_MEETING)
    return cells, (*of_person, *OF_MEETING)


def names_only_comers(panel: pd.DataFrame) -> bool:
    """Whether everybody in the records who never had a seat came at least once."""
    seated = panel.loc[panel["seat"].eq("yes"), "person_id"]
    others = panel[~panel["person_id"].isin(seated)]
    came = others.groupby("person_id")["attended"].max()
    return bool(len(came) and came.all())


def reason_of(error: EstimationError | InputError) -> str:
    """Why there is no model, without naming a group of which nobody ever came: that is a count."""
    if error.got.startswith("separation"):
        return "some group always or never came, so that no finite odds fit it"
    return error.what


def residents_of(panel: pd.DataFrame) -> pd.DataFrame:
    """Person-meetings of residents, bands under the names of what they band."""
    kept = panel[panel["capacity"].eq("resident")]
    return kept.drop(columns="length_of_residence", errors="ignore").rename(
        columns={"length_of_residence_band": "length_of_residence"}
    )
