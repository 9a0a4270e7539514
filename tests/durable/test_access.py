"""Integration: what the dashboard keeps about who may do what."""

import threading

import pytest
import sqlalchemy as sa

from rollset.core.errors import UsageError
from rollset.engine.durable.access import attempts, sessions, tables
from rollset.engine.durable.access.attempts import ATTEMPT_SECONDS_MAX, Attempt, Attempts
from rollset.engine.durable.access.audit import Act, AuditLog, Filter
from rollset.engine.durable.access.links import LINK_SECONDS_MAX, Links
from rollset.engine.durable.access.person import Person
from rollset.engine.durable.access.servers import Servers
from rollset.engine.durable.access.sessions import Lifetime, Sessions
from rollset.engine.durable.access.signing import signing_key
from rollset.engine.durable.access.tokens import Tokens
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.ready import open_database
from rollset.engine.durable.tables import OURS, form
from tests.durable.quick import QUICK

NOW = 1_000_000.0
ANNA = Person(name="anna@example.com", subject="issuer|1", how="provider", roles=frozenset({"operator", "viewer"}))
LIFETIME = Lifetime(seconds_max=1000.0, idle_seconds_max=100.0)
AT_ONCE = 8


def at_once(work) -> list:
    """What each of several threads got that did the same at the same time."""
    together, got = threading.Barrier(AT_ONCE), []

    def one():
        together.wait()
        got.append(work())

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def everything_kept(database) -> str:
    """All that is in the tables, as text."""
    return database.run("test", lambda one: repr([one.execute(sa.select(table)).all() for table in OURS.sorted_tables]))


class TestSessions:
    @pytest.fixture
    def kept(self, database):
        return Sessions(database, LIFETIME)

    def test_a_session_is_found_by_its_secret_with_whom_it_stands_for(self, kept):
        secret = kept.begin(ANNA, "192.0.2.1", NOW)
        found = kept.find(secret, NOW + 1)
        assert (found.person, found.address, found.begun_at) == (ANNA, "192.0.2.1", NOW)
        assert kept.find(secret[:-1], NOW + 1) is None

    def test_it_is_there_after_a_restart(self, kept, database):
        secret = kept.begin(ANNA, "", NOW)
        with open_database(database.state, QUICK) as again:
            assert Sessions(again, LIFETIME).find(secret, NOW).person == ANNA

    def test_it_ends_when_nobody_uses_it_and_use_prolongs_it_up_to_its_whole_time(self, kept):
        idle, used = kept.begin(ANNA, "", NOW), kept.begin(ANNA, "", NOW)
        for moment in range(90, 1000, 90):
            assert kept.find(used, NOW + moment) is not None
        assert kept.find(idle, NOW + 100) is None
        assert kept.find(used, NOW + 999) is not None
        assert kept.find(used, NOW + 1000) is None
        assert kept.list(NOW + 1000) == []

    def test_it_ends_when_it_is_told_to_and_others_stay(self, kept):
        one, other = kept.begin(ANNA, "", NOW), kept.begin(ANNA, "", NOW)
        kept.end(one)
        assert (kept.find(one, NOW), kept.find(other, NOW).person) == (None, ANNA)
        assert kept.end_of(ANNA.name) == 1
        assert kept.find(other, NOW) is None

    def test_there_are_never_more_than_the_bound(self, kept, monkeypatch):
        monkeypatch.setattr(sessions, "SESSIONS_MAX", 3)
        secrets = [kept.begin(ANNA, "", NOW + moment) for moment in range(5)]
        assert [kept.find(one, NOW + 5) is not None for one in secrets] == [False, False, True, True, True]


class TestLinks:
    def test_of_many_who_come_with_one_at_once_one_gets_in(self, database):
        kept = Links(database)
        secret = kept.make("anna@desk", NOW)
        assert sorted(at_once(lambda: kept.use(secret, NOW + 1)), key=str) == [None] * (AT_ONCE - 1) + ["anna@desk"]

    def test_it_ends_by_itself(self, database):
        kept = Links(database)
        secret = kept.make("anna@desk", NOW)
        assert kept.use(secret, NOW + LINK_SECONDS_MAX) is None
        assert kept.use("", NOW) is None


class TestAttempts:
    SENT = Attempt(nonce="nonce", verifier="verifier", back_to="/sets")

    def test_it_is_taken_once_and_by_its_own_browser(self, database):
        kept = Attempts(database)
        kept.begin("state", "browser", self.SENT, NOW)
        assert kept.take("state", "another", NOW) is None
        assert kept.take("other", "browser", NOW) is None
        taken = at_once(lambda: kept.take("state", "browser", NOW))
        assert taken.count(self.SENT) == 1
        assert taken.count(None) == AT_ONCE - 1

    def test_it_ends_by_itself(self, database):
        kept = Attempts(database)
        kept.begin("state", "browser", self.SENT, NOW)
        assert kept.take("state", "browser", NOW + ATTEMPT_SECONDS_MAX) is None

    def test_whoever_begins_without_end_fills_nothing(self, database, monkeypatch):
        monkeypatch.setattr(attempts, "ATTEMPTS_MAX", 3)
        kept = Attempts(database)
        for number in range(10):
            kept.begin(f"state{number}", "browser", self.SENT, NOW + number)
        rows = database.run("test", lambda one: one.execute(sa.select(tables.attempts)).all())
        assert len(rows) == 3
        assert kept.take("state9", "browser", NOW + 10) == self.SENT


