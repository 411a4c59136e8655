"""The addresses of the API: method, path, what goes in and what comes out. A list, nothing else.

`schema` makes the OpenAPI document of it; a test compares it with the routes.
"""

from typing import Any, Final

from msgspec import Struct

from kentongan.cities.directory import Contact
from kentongan.cities.gazetteer import PlacesFound
from kentongan.cities.words import CategoryGuess
from kentongan.core.agency_file import Figures
from kentongan.core.duplicates import Duplicate
from kentongan.core.rows import AliasRow
from kentongan.edge.web.bodies import (
    CommandRequest,
    Demo,
    DigitsAsked,
    Done,
    EarlierCall,
    Found,
    LettersTyped,
    Me,
    MediaAnswer,
    MediaOffer,
    PhotoTaken,
    PlacesAsked,
    PlayAsked,
    PlayTicket,
    PositionsRequest,
    PositionsTaken,
    ReplayAsked,
    Segment,
    SignIn,
    TextLine,
    TimelineEntry,
    WordsAsked,
)
from kentongan.edge.web.bodies_map import MapCity
from kentongan.edge.web.bodies_recommendation import RecommendationAnswer
from kentongan.edge.web.caller_bodies import (
    AmlTaken,
    CallerIsAt,
    LinkAsked,
    LinkMade,
    LinkOpened,
    LinkShown,
)
from kentongan.edge.web.citizen_bodies import (
    CitizenAsk,
    CitizenCallShown,
    CitizenIsAt,
    CitizenLine,
    CitizenPage,
    CitizenRing,
    CitizenSdp,
)
from kentongan.edge.web.city_routes import Health
from kentongan.edge.web.follow_bodies import (
    FollowAnswer,
    FollowAsked,
    FollowMade,
    FollowOpened,
    FollowShown,
)
from kentongan.edge.web.naming_routes import NameAsked, StreetAsked
from kentongan.edge.web.notify_bodies import DeliveryShown, PushEnded, PushKey, PushTaken
from kentongan.edge.web.pack_bodies import PackShown, PackTried, TableShown, TrialShown
from kentongan.edge.web.plans import PlansDocument
from kentongan.edge.web.track_routes import DriveAsked, IncidentTrack, TrackAsked, TrackShown
from kentongan.edge.web.trainer_routes import TrainerAnswer, TrainerOrder
from kentongan.geography import CoverageShown, NamedPoint, Route, StreetShown


class Operation(Struct, frozen=True, kw_only=True):
    """One address. `answer` None means no JSON; `many` a list of it."""

    method: str
    path: str
    summary: str
    answer: Any = None
    body: Any = None
    many: bool = False
    query: tuple[str, ...] = ()


