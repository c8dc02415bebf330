"""One figure of each kind and of each form that it takes, to be looked at and compared."""

from __future__ import annotations

from outcomes import event_study, ladder, long_ladder, response, retention, voice, weights
from specimens import (
    DAVIS,
    Policy,
    concentration,
    many_bodies,
    many_groups,
    network,
    rates,
    record,
    terms,
    years,
)

import participation_stats as ps

PEOPLE = {"resident": 10, "councillor": 1, "officer": 3, "staff": 4}
PUBLISH = Policy.publish()

FIGURES = {
    "ratios": lambda: ps.draw_ratios(network(), caption="Source: made up."),
    "ratios_withheld": lambda: ps.draw_ratios(many_groups(6, PUBLISH, n=200)),
    "ratios_19": lambda: ps.draw_ratios(many_groups(19)),
    "profile": lambda: ps.draw_profile(network()),
    "attendance": lambda: ps.draw_attendance(record(PEOPLE, 14)),
    "attendance_withheld": lambda: ps.draw_attendance(record(PEOPLE, 14, PUBLISH)),
    "lorenz": lambda: ps.draw_lorenz(concentration(DAVIS)),
    "lorenz_withheld": lambda: ps.draw_lorenz(concentration(DAVIS, PUBLISH)),
    "rates": lambda: ps.draw_rates(rates()),
    "coefficients": lambda: ps.draw_coefficients(terms()),
    "funnel": lambda: ps.draw_funnel(many_bodies()),
    "funnel_withheld": lambda: ps.draw_funnel(many_bodies(PUBLISH), category="Renters"),
    "trend": lambda: ps.draw_trend(years()),
    "ladder": lambda: ps.draw_ladder(ladder(), caption="Source: made up."),
    "ladder_withheld": lambda: ps.draw_ladder(long_ladder(6, PUBLISH)),
    "voice": lambda: ps.draw_voice(voice()),
    "retention": lambda: ps.draw_retention(retention(), caption="Source: made up."),
    "retention_withheld": lambda: ps.draw_retention(retention(PUBLISH, groups=3)),
    "event_study": lambda: ps.draw_event_study(event_study(), period="month"),
    "weights": lambda: ps.draw_weights(weights()),
    "weights_withheld": lambda: ps.draw_weights(weights(PUBLISH)),
    "response": lambda: ps.draw_response(response()),
    "response_withheld": lambda: ps.draw_response(response(PUBLISH)),
    "trend_withheld": lambda: ps.draw_trend(years(PUBLISH, n=30)),
}
