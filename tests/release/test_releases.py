"""The register: this year's report beside last year's, attacked as one."""

import dataclasses
import json

import numpy as np
import pytest
from attack.brute_force import read_facts, recovered
from attack.estates import SmallEstate, draw_estate

import participation_stats as ps
from participation_stats.errors import SourceError
from participation_stats.release.disclosure import protect_all
from participation_stats.release.policies import Policy
from participation_stats.release.register import (
    FILE,
    published_before,
    read_releases,
    write_releases,
)
from participation_stats.release.releases import Release, dated_body, merged

PUBLISH = Policy.publish()
BOARD = {"Renters": 66, "Owners": 350, "Housed by work": 12, "Other": 14}
CITY = {"Renters": 0.52, "Owners": 0.42, "Housed by work": 0.03, "Other": 0.03}


def ratios(counts):
    return {"board": ps.representativeness_ratios(counts, CITY, by="housing_tenure")}


def publish(counts, earlier=(), label="2011", policy=PUBLISH, **more):
    """Protect, attack, and what is then entered in the register."""
    released = protect_all(
        ratios(counts), policy, bodies={"board": "board"}, earlier=earlier, label=label, **more
    )
    return released["board"], ps.audit(released, earlier=earlier, label=label, **more).release


def told(protected):
    table = protected.table
    return dict(zip(table["category"], table["count"], strict=True))


@pytest.fixture(scope="module")
def secret():
    """St Mary's as if its people were real: nothing is exempt."""
    return dataclasses.replace(ps.load_example("st_marys"), synthetic=False)


@pytest.fixture(scope="module")
def written(secret, tmp_path_factory):
    return ps.write_report(secret, tmp_path_factory.mktemp("year") / "report").parent


@pytest.mark.slow
@pytest.mark.parametrize("corrected", [1, 9, 40])
def test_a_corrected_record_does_not_stop_a_report_and_is_not_told(corrected):
    """The same people sit there; of some of them the first report had told another group."""
    seats = frozenset(range(sum(BOARD.values())))
    people = {"board": seats, dated_body("board", "2011"): seats}
    _, entry = publish(BOARD, people=people)
    now = {**BOARD, "Renters": 66 + corrected, "Owners": 350 - corrected}
    again, _ = publish(now, earlier=[entry], label="2012", people=people)
    if corrected < PUBLISH.threshold:
        assert again.table["count"].isna().all()
        assert any("whose records were corrected" in note for note in again.notes)
    else:
        assert told(again)["Renters"] == 66 + corrected
    # Where people came and went, that explains it: nothing has been corrected.
    fewer = {**people, "board": frozenset(range(corrected, len(seats) + corrected))}
    moved, _ = publish(now, earlier=[entry], label="2012", people=fewer)
    assert not any("corrected" in note for note in moved.notes)


# --- what a release beside another may tell -------------------------------------------------


def test_the_same_report_again_is_the_same_whatever_was_entered_before():
    first, entry = publish(BOARD)
    again, second = publish(BOARD, [entry])
    assert again.table.equals(first.table)
    assert second == entry


def test_one_renter_who_joined_is_not_told_by_two_years():
    _, entry = publish(BOARD)
    now, _ = publish({**BOARD, "Renters": 67}, [entry], label="2012")
    assert now.table["count"].isna().all()
    assert any("beside the report of 2011" in note for note in now.notes)


def test_what_is_told_of_nobody_who_moved_stays():
    _, entry = publish(BOARD)
    now, _ = publish(BOARD, [entry], label="2012")
    assert now.table["count"].notna().all()


def test_everybody_who_joined_is_one_group_so_it_is_not_told():
    _, entry = publish(BOARD)
    now, _ = publish({**BOARD, "Renters": 96}, [entry], label="2012")
    assert now.table["count"].isna().all()


def test_many_who_joined_and_many_who_left_tell_of_nobody():
    _, entry = publish(BOARD)
    now, _ = publish({**BOARD, "Renters": 96, "Owners": 310}, [entry], label="2012")
    assert now.table["count"].notna().all()


def test_a_stricter_report_of_the_same_people_cannot_take_back_what_was_told():
    _, entry = publish(BOARD)
    strict, _ = publish(BOARD, [entry], policy=Policy.strict())
    assert told(strict)["Owners"] == 350
    assert strict.table["count"].isna().sum() == 3


def test_a_laxer_report_after_a_stricter_one_is_no_breach():
    _, entry = publish(BOARD, policy=Policy.strict())
    lax, second = publish(BOARD, [entry])
    assert lax.table["count"].notna().all()
    both = merged([entry, second])
    assert len(both) == 1 and both[0].withheld == frozenset()


def test_an_audit_finds_who_moved_between_two_releases():
    _, entry = publish(BOARD)
    now = protect_all(ratios({**BOARD, "Renters": 67}), PUBLISH, bodies={"board": "board"})
    with pytest.raises(ps.DisclosureError, match="beside the release of 2011 it tells"):
        ps.audit(now, earlier=[entry], label="2012")


