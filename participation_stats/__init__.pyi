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
from .intake.descriptors import Field, ForeignKey, Schema
from .intake.estates import Estate, copy_example, example_names, load_example, read_estate
from .intake.recoded import Recoded
from .intake.schemas import load_schema, schema_names
from .intake.shaping import band, recode, roll_up
from .intake.simulation import Truth, simulate_estate, write_estate
from .intake.sources import read_table
from .intake.validation import Validation, validate
from .measure.representation import Representativeness, representativeness_ratios
from .release.figures.attendance import draw_attendance
from .release.figures.lorenz import draw_lorenz
from .release.figures.profile import draw_profile
from .release.figures.rates import draw_rates
from .release.figures.ratios import draw_ratios

__all__ = [
    "Codelist",
    "DataWarning",
    "DisclosureError",
    "Estate",
    "EstimationError",
    "Field",
    "ForeignKey",
    "InputError",
    "MissingExtraError",
    "OutputError",
    "ParticipationError",
    "Recoded",
    "Representativeness",
    "Schema",
    "SchemaError",
    "SourceError",
    "Truth",
    "Validation",
    "band",
    "benchmark_areas",
    "codelist_names",
    "copy_example",
    "draw_attendance",
    "draw_lorenz",
    "draw_profile",
    "draw_rates",
    "draw_ratios",
    "example_names",
    "load_benchmark",
    "load_codelist",
    "load_crosswalk",
    "load_example",
    "load_schema",
    "read_estate",
    "read_table",
    "recode",
    "representativeness_ratios",
    "roll_up",
    "schema_names",
    "simulate_estate",
    "validate",
    "write_estate",
]
__version__: str
