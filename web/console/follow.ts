/* Whether a reporter may get a link to follow the help: not where nobody may see that they called. The server decides; this
   only leaves the button out. */
import type { IncidentRow } from '../wire/rows.ts';

const UNSAFE: readonly string[] = ['SILENT', 'NOCALLBACK'];

export function mayBeFollowed(incident: IncidentRow): boolean {
  return !incident.flags.some((flag) => UNSAFE.includes(flag));
}
