"""Quantities are spelled as the API server spells them."""

import pytest

from inference.derive.quantities import gibibytes, plain


@pytest.mark.parametrize(("amount", "found"), [(0.1, "100m"), (7.2, "7200m"), (6, "6"), (1, "1")])
def test_a_number_is_whole_or_in_thousandths(amount: float, found: str) -> None:
    assert plain(amount) == found


@pytest.mark.parametrize(("amount", "found"), [(36, "36Gi"), (1023, "1023Gi"), (2048, "2Ti")])
def test_a_size_is_in_the_largest_unit_that_is_whole(amount: int, found: str) -> None:
    assert gibibytes(amount) == found
