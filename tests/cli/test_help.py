"""Help: every command is in it, the page holds the real one, and asking for it loads next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rollset import __version__
from rollset.cli.main import COMMANDS
from rollset.faces.durations import clock, parse_duration, spoken_duration
from tests.cli.driver import run

ROOT = Path(__file__).parent.parent.parent

HEAVY = ("asyncio", "rich", "aiohttp", "azure", "msgspec", "yaml", "sqlalchemy", "dbos", "pydantic")


def test_help_lists_every_command():
    ran = run("--help")
    assert ran.status == 0
    for name, reference in COMMANDS.items():
        assert f"\n  {name} " in ran.out
        assert reference.summary.split(". ")[0][:40] in ran.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str):
    ran = run(name, "-h")
    assert ran.status == 0
    assert f"Usage: rollset {name}" in ran.out


def test_the_reference_page_holds_the_real_help():
    ran = subprocess.run(
        [sys.executable, "scripts/cli_reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_every_option_stands_on_the_reference_page():
    page = (ROOT / "docs" / "cli.md").read_text()
    for name in COMMANDS:
        assert f"<!-- help of rollset {name} -->" in page


def test_help_loads_no_room_but_its_own():
    program = "import sys; from rollset.cli.main import rollset; rollset(['--help'], standalone_mode=False); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = ran.stdout.splitlines()[-1].split()
    ours = {name for name in loaded if name.startswith("rollset")}
    assert ours == {"rollset", "rollset.cli", "rollset.cli.main", "rollset.cli.lazy"}
    assert not {*HEAVY} & {*loaded}


def test_commands_that_only_look_do_not_load_the_durable_engine():
    modules = sorted({reference.target.partition(":")[0] for reference in COMMANDS.values()})
    program = f"import sys, {', '.join(modules)}; print('dbos' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_commands_load_the_reader_of_files_only_for_a_file():
    program = (
        "import sys, rollset.cli.plan, rollset.cli.upgrade; print('pydantic' in sys.modules, 'yaml' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False False\n"


def test_version():
    assert run("--version").out == f"rollset {__version__}\n"


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("10m", 600), ("1h", 3600), ("90", 90), (" 2m ", 120)])
def test_durations_are_read(text: str, seconds: float):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.44, "0.4 s"), (41.7, "42 s"), (80, "1 min 20 s"), (600, "10 min"), (5400, "1 h 30 min"), (90000, "25 h")],
)
def test_durations_are_spoken(seconds: float, words: str):
    assert spoken_duration(seconds) == words


def test_clock():
    assert [clock(one) for one in (0, 41.9, 83, 3723)] == ["0:00", "0:41", "1:23", "1:02:03"]
