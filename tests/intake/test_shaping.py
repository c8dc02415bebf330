"""recode, band and roll_up: what they map, what they refuse to guess, what they report."""

import json
import math
import warnings
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from participation_stats.errors import DataWarning, InputError, SchemaError
from participation_stats.intake.catalogue import read_codes, schemas_folder
from participation_stats.intake.codelists import codelist_names, load_codelist
from participation_stats.intake.crosswalks import load_crosswalk
from participation_stats.intake.estates import load_example
from participation_stats.intake.intervals import interval
from participation_stats.intake.shaping import as_factors, band, recode, roll_up
from participation_stats.measure.engagement.logit import fit_logit

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "golden" / "codelists_reference.json").read_text(encoding="utf-8")
)
ALIASES = [row["raw"] for row in REFERENCE["ethnicity_aliases"]["rows"]]
GROUPS = [item for item in REFERENCE["ethnic_group_tb_20b"]["items"] if item["code"] != -8]
ETHNICITY = [name for name in codelist_names() if name.startswith("ethnicity")]
TARGETS = [name for name in ETHNICITY if "core" not in name and "sde" not in name]
FAMILIES = {
    path.stem: read_codes(path)["raw"].tolist()
    for path in (schemas_folder() / "codelists" / "aliases").glob("*.csv")
    if path.stem != "spellings"
}
STATUS = {"code", "alias", "spelling", "band", "given", "missing", "total", "ambiguous", "unknown"}


def quiet(values, to, **options):
    return recode(pd.Series(values, name="column"), to, unmapped="ignore", **options)


def codes(values, to, **options):
    return quiet(values, to, **options).values.tolist()


def one(value, to, **options):
    (code,) = codes([value], to, **options)
    return None if pd.isna(code) else code


# --- what is mapped


def test_labels_codes_aliases_and_misspellings():
    raw = [
        "White: Irish",
        "Black Caribbean",
        "black – carribean",
        "Any other White background",
        "English, Welsh, Scottish, Northern Irish or British",
        "Mixed: White & Asian",
        "asian/asian british:  Bangladeshi",
        "GIPSY or irish traveler",
    ]
    assert codes(raw, "ethnicity_19") == [
        "White Irish",
        "Black Caribbean",
        "Black Caribbean",
        "Other White",
        "White British",
        "Mixed White and Asian",
        "Bangladeshi",
        "White Gypsy or Irish Traveller",
    ]


@pytest.mark.parametrize("item", GROUPS, ids=lambda item: item["short_label"])
def test_every_wording_of_the_19_groups_is_the_same_group(item):
    code = load_codelist("ethnicity_19").codes[item["code"] - 1]
    # A list of the estate has "Other White" too, so the bare words need company to be read.
    company = "Indian" if code != "Indian" else "Chinese"
    for wording in ("label", "short_label", "question_option_label_england", "eff_standard"):
        assert codes([item[wording], company], "ethnicity_19")[0] == code


@pytest.mark.parametrize(
    ("raw", "to", "code"),
    [
        ("16-24", "age_band", "16 to 24"),
        ("18–24", "age_band", "16 to 24"),
        ("Aged 20 to 24 years", "age_band", "16 to 24"),
        ("75+", "age_band", "65 and over"),
        ("Under 16", "age_band", "under 16"),
        ("24 and under", "age_5", "24 and under"),
        ("Less than 1 year", "length_of_residence_band", "under 1"),
        ("1 year but under 2 years", "length_of_residence_band", "1 to 4"),
        ("More than 10 years", "length_of_residence_band", "10 or more"),
        ("12 years", "length_of_residence_band", "10 or more"),
        ("Cllr.", "capacity", "councillor"),
        ("Council officer", "capacity", "officer"),
        ("Rents from Council", "housing_tenure", "Social rent"),
        ("Council or housing association tenant", "housing_tenure", "Social rent"),
        ("Yes, limited a little", "disability", "Disabled"),
        ("Non-binary", "gender", "Other"),
        ("Woman", "gender", "Female"),
        ("F", "sex", "Female"),
        ("Apols", "attendance_status", "apologies"),
        ("tend to agree", "agreement_5", "4"),
        (3, "agreement_5", "3"),
        (3.0, "agreement_5", "3"),
    ],
)
def test_other_lists(raw, to, code):
    assert one(raw, to) == code


