"""Code lists, crosswalks, aliases and spellings, against what was collected before us."""

import difflib
import itertools
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from participation_stats.errors import InputError, SchemaError
from participation_stats.intake import crosswalks
from participation_stats.intake.catalogue import read_codes, read_json, schemas_folder
from participation_stats.intake.codelists import codelist_names, describe_codelist, load_codelist
from participation_stats.intake.crosswalks import load_crosswalk
from participation_stats.intake.spelling import corrected, normal, spellings

FOLDER = schemas_folder() / "codelists"
INDEX = read_json(FOLDER / "datapackage.json")["resources"]
REFERENCE = json.loads(
    (Path(__file__).parents[1] / "golden" / "codelists_reference.json").read_text(encoding="utf-8")
)
CROSSWALKS = pd.concat([read_codes(path) for path in sorted((FOLDER / "crosswalks").glob("*.csv"))])
PAIRS = sorted(set(zip(CROSSWALKS["from_list"], CROSSWALKS["to_list"], strict=True)))
ALIASES = {path.stem: read_codes(path) for path in sorted((FOLDER / "aliases").glob("*.csv"))}
ALIASES.pop("spellings")


def items(name, part="items"):
    return [item for item in REFERENCE[name][part] if item.get("code") != -8]


def codes_by_number(name):
    table = load_codelist(name).table
    return dict(zip(table["ons_code"].astype(int), table["code"], strict=True))


def landed(source, to):
    """from_code → set of to_code, as the shipped crosswalk has it."""
    table = load_crosswalk(source, to)
    return table.groupby("from_code")["to_code"].agg(set).to_dict()


def test_index_names_every_file_and_nothing_else():
    named = {entry["path"] for entry in INDEX}
    assert named == {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.csv")}


@pytest.mark.parametrize("name", codelist_names())
def test_list_is_well_formed(name):
    codelist = load_codelist(name)
    table = codelist.table
    assert table["code"].is_unique
    assert table["label"].is_unique
    assert (table["label"] == table["label"].str.strip()).all()
    assert (table["label"] != "").all()
    assert table["order"].tolist() == list(range(1, len(table) + 1))
    assert all((codelist.title, codelist.scheme, codelist.version, codelist.source))
    assert describe_codelist(name)["reading"] in {"standard", "own", "named"}


@pytest.mark.parametrize("name", codelist_names())
def test_evidence_uses_known_words(name):
    entries = {load_codelist(name).evidence, *load_codelist(name).table.get("evidence", [])}
    words = re.compile(r"page|repo|own|unconfirmed|ons_code by the order of columns|edges unconf")
    assert all(words.search(entry) for entry in entries)
    assert not any(
        ("memory" in entry or "third-party" in entry) and "unconfirmed" not in entry
        for entry in entries
    )


@pytest.mark.parametrize(
    "name",
    [
        "ethnicity_8",
        "age_5",
        "sex_nomis",
        "gender_identity_8",
        "residence_in_uk",
        "tsm_margin_of_error",
    ],
)
def test_what_nobody_saw_in_an_official_place_says_so(name):
    assert "unconfirmed" in load_codelist(name).evidence
    assert load_codelist(name).table["evidence"].str.contains("unconfirmed").all()


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("ethnicity_19", "ethnic_group_tb_20b"),
        ("ethnicity_8", "ethnic_group_tb_8a"),
        ("housing_tenure_census", "hh_tenure_9a"),
        ("disability_census", "disability"),
        ("age_18", "age_18_bands_ts007a"),
    ],
)
def test_census_lists_have_the_reference_labels_and_numbers(name, reference):
    table = load_codelist(name).table
    ours = dict(zip(table["ons_code"].astype(int), table["label"], strict=True))
    assert ours == {item["code"]: item["label"] for item in items(reference)}


def test_19_groups_fall_into_5_and_8_as_the_reference_says():
    number = codes_by_number("ethnicity_19")
    broad = {item["key"]: item["label"] for item in items("ethnic_group_broad_6a")}
    five = load_codelist("ethnicity_5")
    by_label = dict(zip(five.labels, five.codes, strict=True))
    eight = codes_by_number("ethnicity_8")
    to5, to8 = landed("ethnicity_19", "ethnicity_5"), landed("ethnicity_19", "ethnicity_8")
    for item in items("ethnic_group_tb_20b"):
        code = number[item["code"]]
        assert to5[code] == {by_label[broad[item["broad"]]]}
        assert to8[code] == {eight[item["eth_8a_code"]]}
    for group in items("ethnic_group_broad_6a"):
        members = {number[each] for each in group["from_19"]}
        assert {c for c, to in to5.items() if to == {by_label[group["label"]]}} == members


