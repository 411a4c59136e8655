/* A place as the interview says it again: what somebody measured keeps its source and its doubt, whoever takes it over and
   whatever words are typed afterwards. */
import { personal, type PlaceSaid } from '../../wire/commands.ts';
import type { PlaceProposal } from '../../wire/plans.ts';
import { metresBetween } from '../../ui/metres.ts';
import { textOf, type CallerPosition, type Place, type Point } from '../../wire/rows.ts';

export type PlaceSourceKey = 'alias' | 'coordinates' | 'crossing' | 'synthetic' | 'address' | 'landmark' | 'pack';

/** Where a proposal is from, as it is said beside it. */
export function sourceOf({ kind, source }: PlaceProposal): PlaceSourceKey {
  if (source.includes('alias')) return 'alias';
  if (kind === 'coordinates') return 'coordinates';
  if (source.includes('synthetic')) return 'synthetic';
  if (kind === 'intersection') return 'crossing';
  if (!source.includes('osm')) return 'pack';
  return kind === 'street' ? 'address' : 'landmark';
}

const DOUBTS: readonly string[] = ['name_twice', 'approximate', 'area_centre', 'other_name', 'on_the_street', 'no_street', 'rough', 'second_point'];

/** A proposal with a lower score explains too little of what was said. */
const SURE = 0.6;

/** What Enter accepts at once: the first proposal; none (-1) when that does without words that were said, goes by another
    name or was read as one, has a namesake, is only the street, the middle of the area or a house on the street that was
    said, one of two points, or explains little. */
export function firstOf([one]: readonly Pick<PlaceProposal, 'left_out' | 'cautions' | 'found_as' | 'score'>[]): number {
  return one && (one.score < SURE || one.left_out.length > 0 || one.found_as !== '' || one.cautions.some((caution) => DOUBTS.includes(caution))) ? -1 : 0;
}

/** A kelurahan's code begins with that of its kecamatan: 33.74.01.1007 lies in 33.74.01. */
const KECAMATAN_CODE = 8;

/** A proposal that somebody accepted, with how far off its point may be, and the name by which it was found. */
export function placeProposed(proposal: PlaceProposal): PlaceSaid {
  const name = proposal.found_as ? `${proposal.label} (${proposal.found_as})` : proposal.label;
  return {
    point: proposal.point,
    source: proposal.kind === 'coordinates' ? 'coordinates' : 'gazetteer',
    label: personal(proposal.detail ? `${name}, ${proposal.detail}` : name),
    cautions: proposal.cautions,
    ...(typeof proposal.accuracy_m === 'number' ? { radius_m: proposal.accuracy_m } : {}),
    ...(proposal.kelurahan ? { kelurahan: proposal.kelurahan, kecamatan: proposal.kelurahan.slice(0, KECAMATAN_CODE) } : {}),
  };
}

/** Where something said the caller is, taken over as the incident's place; without a doubt told it is uncertain. */
export function placeTaken(said: CallerPosition, label: string): PlaceSaid {
  return {
    point: said.point,
    source: said.source,
    label: personal(label),
    cautions: said.cautions,
    ...(said.radius_m === null ? { uncertain: true } : { radius_m: said.radius_m }),
    ...(said.sector ? { sector: said.sector } : {}),
  };
}

/** How far a position outside the city is from the city's middle, in metres; null inside, and where no middle is known. */
export function metresOutside({ point, cautions }: CallerPosition, middle: Point | null | undefined): number | null {
  return middle && cautions.includes('outside_city') ? metresBetween(middle, point) : null;
}

/** What is known of the place, to stand beside new words; words alone are uncertain. */
export function placeKept(known: Place | null | undefined): PlaceSaid {
  const label = textOf(known?.label);
  return {
    source: known?.source ?? 'typed',
    ...(known?.point ? { point: known.point } : { uncertain: true }),
    ...(known?.point && known.uncertain ? { uncertain: true } : {}),
    ...(typeof known?.radius_m === 'number' ? { radius_m: known.radius_m } : {}),
    ...(known?.sector ? { sector: known.sector } : {}),
    ...(known?.kelurahan ? { kelurahan: known.kelurahan } : {}),
    ...(known?.kecamatan ? { kecamatan: known.kecamatan } : {}),
    ...(known?.cautions ? { cautions: known.cautions } : {}),
    ...(label ? { label: personal(label) } : {}),
  };
}

/** The place with what was said of it; null where there is nothing to say. */
export function inWords(place: PlaceSaid, words: string | null, landmark: string | null): PlaceSaid {
  return { ...place, ...(words === null ? {} : { words: personal(words) }), ...(landmark === null ? {} : { landmark: personal(landmark) }) };
}
