"""A printer profile says where each card lies; one that would cut a card off is refused."""

from dataclasses import replace
from typing import Any

import pytest

from cards.printing.layout import SIZES_MM, Medium
from cards.printing.profiles import (
    PROFILES,
    Duplex,
    Place,
    Profile,
    back_places_of,
    fits,
    page_of,
    pages_of,
    places_of,
    profiles_for,
    read_profile,
    single,
)
from smartpit.kernel.errors import Malformed

ID_1 = (85.60, 53.98)


def document(**words: Any) -> dict[str, Any]:
    """Return a label printer's sheet of eight cards."""
    return {
        "code": "label-8", "name": "ラベル 8面", "paper_width_mm": 210, "paper_height_mm": 297,
        "columns": 2, "rows": 4, "cell_width_mm": 90, "cell_height_mm": 60,
        "margin_left_mm": 12, "margin_top_mm": 20, "gap_x_mm": 6, "gap_y_mm": 2,
    } | words  # fmt: skip


def refused(**words: Any) -> list[tuple[str, str]]:
    with pytest.raises(Malformed) as why:
        read_profile(document(**words))
    return [(fault["field"], fault["code"]) for fault in why.value.extra["errors"]]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_profile_is_kept_as_json_and_read_as_it_was(profile: Profile):
    assert read_profile(profile.document()) == profile


@pytest.mark.parametrize(
    ("words", "field", "code"),
    [
        ({"columns": 3}, "$.columns", "paper_too_narrow"),
        ({"rows": 5}, "$.rows", "paper_too_low"),
        ({"start": 9}, "$.start", "range"),
        ({"frame": "carrier"}, "$.frame", "one_card_a_page"),
        ({"rows": 0}, "$.rows", "minimum"),
        ({"rows": True}, "$.rows", "type"),
        ({"rows": 4.5}, "$.rows", "type"),
        ({"bleed_mm": -1}, "$.bleed_mm", "minimum"),
        ({"paper_width_mm": float("nan")}, "$", "json"),
        ({"paper_width_mm": float("inf")}, "$", "json"),
        ({"duplex": "both"}, "$.duplex", "enum"),
        ({"code": "../x"}, "$.code", "pattern"),
        ({"name": ""}, "$.name", "minLength"),
        ({"colour": 1}, "$", "additionalProperties"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(words: dict[str, Any], field: str, code: str):
    assert (field, code) in refused(**words)


@pytest.mark.parametrize("wrong", [None, [], "a4", 1, {}])
def test_what_is_no_profile_at_all_is_malformed(wrong: object):
    with pytest.raises(Malformed):
        read_profile(wrong)


def test_a_framed_page_has_one_side():
    framed = PROFILES["carrier"].document() | {"duplex": "long_edge"}
    with pytest.raises(Malformed):
        read_profile(framed)


def test_a_card_is_centred_in_its_cell_and_follows_the_gaps():
    places = places_of(read_profile(document()), ID_1)
    assert len(places) == 8
    assert (places[0].x_mm, places[0].y_mm) == pytest.approx((12 + 2.2, 20 + 3.01))
    assert places[1].x_mm - places[0].x_mm == pytest.approx(96)
    assert places[2].y_mm - places[0].y_mm == pytest.approx(62)


@pytest.mark.parametrize("code", PROFILES)
def test_every_card_lies_on_its_paper_and_on_no_other_card(code: str):
    profile = PROFILES[code]
    (size,) = {size for size in SIZES_MM.values() if fits(profile, size)}
    places = places_of(profile, size)
    for place in places:
        assert place.x_mm >= 0
        assert place.y_mm >= 0
        assert place.x_mm + size[0] <= profile.paper_width_mm + 0.001
        assert place.y_mm + size[1] <= profile.paper_height_mm + 0.001
    for place, other in ((p, q) for p in places for q in places if p is not q):
        apart = abs(place.x_mm - other.x_mm) >= size[0] - 0.001
        assert apart or abs(place.y_mm - other.y_mm) >= size[1] - 0.001


def test_a_back_changes_sides_over_the_long_edge_and_stands_on_its_head_over_the_short_one():
    profile = read_profile(document(duplex="long_edge"))
    front = places_of(profile, ID_1)[0]
    long_edge = back_places_of(profile, ID_1)[0]
    assert long_edge == Place(210 - front.x_mm - ID_1[0], front.y_mm)
    short_edge = back_places_of(replace(profile, duplex=Duplex.SHORT_EDGE), ID_1)[0]
    assert short_edge == Place(front.x_mm, 297 - front.y_mm - ID_1[1], is_turned=True)


def test_a_lying_card_is_turned_over_its_short_edge_like_a_page():
    (back,) = back_places_of(PROFILES["card-duplex"], ID_1)
    assert back == pytest.approx(Place(3.0, 3.0)) or (back.is_turned, back.y_mm) == (False, 3.0)
    assert not back.is_turned


def test_pages_are_counted_with_backs_and_from_the_first_free_place():
    ten = PROFILES["a4"]
    assert [page_of(index, ten) for index in (0, 9, 10)] == [1, 1, 2]
    assert [pages_of(count, ten) for count in (1, 10, 11)] == [1, 1, 2]
    used = ten.started_at(10)
    assert [page_of(index, used) for index in (0, 1, 10, 11)] == [1, 2, 2, 3]
    turned = PROFILES["a4-duplex"]
    assert [page_of(index, turned) for index in (0, 10)] == [1, 3]
    assert pages_of(11, turned) == 4


@pytest.mark.parametrize("start", [0, 11, -1])
def test_a_sheet_cannot_begin_at_a_place_it_does_not_have(start: int):
    with pytest.raises(Malformed):
        PROFILES["a4"].started_at(start)


def test_each_medium_has_the_profiles_it_fits():
    of_cards = [profile.code for profile in profiles_for(Medium.PLASTIC)]
    assert of_cards == ["a4", "a4-duplex", "card", "card-duplex", "carrier", "leaflet"]
    of_postcards = [profile.code for profile in profiles_for(Medium.POSTCARD)]
    assert of_postcards == ["postcard", "postcard-duplex", "postcard-a4"]
    assert profiles_for(Medium.PHONE) == ()


def test_a_single_card_has_its_bleed_around_it():
    profile = single(ID_1, 3.0)
    assert (profile.paper_width_mm, profile.paper_height_mm) == pytest.approx((91.6, 59.98))
    assert places_of(profile, ID_1) == (Place(3.0, 3.0),)