def test_18_groups_of_2011_have_no_roma():
    expected = [item["from_2021_code"] for item in items("ethnicity_2011_18")]
    number = codes_by_number("ethnicity_19")
    assert list(load_codelist("ethnicity_18").codes) == [number[each] for each in expected]
    assert landed("ethnicity_19", "ethnicity_18")["Roma"] == {"Other White"}
    assert landed("ethnicity_18", "ethnicity_19")["Other White"] == {"Other White", "Roma"}


def test_core_ethnicity_leads_where_the_reference_says():
    number = codes_by_number("ethnicity_19")
    for year in (2023, 2024):
        ours = landed(f"ethnicity_core_{year}", "ethnicity_19")
        for code, target in REFERENCE["ethnicity_core"]["to_ons_19"].items():
            if (year, code) == (2023, "20"):
                assert code not in ours  # Roma were not offered before 2024 …
            elif (year, code) == (2023, "3"):
                assert ours[code] == {"Roma", "Other White"}  # … and ticked this one
            else:
                assert ours[code] == {number[target]}


def test_core_length_of_residence_leads_into_bands():
    ours = landed("length_of_residence_core_2024", "length_of_residence_band")
    bands = load_codelist("length_of_residence_band").table
    for item in items("length_of_residence_in_la_core"):
        if "min_years" not in item:
            continue
        holds = bands[bands["min"] <= item["min_years"]].iloc[-1]
        assert ours[str(item["code"])] == {holds["code"]}
    before = landed("length_of_residence_core_2023", "length_of_residence_band")
    assert before["5"] == {"5 to 9", "10 or more"}


def test_council_and_housing_association_rents_are_added_together():
    number = codes_by_number("housing_tenure_census")
    for to in ("housing_tenure_5", "housing_tenure"):
        ours = landed("housing_tenure_census", to)
        assert ours[number[3]] == ours[number[4]] == {"Social rent"}
    names = {
        "owned": "Owned",
        "shared_ownership": "Shared ownership",
        "social_rented": "Social rent",
        "private_rented": "Private rent",
        "rent_free": "Rent free",
    }
    ours = landed("housing_tenure_census", "housing_tenure_5")
    for item in items("hh_tenure_9a"):
        assert ours[number[item["code"]]] == {names[item["rollup"]]}


@pytest.mark.parametrize("name", [n for n in codelist_names() if "band" in n or n[:4] == "age_"])
def test_bands_leave_no_gap_and_do_not_overlap(name):
    table = load_codelist(name).table
    assert table["min"].iloc[0] == 0
    assert table["max"].iloc[:-1].tolist() == table["min"].iloc[1:].tolist()
    assert pd.isna(table["max"].iloc[-1])


@pytest.mark.parametrize(("source", "to"), PAIRS)
def test_crosswalk_covers_every_group_with_codes_of_both_lists(source, to):
    ours = landed(source, to)
    table = load_codelist(source).table
    substantive = table[~table["label"].str.contains("prefers not to say|Don't know")]
    assert set(ours) == set(substantive["code"])
    assert set().union(*ours.values()) <= set(load_codelist(to).codes)
    assert describe_codelist(source)["family"] == describe_codelist(to)["family"]


@pytest.mark.parametrize(("source", "to"), PAIRS)
def test_overlap_is_the_same_both_ways(source, to):
    if (to, source) not in PAIRS:
        return
    there, back = landed(source, to), landed(to, source)
    pairs = {(a, b) for a, ends in there.items() for b in ends}
    assert pairs == {(a, b) for b, ends in back.items() for a in ends}


@pytest.mark.parametrize(
    ("a", "b", "c"),
    [t for t in itertools.permutations(codelist_names(), 3) if {t[:2], t[1:], t[::2]} <= {*PAIRS}],
)
def test_going_by_way_of_another_list_leads_to_the_same_group(a, b, c):
    direct, first, then = landed(a, c), landed(a, b), landed(b, c)
    for code, middle in first.items():
        reached = set().union(*(then[each] for each in middle))
        assert direct[code] <= reached
        if len(middle) == 1 and len(reached) == 1:
            assert direct[code] == reached