def two_years(seed):
    """An estate with two bodies that differ by a few: the same body in two years."""
    for later in range(seed * 1000, seed * 1000 + 1000):
        estate = draw_estate(np.random.default_rng(later))
        if len(estate.people) > 1:
            then, now = list(estate.people.values())[:2]
            both = {"body": now, dated_body("body", "2011"): then}
            return SmallEstate(both, estate.groups, estate.categories)
    raise AssertionError(seed)


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False], ids=["seats on record", "seats forgotten"])
@pytest.mark.parametrize("seed", range(40))
def test_nobody_is_recovered_from_two_years(seed, known, tmp_path):
    """By an enumerator of every world that agrees with both, who knows who sat there when."""
    estate = two_years(seed)
    policy = (PUBLISH, Policy.lenient())[seed % 2]
    old = dated_body("body", "2011")
    then = protect_all(
        {"t": estate.profile(old)},
        policy,
        bodies={"t": "body"},
        people={"body": estate.people[old]},
    )
    entry = ps.audit(then, people={"body": estate.people[old]}, label="2011").release
    write_releases(tmp_path, [entry])
    people = estate.people if known else {}
    now = protect_all(
        {"t": estate.profile("body")},
        policy,
        bodies={"t": "body"},
        people=people,
        earlier=read_releases(tmp_path),
        label="2012",
    )
    for variable in estate.categories:
        facts = read_facts({"body": now["t"], old: then["t"]}, estate.people, variable)
        assert recovered(facts, policy.threshold) == []


# --- the file --------------------------------------------------------------------------------


def test_a_register_is_read_as_it_was_written_and_byte_for_byte(tmp_path):
    _, entry = publish({**BOARD, "Other": 4})
    entry = dataclasses.replace(entry, place="Here", counted={"board": ("2011-10-26", 432)})
    path = write_releases(tmp_path, [entry])
    first = path.read_bytes()
    assert read_releases(tmp_path) == (entry,)
    write_releases(tmp_path, [*read_releases(tmp_path), entry])
    assert path.read_bytes() == first


def test_a_register_holds_what_was_published_and_nothing_else(tmp_path):
    now, entry = publish({**BOARD, "Other": 4, "Housed by work": 13})
    hidden = {row[2]: row[3:5] for row in json.loads(
        write_releases(tmp_path, [entry]).read_text(encoding="utf-8"))["releases"][0]["cells"]
        if row[5]}  # fmt: skip
    withheld = set(now.table.loc[now.table["suppressed"], "category"])
    assert set(hidden) == withheld
    range_told = {cell.category: now.told[cell] for cell in now.told}
    for name, (low, high) in hidden.items():
        least, most = range_told.get(name, (0, np.inf))
        assert (low, high) == (least, None if np.isinf(most) else most)


def test_the_only_group_of_a_body_is_not_named(tmp_path):
    """Its name would say what everybody is."""
    estate = SmallEstate(
        {"body": frozenset(range(12))}, {"v": np.zeros(12, dtype=int)}, {"v": ["Canary"]}
    )
    released = protect_all({"t": estate.profile("body")}, PUBLISH, bodies={"t": "body"})
    entry = ps.audit(released, label="2011").release
    assert "Canary" not in write_releases(tmp_path, [entry]).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "{}", '{"releases": [1]}', '{"releases": [{"cells": [1]}]}'])
def test_a_register_that_cannot_be_read_stops_the_report(text, secret, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"this is no register of releases.*restore it"):
        ps.write_report(secret, folder, force=True)
    assert [path.name for path in folder.iterdir()] == [FILE]


# --- reports ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_report_enters_itself_and_made_again_is_the_same_bytes(secret, written):
    before = {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}
    assert written / FILE in before
    ps.write_report(secret, written)
    assert before == {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_data_that_need_no_protection_leave_no_register(tmp_path):
    page = ps.write_report(ps.load_example("st_marys"), tmp_path / "report", bodies=["network"])
    assert not (page.parent / FILE).exists()


@pytest.mark.slow
def test_a_register_survives_an_internal_report_which_is_not_entered(secret, written, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    write_releases(folder, read_releases(written))
    policy = Policy.internal("for the board")
    page = ps.write_report(secret, folder, policy=policy, bodies=["network"], force=True)
    assert read_releases(page.parent) == read_releases(written)


def less_one(estate, body):
    """The estate a year later: somebody has left one body."""
    seats = estate.tables["memberships"]
    gone = seats.index[(seats["body_id"] == body) & seats["end_date"].isna()][0]
    tables = {**estate.tables, "memberships": seats.drop(index=gone)}
    return dataclasses.replace(estate, tables=tables, folder=None, period="2013")


@pytest.mark.slow
def test_a_neighbouring_report_is_part_of_the_attack(secret, written):
    """One regular has left the committee, of 14: of last year's counts none may be told again."""
    later = less_one(secret, "committee")
    (known,) = published_before(written.parent / "next", secret.title)
    assert known.counted["committee"][0] == "2012-12-12" or known.counted["committee"][1] > 0
    page = ps.write_report(later, written.parent / "next")
    labels = {release.label for release in read_releases(page.parent)}
    assert len(labels) == 1
    assert len(published_before(written.parent / "third", secret.title)) == 2
    assert published_before(written.parent / "third", "Elsewhere") == ()
    ps.audit_folder(page.parent)


def test_labels_are_told_apart_and_merged():
    one = Release("2011", {}, frozenset(), (), threshold=10)
    two = dataclasses.replace(one, threshold=5)
    assert merged([one, two, dataclasses.replace(one, label="2010")])[1].threshold == 5
