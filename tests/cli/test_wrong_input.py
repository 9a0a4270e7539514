"""Wrong words, wrong names, wrong moments: one sentence, the right exit status, nothing written, never a traceback."""

from __future__ import annotations

import pytest

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, emulated, fault, run, writes

TO_NEW = ("--image-version", NEW)
OTHER_SUBSCRIPTION = "00000000-0000-4000-8000-00000000dead"

WRONG: list[tuple[str, int, str]] = [
    # The command line itself.
    ("lst", 2, "No such command 'lst'"),
    ("--colour", 2, "No such option '--colour'"),
    ("show", 2, "Missing argument 'RG/NAME'"),
    ("show myrg/myvmss extra", 2, "unexpected extra argument"),
    ("list -o yaml", 2, "'yaml' is not one of 'table', 'json'"),
    ("upgarde myrg/myvmss", 2, "No such command 'upgarde'; did you mean upgrade (see: rollset --help)"),
    # The scale set.
    ("show myvmss", 2, "cannot read 'myvmss' as a scale set"),
    ("show myrg/my/vm/ss", 2, "cannot read 'myrg/my/vm/ss' as a scale set"),
    ("show myrg/nosuch", 2, "nosuch"),
    ("show nosuch/myvmss", 2, "nosuch"),
    (f"show {OTHER_SUBSCRIPTION}/myrg/myvmss", 2, OTHER_SUBSCRIPTION),
    (f"show a/myrg/myvmss --subscription {OTHER_SUBSCRIPTION}", 2, "leave one out"),
    (f"list --subscription {OTHER_SUBSCRIPTION}", 2, OTHER_SUBSCRIPTION),
    # The image.
    ("plan myrg/myvmss", 2, "name the new image: --image-version"),
    ("plan myrg/myvmss --image-version 4.0.20990101", 2, "rollset: --image-version: version 4.0.20990101 of"),
    ("plan myrg/myvmss --image-version ''", 2, "cannot read '' as a version"),
    ("plan myrg/myvmss --image-sku no-such-sku", 2, "no-such-sku"),
    (f"plan myrg/myvmss --image-version {NEW} --image-uri https://a.b/c.vhd", 2, "name the image twice"),
    ("plan myrg/myvmss --image-uri c.vhd", 2, "cannot read 'c.vhd' as the address of an image"),
    ("plan myrg/myvmss --image-uri https://a.b/c.vhd?sv=1&sig=s", 2, "https://a.b/c.vhd goes on with a signature"),
    ("plan myrg/myvmss --image-uri https://a.b/c?sig=s", 2, "cannot read 'https://a.b/c' as the address"),
    ("plan myrg/myvmss --image-uri ftp://a.b/c.vhd", 2, "as the address of an image"),
    ("plan myrg/myvmss --image-uri https://a.b/c.vhd", 2, "does not let a scale set move from a platform image"),
    ("plan myrg/myvmss --image-id images/golden", 2, "a resource id begins with a slash"),
    ("plan myrg/myvmss --image Canonical:ubuntu:22", 2, "write PUBLISHER:OFFER:SKU:VERSION"),
    ("plan myrg/myvmss --image Canonical:a:b:latest", 2, "change the publisher"),
    ("plan other/managed --image-version 1.0.0", 2, "without versions"),
    ("images other/managed", 2, "a managed image (golden), which has no versions"),
    ("images other/blob", 2, "which has no versions"),
    # The selection.
    (f"plan myrg/myvmss --image-version {NEW} --update-domain 7", 2, "no update domain 7: myrg/myvmss has 0-4"),
    (f"plan myrg/myvmss --image-version {NEW} --update-domain x", 2, "cannot read 'x' as a number"),
    (f"plan myrg/myvmss --image-version {NEW} --fault-domain 0,,1", 2, "empty never means all"),
    (f"plan myrg/myvmss --image-version {NEW} --zone 1", 2, "myrg/myvmss has none"),
    (f"plan myrg/myvmss --image-version {NEW} --instances ''", 2, "empty never means all"),
    (f"plan myrg/myvmss --image-version {NEW} --instances 9-2", 2, "write it upwards"),
    (f"plan myrg/myvmss --image-version {NEW} --instances 3,99", 2, "rollset: --instances: there is no instance 99"),
    (f"plan myrg/myvmss --image-version {NEW} --instances *", 2, "cannot read '*' as an instance id"),
    (f"plan myrg/myvmss --image-version {NEW} --update-domain 0 --fault-domain 4", 2, "matches update domain 0"),
    # The pace.
    (f"plan myrg/myvmss --image-version {NEW} --max-unavailable 0", 2, "'--max-unavailable': an amount of 0"),
    (f"plan myrg/myvmss --image-version {NEW} --max-unavailable 120%", 2, "more than the whole set"),
    (f"plan myrg/myvmss --image-version {NEW} --batch-size many", 2, "cannot read 'many' as an amount"),
    (f"plan myrg/myvmss --image-version {NEW} --pause 30s", 2, "add --batch-size"),
    (f"plan myrg/myvmss --image-version {NEW} --batch-size 2 --pause 5d", 2, "cannot read '5d' as a length of time"),
    (f"plan myrg/myvmss --image-version {NEW} --health-deadline 0", 2, "leaves no time at all"),
    (f"plan myrg/myvmss --image-version {NEW} --canary 0", 2, "'--canary': 0 is not in the range x>=1"),
    (f"plan myrg/myvmss --image-version {NEW} --checkpoint 25%", 2, "such as 25%:approve or 10:30m"),
    (f"plan myrg/myvmss --image-version {NEW} --checkpoint many:approve", 2, "cannot read 'many' as an amount"),
    (f"plan myrg/myvmss --image-version {NEW} --checkpoint 5:0s", 2, "leaves no time at all"),
    (f"plan myrg/myvmss --image-version {NEW} --on-failure retry", 2, "'retry' is not one of 'stop', 'undo'"),
    (f"plan myrg/myvmss --image-version {NEW} --order rack", 2, "'rack' is not one of"),
    (f"upgrade myrg/auto --image-version {NEW} --switch-policy --no-wait", 2, "nobody would put the policy back"),
    # What could be done, but not safely.
    (f"upgrade myrg/myvmss --image-version {NEW}", 4, "no terminal to ask on"),
    (f"upgrade myrg/auto --image-version {NEW} --yes", 4, "--switch-policy"),
    (f"upgrade myrg/auto --image-version {NEW} --yes --no-wait", 4, "--switch-policy"),
    (f"upgrade myrg/rolling --image-version {NEW} --yes", 4, "Azure's own rolling upgrade"),
    (f"upgrade myrg/rolling --image-version {NEW} --instances 1 --switch-policy --yes", 4, "4 instances would stay"),
    (f"upgrade myrg/single --image-version {NEW} --yes", 4, "--max-unavailable 1"),
    # The endpoint.
    ("list --endpoint management.azure.com", 2, "cannot read 'management.azure.com' as an endpoint"),
    ("list --endpoint http://example.com", 2, "plain HTTP"),
    ("list --endpoint https://example.com/path", 2, "host and a port only"),
]