def test_a_finer_list_rolls_up():
    fine = load_codelist("ethnicity_19")
    expected = fine.table["parent"].tolist()
    assert codes(fine.codes, "ethnicity_5") == expected
    assert codes(fine.labels, "ethnicity_5") == expected
    assert codes(fine.table["ons_code"], "ethnicity_5", source="ethnicity_19") == expected


def test_target_by_the_rest_of_its_name_and_the_broad_one():
    raw = pd.Series(["Roma", "Indian"], name="ethnicity")
    assert recode(raw, "5").to == recode(raw, "broad").to == "ethnicity_5"
    assert recode(pd.Series(["16-24"], name="age_band"), "broad").to == "age_5"


def test_your_own_aliases_come_first():
    recoded = quiet(["Zanzibari", "White"], "ethnicity_19", aliases={"ZANZIBARI ": "Black African"})
    assert recoded.values.iloc[0] == "Black African"
    assert recoded.report["how"].tolist() == ["given", "ambiguous"]


def test_index_name_and_dtype_are_kept():
    raw = pd.Series(["Roma", None], index=[7, 3], name="ethnicity")
    values = recode(raw, "ethnicity_19").values
    assert values.index.tolist() == [7, 3]
    assert values.name == "ethnicity"
    assert values.dtype == "str"


@pytest.mark.parametrize(
    "series",
    [
        pd.Series(["Roma", None], dtype="category"),
        pd.Series(["Roma", None], dtype="object"),
        pd.Series(["Roma", None], dtype="string"),
    ],
)
def test_any_kind_of_column(series):
    assert recode(series, "ethnicity_19").values.dropna().tolist() == ["Roma"]


@pytest.mark.parametrize("series", [pd.Series([], dtype="str"), pd.Series([None, None])])
def test_nobody(series):
    recoded = recode(series, "ethnicity_19")
    assert recoded.ok
    assert recoded.report.empty
    assert recoded.values.isna().all()


def test_report_says_how_each_value_was_read():
    raw = ["White: Irish", "Indian", "african", "carribean", "All", "-9", "Chinese or other", "?"]
    assert quiet(raw, "ethnicity_19").report["how"].tolist() == [
        *["code", "code", "alias", "spelling", "total", "missing", "ambiguous", "unknown"],
    ]
    assert quiet(["25–34"], "age_band").report["how"].item() == "band"


# --- what is missing, and why


def test_missing_values_keep_their_reason():
    recoded = quiet(["-9", "Tenant prefers not to say", "", "n/a", "Don’t know", "Roma", None, -1],
                    "ethnicity_19")  # fmt: skip
    assert recoded.ok
    assert recoded.values.tolist()[5] == "Roma"
    assert recoded.reasons.tolist()[:5] == [
        "Prefer not to say",
        "Prefer not to say",
        "Not recorded",
        "Does not apply",
        "Do not know",
    ]
    assert recoded.reasons.iloc[5:7].isna().all()
    assert recoded.reasons.iloc[7] == "Not asked"


# --- what is not guessed


@pytest.mark.parametrize(
    ("raw", "to", "candidates"),
    [
        ("Pakistani and Bangladeshi", "ethnicity_19", "Bangladeshi | Pakistani"),
        ("White non-British", "ethnicity_8", "White Irish | White, other than British or Irish"),
        ("Other/Chinese", "ethnicity_5", "Asian | Other"),
        ("Other White", "ethnicity_estate", "Other White | Portuguese"),
        ("15 to 19", "age_band", "under 16 | 16 to 24"),
        ("60+", "age_band", "50 to 64 | 65 and over"),
        ("3 to 5 years", "length_of_residence_band", "1 to 4 | 5 to 9"),
        ("Owner occupier", "housing_tenure", "Leasehold | Owned"),
        ("A", "attendance_status", "present | apologies | absent"),
    ],
)  # fmt: skip
def test_what_may_be_two_groups_stays_missing_and_is_named(raw, to, candidates):
    recoded = quiet([raw], to)
    assert recoded.values.isna().all()
    (row,) = recoded.unmapped.to_dict("records")
    assert (row["how"], row["candidates"]) == ("ambiguous", candidates)


