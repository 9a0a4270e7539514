"""Everything that an inventory knows, and what follows from news: which rows change, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from rollset.core.fleet import ScaleSet
from rollset.fleet.feed import Feed
from rollset.fleet.look import Look
from rollset.fleet.news import SubscriptionNews
from rollset.fleet.offered import Offered, family_of
from rollset.fleet.row import RolloutNote, Row, Trouble, key_of, make_row, same_facts

Place = tuple[str, str]
"""A region and an image without its version: what offers are asked for by."""


def place_of(scale_set: ScaleSet) -> Place | None:
    """Where to ask what is offered for the set; none where its image has no versions."""
    family = family_of(scale_set.image)
    return None if family is None else (scale_set.location, family)


class Store:
    """`rows` and `subscriptions` are for reading; they change through the methods alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.rows: dict[str, Row] = {}
        self.subscriptions: dict[str, SubscriptionNews] = {}
        # A browser that knew an earlier process asks with a number that is then too small, and reads everything anew.
        self.feed: Feed[str] = Feed(first=int(clock() * 1000))
        self._offers: dict[Place, tuple[Offered | None, Trouble | None]] = {}
        self._rollouts: dict[str, RolloutNote] = {}

    # Subscriptions

    def add_subscription(self, id: str, name: str) -> None:  # noqa: A002 (it is its id)
        known = self.subscriptions.get(id.lower()) or SubscriptionNews(id=id, name=name)
        self.tell(replace(known, name=name))

    def drop_subscription(self, id: str) -> None:  # noqa: A002
        """The credential does not see it any more."""
        news = self.subscriptions.pop(id.lower(), None)
        if news is not None:
            gone = [key for key, _ in self._of(id)]
            for key in gone:
                del self.rows[key]
            self.feed.note(gone=[*gone, news.key])

    def news(self, id: str) -> SubscriptionNews:  # noqa: A002
        return self.subscriptions[id.lower()]

    def tell(self, news: SubscriptionNews) -> None:
        """Keeps what is said of a subscription; how fresh it is, is no news."""
        known = self.subscriptions.get(news.id.lower())
        self.subscriptions[news.id.lower()] = news
        if known is None or replace(known, listed_at=None) != replace(news, listed_at=None):
            self.feed.note([news.key])

    # Sets

    def listed(self, scale_sets: Iterable[ScaleSet]) -> list[Row]:
        """These are there now, with these models; the rows of those that are new or were written since."""
        now, moved = self.clock(), list[str]()
        changed: list[str] = []
        for one in scale_sets:
            key = key_of(one.id)
            known = self.rows.get(key)
            if known is not None and known.scale_set == one:
                self.rows[key] = replace(known, listed_at=now)
                continue
            moved.append(key)
            changed += self._put(key, one, now, known)
        self.feed.note(changed)
        return [self.rows[key] for key in moved]

    def list_ended(self, subscription: str, seen: Collection[str]) -> list[str]:
        """All sets of a subscription were listed; the keys of those that are gone."""
        gone = [key for key, _ in self._of(subscription) if key not in seen]
        for key in gone:
            del self.rows[key]
        self.feed.note(gone=gone)
        return gone

    def looked(self, key: str, look: Look, scale_set: ScaleSet | None = None) -> None:
        """Its instances were looked at, and its model was read too where it is given."""
        row = self.rows.get(key)
        if row is not None:
            listed_at = row.listed_at if scale_set is None else self.clock()
            self._keep(key, self._row(scale_set or row.scale_set, listed_at, look, None))

    def troubled(self, key: str, trouble: Trouble) -> None:
        """It could not be looked at; what was seen before stays, as old as it is."""
        row = self.rows.get(key)
        if row is not None:
            since = trouble.since if row.trouble is None else row.trouble.since
            self._keep(key, self._row(row.scale_set, row.listed_at, row.look, replace(trouble, since=since)))

    # What is offered, and rollouts

    def offers(self, place: Place) -> tuple[Offered | None, Trouble | None]:
        return self._offers.get(place, (None, None))

    def offered(self, place: Place, offered: Offered | None, trouble: Trouble | None) -> None:
        """A region was asked what it offers of an image."""
        known = self._offers.get(place)
        self._offers[place] = (offered, trouble)
        versions = None if offered is None else offered.versions
        if known is not None and known[1] == trouble and known[0] is not None and known[0].versions == versions:
            return
        self._again(key for key, row in self.rows.items() if place_of(row.scale_set) == place)

    def rollouts(self, notes: Mapping[str, RolloutNote]) -> None:
        """These are all rollouts that rows shall tell of, by the key of their set."""
        changed = {key for key in {*notes, *self._rollouts} if notes.get(key) != self._rollouts.get(key)}
        self._rollouts = dict(notes)
        self._again(key for key in changed if key in self.rows)

    def _again(self, keys: Iterable[str]) -> None:
        changed: list[str] = []
        for key in list(keys):
            row = self.rows[key]
            changed += self._take(key, self._row(row.scale_set, row.listed_at, row.look, row.trouble))
        self.feed.note(changed)

    def _of(self, subscription: str) -> Iterator[tuple[str, Row]]:
        under = f"/subscriptions/{subscription}/".lower()
        return (item for item in self.rows.items() if item[0].startswith(under))

    def _put(self, key: str, scale_set: ScaleSet, now: float, known: Row | None) -> list[str]:
        look, trouble = (
            (None, None) if known is None or _is_another(known.scale_set, scale_set) else (known.look, known.trouble)
        )
        return self._take(key, self._row(scale_set, now, look, trouble))

    def _row(self, scale_set: ScaleSet, listed_at: float, look: Look | None, trouble: Trouble | None) -> Row:
        place = place_of(scale_set)
        offered, offer_trouble = (None, None) if place is None else self.offers(place)
        return make_row(
            scale_set,
            listed_at,
            look=look,
            offered=offered,
            trouble=trouble,
            offer_trouble=offer_trouble,
            rollout=self._rollouts.get(key_of(scale_set.id)),
        )

    def _keep(self, key: str, row: Row) -> None:
        self.feed.note(self._take(key, row))

    def _take(self, key: str, row: Row) -> list[str]:
        """Keeps the row; its key, where it tells anything new."""
        known = self.rows.get(key)
        self.rows[key] = row
        return [] if known is not None and same_facts(known, row) else [key]


def _is_another(known: ScaleSet, now: ScaleSet) -> bool:
    """Whether the set was deleted and made anew under its old name."""
    return known.unique_id is not None and now.unique_id is not None and known.unique_id != now.unique_id
