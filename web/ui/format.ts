/* Numbers as the room reads them: 03:12, 14.05.33 WIB, 14 Nov 2026, 0813-0313-1148, 1,2 km. Pure functions; the
   language and the zone come in as values. */

export type Language = 'id' | 'en';

const ZONE_NAMES: Readonly<Record<string, string>> = {
  'Asia/Jakarta': 'WIB',
  'Asia/Pontianak': 'WIB',
  'Asia/Makassar': 'WITA',
  'Asia/Jayapura': 'WIT',
};

const LOCALES: Readonly<Record<Language, string>> = { id: 'id-ID', en: 'en-GB' };

const two = (value: number): string => String(value).padStart(2, '0');

/** Seconds as 03:12, or 1:03:12 from one hour. Negative ones count as zero: a clock that is ahead is not news. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** Milliseconds between an instant of the record and now, in seconds. */
export function secondsSince(at: string | null | undefined, now: number): number {
  const then = at ? Date.parse(at) : Number.NaN;
  return Number.isNaN(then) ? 0 : Math.max(0, (now - then) / 1000);
}

const parts = new Map<string, Intl.DateTimeFormat>();

function clockParts(at: Date | number | string, zone: string): Record<string, string> {
  let format = parts.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    parts.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(new Date(at)).map((part) => [part.type, part.value]));
}

/** 14.05.33 in Indonesian, 14:05:33 in English; without seconds when asked. */
export function time(at: Date | number | string, language: Language, zone: string, seconds = true): string {
  const { hour = '', minute = '', second = '' } = clockParts(at, zone);
  const point = language === 'id' ? '.' : ':';
  return (seconds ? [hour, minute, second] : [hour, minute]).join(point);
}

/** The last midnight of the zone's own clock. Indonesia keeps one offset all year. */
export function midnight(now: number, zone: string): Date {
  const { hour = '0', minute = '0', second = '0' } = clockParts(now, zone);
  return new Date(Math.floor(now / 1000) * 1000 - (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000);
}

/** A latest time in whole minutes, rounded up: never promise earlier than was worked out. */
export function latest(at: string): Date {
  return new Date(Math.ceil(Date.parse(at) / 60_000) * 60_000);
}

/** The latest departure to tell: rounded up, but never after the earliest arrival, which is told rounded down. */
export function departure(promise: { readonly depart_by: string; readonly arrive_from: string }): Date {
  return new Date(Math.min(latest(promise.depart_by).getTime(), Math.floor(Date.parse(promise.arrive_from) / 60_000) * 60_000));
}

/** WIB, WITA, WIT, or the zone's own name. */
export function zoneName(zone: string): string {
  return ZONE_NAMES[zone] ?? zone;
}

/** 14 Nov 2026. */
export function date(at: Date | number | string, language: Language, zone: string): string {
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone: zone, day: 'numeric', month: 'short', year: 'numeric' }).format(
    new Date(at),
  );
}

/** Making one takes longer than anything else on a line. */
const numbers = new Map<string, Intl.NumberFormat>();

export function number(value: number, language: Language, digits = 0): string {
  const key = language + digits;
  let format = numbers.get(key);
  if (!format) numbers.set(key, (format = new Intl.NumberFormat(LOCALES[language], { minimumFractionDigits: digits, maximumFractionDigits: digits })));
  return format.format(value);
}

/** 180 m, 1,2 km, 14 km. */
export function distance(metres: number, language: Language): string {
  if (metres < 995) return `${number(Math.round(metres / 10) * 10, language)} m`;
  return `${number(metres / 1000, language, metres < 9950 ? 1 : 0)} km`;
}

/** How far off a point may be: ± 280 m, never told finer than to 10 m. */
export const doubt = (metres: number, language: Language): string => `± ${distance(Math.max(10, metres), language)}`;

/** An age to read at a glance: 3 dtk, 4 mnt, 2 jam. */
export function age(seconds: number, language: Language): string {
  const [unit_s, unit_m, unit_h] = language === 'id' ? ['dtk', 'mnt', 'jam'] : ['s', 'min', 'h'];
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} ${unit_s}`;
  if (whole < 5_970) return `${Math.round(whole / 60)} ${unit_m}`;
  return `${number(whole / 3600, language, whole < 36_000 ? 1 : 0)} ${unit_h}`;
}

/** Minutes from and to, in whole minutes and never less than one apart from zero: 3–4, or 8 when both are the same. */
export function range(from_s: number, to_s: number): string {
  const from = Math.max(0, Math.floor(from_s / 60));
  const to = Math.max(1, Math.ceil(to_s / 60));
  return from >= to ? String(to) : `${from}–${to}`;
}

/** E.164 or national digits as read aloud: 0813-0313-1148, (024) 7605871, 110. Anything else stays as it is. */
export function phone(raw: string): string {
  const digits = raw.replace(/[\s().-]/g, '');
  const national = digits.startsWith('+62') ? `0${digits.slice(3)}` : digits;
  if (!/^\d+$/.test(national)) return raw;
  if (/^08\d{7,}$/.test(national)) {
    return [national.slice(0, 4), ...chunks(national.slice(4))].join('-');
  }
  const area = /^(021|022|024|031)(\d{5,})$/.exec(national) ?? /^(0\d{3})(\d{5,})$/.exec(national);
  return area ? `(${area[1]}) ${area[2]}` : national;
}

/** Groups of four, the first one three when that leaves no lonely digit. */
function chunks(digits: string): string[] {
  const odd = digits.length % 4;
  const first = odd === 0 ? 4 : odd === 3 ? 3 : odd === 2 ? 3 : 4;
  const groups = [digits.slice(0, first)];
  for (let from = first; from < digits.length; from += 4) groups.push(digits.slice(from, from + 4));
  const last = groups.at(-1) ?? '';
  if (groups.length > 1 && last.length === 1) {
    groups.splice(-2, 2, (groups.at(-2) ?? '') + last);
  }
  return groups;
}