@pytest.mark.parametrize("raw", ["BAME", "non-white", "Ethnic minority", "mixed/other", "bme"])
@pytest.mark.parametrize("to", TARGETS)
def test_words_for_many_groups_are_no_group(raw, to):
    if (raw, to) == ("mixed/other", "ethnicity_estate") or (raw, to) == (
        "mixed/other",
        "ethnicity_estate_broad",
    ):
        assert one(raw, to) == "Other"  # there both are
    else:
        assert one(raw, to) is None


def test_totals_are_no_group():
    recoded = quiet(["All ethnic groups", "Roma"], "ethnicity_5")
    assert recoded.unmapped["how"].tolist() == ["total"]


def test_the_estates_other_is_not_the_census_other():
    estate = load_codelist("ethnicity_estate").codes
    recoded = quiet(estate, "ethnicity_5")
    assert dict(zip(estate, recoded.values.fillna("?"), strict=True)) == {
        "Black African": "Black",
        "Black Caribbean": "Black",
        "Other White": "White",
        "Portuguese": "White",
        "White British": "White",
        "Other": "?",
    }
    assert recoded.unmapped["candidates"].tolist() == ["Asian | Black | Mixed | Other"]
    assert codes(load_codelist("ethnicity_5").codes, "ethnicity_5")[-1] == "Other"
    assert one("Other", "ethnicity_5") is None
    assert one("Other", "ethnicity_5", source="ethnicity_5") == "Other"


def test_a_value_of_the_estates_list_alone_settles_how_the_column_is_read():
    assert codes(["Owned", "Social rent"], "housing_tenure")[1] == "Social rent"
    assert one("Owned", "housing_tenure") is None
    assert codes(["Owned", "Leasehold"], "housing_tenure") == ["Owned", "Leasehold"]
    with_a_total = codes(["Other White", "Portuguese", "All groups"], "ethnicity_estate")
    assert with_a_total[:2] == ["Other White", "Portuguese"]
    assert codes(["Other White", "african", "Portugese"], "ethnicity_estate") == [
        "Other White",
        "Black African",
        "Portuguese",
    ]


@pytest.mark.parametrize("number", [13, "13", 13.0, "1"])
def test_a_bare_number_is_no_group_unless_its_list_is_named(number):
    assert one(number, "ethnicity_19") is None
    assert one(number, "ethnicity_19", source="ethnicity_19") is not None
    assert one("67", "age_band") is None


def test_core_codes_need_the_year_and_labels_do_not():
    named = {"to": "ethnicity_19", "source": "ethnicity_core"}
    assert codes(["16", "19"], **named, year=2024) == ["Any other ethnic group", "Arab"]
    assert one("16", **named) is None
    assert one("Arab", **named) == "Arab"
    assert one("20", **named, year=2024) == "Roma"
    assert one("20", **named, year=2023) is None
    assert one("3", **named, year=2024) == "Other White"
    assert quiet(["3"], **named, year=2023).unmapped["candidates"].item() == "Roma | Other White"
    # Without the year the label may be of either edition.
    assert one("Any other White background", **named) is None
    assert one("Any other White background", "ethnicity_18", source="ethnicity_core") == (
        "Other White"
    )
    assert quiet(["17"], **named, year=2024).reasons.item() == "Prefer not to say"


def test_core_length_of_residence_differs_by_year_and_is_not_time_on_the_estate():
    named = {"to": "length_of_residence_band", "source": "length_of_residence_core"}
    later = quiet(["1", "7", "11", "12", "6"], **named, year=2025)
    assert later.values.tolist()[:4] == ["under 1", "1 to 4", "5 to 9", "10 or more"]
    assert later.reasons.iloc[4] == "Do not know"
    assert any("longer than on the estate" in note for note in later.notes)
    assert one("5", **named, year=2023) is None
    assert one("5", **named, year=2024) is None


