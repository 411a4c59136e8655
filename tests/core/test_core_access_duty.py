"""Who may take calls and has no duty is told that, and not that their role may not."""

import pytest
from msgspec.structs import replace

from kentongan.core.access import may
from kentongan.core.commands import AnswerCall, CallCommand, SuperviseCall, TakeOver
from kentongan.core.words import Agent, AgentId, CallId, DeskKey, Refused, Role

CALL, DESK, OTHER = CallId("c1"), DeskKey("desk_1"), DeskKey("desk_2")
DEWI = Agent(id=AgentId("dewi"), name="Dewi", roles=(Role.CALL_TAKER,))
SUTI = Agent(id=AgentId("suti"), name="Suti", roles=(Role.SUPERVISOR,))


def nothing(*_: str) -> None:
    """The board is empty."""


def reason(agent: Agent, command: CallCommand) -> tuple[str, str]:
    """Why not, and the desk that is named."""
    with pytest.raises(Refused) as refused:
        may(agent, command, nothing)
    return refused.value.reason, refused.value.details.get("desk", "")


@pytest.mark.parametrize(
    ("agent", "command"),
    [
        (DEWI, AnswerCall(call=CALL, desk=DESK)),
        (SUTI, SuperviseCall(call=CALL, desk=DESK, mode="listen")),
        (SUTI, TakeOver(call=CALL, desk=DESK)),
    ],
)
def test_only_the_duty_is_missing(agent: Agent, command: CallCommand) -> None:
    """Or they have duty elsewhere; which desk that is they know themselves."""
    assert reason(agent, command) == ("not_on_duty", "")
    assert reason(replace(agent, desk=OTHER), command) == ("on_duty_elsewhere", OTHER)
    may(replace(agent, desk=DESK), command, nothing)


def test_whose_role_does_not_answer_calls_is_told_that() -> None:
    """Whatever their duty."""
    officer = replace(SUTI, roles=(Role.AGENCY_OFFICER,))
    assert reason(officer, AnswerCall(call=CALL, desk=DESK))[0] == "not_permitted"
