"""The addresses of the API: method, path, what goes in and what comes out. A list, nothing else.

`schema` makes the OpenAPI document of it; a test compares it with the routes.
"""

from typing import Final

from kentongan.cities.gazetteer import PlacesFound
from kentongan.cities.words import CategoryGuess
from kentongan.core.agency_file import Figures
from kentongan.core.duplicates import Duplicate
from kentongan.core.handover_rows import Situation
from kentongan.core.rows import AliasRow
from kentongan.edge.web.account_bodies import (
    AccountDone,
    AccountHistory,
    AccountRequest,
    AccountsShown,
)
from kentongan.edge.web.addresses_calls import CALLS
from kentongan.edge.web.addresses_evaluation import EVALUATION
from kentongan.edge.web.backups import BackupsShown
from kentongan.edge.web.bodies import (
    CommandRequest,
    Demo,
    Done,
    Found,
    Me,
    OwnPassword,
    PhotoTaken,
    PlacesAsked,
    PositionsRequest,
    PositionsTaken,
    SignIn,
    TimelineEntry,
    WordsAsked,
)
from kentongan.edge.web.bodies_map import MapCity
from kentongan.edge.web.bodies_recommendation import RecommendationAnswer
from kentongan.edge.web.city_routes import Health
from kentongan.edge.web.follow_bodies import FollowAsked, FollowMade
from kentongan.edge.web.journal_routes import Reading
from kentongan.edge.web.journal_search import JournalPage
from kentongan.edge.web.naming_routes import NameAsked, ShutAsked, StreetAsked
from kentongan.edge.web.notify_bodies import (
    DeliveryShown,
    PushEnded,
    PushKey,
    PushTaken,
)
from kentongan.edge.web.operation import Operation
from kentongan.edge.web.pack_bodies import (
    PackShown,
    PackTried,
    TableShown,
    TrialShown,
)
from kentongan.edge.web.plans import PlansDocument
from kentongan.edge.web.track_routes import (
    DriveAsked,
    IncidentTrack,
    TrackAsked,
    TrackShown,
)
from kentongan.edge.web.trainer_routes import TrainerAnswer, TrainerOrder
from kentongan.geography import (
    CoverageShown,
    NamedPoint,
    Route,
    ShutShown,
    StreetShown,
)

__all__ = ["OPERATIONS", "Operation"]

OPERATIONS: Final = (
    Operation(method="post", path="/api/session", summary="Sign in", body=SignIn, answer=Me),
    Operation(
        method="post",
        path="/api/session/password",
        summary="Change one's own password, with the old one; one's other sessions end",
        body=OwnPassword,
    ),
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
    Operation(method="get", path="/api/plans", summary="The city", answer=PlansDocument),
    Operation(
        method="post",
        path="/api/places",
        summary="Where is it",
        body=PlacesAsked,
        answer=PlacesFound,
    ),
    Operation(
        method="get",
        path="/api/handover",
        summary="What a handover written now would say",
        answer=Situation,
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
    Operation(
        method="get",
        path="/api/accounts",
        summary="Who may sign in",
        answer=AccountsShown,
        query=("q", "role", "state", "first", "limit"),
    ),
    Operation(
        method="post",
        path="/api/accounts",
        summary="Open, change, block an account; a password for a single use",
        body=AccountRequest,
        answer=AccountDone,
    ),
    Operation(
        method="get",
        path="/api/accounts/{account}",
        summary="An account and what happened to it",
        answer=AccountHistory,
    ),
    Operation(
        method="get",
        path="/api/journal",
        summary="Who did what, without a word that anybody said",
        answer=JournalPage,
        query=("agent", "incident", "stream", "noun", "kind", "since", "until", "before"),
    ),
    Operation(
        method="get",
        path="/api/journal.csv",
        summary="The same as a file",
        query=("agent", "incident", "noun", "kind", "since", "until", "reason"),
    ),
    Operation(
        method="get",
        path="/api/accesses",
        summary="Who read what",
        answer=Reading,
        many=True,
        query=("agent", "what"),
    ),
    Operation(method="get", path="/api/backups", summary="The backups", answer=BackupsShown),
    Operation(method="post", path="/api/backups", summary="Make one", answer=BackupsShown),
    Operation(
        method="post",
        path="/api/backups/{name}/check",
        summary="Prove one",
        answer=BackupsShown,
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
        path="/api/map/shut",
        summary="Which roads a closure would shut",
        body=ShutAsked,
        answer=ShutShown,
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
    Operation(method="post", path="/api/push", summary="This browser takes push", body=PushTaken),
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
        query=("patient",),
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
        path="/api/reports/{month}",
        summary="The monthly report of response times (PDF); an agency's own for its officer; "
        "with `public=1` the form that may be published, of the whole city",
        query=("language", "agency", "public"),
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
    Operation(method="get", path="/api/health", summary="How the server is", answer=Health),
    *CALLS,
    *EVALUATION,
)
