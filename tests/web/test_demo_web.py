"""`rollset demo --web` as a user starts it: a process that shows a fleet under traffic, and leaves nothing behind."""

import re
import shlex
import signal
import subprocess
import sys

from playwright.sync_api import Page, expect

from tests.web.driver import command

SECONDS_MAX = 60


def test_the_demo_shows_a_fleet_under_traffic_and_ends_with_ctrl_c(page: Page):
    words = [sys.executable, "-m", "rollset", "demo", "--web"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True) as demo:
        try:
            told = [demo.stderr.readline() for _ in range(3)]
            address = re.search(r"http://\S+", told[1])
            assert address, told
            page.goto(address[0])
            expect(page.locator("#counts")).to_contain_text("7 scale sets")
            expect(page.locator("#banner")).to_contain_text(re.compile(r"[1-9]\d* requests served, 0 failed"))
            page.context.clear_cookies()
            page.goto(address[0])
            told = page.get_by_text("This link was used already").text_content() or ""
            another = command(*shlex.split(told.partition("'rollset ")[2].partition("'")[0]))
            page.goto(another.out.strip())
            expect(page.locator("#counts")).to_contain_text("7 scale sets")
        finally:
            demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=SECONDS_MAX)
    assert demo.returncode == 0