OPERATIONS: Final = (
    Operation(method="post", path="/api/session", summary="Sign in", body=SignIn, answer=Me),
    Operation(method="get", path="/api/session", summary="Who is signed in", answer=Me),
    Operation(method="delete", path="/api/session", summary="Sign out", query=("everywhere",)),
    Operation(method="get", path="/api/demo", summary="Who may try the demo", answer=Demo),
    Operation(
        method="post",
        path="/api/commands",
        summary="Any command of the closed list",
        body=CommandRequest,
        answer=Done,
    ),
    Operation(
        method="post",
        path="/api/calls/{call}/media",
        summary="Offer audio for a call",
        body=MediaOffer,
        answer=MediaAnswer,
    ),
    Operation(
        method="post",
        path="/api/calls/{call}/digits",
        summary="Press keys into a call",
        body=DigitsAsked,
    ),
    Operation(
        method="post",
        path="/api/calls/{call}/replay",
        summary="Hear the last seconds again",
        body=ReplayAsked,
    ),
    Operation(
        method="post",
        path="/api/calls/{call}/typing",
        summary="Type to a caller who reads, letter by letter",
        body=LettersTyped,
    ),
    Operation(
        method="get",
        path="/api/directory",
        summary="Whom can I ring by name",
        answer=Contact,
        many=True,
    ),
    Operation(
        method="get",
        path="/api/calls/{call}/history",
        summary="Earlier calls of the same number",
        answer=EarlierCall,
        many=True,
    ),
    Operation(
        method="get",
        path="/api/calls/{call}/texts",
        summary="Lines typed beside the voice",
        answer=TextLine,
        many=True,
    ),
    Operation(
        method="get",
        path="/api/calls/{call}/recordings",
        summary="What of the call was recorded",
        answer=Segment,
        many=True,
    ),
    Operation(
        method="post",
        path="/api/calls/{call}/recordings/{segment}/play",
        summary="May I hear it, and why",
        body=PlayAsked,
        answer=PlayTicket,
    ),
    Operation(
        method="get", path="/api/recordings/{ticket}", summary="Audio (WAV), with ranges, once"
    ),
    Operation(method="get", path="/api/plans", summary="The city", answer=PlansDocument),
    Operation(
        method="post",
        path="/api/places",
        summary="Where is it",
        body=PlacesAsked,
        answer=PlacesFound,
    ),
    Operation(method="get", path="/api/paper", summary="The newest paper pack, one HTML page"),
    Operation(
        method="post",
        path="/api/reports/{report}/follow-link",
        summary="A link by which the reporter follows the help",
        body=FollowAsked,
        answer=FollowMade,
    ),
    Operation(
        method="post",
        path="/api/citizen/follow/state",
        summary="How far is help",
        body=FollowOpened,
        answer=FollowShown,
    ),
    Operation(
        method="post",
        path="/api/citizen/follow",
        summary="Has help come",
        body=FollowAnswer,
        answer=FollowShown,
    ),
    Operation(
        method="post",
        path="/api/demo/trainer",
        summary="An order of the trainer's to the simulated city",
        body=TrainerOrder,
        answer=TrainerAnswer,
    ),
    Operation(
        method="get",
        path="/api/demo/score/{scenario}",
        summary="The score sheet of the last drill (PDF)",
        query=("language",),
    ),
    Operation(method="get", path="/api/pack", summary="The city pack in use", answer=PackShown),
    Operation(
        method="get",
        path="/api/pack/tables/{file}/{table}",
        summary="The rows of a table of the pack",
        answer=TableShown,
        query=("version",),
    ),
    Operation(
        method="post",
        path="/api/pack/trial",
        summary="What a change of the pack would do",
        body=PackTried,
        answer=TrialShown,
    ),
    Operation(
        method="get",
        path="/api/pack/versions/{number}/changes",
        summary="What a version of the pack changes",
        answer=TrialShown,
    ),
    Operation(
        method="get",
        path="/api/pack/versions/{number}/export",
        summary="A version of the pack as one YAML text",
    ),
    Operation(method="get", path="/api/map/city", summary="The map in use", answer=MapCity),
    Operation(
        method="get",
        path="/api/map/city.pmtiles",
        summary="The map's tiles, one file, by ranges",
        query=("v",),
    ),
    Operation(
        method="get",
        path="/api/map/routes",
        summary="Ways of units to an incident",
        answer=Route,
        many=True,
        query=("incident", "units"),
    ),
    Operation(
        method="get",
        path="/api/map/coverage",
        summary="How far the free units of a kind reach now",
        answer=CoverageShown,
        query=("kind", "shapes", "posts"),
    ),
    Operation(
        method="post",
        path="/api/map/street",
        summary="A street that was proposed, as lines",
        body=StreetAsked,
        answer=StreetShown,
    ),
    Operation(
        method="post",
        path="/api/map/name",
        summary="What is at a point",
        body=NameAsked,
        answer=NamedPoint,
    ),
    Operation(
        method="post",
        path="/api/natures",
        summary="What is it",
        body=WordsAsked,
        answer=CategoryGuess,
        many=True,
    ),
    Operation(
        method="get", path="/api/push", summary="What a browser takes push with", answer=PushKey
    ),
    Operation(
        method="post", path="/api/push", summary="This browser takes push", body=PushTaken
    ),
    Operation(
        method="post", path="/api/push/end", summary="This browser takes no push", body=PushEnded
    ),
    Operation(
        method="get",
        path="/api/incidents/{incident}/deliveries",
        summary="Who was told of it, by what, and what became of it",
        answer=DeliveryShown,
        many=True,
    ),
    Operation(
        method="post",
        path="/api/aliases",
        summary="Words for places, also those settled long ago",
        body=WordsAsked,
        answer=AliasRow,
        many=True,
    ),
    Operation(
        method="post",
        path="/api/search",
        summary="Incidents, units, numbers",
        body=WordsAsked,
        answer=Found,
        many=True,
    ),
    Operation(
        method="get",
        path="/api/incidents/{incident}/recommendation",
        summary="Which units can help",
        answer=RecommendationAnswer,
    ),
    Operation(
        method="get",
        path="/api/incidents/{incident}/duplicates",
        summary="Is it the same incident",
        answer=Duplicate,
        many=True,
    ),
    Operation(
        method="get",
        path="/api/incidents/{incident}/timeline",
        summary="What happened, redacted",
        answer=TimelineEntry,
        many=True,
    ),
    Operation(
        method="post",
        path="/api/incidents/{incident}/photos",
        summary="A picture from the scene, as JPEG",
        answer=PhotoTaken,
    ),
    Operation(
        method="get",
        path="/api/incidents/{incident}/photos/{photo}",
        summary="Look at a picture",
    ),
    Operation(
        method="get",
        path="/api/agencies/{agency}/figures",
        summary="What an agency did with its tasks",
        answer=Figures,
        query=("from", "to"),
    ),
    Operation(
        method="get",
        path="/api/agencies/{agency}/tasks.csv",
        summary="An agency's tasks as a file, with the share that the law asks for",
        query=("from", "to"),
    ),
    Operation(
        method="get",
        path="/api/alarms/months/{month}",
        summary="A month of alarms, and which are not worth their noise",
    ),
    Operation(
        method="get",
        path="/api/evaluation",
        summary="Intervals and targets",
        query=("from", "to", "training"),
    ),
    Operation(
        method="post",
        path="/api/incidents/{incident}/track",
        summary="Where was a unit while it worked on it",
        body=DriveAsked,
        answer=IncidentTrack,
    ),
    Operation(
        method="post",
        path="/api/units/{unit}/track",
        summary="Where was the unit, and why do you ask",
        body=TrackAsked,
        answer=TrackShown,
    ),
    Operation(
        method="post",
        path="/api/positions",
        summary="Positions of units",
        body=PositionsRequest,
        answer=PositionsTaken,
    ),
    Operation(
        method="post", path="/api/demo/scenarios/{scenario}", summary="Start a training scenario"
    ),
    Operation(
        method="post",
        path="/api/calls/{call}/location-link",
        summary="A page for the caller to say where they are",
        body=LinkAsked,
        answer=LinkMade,
    ),
    Operation(
        method="post",
        path="/api/citizen/places/state",
        summary="Whether a location is still asked for",
        body=LinkOpened,
        answer=LinkShown,
    ),
    Operation(
        method="post",
        path="/api/citizen/places",
        summary="Where the caller's device is",
        body=CallerIsAt,
        answer=LinkShown,
    ),
    Operation(
        method="post",
        path="/api/aml",
        summary="An AML message (ETSI TS 103 625), from an operator's server",
        answer=AmlTaken,
    ),
    Operation(method="get", path="/api/citizen", summary="Before ringing", answer=CitizenPage),
    Operation(
        method="post",
        path="/api/citizen/calls",
        summary="Ring from a browser",
        body=CitizenRing,
        answer=CitizenCallShown,
    ),
    Operation(
        method="post",
        path="/api/citizen/calls/{call}/media",
        summary="Offer the page's sound",
        body=CitizenSdp,
        answer=MediaAnswer,
    ),
    Operation(
        method="post",
        path="/api/citizen/calls/{call}/text",
        summary="A line of text",
        body=CitizenLine,
        answer=CitizenCallShown,
    ),
    Operation(
        method="post",
        path="/api/citizen/calls/{call}/place",
        summary="Where the device is",
        body=CitizenIsAt,
        answer=CitizenCallShown,
    ),
    Operation(
        method="post",
        path="/api/citizen/calls/{call}/state",
        summary="How is my call",
        body=CitizenAsk,
        answer=CitizenCallShown,
    ),
    Operation(
        method="post",
        path="/api/citizen/calls/{call}/end",
        summary="Hang up",
        body=CitizenAsk,
        answer=CitizenCallShown,
    ),
    Operation(method="get", path="/api/health", summary="How the server is", answer=Health),
)
