"""The truth behind a simulated estate: every number that a model is later asked to recover."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from participation_stats.cards import Card
from participation_stats.errors import InputError
from participation_stats.intake.simulation import setting

Effects = Mapping[str, float]

ETHNICITY = {
    "Black African": -0.6,
    "Black Caribbean": 0.2,
    "Other White": -0.5,
    "Portuguese": -1.0,
    "Other": -0.5,
}
GENDER = {"Female": 0.6}
HOUSING_TENURE = {"Leasehold": 0.3, "Private rent": -0.6}
LENGTH_OF_RESIDENCE = {"under 1": -1.2, "1 to 4": -0.8, "5 to 9": -0.4}
PROFESSIONAL = {"councillor": 1.0, "officer": 1.8, "staff": 1.9}
RECRUITMENT: dict[str, Effects] = {
    "ethnicity": {
        "Black African": -2.0,
        "Black Caribbean": 0.2,
        "Other White": -2.0,
        "Portuguese": -2.0,
        "Other": -2.0,
    },
    "length_of_residence": {"under 1": -3.0, "1 to 4": -2.0, "5 to 9": -1.2},
}
RESPONSE: dict[str, Effects] = {
    "ethnicity": {"Black African": -0.3, "Portuguese": -0.6, "Other": -0.2},
    "gender": {"Female": 0.4},
    "length_of_residence": {"under 1": -0.9, "1 to 4": -0.6, "5 to 9": -0.3},
}
NOT_STATED = {
    "ethnicity": 0.03,
    "gender": 0.01,
    "age": 0.03,
    "housing_tenure": 0.01,
    "disability": 0.08,
}


@dataclasses.dataclass(frozen=True)
class Truth(Card):
    r"""What is true of a simulated estate, in log-odds unless said otherwise.

    A resident *i* who is eligible for meeting *m* comes with the probability of

    .. math:: \operatorname{logit} P(y_{im}=1 \mid u_i) = \alpha + \lambda\,\text{member}_{im}
       + \phi\,\text{formal}_m + \delta\,\text{member}_{im}\,\text{after}_m + x_i'\beta + u_i,
       \qquad u_i \sim N(0, \sigma^2)

    so a logit with a person intercept recovers every number here. Given the person, meetings
    are independent: there is no meeting effect. Groups that a mapping does not name have
    effect 0 and are the reference.

    Attributes
    ----------
    intercept : float
        :math:`\alpha`: an informal open meeting, a resident of every reference group.
    member : float
        :math:`\lambda`: the person holds a seat on the body that meets.
    formal : float
        :math:`\phi`: the meeting has an agenda, a chair and minutes.
    after_subgroup : float
        :math:`\delta`: added for residents with a seat from the subgroup's first meeting on.
    ethnicity, gender, housing_tenure, length_of_residence : mapping of str to float
        :math:`\beta`, by category (length of residence in bands).
    person_sd : float
        :math:`\sigma`: standard deviation of the person intercepts.
    professional : mapping of str to float
        Log-odds that a councillor, officer or staff member comes to an informal meeting.
    professional_formal : float
        Added for them when the meeting is formal.
    recruitment : mapping of str to mapping
        By variable: log-weights of a seat on the residents' committee. Seats are drawn without
        replacement, each draw in proportion to the weights of those still there.
    leaving, leaving_after_subgroup : float
        Monthly log-odds that a committee member gives up the seat, and what the subgroup's
        start adds to it.
    response : mapping of str to mapping
        By variable: log-odds of answering the estate survey, relative to `response_intercept`.
    response_intercept : float
        Log-odds of answering for somebody of every reference group.
    speaking, proposing, passing : float
        Residents' log-odds, relative to professionals', where both sit: of speaking when
        present, of being the one who proposes an item, of the item being passed.
    not_stated : mapping of str to float
        By variable: probability (not log-odds) that a person's category is not recorded,
        whatever it is.

    Raises
    ------
    InputError
        If an effect names an unknown variable or category, is not a finite number, a
        probability is outside 0 to 1, or `person_sd` is negative.

    Examples
    --------
    >>> truth = Truth(formal=-1.5, person_sd=0.0)
    >>> truth.formal, truth.after_subgroup
    (-1.5, -0.6)
    >>> Truth(gender={"Woman": 0.5})
    Traceback (most recent call last):
        ...
    participation_stats.errors.InputError: Truth: gender has no category 'Woman'.
    Expected some of Female, Male; got 'Woman'. Hint: leave reference groups out.
    """

    intercept: float = -4.0
    member: float = 5.6
    formal: float = -0.7
    after_subgroup: float = -0.6
    ethnicity: Effects = dataclasses.field(default_factory=ETHNICITY.copy)
    gender: Effects = dataclasses.field(default_factory=GENDER.copy)
    housing_tenure: Effects = dataclasses.field(default_factory=HOUSING_TENURE.copy)
    length_of_residence: Effects = dataclasses.field(default_factory=LENGTH_OF_RESIDENCE.copy)
    person_sd: float = 1.0
    professional: Effects = dataclasses.field(default_factory=PROFESSIONAL.copy)
    professional_formal: float = 0.0
    recruitment: Mapping[str, Effects] = dataclasses.field(default_factory=RECRUITMENT.copy)
    leaving: float = -6.0
    leaving_after_subgroup: float = 2.0
    response: Mapping[str, Effects] = dataclasses.field(default_factory=RESPONSE.copy)
    response_intercept: float = 0.1
    speaking: float = -1.2
    proposing: float = -0.8
    passing: float = -0.8
    not_stated: Effects = dataclasses.field(default_factory=NOT_STATED.copy)

    def __post_init__(self) -> None:
        for name in ("ethnicity", "gender", "housing_tenure", "length_of_residence"):
            _check_effects(name, getattr(self, name), setting.MARGINS[name].counts)
        for name in ("recruitment", "response"):
            _check_names(name, getattr(self, name), setting.MARGINS, "variable")
            for variable, effects in getattr(self, name).items():
                _check_effects(f"{name} by {variable}", effects, setting.MARGINS[variable].counts)
        _check_effects("professional", self.professional, setting.PROFESSIONAL_CAPACITIES)
        _check_names("not_stated", self.not_stated, setting.STATED, "variable")
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float):
                _check_number(field.name, value)
        _check_range("person_sd", self.person_sd, math.inf)
        for variable, probability in self.not_stated.items():
            _check_range(f"not_stated of '{variable}'", probability, 1.0)


def _check_effects(
    name: str, effects: Effects, known: Mapping[str, object] | tuple[str, ...]
) -> None:
    _check_names(name, effects, known, "category")
    for category, value in effects.items():
        _check_number(f"{name} of '{category}'", value)


def _check_names(
    name: str,
    given: Mapping[str, object],
    known: Mapping[str, object] | tuple[str, ...],
    kind: str,
) -> None:
    for key in given:
        if key not in known:
            raise InputError(
                f"{name} has no {kind} '{key}'",
                where="Truth",
                expected=f"some of {', '.join(known)}",
                got=f"'{key}'",
                hint="leave reference groups out",
            )


def _check_number(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise InputError(
            f"{name} is not a finite number",
            where="Truth",
            expected="log-odds such as -0.7",
            got=str(value),
            hint="use a large number, such as 20, for somebody who always comes",
        )


def _check_range(name: str, value: float, high: float) -> None:
    if not 0 <= value <= high:
        raise InputError(
            f"{name} is out of range",
            where="Truth",
            expected="0 to 1" if high == 1 else "0 or more",
            got=str(value),
        )
