"""Attack: a recovery code is used a second time, by two at once, after new ones were made, or by somebody else."""

from tests.second_factors import begin, codes_in, show, who, with_app


def test_a_code_works_once_whatever_its_spelling(site, front, analyst):
    _, own = with_app(site, front, analyst)
    code = codes_in(own)[0]
    assert show(begin(front, analyst), code, "recovery").status == 303
    for spelling in (code, code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert show(begin(front, analyst), spelling, "recovery").status == 403


def test_of_many_with_the_same_code_at_once_one_gets_in(site, front, analyst):
    from tests.attacks.at_once import at_once

    _, own = with_app(site, front, analyst)
    code = codes_in(own)[0]
    clients = [begin(front, analyst) for _ in range(6)]
    assert sorted(at_once(lambda each: show(each, code, "recovery").status, clients)) == [303] + [403] * 5
    assert [who(each) for each in clients].count(analyst.email) == 1


def test_codes_of_another_person_are_refused(site, front, analyst, admin):
    _, others = with_app(site, front, admin)
    with_app(site, front, analyst)
    assert show(begin(front, analyst), codes_in(others)[0], "recovery").status == 403


def test_codes_end_with_the_last_factor(site, front, analyst):
    _, own = with_app(site, front, analyst)
    old = codes_in(own)[0]
    number = str(site.second_factors.of(analyst.id)[0].id)
    own.post("/login-secondFactors.view", form={"do": "remove", "factor": number, "confirmed": "1"})
    with_app(site, front, analyst)
    assert show(begin(front, analyst), old, "recovery").status == 403


def test_a_recovery_code_is_no_code_of_the_app_and_the_other_way_round(site, front, analyst):
    app, own = with_app(site, front, analyst)
    code = codes_in(own)[0]
    assert show(begin(front, analyst), code, "totp").status == 403
    assert show(begin(front, analyst), app.code(site.clock()), "recovery").status == 403
