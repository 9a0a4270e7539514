"""Errors: which answer becomes which, and what they say."""

import pickle
import re

import pytest

from rollset.arm import errors
from rollset.arm.errors import (
    ArmError,
    ChangedMeanwhile,
    Conflict,
    NoSuchGroup,
    NoSuchScaleSet,
    NoSuchSubscription,
    NotAllowed,
    NotSignedIn,
    Refused,
    ServerFault,
    StrayLink,
    Throttled,
    Unreachable,
    Unreadable,
    error_class,
)
from rollset.core.errors import RollsetError

CLASSES = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, ArmError)]


@pytest.mark.parametrize(
    ("status", "code", "cls", "exit_status"),
    [
        (400, "InvalidParameter", Refused, 2),
        (400, "InvalidSubscriptionId", NoSuchSubscription, 2),
        (401, "ExpiredAuthenticationToken", NotSignedIn, 5),
        (403, "AuthorizationFailed", NotAllowed, 5),
        (404, "ResourceNotFound", NoSuchScaleSet, 2),
        (404, "ResourceGroupNotFound", NoSuchGroup, 2),
        (404, "SubscriptionNotFound", NoSuchSubscription, 2),
        (404, None, NoSuchScaleSet, 2),
        (408, None, ServerFault, 1),
        (409, "OperationNotAllowed", Conflict, 1),
        (410, None, NoSuchScaleSet, 2),
        (412, "PreconditionFailed", ChangedMeanwhile, 1),
        (418, "Teapot", ArmError, 1),
        (302, None, ArmError, 1),
        (429, "OperationNotAllowed", Throttled, 1),
        (500, "InternalServerError", ServerFault, 1),
        (504, "GatewayTimeout", ServerFault, 1),
    ],
)
def test_the_status_decides_and_the_code_only_says_what_is_missing(status, code, cls, exit_status):
    assert error_class(status, code, NoSuchScaleSet) is cls
    assert cls.exit_status == exit_status


def test_one_sentence_tells_what_was_tried_what_came_back_and_what_to_do():
    error = NoSuchScaleSet("reading scale set myrg/web", 404, "ResourceNotFound", "It was\r\nnot  found.", "id-1")
    assert str(error) == (
        "reading scale set myrg/web: Azure answered 404 ResourceNotFound: It was not found (request id-1); "
        "`rollset list` shows what there is"
    )


def test_a_long_message_is_clipped():
    text = str(Conflict("trying", 409, "VMExtensionProvisioningError", "noise\n" * 2000))
    assert len(text) < 400
    assert "…" in text


def test_a_missing_right_is_named():
    message = (
        "The client 'me' with object id 'x' does not have authorization to perform action "
        "'Microsoft.Compute/virtualMachineScaleSets/manualUpgrade/action' over scope '/subscriptions/s'."
    )
    error = NotAllowed("upgrading", 403, "AuthorizationFailed", message)
    assert error.action == "Microsoft.Compute/virtualMachineScaleSets/manualUpgrade/action"
    assert "a role that allows Microsoft.Compute/virtualMachineScaleSets/manualUpgrade/action" in str(error)
    assert NotAllowed("upgrading", 403, "RequestDisallowedByPolicy", "No.").action is None


def test_no_answer_names_the_endpoint():
    error = Unreachable("reading scale set rg/web", "https://localhost:9", "Connect call failed")
    assert str(error) == (
        "reading scale set rg/web: no answer from https://localhost:9 (Connect call failed); "
        "check the address, the network and any proxy"
    )


SAMPLES = [
    Unreachable("a", "https://host", "refused"),
    StrayLink("a", "https://evil.example"),
    Unreadable("a", 200, None, "at $.value[3]", "id"),
    *(cls("a", 409, "Code", "text", "id", 2.5) for cls in CLASSES if cls not in (Unreachable, StrayLink, Unreadable)),
]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_survives_being_pickled_and_is_one_line(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert isinstance(error, RollsetError)
    assert "\n" not in str(error)


def test_the_tree_in_the_docstring_names_every_class_with_its_exit_status():
    drawn = {name: int(status) for name, status in re.findall(r"(\w+) +(\d)  ", errors.__doc__)}
    for cls in CLASSES:
        parent = cls.__mro__[1].__name__
        assert re.search(rf"\b{cls.__name__}\b", errors.__doc__)
        assert drawn.get(cls.__name__, drawn.get(parent)) == cls.exit_status