def test_gender_codes_are_read_only_for_the_years_of_the_question():
    assert one("X", "gender", source="gender_core", year=2024) == "Other"
    assert one("X", "gender") is None
    with pytest.raises(InputError, match=r"no edition of 'gender_core' was in use in 2026"):
        one("X", "gender", source="gender_core", year=2026)


def test_sex_is_not_read_from_words_for_gender():
    assert one("Woman", "sex") is None
    assert one("Female", "sex") == "Female"


def test_unconfirmed_evidence_is_told():
    recoded = quiet(["1"], "sex", source="sex_nomis")
    assert recoded.notes == ("'1': unconfirmed: third-party-code",)
    assert quiet(["Female"], "sex").notes == ()
    # Two ways lead to the group: the surer one counts.
    assert quiet(["White British", "Other"], "ethnicity_5").notes == ()
    assert quiet(["25–34"], "age_band").notes == ()


# --- the 285 labels


def test_every_alias_maps_or_is_reported():
    for to in TARGETS:
        recoded = quiet(ALIASES, to)
        assert not (recoded.report["how"] == "unknown").any()
        silent = recoded.values.isna() & ~pd.Series(ALIASES).isin(
            recoded.report.loc[recoded.report["code"].isna(), "raw"]
        )
        assert not silent.any()


def test_aliases_of_one_group_map_to_that_group():
    by_standard = {item["eff_standard"]: item for item in GROUPS}
    rows = [row for row in REFERENCE["ethnicity_aliases"]["rows"] if row["standard"] in by_standard]
    fine = quiet([row["raw"] for row in rows], "ethnicity_19").values
    broad = quiet([row["raw"] for row in rows], "ethnicity_5").values
    order = load_codelist("ethnicity_19").codes
    unmapped = []
    for row, code, group in zip(rows, fine, broad, strict=True):
        item = by_standard[row["standard"]]
        if pd.isna(code):
            unmapped.append(row["raw"])
        else:
            assert code == order[item["code"] - 1]
            assert group == item["broad"].capitalize()
    # What the lookup gives to one group although its words say several.
    assert sorted(unmapped) == [
        "mixed ethnic groups",
        "mixed/ multiple ethnic groups",
        "other chinese",
        "white non-british",
        "white non-british total",
    ]


@pytest.mark.slow
def test_no_alias_is_mapped_to_one_group_where_it_may_be_several():
    """From first principles: all 19-groups that the words may mean lie in the group reached."""
    table = read_codes(schemas_folder() / "codelists" / "aliases" / "ethnicity.csv")
    down = load_crosswalk("ethnicity_5", "ethnicity_19").groupby("from_code")["to_code"].agg(set)
    for to in ("ethnicity_8", "ethnicity_5", "ethnicity_estate_broad", "ethnicity_18"):
        up = load_crosswalk("ethnicity_19", to).set_index("from_code")["to_code"]
        for raw, rows in table[table["list"].isin(["ethnicity_19", "ethnicity_5"])].groupby("raw"):
            atoms = set()
            for name, code in zip(rows["list"], rows["code"], strict=True):
                atoms |= {code} if name == "ethnicity_19" else down[code]
            reached = one(raw, to)
            assert reached is None or {up[atom] for atom in atoms} == {reached}, raw


# --- properties

