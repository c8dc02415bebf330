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

__all__ = [
    "DataWarning",
    "DisclosureError",
    "EstimationError",
    "InputError",
    "MissingExtraError",
    "OutputError",
    "ParticipationError",
    "SchemaError",
    "SourceError",
]
__version__: str
