"""What is tried again, how often, and how long to wait in between.

GET is tried again, and so is PATCH, which azure-core by itself would not do: the etag that it read guards it, so that
the repeat of one whose reply was lost is answered with 412 and the caller looks again. Where that is not enough, for
a capacity that others write as well, a request is sent `once`. POST goes out once too. It takes instances out of
service, and after a wait the decision behind it is old: the fleet is looked at and decided on anew, as late as the
error's `retry_after` asks for.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from azure.core.exceptions import AzureError, ServiceRequestTimeoutError, ServiceResponseTimeoutError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncRetryPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from rollset.arm.errors import clip
from rollset.arm.pauses import OnPause, pause
from rollset.arm.retry_after import seconds_told

TRIES_MAX = 8
"""Tries of one request that Azure answers with a fault: about a minute, where it does not say how long to wait."""

LOST_TRIES_MAX = 4
"""Tries of one request that gets no answer; a longer outage is the caller's to sit out, who knows what is at stake."""

FIRST_CONTACT_TRIES_MAX = 3
"""The same before Azure has answered at all: then the address is probably wrong, and the user waits at the prompt."""

BACKOFF_SECONDS = 1.0
BACKOFF_SECONDS_MAX = 30.0
FIRST_CONTACT_BACKOFF_SECONDS = 0.5

RETRY_AFTER_SECONDS_MAX = 1800.0
"""The longest wait that is heeded; a longer one ends the request with its error. The example in Azure's documentation
("Troubleshooting API throttling errors") asks for 1200 s."""

SILENCE = (ServiceRequestTimeoutError, ServiceResponseTimeoutError)

METHODS = frozenset({"GET", "PATCH"})
RETRIED = frozenset({408, 429, 500, 502, 503, 504})

_CAUSES = {429: "Azure asks for fewer requests (429)"}

Request = PipelineRequest[HttpRequest]
Response = PipelineResponse[Any, Any]  # azure-core's base class accepts two families of responses.


class RetryPolicy(AsyncRetryPolicy[HttpRequest, AsyncHttpResponse]):
    """azure-core's policy, with our bounds, with jitter, for PATCH too, and told to the user."""

    def __init__(self, on_pause: OnPause) -> None:
        super().__init__()
        self._on_pause = on_pause
        self._answered = False

    async def send(self, request: Request) -> Response:
        """Leaves the name of what is attempted where the policies behind this one find it, then sends."""
        request.context["attempted"] = request.context.options.get("attempted", "")
        response: Response = await super().send(request)
        self._answered = True
        return response

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        """One request's account; azure-core hands it to each hook below."""
        settings = super().configure_retries(options)
        settings["methods"] = frozenset() if options.pop("once", False) else METHODS
        settings["attempted"] = options.pop("attempted", "")
        settings["tries"] = 0
        settings["cause"] = ""
        return settings

    def is_retry(self, settings: dict[str, Any], response: Response) -> bool:
        """By method and status. azure-core would also repeat whatever carries `Retry-After`, even a plain conflict."""
        if response.http_request.method not in settings["methods"] or response.http_response.status_code not in RETRIED:
            return False
        told = self.get_retry_after(response)
        return told is None or told <= RETRY_AFTER_SECONDS_MAX

    def get_retry_after(self, response: Response) -> float | None:
        """As the error of the same answer would tell it; azure-core's own stumbles over some dates."""
        return seconds_told(response.http_response.headers)

    def increment(
        self,
        settings: dict[str, Any],
        response: PipelineRequest[Any] | Response | None = None,
        error: Exception | None = None,
    ) -> bool:
        """Notes a failed try and says whether another may follow."""
        settings["tries"] += 1
        if error is not None:
            settings["cause"] = f"no answer ({clip(reason(error))})"
            return bool(settings["tries"] < self._lost_tries_max(error))
        assert isinstance(response, PipelineResponse)
        self._answered = True
        status = response.http_response.status_code
        settings["cause"] = _CAUSES.get(status, f"Azure answered {status}")
        return bool(settings["tries"] < TRIES_MAX)

    def _lost_tries_max(self, error: Exception) -> int:
        if self._answered:
            return LOST_TRIES_MAX
        # Silence has cost its full time already; a refusal costs nothing, and the other side may just be starting.
        return 1 if isinstance(error, SILENCE) else FIRST_CONTACT_TRIES_MAX

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        """Doubles with each try up to a cap; a random part keeps many clients from coming back together."""
        first = BACKOFF_SECONDS if self._answered else FIRST_CONTACT_BACKOFF_SECONDS
        longest = min(BACKOFF_SECONDS_MAX, first * 2 ** (settings["tries"] - 1))
        return float(longest * random.uniform(0.5, 1.0))  # noqa: S311 (spreads load; keeps no secret)

    async def sleep(
        self,
        settings: dict[str, Any],
        transport: Any,  # noqa: ARG002 (azure-core's hook)
        response: Response | None = None,
    ) -> None:
        """Waits as told, or else backs off."""
        told = self.get_retry_after(response) if response is not None else None
        seconds = told if told is not None else self.get_backoff_time(settings)
        await pause(self._on_pause, settings["cause"], seconds, settings["attempted"])


def reason(error: BaseException) -> str:
    """Why there was no answer, in the network's words: the innermost that says anything."""
    inner = error.inner_exception if isinstance(error, AzureError) else None
    if isinstance(inner, asyncio.TimeoutError) and not str(inner):
        return "no answer in time"
    return str(error) or type(error).__name__