RAW = st.one_of(
    st.sampled_from(ALIASES),
    st.sampled_from([label for name in ETHNICITY for label in load_codelist(name).labels]),
    st.sampled_from([code for name in ETHNICITY for code in load_codelist(name).codes]),
    st.text(max_size=12),
    st.none(),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(values=st.lists(RAW, max_size=12), to=st.sampled_from(TARGETS))
def test_recode_stays_inside_the_list_and_accounts_for_every_row(values, to):
    series = pd.Series(values, dtype="object")
    recoded = recode(series, to, unmapped="ignore")
    assert set(recoded.values.dropna()) <= set(load_codelist(to).codes)
    assert recoded.report["count"].sum() == series.notna().sum()
    assert set(recoded.report["how"]) <= STATUS
    for row in recoded.report.to_dict("records"):
        rows = recoded.values[series == row["raw"]]
        assert len(rows) == row["count"]
        mapped = not pd.isna(row["code"])
        assert (rows == row["code"]).all() if mapped else rows.isna().all()
        assert mapped == (row["how"] in {"code", "alias", "spelling", "band", "given"})
        assert (row["how"] == "ambiguous") == (" | " in row["candidates"])
    assert (
        recoded.reasons.notna().sum()
        == recoded.report.loc[recoded.report["how"] == "missing", "count"].sum()
    )


@settings(max_examples=60, deadline=None)
@given(values=st.lists(RAW, max_size=8), to=st.sampled_from(TARGETS), seed=st.integers(0, 99))
def test_order_and_repetition_mean_nothing(values, to, seed):
    series = pd.Series(values * 2, dtype="object")
    mixed = series.sample(frac=1, random_state=seed)
    first = recode(series, to, unmapped="ignore").values
    again = recode(mixed, to, unmapped="ignore").values
    pd.testing.assert_series_equal(first, again.sort_index())


@settings(max_examples=80, deadline=None)
@given(data=st.data(), to=st.sampled_from(sorted(set(codelist_names()) - {"missing_reason"})))
def test_what_is_recoded_stays_as_it_is(data, to):
    code = st.sampled_from(load_codelist(to).codes)
    values = data.draw(st.lists(code, min_size=1, max_size=6))
    again = quiet(values, to, source=to)
    kept = again.reasons.isna()  # a code whose label is "prefers not to say" becomes missing
    assert again.values[kept].tolist() == pd.Series(values)[kept].tolist()


@settings(max_examples=60, deadline=None)
@given(family=st.sampled_from(sorted(FAMILIES)), data=st.data())
def test_every_alias_of_every_list_is_mapped_or_reported(family, data):
    raw = data.draw(st.sampled_from(FAMILIES[family]))
    for to in (name for name in codelist_names() if name.removesuffix("_band") == family):
        assert quiet([raw], to).report["how"].item() != "unknown"


# --- what it says


def test_warning_names_what_was_not_mapped_and_how_often():
    raw = pd.Series(["Martian", "Martian", "Other/Chinese", "All", "Roma"], name="ethnicity")
    with pytest.warns(DataWarning) as caught:
        recode(raw, "ethnicity_5")
    assert str(caught[0].message) == (
        "recode: 3 of the values of ethnicity could not be mapped to ethnicity_5: 'Martian' (2 "
        "rows, unknown); 'Other/Chinese' (1 row, may be Asian | Other); 'All' (1 row, everybody, "
        "not a group). Hint: name the list they are of with source=, or give aliases={raw: code}."
    )
    assert caught[0].filename == __file__


def test_raising_and_silence():
    raw = pd.Series(["Martian"])
    with pytest.raises(InputError, match=r"recode: 1 of the values of the column could not be"):
        recode(raw, "ethnicity_5", unmapped="raise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recode(raw, "ethnicity_5", unmapped="ignore")


def test_a_code_without_its_year_is_told_how_to_be_read():
    with pytest.raises(InputError, match=r"the codes of ethnicity_core differ by year: give year="):
        recode(pd.Series(["16"]), "ethnicity_19", source="ethnicity_core", unmapped="raise")


def test_long_lists_of_unknown_values_are_cut():
    raw = pd.Series([f"Martian {n}" for n in range(30)])
    with pytest.raises(InputError, match=r"30 of the values .*'Martian 9' \(1 row, unknown\) …\."):
        recode(raw, "ethnicity_5", unmapped="raise")


def test_print():
    text = str(quiet(["Roma", "1"], "ethnicity_19", source="ethnicity_19"))
    assert text.startswith("Recoded to ethnicity_19\n")
    assert "Bangladeshi" in text
    assert repr(quiet(["Roma"], "ethnicity_19")) == str(quiet(["Roma"], "ethnicity_19"))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"to": "ethnicity_6"}, SchemaError, r"recode: no code list 'ethnicity_6'.*nearest name"),
        ({"to": "broad"}, SchemaError, r"recode: no code list 'broad'"),
        (
            {"to": "gender", "source": "sex"},
            InputError,
            r"no crosswalk from 'sex' to 'gender'.*Hint: sex and gender are two questions\.",
        ),
        (
            {"to": "ethnicity_19", "source": "capacity"},
            InputError,
            r"recode: no crosswalk from 'capacity' to 'ethnicity_19'\. Expected two lists of one",
        ),
        ({"to": "sex", "source": "six"}, InputError, r"recode: no code list 'six'"),
        (
            {"to": "sex", "aliases": {"w": "Women"}},
            InputError,
            r"recode: the alias 'w' leads to 'Women', which is no code of sex\. Expected one of Fe",
        ),
    ],
)
def test_wrong_arguments(options, error, message):
    with pytest.raises(error, match=message):
        recode(pd.Series(["x"]), **options)