def words(line: str) -> list[str]:
    return ["" if word == "''" else word for word in line.split()]


@pytest.mark.parametrize(("line", "status", "said"), WRONG, ids=[line for line, *_ in WRONG])
def test_wrong_input_is_one_sentence_and_a_status(varied: Ready, line: str, status: int, said: str):
    before = len(writes(varied))
    ran = run(*words(line), ready=varied)
    assert ran.status == status
    assert said in ran.err
    assert ran.err.startswith("rollset: ")
    assert ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err + ran.out
    assert len(writes(varied)) == before, "nothing may be written"


@pytest.mark.parametrize("form", [("-o", "json"), ("-ojson",), ("--output", "json"), ("--output=json",)])
def test_with_json_the_error_is_the_document_too(varied: Ready, form: tuple[str, ...]):
    ran = run("show", "myrg/nosuch", *form, ready=varied)
    assert ran.status == 2
    error = ran.document["error"]
    assert (error["type"], error["exit_status"], error["code"]) == ("NoSuchScaleSet", 2, "ResourceNotFound")
    assert error["message"] in ran.err


def test_nobody_at_the_endpoint_is_a_failure(varied: Ready):
    ran = run("list", "--endpoint", "http://127.0.0.1:9", ready=varied)
    assert ran.status == 1
    *waits, last = ran.err.splitlines()
    assert "no answer from http://127.0.0.1:9" in last
    assert all("going on in" in wait for wait in waits)


def test_no_subscription_anywhere_is_said(varied: Ready, tmp_path):
    ran = run("list", ready=varied, AZURE_SUBSCRIPTION_ID="", AZURE_CONFIG_DIR=str(tmp_path))
    assert ran.status == 2
    assert "no subscription is named" in ran.err


def test_without_a_credential_it_says_how_to_sign_in(varied: Ready, tmp_path):
    ran = run(
        "list",
        "--endpoint",
        varied.http,
        AZURE_SUBSCRIPTION_ID=varied.subscription_id,
        AZURE_POD_IDENTITY_AUTHORITY_HOST="http://127.0.0.1:9",
        AZURE_CONFIG_DIR=str(tmp_path),
        PATH=str(tmp_path),
        HOME=str(tmp_path),
    )
    assert ran.status == 5
    assert "az login" in ran.err
    assert ran.err.count("\n") == 1, ran.err


def test_a_missing_right_is_named():
    with emulated() as ready:
        fault(ready, kind="forbid", method="GET", path_contains="virtualMachineScaleSets/web")
        ran = run("show", "myrg/web", ready=ready)
    assert ran.status == 5
    assert "AuthorizationFailed" in ran.err
    assert "ask for a role that allows" in ran.err


def test_what_nobody_foresaw_is_a_sentence_as_well(varied: Ready, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("rollset.cli.looking.subscription_of", fail)
    ran = run("list", ready=varied)
    assert ran.status == 1
    assert "ZeroDivisionError: of all things; please report it" in ran.err
    assert "Traceback" not in ran.err
    debugged = run("list", ready=varied, ROLLSET_DEBUG="1")
    assert debugged.status == 1


def test_nothing_at_all_shows_the_help():
    ran = run()
    assert ran.status == 2
    assert "Commands:" in ran.err
