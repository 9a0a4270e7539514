"""Contract: what the pages say is there, and the project stands alone."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")

INDEX_HOSTS = re.compile(
    r"//[\w.-]*(" + "|".join(["py" + "pi", "python" + "hosted", "npm" + "js", "deb" + "ian"]) + r")\.\w+"
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(" + "wo" + r"rk|ro" + r"ot|ho" + r"me/\w+)/")


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nobody knows which files belong to the project")
    return [ROOT / line for line in listed.stdout.splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_inside_the_project_leads_somewhere(page):
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []


def test_the_role_in_the_readme_is_json_and_grants_what_a_rollout_writes():
    (block,) = re.findall(r"```json\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    actions = json.loads(block)["Actions"]
    writes = [action for action in actions if not action.endswith("/read")]
    sets = "Microsoft.Compute/virtualMachineScaleSets"
    assert writes == [
        f"{sets}/write",
        f"{sets}/manualUpgrade/action",
        f"{sets}/setOrchestrationServiceState/action",
        f"{sets}/rollingUpgrades/cancel/action",
    ], "a rollout writes the model, upgrades, and suspends or stops what Azure does by itself; no more"


def test_the_page_of_findings_has_every_finding():
    ran = subprocess.run(
        [sys.executable, "scripts/preflight_findings.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_no_file_names_a_package_index_or_a_path_of_somebodys_machine():
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for pattern in (INDEX_HOSTS, MACHINE_PATHS):
            found = pattern.search(text)
            assert found is None, f"{path.relative_to(ROOT)} names {found and found[0]}"


def test_every_dependency_is_pinned_to_one_version_with_hashes():
    for path in sorted((ROOT / "constraints").glob("*.txt")):
        name, lines = path.name, path.read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith(("#", " "))]
        assert pins
        assert all(re.match(r"[\w.\[\]-]+==[\w.]+( ;.*)? \\$", line) for line in pins), name
        assert sum("--hash=sha256:" in line for line in lines) >= len(pins)