def test_a_list_is_no_column():
    for function, name in ((recode, "recode"), (band, "band")):
        with pytest.raises(InputError, match=rf"{name}: the column is not a Series\..*got list\."):
            function(["Roma"], "age_band")


# --- bands in words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25-34", (25, 35)),
        ("25 to 34", (25, 35)),
        ("between 25 and 34", (25, 35)),
        ("2 years but under 3 years", (2, 3)),
        ("5 years or more, but less than 10 years", None),
        ("65 and over", (65, math.inf)),
        ("65+", (65, math.inf)),
        ("over 65", (65, math.inf)),
        ("under 16", (0, 16)),
        ("less than 1 year", (0, 1)),
        ("24 and under", (0, 25)),
        ("2.5 years", (2.5, math.nextafter(2.5, 3))),
        ("34-25", None),
        ("12", None),
        ("1980-1990", None),
        ("", None),
        ("years", None),
    ],
)
def test_intervals(text, expected):
    assert interval(text) == expected


# --- numbers to bands


@settings(max_examples=100, deadline=None)
@given(
    ages=st.lists(st.one_of(st.none(), st.floats(-5, 130), st.integers(-5, 130)), max_size=20),
    name=st.sampled_from(["age_band", "age_5", "age_18", "length_of_residence_band"]),
)
def test_band_is_the_one_whose_limits_hold_the_number(ages, name):
    table = load_codelist(name).table
    banded = band(pd.Series(ages, dtype="float64", name="n"), name)
    for age, code in zip(ages, banded, strict=True):
        if age is None or age < 0:
            assert pd.isna(code)
        else:
            row = table.set_index("code").loc[code]
            assert row["min"] <= age
            assert pd.isna(row["max"]) or age < row["max"]


def test_band_edges():
    years = [0, 0.99, 1, 4.999, 5, 9.9, 10, 80, -0.1, np.nan, np.inf]
    expected = ["under 1"] * 2 + ["1 to 4"] * 2 + ["5 to 9"] * 2 + ["10 or more"] * 2
    banded = band(pd.Series(years), "length_of_residence_band")
    assert banded[:8].tolist() == expected
    assert banded[8:].isna().all()


@pytest.mark.parametrize("dtype", ["Int64", "float64", "object", "Float64", "str"])
def test_band_takes_any_kind_of_number(dtype):
    banded = band(pd.Series([15, 16, None], dtype=dtype, index=[2, 4, 6], name="age"), "age_band")
    assert banded.dropna().tolist() == ["under 16", "16 to 24"]
    assert banded.index.tolist() == [2, 4, 6]
    assert (banded.name, banded.dtype) == ("age", "str")


def test_band_of_nobody():
    assert band(pd.Series([], dtype="float64"), "age_band").empty


def test_band_errors():
    with pytest.raises(
        InputError, match=r"band: the code list 'sex' has no bands of numbers\. Exp"
    ):
        band(pd.Series([1]), "sex")
    with pytest.raises(InputError, match=r"'length_of_residence_core_2024' has no bands"):
        band(pd.Series([1]), "length_of_residence_core_2024")
    with pytest.raises(InputError, match=r"band: 'age' is not a column of numbers.*are for recode"):
        band(pd.Series(["forty"], name="age"), "age_band")
    with pytest.raises(SchemaError, match=r"no code list 'age_bands'"):
        band(pd.Series([1]), "age_bands")


