"""The addresses of calls, callers and citizens: a list, nothing else."""

from typing import Final

from kentongan.cities.directory import Contact
from kentongan.edge.web.bodies import (
    DigitsAsked,
    EarlierCall,
    LettersTyped,
    MediaAnswer,
    MediaOffer,
    PlayAsked,
    PlayTicket,
    ReplayAsked,
    Segment,
    TextLine,
)
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
from kentongan.edge.web.follow_bodies import FollowAnswer, FollowOpened, FollowShown
from kentongan.edge.web.operation import Operation

CALLS: Final = (
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
)
