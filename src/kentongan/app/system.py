"""The automaton that acts when no person does: reactions, timers, effects, registration."""

from kentongan.core.words import Agent, AgentId, Role

SYSTEM = Agent(id=AgentId("kentongan"), name="Kentongan", roles=(Role.SYSTEM,))
"""Its name stands in the journal and on the timeline beside the people's."""
