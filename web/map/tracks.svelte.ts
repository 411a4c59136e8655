/* Where units were while they worked on an incident, as somebody asked for it: read on record, drawn on the map of the
   incident in hand, forgotten with the page. */
import { map_questions, type IncidentTrack } from '../wire/map.ts';
import type { Answer } from '../wire/api.ts';

class Tracks {
  shown = $state.raw<readonly IncidentTrack[]>([]);

  of(incident: string | null, unit: string): IncidentTrack | undefined {
    return this.shown.find((one) => one.incident === incident && one.unit === unit);
  }

  /** Reads it, again where it is shown already. */
  async read(incident: string, unit: string): Promise<Answer<IncidentTrack>> {
    const answer = await map_questions.track(incident, unit);
    if (answer.outcome === 'done') {
      this.hide(incident, unit);
      this.shown = [...this.shown, answer.value];
    }
    return answer;
  }

  hide(incident: string, unit: string): void {
    this.shown = this.shown.filter((one) => one.incident !== incident || one.unit !== unit);
  }
}

export const tracks = new Tracks();
