"""One request on its way to its reply: whom it is for, who may ask, what is counted, what is kept."""

import logging
from functools import partial
from http import HTTPStatus

from rollset.emulator import balancer, guard, headers, records
from rollset.emulator.api import faulted, own
from rollset.emulator.api.call import Call
from rollset.emulator.api.router import Found, Router
from rollset.emulator.api.routes import ARM, OWN, SIGN_IN
from rollset.emulator.armpath import resource_type
from rollset.emulator.buckets import Draw, draws_of
from rollset.emulator.clock import retry_after
from rollset.emulator.compaction import shorten
from rollset.emulator.dialect import check_api_version
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply, Request
from rollset.emulator.identity import PRINCIPAL_ID
from rollset.emulator.refusal import Refusal, marked_for_deletion, refuse
from rollset.emulator.requestlog import Asked
from rollset.emulator.world import World

PATH_SHOWN_MAX = 400
UNKNOWN_PATHS_MAX = 500
# These change nothing that the state file would keep.
READS = ("GET", "HEAD")
# What a page that is open asks again and again would hide everything else.
UNLOGGED_KINDS = ("balance", "page", "events")
BALANCER_PREFIX = "/emulator/lb/"

log = logging.getLogger("rollset.emulator")


class Exchange:
    """One request on its way to its reply."""

    __slots__ = ("changes", "draws", "kind", "late", "lost", "request", "world")

    def __init__(self, world: World, request: Request) -> None:
        self.world = world
        self.request = request
        self.kind = "unknown"
        # What the state file is to remember.
        self.changes: list[Json] = []
        # The connection breaks instead of an answer.
        self.lost = False
        # The rate limits that it counts for.
        self.draws: tuple[Draw, ...] = ()
        # By how many emulated seconds the answer is held back.
        self.late = 0.0

    def answer(self) -> Reply:
        """What is answered; a request that is refused is refused in ARM's form."""
        world, request = self.world, self.request
        world.advance()
        try:
            if world.admission is None:
                guard.check_host(request.host)
            path = f"/{request.path.lstrip('/')}"
            lowered = path.lower()
            if lowered == "/emulator" or lowered.startswith("/emulator/"):
                return self._own(path, lowered)
            if SIGN_IN.find(request.method, path) is not None:
                if world.admission is not None:
                    world.admission.check_sign_in(request)
                return self._routed(SIGN_IN)
            return self._arm()
        except Refusal as refusal:
            return Reply.refusal(refusal)

    def note_failure(self) -> None:
        """The request met a bug; it will again when the state file is read."""
        for record in self.changes:
            record["failed"] = True

    def keep(self) -> None:
        """Writes down what has changed, where there is a file for it."""
        world = self.world
        if world.journal is None:
            return
        if world.faults.used:
            self.changes.append(records.of_faults(world.now, world.faults.used))
            world.faults.used = []
        for record in self.changes:
            # Visits come by the hundred; losing the count of the last ones with the power is no loss.
            world.journal.append(record, sync="visit" not in record)
        if self.changes:
            shorten(world, world.journal)

    def finish(self, reply: Reply, ms: float) -> None:
        """The headers that every answer has, and a line in the log of requests."""
        request, world = self.request, self.world
        headers.complete(world, request, reply, self.kind)
        reply.headers |= world.limits.headers(world.now, self.draws, request, reply)
        if self.kind in UNLOGGED_KINDS:
            return
        path = request.path[:PATH_SHOWN_MAX]
        status = 0 if self.lost else reply.status
        world.requests.add(Asked(world.now, request.method, path, request.api_version, status, ms), self.kind)
        if self.kind == "unknown" and reply.status == HTTPStatus.NOT_FOUND:
            log.warning("unknown path: %s %s api-version=%s", request.method, path, request.api_version or "-")
            if len(world.unknown_paths) < UNKNOWN_PATHS_MAX:
                world.unknown_paths[request.method, path] += 1

    def _own(self, path: str, lowered: str) -> Reply:
        """A request to the emulator itself, or through one of its load balancers."""
        admission = self.world.admission
        if admission is not None:
            if lowered == "/emulator" and (entered := admission.let_in(self.request)) is not None:
                return entered
            admission.check(self.request)
        if lowered.startswith(BALANCER_PREFIX):
            return self._balance(path)
        guard.check_origin(self.request, beyond=admission is not None)
        return self._routed(OWN)

    def _balance(self, path: str) -> Reply:
        self.kind = "balance"
        group, _, rest = path[len(BALANCER_PREFIX) :].partition("/")
        call = Call(self.world, self.request, {"group": group, "name": rest.partition("/")[0]})
        outcome = balancer.serve(call.scale_set)
        if self.world.journal is not None:
            self.changes.append(records.of_visit(self.world.now, call.scale_set, outcome.instance))
        return own.balanced(call.scale_set, outcome)

    def _arm(self) -> Reply:
        """A request to ARM: faults first, then the token, the version, the subscription, and the handler."""
        world, request = self.world, self.request
        found = ARM.find(request.method, request.path)
        self.kind = found.route.kind if found is not None else "unknown"
        self.late = world.faults.delay(request.method, request.path)
        if (fault := world.faults.for_request(request.method, request.path)) is not None:
            answer = faulted.reply_of(*fault, world, request, self.kind)
            self.lost = answer is None
            return answer or Reply(0)
        principal = self._principal()
        if found is None:
            raise _not_found(ARM, request)
        check_api_version(request.api_version, resource_type(request.path))
        if "subscription" in found.variables:
            world.check_subscription(found.variables["subscription"])
        world.locks.check(request.method, request.path)
        self._check_stays(found)
        self._throttle(found, principal)
        reply = self._handle(found)
        self.lost = world.faults.loses_reply(request.method, request.path)
        return reply

    def _check_stays(self, found: Found) -> None:
        """Nothing is written any more to a set that is being deleted; that it be deleted can be asked again."""
        scale_set = self.world.sets.get(f"{found.variables.get('group')}/{found.variables.get('name')}".lower())
        if scale_set is None or self.request.method in READS or found.route.kind == "set-delete":
            return
        if scale_set.provisioning_state == "Deleting":
            raise marked_for_deletion(scale_set.name)

    def _principal(self) -> str:
        """Who asks; whoever shows no good token is refused."""
        admission = self.world.admission
        if admission is not None and admission.admits(self.request):
            return PRINCIPAL_ID
        return self.world.tokens.check(self.request.headers.get("authorization"))

    def _throttle(self, found: Found, principal: str) -> None:
        """Finds the buckets that the request draws on; refuses it where one of them is empty."""
        world, request = self.world, self.request
        self.draws = draws = draws_of(request, self.kind, world.region_of(found.variables), principal)
        if not world.throttles:
            return
        try:
            world.limits.check(world.now, draws, partial(retry_after, world.clock))
        except Refusal:
            self.kind, self.draws = "throttled", ()
            raise

    def _routed(self, router: Router) -> Reply:
        found = router.find(self.request.method, self.request.path)
        if found is None:
            raise _not_found(router, self.request)
        self.kind = found.route.kind
        return self._handle(found)

    def _handle(self, found: Found) -> Reply:
        if self.world.journal is not None and self.request.method not in READS and found.route.kind != "sign-in":
            self.changes.append(records.of_request(self.world.now, self.request))
        return found.route.handler(Call(self.world, self.request, found.variables))


def _not_found(router: Router, request: Request) -> Refusal:
    known = router.methods(request.path)
    if known:
        message = f"The requested resource does not support http method '{request.method[:20]}'."
        return Refusal(405, refuse(405, "MethodNotAllowed", message).error, {"Allow": ", ".join(sorted(known))})
    return refuse(404, "NotFound", f"No such path here: {request.method[:20]} {request.path[:300]}")
