from gateway.connection_limits import ConnectionLimits


def test_server_is_full_at_its_limit_and_has_a_place_again_after_a_leave() -> None:
    limits = ConnectionLimits(2, 10)
    assert limits.enter()
    assert limits.enter()
    assert not limits.enter()
    limits.leave()
    assert limits.enter()
    assert limits.total == 2


def test_address_is_full_at_its_limit_while_others_are_not() -> None:
    limits = ConnectionLimits(10, 1)
    assert limits.enter_address("1.2.3.4")
    assert not limits.enter_address("1.2.3.4")
    assert limits.enter_address("1.2.3.5")
    limits.leave_address("1.2.3.4")
    assert limits.enter_address("1.2.3.4")


def test_ipv6_site_shares_one_limit() -> None:
    limits = ConnectionLimits(10, 1)
    assert limits.enter_address("2001:db8::1")
    assert not limits.enter_address("2001:db8::2")
