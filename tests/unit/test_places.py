"""Places for packages: one company does not keep others from theirs, nor the staff."""

from dashboard.limits.places import Places


def test_a_company_has_one_place_and_gets_it_again() -> None:
    places = Places(4)
    assert places.take("alpha")
    assert not places.take("alpha")
    assert places.take("beta")
    places.give_back("alpha")
    assert places.take("alpha")


def test_companies_leave_a_place_for_the_staff() -> None:
    places = Places(3)
    assert [places.take(company) for company in ("alpha", "beta", "gamma")] == [True, True, False]
    assert places.take(None)
    assert not places.take(None)


def test_the_staff_takes_what_is_free() -> None:
    places = Places(2)
    assert [places.take(None) for _ in range(3)] == [True, True, False]
    places.give_back(None)
    assert not places.take("alpha")
    assert places.take(None)


def test_a_single_place_is_for_whoever_comes_first() -> None:
    places = Places(1)
    assert places.take("alpha")
    assert not places.take(None)
    places.give_back("alpha")
    assert places.take(None)