# --- margins to coarser margins


def margins(**columns):
    return pd.DataFrame({"variable": "ethnicity", **columns})


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 10**6), min_size=19, max_size=19),
    to=st.sampled_from(["ethnicity_18", "ethnicity_8", "ethnicity_5", "ethnicity_estate_broad"]),
)
def test_rolling_up_keeps_the_total_and_adds_by_the_crosswalk(counts, to):
    fine = margins(category=load_codelist("ethnicity_19").codes, count=counts)
    coarse = roll_up(fine, to)
    up = load_crosswalk("ethnicity_19", to).set_index("from_code")["to_code"]
    expected = fine["count"].groupby(fine["category"].map(up)).sum()
    assert coarse.set_index("category")["count"].to_dict() == expected.to_dict()
    assert coarse["count"].sum() == sum(counts)
    order = load_codelist(to).codes
    assert coarse["category"].tolist() == sorted(coarse["category"], key=order.index)


def test_not_stated_stays_and_what_cannot_be_added_goes():
    fine = margins(
        category=["Not stated", "Roma", "White Irish", None],
        share=[0.1, 0.2, 0.3, 0.4],
        std_error=[0.01] * 4,
        source=["census"] * 4,
        note=["a", "b", "c", "d"],
    )
    coarse = roll_up(fine, "ethnicity_5")
    assert coarse.columns.tolist() == ["variable", "category", "share", "source"]
    assert coarse["category"].tolist() == ["White", "Not stated"]
    assert coarse["share"].tolist() == pytest.approx([0.5, 0.5])


def test_a_sum_with_a_part_that_is_not_known():
    fine = margins(category=["Roma", "Indian"], count=[None, 3], share=[0.5, 0.5])
    coarse = roll_up(fine, "ethnicity_5")
    assert coarse["count"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"category": ["Roma"]}), r"roll_up: these are no margins\. Expected the col"),
        (margins(category=["Roma"]), r"roll_up: these are no margins\."),
        (["Roma"], r"roll_up: these are no margins\..*got list\."),
        (
            pd.DataFrame({"variable": ["a", "b"], "category": ["x", "y"], "count": 1}),
            r"roll_up: margins of one variable are needed\. Expected one variable; got a, b\.",
        ),
        (
            pd.DataFrame({"variable": [], "category": [], "count": []}),
            r"roll_up: margins of one variable are needed\..*got none",
        ),
        (
            margins(category=["White", "Indian"], count=[5, 6]),
            r"roll_up: 1 of the values of ethnicity could not be mapped to ethnicity_19: 'White'",
        ),
    ],
)
def test_margins_that_cannot_be_rolled_up(frame, message):
    with pytest.raises(InputError, match=message):
        roll_up(frame, "ethnicity_19")


class TestAsFactors:
    def test_levels_stand_in_the_order_of_their_list(self):
        panel = as_factors(load_example("st_marys").panel())
        bands = ["under 1", "1 to 4", "5 to 9", "10 or more"]
        assert panel["length_of_residence_band"].cat.categories.tolist() == bands
        assert panel["capacity"].cat.categories[0] == "resident"
        assert panel["age_band"].cat.categories[-1] == "65 and over"
        assert panel["format"].cat.categories.tolist() == ["formal", "informal", "online"]

    def test_values_and_other_columns_stay(self):
        panel = load_example("st_marys").panel()
        factors = as_factors(panel)
        assert list(factors) == list(panel)
        pd.testing.assert_frame_equal(factors.astype(panel.dtypes.to_dict()), panel)

    def test_a_value_off_the_list_leaves_text(self):
        people = pd.DataFrame({"gender": ["Female", "Unheard of"], "age_band": [None, None]})
        pd.testing.assert_frame_equal(as_factors(people), people)

    def test_models_compare_with_the_first_of_the_list(self):
        panel = as_factors(load_example("st_marys").panel())
        fit = fit_logit("attended ~ length_of_residence_band", panel, unit="person_id")
        assert fit.references == {"length_of_residence_band": "under 1"}
