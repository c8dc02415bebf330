from .errors import (
    DataWarning,
    DisclosureError,
    EstimationError,
    InputError,
    MissingExtraError,
    OutputError,
    ParticipationError,
    SchemaError,
    SourceError,
)
from .intake.benchmarks import benchmark_areas, load_benchmark
from .intake.codelists import Codelist, codelist_names, load_codelist
from .intake.crosswalks import load_crosswalk
from .intake.deduplication import Deduplicated, deduplicate
from .intake.descriptors import Field, ForeignKey, Schema
from .intake.drafts import draft_mapping
from .intake.estates import Estate, copy_example, example_names, load_example, read_estate
from .intake.exports import Export, read_export
from .intake.mappings import ColumnMapping, read_mapping
from .intake.recoded import Recoded
from .intake.registers import Register, read_register
from .intake.schemas import load_schema, schema_names
from .intake.shaping import as_factors, band, recode, roll_up
from .intake.simulation import (
    Nation,
    Truth,
    read_nation,
    simulate_estate,
    simulate_nation,
    write_estate,
)
from .intake.sources import read_table
from .intake.spss import SpssFile, read_spss
from .intake.validation import Validation, validate
from .measure.concentration import Inequality, attendance_inequality
from .measure.continuity import Regulars, Turnover, regulars, turnover
from .measure.encounters import CoAttendance, co_attendance
from .measure.engagement.counts import CountFit, choose_counts, fit_counts
from .measure.engagement.crossings import AttendanceFormula, attendance_formula
from .measure.engagement.decomposition import GapDecomposition, decompose_gap
from .measure.engagement.durations import Durations, attendance_durations
from .measure.engagement.events import EventStudy, fit_event_study
from .measure.engagement.firth import fit_firth
from .measure.engagement.fit_checks import FitCheck
from .measure.engagement.fit_comparison import FitComparison
from .measure.engagement.fits import Effects, Fit, Rates
from .measure.engagement.gee import GeeFit, fit_gee
from .measure.engagement.group_comparisons import GroupComparison, compare_groups
from .measure.engagement.hazards import HazardFit, HazardOddsFit, fit_hazard
from .measure.engagement.logit import fit_logit
from .measure.engagement.mixed import MixedFit, fit_mixed_logit
from .measure.engagement.never_attending import complete_cells
from .measure.engagement.panel_comparison import PanelComparison, compare_panels
from .measure.engagement.panels import PanelFit, fit_panel
from .measure.engagement.person_effects import PersonEffects
from .measure.engagement.retention import RetentionCurves, retention_curves
from .measure.engagement.scales import Scale, score_scale
from .measure.estimation.adjusted_means import SurveyEffects, SurveyRates
from .measure.estimation.covariances import linearised_covariance
from .measure.estimation.designs import SurveyDesign
from .measure.estimation.engagement_tables import EngagementTable, survey_engagement
from .measure.estimation.estimates import Differences, Estimates
from .measure.estimation.imputations import Imputations, survey_impute
from .measure.estimation.imputed_estimates import ImputedEstimates
from .measure.estimation.independence import RaoScott, rao_scott_fit, rao_scott_test
from .measure.estimation.regressions import SurveyFit, survey_linear, survey_logit
from .measure.estimation.replicates import ReplicateDesign, survey_replicates
from .measure.estimation.survey_estimates import survey_estimate
from .measure.estimation.surveys import survey_design
from .measure.estimation.term_tests import TermTests
from .measure.influence import Voice, voice_shares
from .measure.ladder import Ladder, participation_ladder
from .measure.power import VotingPower, voting_power
from .measure.presence import AttendanceRecord, attendance_record
from .measure.representation.comparison import Comparison, compare_bodies
from .measure.representation.control_limits import Funnel, funnel
from .measure.representation.distance import ProfileDistance, profile_distance
from .measure.representation.ratios import Representativeness, representativeness_ratios
from .measure.representation.trend import Trend, ratio_trend
from .measure.response.quality import ResponseQuality, r_indicators
from .measure.survey_size import margin_of_error, required_sample
from .measure.tallies import Cells, Tally, collapse, tally
from .measure.voice import Seats, seats
from .measure.weighting.calibrations import calibrate
from .measure.weighting.rakes import poststratify, rake
from .measure.weighting.trims import trim
from .measure.weighting.weightings import Weighting
from .release.audits import Audit, audit
from .release.disclosure import Protected, protect
from .release.figures.attendance import draw_attendance
from .release.figures.coefficients import draw_coefficients
from .release.figures.event_study import draw_event_study
from .release.figures.funnel import draw_funnel
from .release.figures.ladder import draw_ladder
from .release.figures.lorenz import draw_lorenz
from .release.figures.profile import draw_profile
from .release.figures.rates import draw_rates
from .release.figures.ratios import draw_ratios
from .release.figures.response import draw_response
from .release.figures.retention import draw_retention
from .release.figures.shares import draw_shares
from .release.figures.trend import draw_trend
from .release.figures.voice import draw_voice
from .release.figures.weights import draw_weights
from .release.files import write_tables
from .release.folders import audit_folder
from .release.markup import table_html
from .release.policies import Policy
from .release.tidy import tidy_table
from .studies.gallery import write_gallery
from .studies.nation import compare_landlords
from .studies.publication import write_report

