import re

import pytest

from breakout import errors
from breakout.errors import REFUSALS, TRANSIENT_CODES, InvalidData, Refusal

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)]


def test_every_refusal_is_in_the_table_under_a_code_of_its_own():
    assert set(REFUSALS.values()) == set(KINDS) - {Refusal}
    assert len({kind.code for kind in REFUSALS.values()}) == len(REFUSALS)


@pytest.mark.parametrize("kind", REFUSALS.values(), ids=REFUSALS)
def test_refusal_has_a_code_in_snake_case_and_a_sentence_of_its_own(kind):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
    assert kind.default_message == vars(kind)["default_message"]


def test_tree_in_the_docstring_names_every_refusal():
    assert re.findall(r"── (\w+)", errors.__doc__ or "") == [kind.__name__ for kind in REFUSALS.values()]


def test_refusal_says_its_default_unless_told_otherwise():
    assert str(errors.RoomFull()) == errors.RoomFull.default_message
    refused = errors.RoomFull("no chair left", maxParticipants=3)
    assert refused.message == str(refused) == "no chair left"
    assert refused.details == {"maxParticipants": 3}


def test_invalid_data_names_at_most_five_fields_in_words_and_all_in_details():
    fields = {f"f{n}": "wrong" for n in range(7)}
    refused = InvalidData(fields)
    assert refused.message == "f0: wrong; f1: wrong; f2: wrong; f3: wrong; f4: wrong"
    assert refused.details == {"fields": fields}


def test_invalid_data_without_fields_says_its_default():
    assert InvalidData({}).message == InvalidData.default_message


def test_transient_codes_are_codes():
    assert set(REFUSALS) > TRANSIENT_CODES