class TestTokens:
    def test_a_token_is_found_until_it_ends_or_is_removed(self, database):
        kept = Tokens(database)
        token = kept.add("ci", {"operator"}, made_by="anna@desk", at=NOW, ends_at=NOW + 100)
        assert kept.find(token, NOW + 99).roles == {"operator"}
        assert kept.find(token, NOW + 100) is None
        assert kept.find(token + "x", NOW) is None
        assert kept.list()[0].used_at == NOW + 99
        kept.remove("ci")
        assert kept.find(token, NOW) is None

    def test_what_cannot_be_is_refused_in_words(self, database):
        kept = Tokens(database)
        kept.add("ci", {"viewer"}, made_by="anna@desk", at=NOW)
        with pytest.raises(UsageError, match="there is a token ci already; remove it first"):
            kept.add("ci", {"viewer"}, made_by="anna@desk", at=NOW)
        with pytest.raises(UsageError, match=r"cannot be the name of a token"):
            kept.add("a b", {"viewer"}, made_by="anna@desk", at=NOW)
        with pytest.raises(UsageError, match="there is no token web"):
            kept.remove("web")


class TestAuditLog:
    ACT = Act(person=ANNA, address="192.0.2.1", verb="pause", target="rollout web-1", request="r1")

    def test_an_act_is_there_before_it_is_done_and_its_outcome_after(self, database):
        log = AuditLog(database)
        number = log.begin(self.ACT, NOW)
        (begun,) = log.read(10)
        assert (begun.name, begun.verb, begun.target, begun.request) == (ANNA.name, "pause", "rollout web-1", "r1")
        assert (begun.outcome, begun.ended_at) == (None, None)
        log.end(number, self.ACT, "done", NOW + 2)
        (ended,) = log.read(10)
        assert (ended.at, ended.outcome, ended.ended_at) == (NOW, "done", NOW + 2)

    def test_it_is_read_page_by_page_the_newest_first(self, database):
        log = AuditLog(database)
        numbers = [log.note(self.ACT, "refused", NOW + moment) for moment in range(5)]
        first = log.read(3)
        second = log.read(3, before=first[-1].number)
        assert [one.number for one in first + second] == numbers[::-1]
        assert log.read(0) == []
        assert len(log.read(10**9)) == 5

    def test_it_is_read_by_who_and_on_what(self, database):
        log = AuditLog(database)
        log.note(self.ACT, "refused", NOW)
        assert len(log.read(9, which=Filter(name=ANNA.name, verb="pause", target="web-1"))) == 1
        assert log.read(9, which=Filter(target="w%b")) == []

    def test_the_database_refuses_to_change_what_is_written(self, database):
        log = AuditLog(database)
        log.note(self.ACT, "refused", NOW)
        for statement in (tables.audit.update().values(name="nobody"), tables.audit.delete()):
            with pytest.raises(StateError, match=tables.UNCHANGING):
                database.run("test", lambda one, statement=statement: one.execute(statement))
        assert log.read(9)[0].name == ANNA.name

    def test_no_text_from_outside_breaks_its_line_or_fills_it(self, database):
        log = AuditLog(database)
        evil = Person(name="a\r\nb\u202ec\x00", subject="s" * 10_000, how="provider", roles=frozenset())
        act = Act(person=evil, address="x", verb="pause", target="\x1b[2J" + "t" * 10_000, request="r")
        log.end(log.begin(act, NOW), act, "o\n" * 1000, NOW)
        (entry,) = log.read(9)
        assert entry.name == "a b c"
        texts = [entry.subject, entry.target, entry.outcome]
        assert all(text.isprintable() and len(text) <= 300 for text in texts)


def test_no_secret_can_be_read_from_the_tables(database):
    secrets = [
        Sessions(database, LIFETIME).begin(ANNA, "", NOW),
        Links(database).make("anna@desk", NOW),
        Tokens(database).add("ci", {"viewer"}, made_by="anna@desk", at=NOW),
        "state-secret",
        "browser-secret",
    ]
    Attempts(database).begin("state-secret", "browser-secret", TestAttempts.SENT, NOW)
    kept = everything_kept(database)
    assert [one for one in secrets if one in kept or one.removeprefix("rollset_") in kept] == []


def test_servers_that_start_at_once_sign_with_one_key(database):
    assert len(set(at_once(lambda: signing_key(database, NOW)))) == 1


def test_a_server_is_found_while_it_runs(database, monkeypatch):
    kept = Servers(database)
    assert kept.newest() is None
    name = kept.enter("http://127.0.0.1:8470")
    assert kept.newest() == "http://127.0.0.1:8470"
    kept.leave(name)
    assert kept.newest() is None
    with monkeypatch.context() as patched:
        patched.setattr("os.getpid", lambda: 2**22 + 1)  # No process has this number: it was killed.
        kept.enter("http://127.0.0.1:8471")
    assert kept.newest() is None


def test_a_state_from_before_the_dashboard_gets_its_tables(state):
    def as_before(connection):
        for table in (tables.audit, tables.sessions, tables.tokens):
            connection.execute(sa.schema.DropTable(table))
        connection.execute(form.delete())
        connection.execute(form.insert().values(number=1))

    with open_database(state, QUICK) as database:
        database.run("test", as_before)
    with open_database(state, QUICK) as database:
        AuditLog(database).note(TestAuditLog.ACT, "refused", NOW)
        assert len(AuditLog(database).read(1)) == 1