__all__ = [
    "AttendanceFormula",
    "AttendanceRecord",
    "Audit",
    "Cells",
    "CoAttendance",
    "Codelist",
    "ColumnMapping",
    "Comparison",
    "CountFit",
    "DataWarning",
    "Deduplicated",
    "Differences",
    "DisclosureError",
    "Durations",
    "Effects",
    "EngagementTable",
    "Estate",
    "Estimates",
    "EstimationError",
    "EventStudy",
    "Export",
    "Field",
    "Fit",
    "FitCheck",
    "FitComparison",
    "ForeignKey",
    "Funnel",
    "GapDecomposition",
    "GeeFit",
    "GroupComparison",
    "HazardFit",
    "HazardOddsFit",
    "Imputations",
    "ImputedEstimates",
    "Inequality",
    "InputError",
    "Ladder",
    "MissingExtraError",
    "MixedFit",
    "Nation",
    "OutputError",
    "PanelComparison",
    "PanelFit",
    "ParticipationError",
    "PersonEffects",
    "Policy",
    "ProfileDistance",
    "Protected",
    "RaoScott",
    "Rates",
    "Recoded",
    "Register",
    "Regulars",
    "ReplicateDesign",
    "Representativeness",
    "ResponseQuality",
    "RetentionCurves",
    "Scale",
    "Schema",
    "SchemaError",
    "Seats",
    "SourceError",
    "SpssFile",
    "SurveyDesign",
    "SurveyEffects",
    "SurveyFit",
    "SurveyRates",
    "Tally",
    "TermTests",
    "Trend",
    "Truth",
    "Turnover",
    "Validation",
    "Voice",
    "VotingPower",
    "Weighting",
    "as_factors",
    "attendance_durations",
    "attendance_formula",
    "attendance_inequality",
    "attendance_record",
    "audit",
    "audit_folder",
    "band",
    "benchmark_areas",
    "calibrate",
    "choose_counts",
    "co_attendance",
    "codelist_names",
    "collapse",
    "compare_bodies",
    "compare_groups",
    "compare_landlords",
    "compare_panels",
    "complete_cells",
    "copy_example",
    "decompose_gap",
    "deduplicate",
    "draft_mapping",
    "draw_attendance",
    "draw_coefficients",
    "draw_event_study",
    "draw_funnel",
    "draw_ladder",
    "draw_lorenz",
    "draw_profile",
    "draw_rates",
    "draw_ratios",
    "draw_response",
    "draw_retention",
    "draw_shares",
    "draw_trend",
    "draw_voice",
    "draw_weights",
    "example_names",
    "fit_counts",
    "fit_event_study",
    "fit_firth",
    "fit_gee",
    "fit_hazard",
    "fit_logit",
    "fit_mixed_logit",
    "fit_panel",
    "funnel",
    "linearised_covariance",
    "load_benchmark",
    "load_codelist",
    "load_crosswalk",
    "load_example",
    "load_schema",
    "margin_of_error",
    "participation_ladder",
    "poststratify",
    "profile_distance",
    "protect",
    "r_indicators",
    "rake",
    "rao_scott_fit",
    "rao_scott_test",
    "ratio_trend",
    "read_estate",
    "read_export",
    "read_mapping",
    "read_nation",
    "read_register",
    "read_spss",
    "read_table",
    "recode",
    "regulars",
    "representativeness_ratios",
    "required_sample",
    "retention_curves",
    "roll_up",
    "schema_names",
    "score_scale",
    "seats",
    "simulate_estate",
    "simulate_nation",
    "survey_design",
    "survey_engagement",
    "survey_estimate",
    "survey_impute",
    "survey_linear",
    "survey_logit",
    "survey_replicates",
    "table_html",
    "tally",
    "tidy_table",
    "trim",
    "turnover",
    "validate",
    "voice_shares",
    "voting_power",
    "write_estate",
    "write_gallery",
    "write_report",
    "write_tables",
]
__version__: str
