"""The one column vocabulary: every name that a result's frame may hold, by topic."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

Unit = Literal["count", "fraction", "ratio", "probability", "number", "word", "date", "flag"]


@dataclasses.dataclass(frozen=True)
class Column:
    """One name of the vocabulary: its heading for people, its meaning and its unit."""

    title: str
    meaning: str
    unit: Unit


#: Bodies beside populations.
_RATIOS = {
    "body": Column("Body", "the committee, network, meeting or sample described", "word"),
    "variable": Column("Variable", "the characteristic compared", "word"),
    "category": Column("Group", "one category of the variable", "word"),
    "count": Column("Count", "people of the group in the body", "count"),
    "weighted": Column("Weighted count", "sum of weights of the group", "number"),
    "expected": Column("Proportional", "people the group would have in proportion", "number"),
    "share": Column("Share", "count over all with a stated category", "fraction"),
    "population_count": Column("Population", "people of the group in the population", "count"),
    "population_share": Column(
        "Population share", "the group's share of the population", "fraction"
    ),
    "ratio": Column("Ratio", "share over population share; 1 is proportional", "ratio"),
    "conf_low": Column("Interval from", "lower limit of the confidence interval", "ratio"),
    "conf_high": Column("Interval to", "upper limit of the confidence interval", "ratio"),
    "chance_low": Column("Chance from", "lowest ratio a fair draw would usually give", "ratio"),
    "chance_high": Column("Chance to", "highest ratio a fair draw would usually give", "ratio"),
    "p_value": Column("p", "probability of as extreme a result under a fair draw", "probability"),
    "p_adjusted": Column("Adjusted p", "p adjusted for its family of comparisons", "probability"),
    "verdict": Column("Verdict", "what the adjusted p and the interval allow to be said", "word"),
    "n": Column("n", "people described, with a stated category", "count"),
    "not_stated": Column("Not stated", "people whose category is not known", "count"),
    "dissimilarity": Column("Dissimilarity", "share of seats that must change group", "fraction"),
    "dissimilarity_expected": Column(
        "Dissimilarity by chance", "its mean under a fair draw", "fraction"
    ),
    "cohen_w": Column("Cohen's w", "effect size of the whole profile", "number"),
}

#: Ratios on request, comparisons, distances, funnels and trends.
_COMPARISONS = {
    "seats_short": Column("Seats short", "proportional less present", "number"),
    "seats_floor": Column("Proportional, rounded down", "whole seats, at least", "number"),
    "seats_ceiling": Column("Proportional, rounded up", "whole seats, at most", "number"),
    "absolute_disparity": Column("Absolute disparity", "population share less share", "fraction"),
    "comparative_disparity": Column("Comparative disparity", "1 less the ratio", "ratio"),
    "selection_ratio": Column("Selection ratio", "odds over the population's odds", "ratio"),
    "rate_per_1000": Column("Per 1,000", "people present per 1,000 of the group", "number"),
    "z": Column("z", "standard deviations from proportional, under a fair draw", "number"),
    "chance_count_low": Column("Chance from (people)", "fewest a fair draw would give", "number"),
    "chance_count_high": Column("Chance to (people)", "most a fair draw would give", "number"),
    "ratio_all_out": Column("Ratio, all out", "if none not stated were in the group", "ratio"),
    "ratio_all_in": Column("Ratio, all in", "if all not stated were in the group", "ratio"),
    "share_unweighted": Column("Unweighted share", "share before weighting", "fraction"),
    "ratio_unweighted": Column("Unweighted ratio", "ratio before weighting", "ratio"),
    "period": Column("Period", "the time in which people came", "word"),
    "first_share": Column("First share", "share in the first period", "fraction"),
    "last_share": Column("Last share", "share in the last period", "fraction"),
    "change": Column("Change", "last share less the first", "fraction"),
    "other_count": Column("Count, other", "people of the group in the other body", "count"),
    "other_share": Column("Share, other", "share of the other body", "fraction"),
    "other_n": Column("n, other", "people of the other body, with a stated category", "count"),
    "measure": Column("Measure", "what is measured", "word"),
    "observed": Column("Observed", "the distance found", "number"),
    "chance_mean": Column("Mean by chance", "its mean under a fair draw", "number"),
    "chance_95": Column("95% by chance", "exceeded by one fair draw in twenty", "number"),
    "excess": Column("Excess", "observed less the mean by chance", "number"),
    "groups": Column("Groups", "categories compared", "number"),
    "members_against_others": Column(
        "Members against others", "dissimilarity from those who are not members", "fraction"
    ),
    "ordering": Column("Ordering", "which tables count as more extreme", "word"),
    "method": Column("Method", "enumeration or Monte Carlo", "word"),
    "tables": Column("Tables", "tables enumerated or drawn", "number"),
    "position": Column("Position", "inside or outside the control limits", "word"),
    "level": Column("Level", "confidence of the control limits", "fraction"),
    "limit_low": Column("Lower limit", "lower control limit of the ratio", "ratio"),
    "limit_high": Column("Upper limit", "upper control limit of the ratio", "ratio"),
}

#: Seats, votes, steps and who comes again.
_SEATS = {
    "bloc": Column("Bloc", "those who vote together", "word"),
    "votes": Column("Votes", "votes held", "number"),
    "banzhaf": Column("Banzhaf power", "share of all swings", "fraction"),
    "shapley_shubik": Column("Shapley–Shubik power", "share of orders decided", "fraction"),
    "swings": Column("Swings", "coalitions that the bloc turns into winning ones", "number"),
    "penrose": Column("Chance to decide", "if all others toss a coin", "fraction"),
    "allies_to_win": Column("Allies to win", "fewest other blocs needed to pass", "number"),
    "allies_to_block": Column("Allies to block", "fewest other blocs needed to stop", "number"),
    "rung": Column("Rung", "how far people took part", "word"),
    "outer": Column("Rung outside", "the rung that the step starts from", "word"),
    "source": Column("Rung counted", "the rung whose counts are given", "word"),
    "step_ratio": Column("Step ratio", "share over the share on the rung outside", "ratio"),
    "test": Column("Test", "what the step was tested as", "word"),
    "sentence": Column("In words", "the finding in a sentence", "word"),
    "stayers": Column("Stayed", "came in this period and the one before", "number"),
    "entrants": Column("Came in", "came in this period, not in the one before", "number"),
    "newcomers": Column("New", "came in this period for the first time", "number"),
    "leavers": Column("Gone", "came in the period before, not in this one", "number"),
    "retention": Column("Retention", "stayers over those who came before", "fraction"),
    "jaccard": Column("Jaccard", "stayers over all who came in either period", "fraction"),
    "entrant_share": Column("Share new or back", "entrants over those who came", "fraction"),
    "meetings": Column("Meetings", "meetings of which this is said", "number"),
    "alone": Column("Alone", "meetings with one person of this capacity only", "number"),
    "alone_share": Column("Share alone", "of the meetings with anybody of it", "fraction"),
    "outnumbered": Column("Outnumbered", "meetings with more people of others", "number"),
    "outnumbered_share": Column(
        "Share outnumbered", "of the meetings with anybody of it", "fraction"
    ),
    "none": Column("Without", "meetings with nobody of this capacity", "number"),
    "none_share": Column("Share without", "of all meetings", "fraction"),
    "other_capacity": Column("Sits with", "in what right the others are there", "word"),
    "met": Column("Met", "people of the other capacity at a meeting, on average", "number"),
}

#: Response to a survey.
_RESPONSE = {
    "sampled": Column("Asked", "people of the group in the sample, answered or not", "count"),
    "propensity": Column("Propensity", "mean fitted chance of answering", "fraction"),
    "unconditional": Column("Partial", "what it adds to uneven response", "number"),
    "unconditional_unadjusted": Column("Partial, unadjusted", "before bias is removed", "number"),
    "delta_std_error": Column("Standard error, delta method", "of the partial", "number"),
    "conditional": Column("Conditional partial", "among people alike in all else", "number"),
    "conditional_std_error": Column(
        "Standard error, conditional", "of the conditional partial", "number"
    ),
    "conditional_unadjusted": Column(
        "Conditional partial, unadjusted", "before bias is removed", "number"
    ),
    "cv_unconditional": Column("Partial CV", "partial over the response rate", "number"),
    "cv_std_error": Column("Standard error, CV", "of the partial CV", "number"),
    "cv_conditional": Column("Conditional partial CV", "over the response rate", "number"),
}

#: Weights: margins and totals before and after.
_WEIGHTS = {
    "share_before": Column("Share before", "of the base weights", "fraction"),
    "share_after": Column("Share after", "of the weights", "fraction"),
    "target": Column("Target", "the population's share, which the weights meet", "fraction"),
    "total_before": Column("Total before", "weighted sum by the base weights", "number"),
    "total_after": Column("Total after", "weighted sum by the weights", "number"),
    "total_target": Column("Total asked for", "the sum over the population", "number"),
}

#: Models of engagement, durations and scales.
_MODELS = {
    "term": Column("Term", "a term of the model", "word"),
    "estimate": Column("Estimate", "the estimated quantity", "number"),
    "std_error": Column("Standard error", "of the estimate", "number"),
    "statistic": Column("Statistic", "estimate over standard error, or the test's", "number"),
    "df_numerator": Column("Degrees of freedom", "of what is tested", "number"),
    "df_denominator": Column(
        "Degrees of freedom, denominator", "of the design, less the terms", "number"
    ),
    "n_rows": Column("Rows", "rows (person-meetings) behind the number", "count"),
    "n_units": Column("People", "people behind the number", "count"),
    "model": Column("Model", "what kind of model", "word"),
    "formula": Column("Formula", "response and terms", "word"),
    "n_parameters": Column("Parameters", "numbers estimated", "number"),
    "log_likelihood": Column("Log-likelihood", "at the estimates", "number"),
    "aic": Column("AIC", "Akaike's information criterion; less is better", "number"),
    "bic": Column("BIC", "Schwarz's information criterion; less is better", "number"),
    "qic": Column("QIC", "Pan's criterion for clustered errors; less is better", "number"),
    "degrees_of_freedom": Column("Degrees of freedom", "of the test", "number"),
    "check": Column("Check", "what was looked at", "word"),
    "subject": Column("Of", "the group or term looked at", "word"),
    "notice": Column("Notice", "fine, or in need of a look", "word"),
    "band": Column("Band", "rows from the lowest predicted rate up", "word"),
    "rate_fitted": Column("Predicted rate", "mean of the model's rates", "fraction"),
    "rate_observed": Column("Observed rate", "attended of those open", "fraction"),
    "item": Column("Item", "one question of a battery", "word"),
    "mean": Column("Mean", "mean of the answers or scores", "number"),
    "std_dev": Column("Standard deviation", "of the answers or scores", "number"),
    "item_rest": Column("Item-rest r", "correlation with the other items", "number"),
    "alpha_without": Column("Alpha without", "alpha of the other items", "number"),
    "part": Column("Part", "gap, explained or unexplained", "word"),
    "factor": Column("Goes with", "what differs between the groups", "word"),
    "share_of_gap": Column("Share of gap", "the part over the whole gap", "fraction"),
    "since_event": Column("Periods since", "periods since that of the event", "number"),
    "bin": Column("Bin", "whether an end stands for all beyond it", "word"),
    "fixed": Column("Within people", "estimate with person effects held fixed", "number"),
    "random": Column("Across people", "estimate with random person effects", "number"),
    "difference": Column("Difference", "the former less the latter", "number"),
    "duration": Column("Duration", "meetings from the first attendance to the last", "number"),
    "event": Column("Stopped", "1 for those who stopped coming", "number"),
    "n_at_risk": Column("At risk", "people still coming just before", "count"),
    "n_events": Column("Stopped", "people who stopped coming", "count"),
    "n_censored": Column("Not watched on", "people not watched after it", "count"),
    "n_expected": Column("Expected stops", "if all groups had the same hazard", "number"),
    "median": Column("Median", "first time at which no more than half still come", "number"),
}

#: Estimates from a survey.
_ESTIMATES = {
    "answer": Column("Answer", "the answer that is counted", "word"),
    "quantile": Column("Quantile", "share of people at or below it", "fraction"),
    "n_smallest": Column("Fewest", "n, or the fewest in or out of an answer", "count"),
    "share_missing": Column("Share missing", "respondents who did not answer", "fraction"),
    "design_effect": Column("Design effect", "variance over that of a simple sample", "number"),
    "degrees_freedom": Column("Degrees of freedom", "clusters less strata", "number"),
    "missing_information": Column(
        "Missing information", "share of the variance from not knowing the answers", "fraction"
    ),
    "difference_std_error": Column("Standard error, difference", "of the difference", "number"),
    "difference_low": Column("Difference from", "lower limit of the difference", "number"),
    "difference_high": Column("Difference to", "upper limit of the difference", "number"),
    "note": Column("Note", "why a number is missing", "word"),
    "reference": Column("Compared with", "the group compared with, or everybody", "word"),
}

#: A result's frame may hold these columns and its own declared keys, no others.
VOCABULARY: Mapping[str, Column] = {
    **_RATIOS,
    **_COMPARISONS,
    **_SEATS,
    **_RESPONSE,
    **_WEIGHTS,
    **_MODELS,
    **_ESTIMATES,
}
