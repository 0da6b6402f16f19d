"""Hypothesis strategies for the domain's frozen classes, drawn from their annotations so that new fields are covered."""

from collections.abc import Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
from hypothesis import strategies as st

TEXTS = st.text(max_size=12)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of `kind`: the plain types that events and states are made of, and attrs classes of them."""
    plain = {str: TEXTS, int: NUMBERS, bool: st.booleans(), NoneType: st.none()}
    if kind in plain:
        return plain[kind]
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([any_of(part) for part in get_args(kind)])
    if get_origin(kind) is not None:
        return _collection(kind)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    attrs.resolve_types(kind)
    return st.builds(kind, **{field.name: any_of(field.type) for field in attrs.fields(kind)})


def _collection(kind: Any) -> st.SearchStrategy[Any]:
    parts = [any_of(part) for part in get_args(kind) if part is not Ellipsis]
    if get_origin(kind) is tuple:
        return st.lists(parts[0], max_size=3).map(tuple)
    if get_origin(kind) is frozenset:
        return st.frozensets(parts[0], max_size=3)
    assert get_origin(kind) is Mapping, kind
    return st.dictionaries(parts[0], parts[1], max_size=3)
