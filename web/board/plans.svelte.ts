/* The city's plans, loaded once per page, with look-ups by key. Until they are here every look-up is undefined, and the
   screens show codes instead of names. */
import { words } from '../ui/i18n.svelte.ts';
import { ask } from '../wire/api.ts';
import type { Agency, Instructions, Nature, Plans, Protocol, Question, Text } from '../wire/plans.ts';
import { textOf, type Place } from '../wire/rows.ts';

/** Pause before the plans are asked for again, in milliseconds. */
const AGAIN_MS = 2_000;

class CityPlans {
  plans = $state.raw<Plans | null>(null);
  #natures = $derived(new Map((this.plans?.categories ?? []).flatMap((category) => category.natures.map((nature) => [nature.code, nature] as const))));
  #protocols = $derived(new Map((this.plans?.protocols ?? []).map(({ protocol }) => [protocol.code, protocol] as const)));
  #drafts = $derived(new Set((this.plans?.protocols ?? []).filter(({ draft }) => draft).map(({ protocol }) => protocol.code)));
  #agencies = $derived(new Map((this.plans?.agencies ?? []).map((agency) => [agency.key, agency] as const)));
  #areas = $derived.by(() => {
    const outer = new Map((this.plans?.kecamatan ?? []).map((one) => [one.code, one.name] as const));
    return new Map([...outer, ...(this.plans?.kelurahan ?? []).map((one) => [one.code, `${one.name}, ${outer.get(one.kecamatan) ?? ''}`] as const)]);
  });
  #asked = false;

  /** Loads them anew. */
  again(): void {
    this.#asked = false;
    this.want();
  }

  /** Loads them; safe to call from every screen. */
  want(): void {
    if (this.#asked) return;
    this.#asked = true;
    void ask<Plans>('GET', '/api/plans').then((answer) => {
      if (answer.outcome === 'done') {
        this.plans = answer.value;
        words.zone = answer.value.timezone;
      } else
        setTimeout(() => this.again(), AGAIN_MS);
    });
  }

  nature(code: string | null | undefined): Nature | undefined {
    return code ? this.#natures.get(code) : undefined;
  }

  /** All sub-categories, for a list to type in. */
  get natures(): readonly Nature[] {
    return [...this.#natures.values()];
  }

  protocol(code: string | null | undefined): Protocol | undefined {
    return code ? this.#protocols.get(code) : undefined;
  }

  /** Whether the authority has not signed this version of the protocol. */
  isDraft(code: string): boolean {
    return this.#drafts.has(code);
  }

  question(protocol: string | null | undefined, key: string): Question | undefined {
    return this.protocol(protocol)?.questions.find((question) => question.key === key);
  }

  /** Instructions by key, looked for in every protocol. */
  instructions(key: string): Instructions | undefined {
    for (const protocol of this.#protocols.values()) {
      const found = protocol.instructions.find((one) => one.key === key);
      if (found) return found;
    }
    return undefined;
  }

  agency(key: string): Agency | undefined {
    return this.#agencies.get(key);
  }

  agencyName(key: string): string {
    return this.#agencies.get(key)?.short ?? key;
  }

  hospital(key: string | null | undefined): string {
    return this.plans?.hospitals.find((hospital) => hospital.key === key)?.name ?? key ?? '';
  }

  /** Kelurahan with its kecamatan, or a kecamatan: never a name alone that occurs twice. */
  area(code: string | null | undefined): string {
    return code ? (this.#areas.get(code) ?? '') : '';
  }

  /** The kelurahan to write beside a place's label, unless the label says it already. */
  areaBeside(place: Place | null | undefined): string {
    const area = this.area(place?.kelurahan);
    return area === '' || textOf(place?.label).includes(area) ? '' : ` · ${area}`;
  }

  desk(key: string | null | undefined): string {
    const desk = this.plans?.desks.find((one) => one.key === key);
    return desk ? this.say(desk.label) : (key ?? '');
  }

  line(key: string): string {
    const line = this.plans?.lines.find((one) => one.key === key);
    return line ? this.say(line.label) : key;
  }

  /** Words of the plan in the language of the page. */
  say(text: Text | null | undefined): string {
    return text ? (words.language === 'en' ? text.en : text.id) : '';
  }
}

export const city = new CityPlans();