def test_the_estate_counts_portuguese_people_apart_and_the_census_does_not():
    ours = landed("ethnicity_19", "ethnicity_estate")
    assert ours["Other White"] == {"Other White", "Portuguese"}
    assert all(len(ends) == 1 for code, ends in ours.items() if code != "Other White")
    assert all(len(ends) == 1 for ends in landed("ethnicity_19", "ethnicity_estate_broad").values())


def test_sex_and_gender_are_never_inferred_one_from_the_other():
    families = {name: describe_codelist(name)["family"] for name in codelist_names()}
    for source, to in PAIRS:
        assert {families[source], families[to]} != {"sex", "gender"}
    assert set(ALIASES["sex"]["list"]) == {"sex"}
    assert set(ALIASES["gender"]["list"]) == {"gender"}


@pytest.mark.slow
@pytest.mark.parametrize("family", ALIASES)
def test_aliases_lead_to_codes_and_do_not_contradict_each_other(family):
    table = ALIASES[family]
    for raw, name, code, *_ in table.itertuples(index=False):
        assert name == "everyone" or code in load_codelist(name).codes, raw
    meanings = table.assign(key=table["raw"].map(normal)).groupby("key")
    for key, rows in meanings:
        sets = rows.groupby("raw")[["list", "code"]].agg(set)
        assert len(sets.map(frozenset).drop_duplicates()) == 1, key


def test_every_one_of_the_285_labels_is_an_alias():
    labels = {row["raw"] for row in REFERENCE["ethnicity_aliases"]["rows"]}
    assert len(REFERENCE["ethnicity_aliases"]["rows"]) == 285
    assert labels <= set(ALIASES["ethnicity"]["raw"])


def test_every_misspelling_is_nearest_to_the_word_it_stands_for():
    rights = set(spellings().values())
    for wrong, right in spellings().items():
        assert difflib.get_close_matches(wrong, rights, n=1, cutoff=0) == [right]
        assert corrected(f"x {wrong} y") == f"x {right} y"


def test_no_misspelling_is_a_word_that_some_label_uses():
    texts = [text for table in ALIASES.values() for text in table["raw"]]
    for name in codelist_names():
        texts += [*load_codelist(name).labels, *load_codelist(name).codes]
    words = set(re.findall(r"[^\W\d_]+", normal(" ".join(texts))))
    assert not words & set(spellings())


@pytest.mark.parametrize(
    "text",
    ["White – British", "white\u00a0-\u00a0british", " WHITE -  British.", "White\u2010British"],
)
def test_spaces_case_and_dashes_mean_nothing(text):
    assert normal(text) == "white-british"


def test_marks_keep_their_meaning():
    assert normal("other/chinese") != normal("other - chinese") != normal("other chinese")


def test_the_caller_cannot_change_a_shipped_list():
    mine = load_codelist("capacity")
    mine.table.loc[0, "code"] = "tenant"
    assert load_codelist("capacity").codes[0] == "resident"


def test_unknown_list_is_named_with_the_nearest():
    with pytest.raises(SchemaError, match=r"no code list 'capacty'.*Hint: the nearest name is 'ca"):
        load_codelist("capacty")
    with pytest.raises(SchemaError, match=r"describe_codelist: no code list 'x'"):
        describe_codelist("x")


def test_crosswalk_that_does_not_exist():
    with pytest.raises(SchemaError, match=r"load_crosswalk: no crosswalk from 'sex' to 'gender'"):
        load_crosswalk("sex", "gender")
    with pytest.raises(SchemaError, match=r"load_crosswalk: no code list 'sexx'"):
        load_crosswalk("sexx", "gender")


def test_editions_of_a_series():
    find = crosswalks.editions
    assert find("ethnicity_core", 2023, where="recode") == ("ethnicity_core_2023",)
    assert find("ethnicity_core", 2030, where="recode") == ("ethnicity_core_2024",)
    assert len(find("ethnicity_core", None, where="recode")) == 2
    with pytest.raises(InputError, match=r"no edition of 'ethnicity_core' was in use in 2019\."):
        find("ethnicity_core", 2019, where="recode")
    with pytest.raises(InputError, match=r"no edition of 'gender_core' .* \(2023 to 2025\)"):
        find("gender_core", 2026, where="recode")
    with pytest.raises(InputError, match=r"no code list 'ethnicity_coar'.*nearest name is"):
        find("ethnicity_coar", None, where="recode")
