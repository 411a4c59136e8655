/* What may be written over only by who has seen it: such a command says at which position of the record its asker saw the
   row. No framework. */
import type { AnyCommand, CommandType } from '../wire/commands.ts';

const SHARED: readonly CommandType[] = ['incident.classify', 'incident.set_priority', 'incident.locate'];

/** The command with the position of its row, unless it tells one itself or is of a kind that shares no field. */
export function based(command: AnyCommand, positionOf: (incident: string) => number | undefined): AnyCommand {
  if (!SHARED.includes(command.type) || 'seen' in command || !('incident' in command)) return command;
  const seen = positionOf(command.incident);
  return seen === undefined ? command : ({ ...command, seen } as AnyCommand);
}
