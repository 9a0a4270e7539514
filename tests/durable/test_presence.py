"""Who a process says it is."""

from rollset.engine.durable.presence import who


def test_a_name_that_holds_anything_is_told_on_one_line_without_orders_to_a_terminal(monkeypatch):
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "ann\x1b[31m\nrollset: done")
    monkeypatch.setattr("socket.gethostname", lambda: "web\t1.example.org")
    assert who() == "ann?[31m?rollset: done@web?1"
